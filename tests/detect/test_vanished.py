"""Takedowns, against known truth."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.detect.vanished import falls

Days = Callable[..., np.ndarray]
DAYS = 56
FULL = np.full((20, DAYS), 288.0)
ALL = np.ones(20, bool)
DOUBLING = np.exp2(np.maximum(np.arange(DAYS) - (DAYS - 22), 0) / 21)
TAKEDOWN = np.where(np.arange(DAYS) >= DAYS - 2, 0.2, 1.0)


@pytest.mark.parametrize("seed", range(8))
def test_a_takedown_is_a_fall(seed: int, slow_days: Days) -> None:
    """80 % of the sources of a busy port are gone within a day, and stay away."""
    (found,) = falls(slow_days(seed, TAKEDOWN), FULL, ALL, 48.0)
    assert (found.series, found.days) == (0, 2)
    assert found.factor == pytest.approx(0.2, rel=0.3)


def test_a_takedown_at_noon_is_a_fall(slow_days: Days) -> None:
    """The day within which it happens counts neither as before nor as since."""
    factor = TAKEDOWN.copy()
    factor[-3] = 0.6
    (found,) = falls(slow_days(3, factor), FULL, ALL, 48.0)
    assert found.factor == pytest.approx(0.2, rel=0.3)


def test_what_lasts_a_day_or_goes_back_to_where_it_was_is_no_fall(slow_days: Days) -> None:
    """One low day may be anything, and the end of a flood is no takedown."""
    one_day = np.where(np.arange(DAYS) == DAYS - 1, 0.2, 1.0)
    flood = np.where((np.arange(DAYS) >= DAYS - 20) & (np.arange(DAYS) < DAYS - 2), 5.0, 1.0)
    for factor in (one_day, flood, DOUBLING):
        assert not falls(slow_days(4, factor), FULL, ALL, 48.0)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 7), st.floats(0.0, 0.95), st.integers(0, 1000))
def test_gaps_and_outages_are_never_a_fall(slow_days: Days, back: int, left: float, seed: int) -> None:
    """Whatever a fleet loses, and whether or not sources fall with it, nothing is told while it is short."""
    counts, exposure = slow_days(seed, TAKEDOWN), FULL.copy()
    exposure[:, -back:] *= left
    counts[:, -back:] = np.floor(counts[:, -back:] * left)
    assert not falls(counts, exposure, ALL, 48.0)


def test_what_all_ports_do_is_the_fleet(slow_days: Days) -> None:
    """If every busy port loses its sources, they did not vanish from the Internet."""
    counts = slow_days(5, np.ones(DAYS))
    counts[:, -2:] = np.floor(counts[:, -2:] * 0.2)
    assert not falls(counts, FULL, ALL, 48.0)
