"""Which groups the sources of a surge are in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isdas.detect.belonging import belonging


def _day(*sizes: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """So many sources of group 0, 1, ...; the last number is of those in none."""
    *groups, none = sizes
    return np.repeat(np.array([*range(len(groups)), -1]), [*groups, none])


def test_the_group_that_came_makes_the_excess() -> None:
    """Of 50 usual and 100 new sources, the new ones' group has all of the excess."""
    seen, usual, share = belonging([_day(50, 100, 0)], [_day(50, 0, 0), _day(50, 0, 0)], 2)
    assert usual is not None
    assert (seen.tolist(), usual.tolist(), share.tolist()) == ([50, 100], [50, 0], [0, 1])


def test_those_in_no_group_have_their_share() -> None:
    """Half of the excess in no group leaves half for groups."""
    _, _, share = belonging([_day(100, 100)], [_day(50, 50)], 1)
    assert share.tolist() == [0.5]


def test_without_a_past_shares_are_of_all() -> None:
    """Where no day before was grouped nothing is called usual."""
    _, usual, share = belonging([_day(30, 10), _day(30, 10)], [], 1)
    assert usual is None
    assert share.tolist() == [0.75]


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), max_size=4))
def test_shares_never_exceed_the_whole(days: list[list[int]]) -> None:
    """Whatever the days were, shares are none below 0 and at most 1 together."""
    found = [_day(*sizes) for sizes in days]
    _, _, share = belonging(found[1:], found[:1], 2)
    assert (share >= 0).all()
    assert share.sum() <= 1 + 1e-9
