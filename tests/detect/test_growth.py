"""How a rise grows."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from isdas.detect.growth import growth


def _counts(seed: int, hours: int, base: float, curve: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    means = np.full(hours, base)
    return rng.poisson((means + curve) * rng.gamma(20, 1 / 20, hours)).astype(float), means


@pytest.mark.parametrize(("base", "doubling", "hours"), [(2.0, 6.0, 36), (20.0, 12.0, 72), (0.5, 3.0, 24)])
def test_the_interval_holds_the_doubling_time(base: float, doubling: float, hours: int) -> None:
    """Of 60 exponentials, the 90 % interval holds the truth in about nine of ten, and most are said to spread."""
    held = spreading = told = 0
    for seed in range(60):
        curve = base * 2.0 ** ((np.arange(hours) + 0.5) / doubling)
        found = growth(*_counts(seed, hours, base, curve), 0.05)
        assert found is not None
        if found.law in {"exponential", "logistic"}:
            told += 1
            held += (found.low_hours or 0) <= doubling <= (found.high_hours or np.inf)
            spreading += found.spreading
    assert told >= 54
    assert held >= 0.8 * told
    assert spreading >= 50


def test_a_step_does_not_spread() -> None:
    """Of 60 steps of two days, hardly one is said to spread."""
    spreading = 0
    for seed in range(60):
        found = growth(*_counts(100 + seed, 48, 2.0, np.full(48, 8.0)), 0.05)
        assert found is not None
        spreading += found.spreading
    assert spreading <= 1


def test_a_line_is_a_line() -> None:
    """What gains the same each hour is mostly called linear."""
    laws = [growth(*_counts(200 + s, 48, 2.0, 1.5 * (np.arange(48) + 0.5)), 0.05) for s in range(20)]
    assert sum(found is not None and found.law == "linear" for found in laws) >= 14


def test_saturation_is_seen() -> None:
    """An outbreak that doubles every three hours and levels out after a day is exponential or logistic up to there."""
    hours = np.arange(72) + 0.5
    curve = 300.0 / (1.0 + np.exp(-(hours - 24) * np.log(2) / 3))
    found = growth(*_counts(7, 72, 1.0, curve), 0.05)
    assert found is not None
    assert found.law == "logistic"
    assert found.doubling_hours == pytest.approx(3.0, rel=0.3)
    assert found.spreading is True
    json.dumps(asdict(found))


def test_too_little_says_nothing() -> None:
    """Five hours, or a handful of sources, have no growth; hours that nobody observed do not count."""
    assert growth(np.full(5, 30.0), np.ones(5), 0.1) is None
    assert growth(np.ones(48), np.full(48, 0.9), 0.1) is None
    assert growth(np.full(48, 9.0), np.zeros(48), 0.1) is None
    assert growth(np.zeros(0), np.zeros(0), 0.1) is None
