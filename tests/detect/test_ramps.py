"""Slow ramps, against known truth."""

from collections.abc import Callable

import numpy as np
import pytest

from isdas.detect.ramps import ramps

Days = Callable[..., np.ndarray]
DAYS = 56
FULL = np.full((20, DAYS), 288.0)
ALL = np.ones(20, bool)
DOUBLING = np.exp2(np.maximum(np.arange(DAYS) - (DAYS - 22), 0) / 21)
TAKEDOWN = np.where(np.arange(DAYS) >= DAYS - 2, 0.2, 1.0)
STEP = np.where(np.arange(DAYS) >= DAYS - 10, 2.0, 1.0)


@pytest.mark.parametrize("seed", range(8))
def test_a_doubling_over_three_weeks_is_a_ramp(seed: int, slow_days: Days) -> None:
    """It is the only one, about as long and as large as it was made."""
    (found,) = ramps(slow_days(seed, DOUBLING), FULL, ALL, 48.0)
    assert found.series == 0
    assert found.days in {14, 21, 28}
    assert found.factor == pytest.approx(2.0, rel=0.25)


@pytest.mark.parametrize("factor", [np.ones(DAYS), STEP, TAKEDOWN])
def test_what_does_not_grow_steadily_is_no_ramp(factor: np.ndarray, slow_days: Days) -> None:
    """Nor is a step, which the scan of hours finds."""
    assert not [one for seed in range(5) for one in ramps(slow_days(seed, factor), FULL, ALL, 48.0)]
