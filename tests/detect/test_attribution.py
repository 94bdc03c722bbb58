"""Where the excess comes from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.detect.attribution import excess, mainly, shares

RULE = {"together": 0.67, "each": 0.1}


def test_a_group_that_is_always_large_does_not_explain_a_rise() -> None:
    """Half of the usual comes from JP, all of the excess from CN: CN explains everything."""
    part = excess(np.array([50, 150]), np.array([500, 500]), 100.0)
    assert part.tolist() == [0.0, 100.0]
    assert shares(part).tolist() == [0.0, 1.0]


def test_the_main_regions_are_the_fewest_that_explain_two_thirds() -> None:
    """50 % and 30 % are enough, and the third is not named."""
    seen, usual = np.array([500, 300, 100, 50, 50]), np.array([10, 10, 10, 10, 10])
    assert mainly(seen, usual, 10.0, 0.1, **RULE) == [0, 1]


def test_many_small_regions_have_no_main_one() -> None:
    """If two thirds can only be reached with regions below a tenth, none is named."""
    assert mainly(np.full(20, 50), np.full(20, 10), 10.0, 0.1, **RULE) == []


def test_a_region_that_did_not_rise_by_itself_is_not_named() -> None:
    """Three sources where two were due prove nothing, even if they are the largest part."""
    assert mainly(np.array([3, 1]), np.array([200, 200]), 4.0, 0.1, **RULE) == []


def test_a_rise_that_is_partly_of_the_whole_world_is_from_as_many_as_explain_two_thirds() -> None:
    """As a rise of 445/tcp was seen: JP made 51 % and CN 22 % of the excess while the rest of the world doubled."""
    seen = np.array([889, 431, 124, 135, 78, 51, 48, 35, 89])
    usual = np.array([174, 119, 32, 47, 37, 13, 11, 14, 141])
    assert mainly(seen, usual, 588.0, 0.038, **RULE) == [0, 1]


def test_two_regions_that_rose_do_not_hide_behind_each_other() -> None:
    """JP and CN are half of what is usual: held against a rest with the other one in it, neither would stand out."""
    seen = np.array([708, 389, 127, 116, 83, 64, 54, 30, 151])
    usual = np.array([3153, 2161, 717, 819, 604, 233, 250, 232, 2624])
    assert mainly(seen, usual, 673.8, 0.049, **RULE) == [0, 1]


def test_a_level_that_is_up_for_all_does_not_hide_where_it_rose() -> None:
    """A port of a wandering level, up by 2.2 for all, JP by 1.7 more: JP is named though it makes but 62 %."""
    usual = np.array([2000, 2000, 1500, 1000, 800, 700, 600, 500, 500, 400])
    seen = (np.where(np.arange(10) == 0, 9.9, 2.2) * usual / 10).astype(np.int64)
    part = shares(excess(seen, usual, 1000.0))
    assert 0.6 < part[0] < 0.67
    assert mainly(seen, usual, 1000.0, 0.1, **RULE) == [0]


@pytest.mark.parametrize("factor", [3, 10])
def test_a_rise_of_all_alike_is_from_nowhere(factor: int) -> None:
    """Four regions with a tenth and more of the usual make 74 % of such a rise, and none of them is its place."""
    usual = np.array([240, 200, 160, 140, 70, 70, 60, 60])
    assert shares(excess(factor * usual, usual, 1000.0))[:4].sum() > 0.67
    assert mainly(factor * usual, usual, 1000.0, 0.1, **RULE) == []


def test_of_equals_none_is_left_out() -> None:
    """Two of three regions explain two thirds by a hair; the third is as much its place as they."""
    usual = np.full(10, 100)
    seen = np.where(np.arange(10) < 3, [510, 505, 500, *[0] * 7], 100)
    assert mainly(seen, usual, 1000.0, 0.1, **RULE) == [0, 1, 2]


def test_four_equals_are_many() -> None:
    """A quarter each is not mainly from anywhere, also where nothing was usual and so nothing is a level."""
    seen = np.where(np.arange(10) < 4, 400, 0)
    assert mainly(seen + 100, np.full(10, 100), 1000.0, 0.1, **RULE) == []
    assert mainly(seen, np.zeros(10, np.int64), 0.1, 0.1, **RULE) == []
    assert mainly(np.where(np.arange(10) < 3, seen, 0), np.zeros(10, np.int64), 0.1, 0.1, **RULE) == [0, 1, 2]


def test_a_small_part_beside_a_large_one_is_not_named() -> None:
    """80 % and 20 %: the second rose by itself, but it is not the main one."""
    usual = np.full(10, 100)
    seen = np.where(np.arange(10) < 2, [900, 300, *[0] * 8], 100)
    assert mainly(seen, usual, 1000.0, 0.1, **RULE) == [0]


def test_what_makes_less_than_half_is_not_the_main_part() -> None:
    """All doubled, and one region rose by a half of the usual of all besides: it makes 40 %."""
    usual = np.full(10, 100)
    seen = np.where(np.arange(10) == 0, 700, 200)
    assert shares(excess(seen, usual, 1000.0))[0] == pytest.approx(0.4)
    assert mainly(seen, usual, 1000.0, 0.1, **RULE) == []


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=12), st.floats(0, 500))
def test_shares_are_parts_of_one(groups: list[tuple[int, int]], expected: float) -> None:
    """No share is negative and they never exceed the whole."""
    seen, usual = (np.array(column) for column in zip(*groups, strict=True))
    part = shares(excess(seen, usual, expected))
    assert (part >= 0).all()
    assert part.sum() <= 1 + 1e-9
    assert part.sum() == pytest.approx(1.0) or part.sum() < 1
