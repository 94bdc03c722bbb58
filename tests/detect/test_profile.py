"""The shape of the week."""

import numpy as np
import pytest

from isdas.detect.profile import of_hours, shapes


def _both(by_week: np.ndarray) -> np.ndarray:
    """By hour of the day, and again by weekday."""
    return np.concatenate([by_week.sum(axis=1), by_week.sum(axis=2)], axis=1).astype(float)


def _week(rate: float, weeks: int, weekend: float = 1.0, night: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    counts = np.full((1, 7, 24), rate * weeks)
    counts[:, 5:, :] *= weekend
    counts[:, :, :6] *= night
    return _both(counts), _both(np.full((1, 7, 24), float(weeks)))


def test_a_flat_port_has_a_flat_shape() -> None:
    """Where nothing varies, all factors are 1."""
    assert shapes(*_week(10.0, 8), 56, 0.1) == pytest.approx(np.ones((1, 31)))


def test_a_busy_port_shows_its_own_night_and_weekend() -> None:
    """With many counts, the shape follows the port: nights at half, weekends at 0.8."""
    shape = shapes(*_week(200.0, 8, weekend=0.8, night=0.5), 56, 0.1)[0]
    assert shape[3] / shape[12] == pytest.approx(0.5, abs=0.06)
    assert shape[24 + 5] / shape[24] == pytest.approx(0.8, abs=0.08)


def test_a_sparse_port_takes_the_shape_of_the_fleet() -> None:
    """A port with two source-hours in eight weeks is given the nights of the busy one beside it."""
    busy, seen = _week(200.0, 8, night=0.5)
    sparse = np.zeros((1, 7, 24))
    sparse[0, 0, 0], sparse[0, 3, 20] = 1, 1
    shape = shapes(np.concatenate([busy, _both(sparse)]), np.concatenate([seen, seen]), 56, 0.1)[1]
    assert shape[3] / shape[12] == pytest.approx(0.5, abs=0.12)


def test_the_mean_factor_is_one() -> None:
    """The shape moves the rate around, it does not raise it."""
    rng = np.random.default_rng(2)
    shape = shapes(_both(rng.poisson(3.0, (5, 7, 24))), _both(np.ones((5, 7, 24))), 7, 0.1)
    week = np.array([of_hours(one, np.arange(168)) for one in shape])
    assert week.mean(axis=1) == pytest.approx(np.ones(5))
