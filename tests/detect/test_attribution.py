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


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=12), st.floats(0, 500))
def test_shares_are_parts_of_one(groups: list[tuple[int, int]], expected: float) -> None:
    """No share is negative and they never exceed the whole."""
    seen, usual = (np.array(column) for column in zip(*groups, strict=True))
    part = shares(excess(seen, usual, expected))
    assert (part >= 0).all()
    assert part.sum() <= 1 + 1e-9
    assert part.sum() == pytest.approx(1.0) or part.sum() < 1
