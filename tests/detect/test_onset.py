"""Since when."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from isdas.detect.onset import CREDIBLE, SHAPES, growths, onset, shortest


def _draw(rng: np.random.Generator, factor: np.ndarray, rate: float) -> np.ndarray:
    return rng.poisson(rate * factor * rng.gamma(10, 0.1, len(factor))).astype(float)


def _factor(shape: str) -> np.ndarray:
    since = np.arange(144) - 96 + 0.5
    if shape == "step":
        return np.where(since > 0, 4.0, 1.0)
    if shape == "ramp":
        return np.where(since > 0, 1 + np.minimum(since / 24, 1) * 4, 1.0)
    return np.where(since > 0, 2.0 ** (since / 8), 1.0)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_interval_holds_the_truth_whatever_the_shape(shape: str) -> None:
    """Of 20 rises at 5 sources an hour, the 90 % interval holds the true hour in at least 16."""
    rng = np.random.default_rng(SHAPES.index(shape))
    held = 0
    for _ in range(20):
        found = onset(_draw(rng, _factor(shape), 5.0), np.full(144, 5.0), 0.1, 0.2, 24, 120)
        held += found.low <= 96 <= found.high
    assert held >= 16


def test_a_sharp_step_is_dated_to_the_hour() -> None:
    """A rise from 20 to 200 an hour has an interval of at most three hours around the truth."""
    rng = np.random.default_rng(4)
    factor = np.where(np.arange(120) >= 96, 10.0, 1.0)
    found = onset(_draw(rng, factor, 20.0), np.full(120, 20.0), 0.1, 0.2, 24, 119)
    assert found.low <= 96 <= found.high
    assert found.high - found.low < 3
    assert found.shape == "step"


def test_a_long_exponential_is_known_for_what_it_is() -> None:
    """Two days of doubling every eight hours are neither a step nor a ramp."""
    found = onset(_draw(np.random.default_rng(2), _factor("exponential"), 10.0), np.full(144, 10.0), 0.1, 0.2, 24, 130)
    assert found.shape == "exponential"
    assert sum(found.odds) == pytest.approx(1.0)
    assert found.posterior.sum() == pytest.approx(1.0)


def test_a_silent_port_begins_with_its_first_source() -> None:
    """Thirty sources in one hour on a port that had none: the onset is at most some hours before, not days."""
    counts = np.zeros(120)
    counts[110] = 30.0
    found = onset(counts, np.full(120, 1e-4), 0.2, 0.3, 24, 119)
    assert 100 <= found.at <= 110


def test_hours_that_nobody_observed_say_nothing() -> None:
    """A gap before the first high hour widens the interval over the gap."""
    rng = np.random.default_rng(6)
    factor = np.where(np.arange(120) >= 96, 10.0, 1.0)
    counts, means = _draw(rng, factor, 20.0), np.full(120, 20.0)
    counts[90:100], means[90:100] = 0.0, 0.0
    found = onset(counts, means, 0.1, 0.2, 24, 119)
    assert found.low <= 91
    assert found.high >= 99


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=30))
def test_no_shorter_stretch_holds_as_much(weights: list[float]) -> None:
    """The hours told hold 90 %, and no stretch of one hour less does."""
    chances = np.array(weights) / np.sum(weights)
    low, high = shortest(chances, CREDIBLE)
    assert chances[low : high + 1].sum() >= CREDIBLE - 1e-9
    less = high - low
    assert all(chances[begin : begin + less].sum() < CREDIBLE for begin in range(len(chances)))


def test_what_lies_far_off_does_not_stretch_the_interval() -> None:
    """A spike of 8 % far off does not draw the interval over the empty hours between."""
    chances = np.concatenate([[0.08], np.zeros(50), np.full(13, 0.92 / 13)])
    assert shortest(chances, CREDIBLE) == (51, 63)


def test_all_shapes_begin_at_the_usual_rate_and_grow() -> None:
    """No shape falls, and ramps and exponentials start near 1."""
    for shape in growths(48, 100.0):
        assert (np.diff(shape, axis=1) >= 0).all()
        assert (shape >= 1.0).all()


def _wandering(rng: np.random.Generator, n: int, sd: float) -> np.ndarray:
    """Factors of a level that wanders by *sd* and forgets over 48 hours."""
    keep = np.exp(-1 / 48)
    level = np.empty(n)
    level[0] = rng.normal() * sd
    for t in range(1, n):
        level[t] = keep * level[t - 1] + rng.normal() * sd * np.sqrt(1 - keep**2)
    return np.exp(level)


def test_a_wandering_level_is_not_taken_for_the_rise() -> None:
    """Of 20 ramps on a level that wanders by a third, the interval holds the true hour in at least 16."""
    rng, held = np.random.default_rng(8), 0
    for _ in range(20):
        counts = _draw(rng, _factor("ramp") * _wandering(rng, 144, 0.3), 10.0)
        found = onset(counts, np.full(144, 10.0), 0.1, 0.3, 48, 120)
        held += found.low <= 96 <= found.high
    assert held >= 16


@pytest.mark.parametrize("shape", SHAPES)
def test_a_level_more_restless_than_usual_is_allowed_for(shape: str) -> None:
    """Of 20 rises on a level that wanders by half again as much as is usual, at least 16 intervals hold the truth."""
    rng, held = np.random.default_rng(10 + SHAPES.index(shape)), 0
    for _ in range(20):
        counts = _draw(rng, _factor(shape) * _wandering(rng, 144, 0.45), 10.0)
        found = onset(counts, np.full(144, 10.0), 0.1, 0.3, 24, 120)
        held += found.low <= 96 <= found.high
    assert held >= 16


def test_a_level_that_stands_still_is_told_from_one_that_wanders() -> None:
    """Ten threefold steps each: where the hours before were even, the interval is half as wide in the mean."""
    widths = []
    for sd in (0.0, 0.4):
        rng = np.random.default_rng(5)
        factor = np.where(np.arange(240) >= 192, 3.0, 1.0)
        draws = [_draw(rng, factor * _wandering(rng, 240, sd), 10.0) for _ in range(10)]
        found = [onset(counts, np.full(240, 10.0), 0.1, 0.3, 24, 216) for counts in draws]
        widths.append(np.mean([one.high - one.low for one in found]))
    assert widths[0] < widths[1] / 2


def test_a_level_that_does_not_wander_leaves_the_plain_likelihood() -> None:
    """Without wandering the posterior is the mean over all courses of the product of negative binomials."""
    counts, size = np.array([2.0, 1.0, 0.0, 9.0, 11.0, 8.0]), 10.0
    found = onset(counts, np.ones(6), 1 / size, 1e-9, 0, 5)
    weights = np.zeros(6)
    for courses in growths(6, 100.0):
        for k in range(6):
            means = np.ones((len(courses), 6))
            means[:, k:] = courses[:, : 6 - k]
            weights[k] += nbinom.pmf(counts, size, size / (size + means)).prod(axis=1).mean()
    assert found.posterior == pytest.approx(weights / weights.sum(), rel=1e-6)
