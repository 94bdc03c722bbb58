"""Tests of isdas.lake.turns."""

import threading
from pathlib import Path

from isdas.lake.turns import Turns, turns_of


def test_who_waits_longest_is_next() -> None:
    """Threads get their turns in the order in which they came, also if who has it asks again at once."""
    turns, order, came = Turns(), [], []
    assert turns.take(0)

    def wait(n: int) -> None:
        assert turns.take(60)
        order.append(n)
        turns.give()

    for n in range(5):
        thread = threading.Thread(target=wait, args=(n,))
        thread.start()
        came.append(thread)
        while len(turns._waiting) <= n:
            threading.Event().wait(0.001)
    turns.give()
    assert turns.take(60)
    order.append(99)
    turns.give()
    for thread in came:
        thread.join()
    assert order == [0, 1, 2, 3, 4, 99]
    assert turns.take(0)


def test_patience_has_an_end() -> None:
    """Who does not wait, or not long enough, has no turn and leaves no gap in the line."""
    turns = Turns()
    assert turns.take(0)
    assert not turns.take(0)
    assert not turns.take(0.01)
    turns.give()
    assert turns.take(0)


def test_a_file_has_its_own_turns(tmp_path: Path) -> None:
    """Different directories do not wait for each other; the same one does, however it is named."""
    assert turns_of(tmp_path / "a") is not turns_of(tmp_path / "b")
    assert turns_of(tmp_path / "a") is turns_of(tmp_path / "a")
