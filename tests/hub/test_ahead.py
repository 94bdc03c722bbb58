"""Tests of isdas.hub.ahead."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.hub.ahead import in_order


def square(number: int) -> int:
    """Something to be done."""
    return number * number


@given(st.lists(st.integers(), max_size=30), st.integers(1, 3), st.integers(1, 5))
def test_results_come_in_the_order_of_the_work(numbers: list[int], threads: int, ahead: int) -> None:
    """However many threads do it."""
    found = in_order((partial(square, n) for n in numbers), threads=threads, ahead=ahead)
    assert list(found) == [n * n for n in numbers]


def test_no_more_is_drawn_than_is_held() -> None:
    """Of endless work only the next few pieces are drawn, so that memory is bounded."""
    drawn = 0

    def endless() -> Iterator[Callable[[], int]]:
        nonlocal drawn
        while True:
            drawn += 1
            yield partial(square, drawn)

    found = in_order(endless(), threads=2, ahead=3)
    assert [next(found) for _ in range(4)] == [1, 4, 9, 16]
    assert drawn == 6
    found.close()


def test_what_a_piece_raises_comes_in_its_place() -> None:
    """Results before it are handed over, and what comes after is not."""

    def fail() -> int:
        raise ValueError("piece 2")

    found = in_order([partial(square, 3), fail, partial(square, 4)], threads=2, ahead=2)
    assert next(found) == 9
    with pytest.raises(ValueError, match="piece 2"):
        next(found)
    assert list(found) == []


def test_pieces_run_at_once() -> None:
    """Two pieces that wait for each other both end."""
    barrier = threading.Barrier(2, timeout=30)
    assert sorted(in_order([barrier.wait, barrier.wait], threads=2, ahead=2)) == [0, 1]
