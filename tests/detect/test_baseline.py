"""The usual rate of a port."""

import numpy as np
import pytest

from isdas.detect.baseline import PRIOR, rates


def test_a_steady_port_has_its_mean_rate() -> None:
    """48 source-hours a day over 12 sensors are a sixth of one per sensor-hour."""
    found = rates(np.full((1, 50), 48.0), np.full((1, 50), 288.0), np.array([0.1]))
    assert found.rate[0] == pytest.approx(48 / 288, rel=1e-3)
    assert found.days[0] == 50


def test_a_past_outbreak_hardly_raises_the_rate() -> None:
    """Three days at thirty times the usual move a robust rate by less than a tenth; the plain mean by more than 2.5."""
    counts = np.random.default_rng(3).poisson(20.0, (1, 50)).astype(float)
    counts[0, 20:23] = 600.0
    rate = rates(counts, np.full((1, 50), 288.0), np.array([0.05])).rate[0]
    assert rate == pytest.approx(20 / 288, rel=0.1)
    assert counts.mean() > 50


def test_a_sparse_port_is_not_biased_low_by_its_lone_sources() -> None:
    """Single sources in an otherwise silent month keep their full weight."""
    counts = np.zeros((1, 50))
    counts[0, [3, 30]] = 1.0
    found = rates(counts, np.full((1, 50), 288.0), np.array([1.0]))
    assert found.rate[0] == pytest.approx((2 + PRIOR) / (50 * 288.0))


def test_days_without_exposure_say_nothing() -> None:
    """A gap is not a zero: half the days missing leave the rate as it is."""
    exposure = np.full((1, 50), 288.0)
    exposure[0, ::2] = 0.0
    counts = np.where(exposure > 0, 48.0, 0.0)
    found = rates(counts, exposure, np.array([0.1]))
    assert found.rate[0] == pytest.approx(48 / 288, rel=1e-3)
    assert found.days[0] == 25


def test_a_port_nobody_could_see_has_no_rate() -> None:
    """Without exposure there is no baseline."""
    assert rates(np.zeros((1, 5)), np.zeros((1, 5)), np.array([0.1])).rate[0] == 0.0
