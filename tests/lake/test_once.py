"""
Invariant 1: what is taken in twice, in any order and after any crash, is in once.
"""

import itertools
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isdas.lake.delta import Table
from isdas.lake.lake import Lake
from isdas.lake.records import Records
from isdas.lake.verify import verify
from isdas.model.packets import Packets

CHILD = Path(__file__).parent / "child.py"
Make = Callable[..., Packets]
Do = Callable[..., Any]

# A run writes and commits packets, sightings, counts, activity and coverage, in this order.
POINTS = ["intend:1:after", *(f"{what}:{n}:after" for what in ("write", "commit") for n in range(1, 6))]


def child(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the child process."""
    return subprocess.run(
        [sys.executable, str(CHILD), *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, random_packets: Make, take: Do, everything: Do) -> Any:
    """All rows after intakes 1 and 2 without any trouble."""
    lake = Lake(tmp_path_factory.mktemp("undisturbed"))
    take(lake, ("1", random_packets(1)))
    take(lake, ("2", random_packets(2)))
    return everything(lake)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_run_is_made_good_by_the_next(
    tmp_path: Path, point: str, undisturbed: Any, random_packets: Make, take: Do, everything: Do
) -> None:
    """Killed at any stage, readers see a whole state, and a second run gives the tables of an undisturbed one."""
    take(Lake(tmp_path), ("1", random_packets(1)))
    before = everything(Lake(tmp_path))
    done = child("die", tmp_path, point)
    assert done.returncode == -signal.SIGKILL, done.stderr
    left = everything(Lake(tmp_path))
    assert left["packets"] in (before["packets"], undisturbed["packets"])
    derived = [{n: rows for n, rows in state.items() if n != "packets"} for state in (left, before, undisturbed)]
    assert derived[0] in derived[1:]
    take(Lake(tmp_path), ("2", random_packets(2)))
    lake = Lake(tmp_path)
    assert everything(lake) == undisturbed
    assert verify(lake) == []
    assert [i.identity for i in lake.admitted()] == ["1", "2"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("owner", "method"), [(Table, "write"), (Records, "intend"), (Table, "commit")], ids=["write", "intend", "commit"]
)
def test_a_key_press_never_doubles_packets(
    lake: Lake,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    method: str,
    when: str,
    random_packets: Make,
    take: Do,
    rows_of: Do,
) -> None:
    """Ctrl-C on either side of a stage of the commit leaves the intake out or in, never in twice."""
    original = getattr(owner, method)

    def interrupted(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(owner, method, original)
        if when == "after":
            original(*arguments, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, method, interrupted)
    with pytest.raises(KeyboardInterrupt):
        take(lake, ("1", random_packets(1)))
    assert len(rows_of(lake, "packets")) in {0, 300}
    take(lake, ("1", random_packets(1)))
    assert len(rows_of(lake, "packets")) == 300
    assert verify(lake) == []


def test_the_order_of_intakes_does_not_matter(
    new_lake: Callable[[str], Lake], random_packets: Make, take: Do, everything: Do
) -> None:
    """Three intakes, each given twice, in any order, give the same rows in every table."""
    found = []
    for number, order in enumerate(itertools.permutations((1, 2, 3))):
        lake = new_lake(str(number))
        take(lake, *((str(seed), random_packets(seed, 60)) for seed in (*order, *reversed(order))))
        found.append(everything(lake))
    assert all(each == found[0] for each in found)


def test_two_processes_take_in_the_same_file(tmp_path: Path, everything: Do, rows_of: Do) -> None:
    """Two processes with the same intake at the same time: it is in once, and one of them may be told to wait."""
    running = [subprocess.Popen([sys.executable, str(CHILD), "take", str(tmp_path)]) for _ in range(2)]
    codes = {process.wait() for process in running}
    assert codes <= {0, 3}
    assert child("take", tmp_path).returncode == 0
    lake = Lake(tmp_path)
    assert len(rows_of(lake, "packets")) == 300
    assert verify(lake) == []


def test_once_holds_when_the_log_has_been_cleaned(lake: Lake, packets_of: Make, take: Do, rows_of: Do) -> None:
    """Identities outlive the commits that brought them: checkpoints of the log keep them."""
    take(lake, ("1", packets_of([0.5])))
    table = lake.table("packets")
    for _ in range(120):
        table.commit([], transactions={"filler": 1})
    for commit in sorted((table.path / "_delta_log").glob("*.json"))[:50]:
        commit.unlink()
    again = Lake(lake.path)
    take(again, ("1", packets_of([0.5])))
    assert len(rows_of(again, "packets")) == 1
    assert [i.identity for i in again.admitted()] == ["1"]
