"""Slow ramps and takedowns, against known truth."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.fallen import fallen
from isdas.detect.find import find
from isdas.detect.judge import judge
from isdas.detect.ramps import ramps
from isdas.detect.slow import memory
from isdas.detect.vanished import falls

Counts = Callable[..., np.ndarray]
Make = Callable[..., Activity]
DAYS = 56


def days_of(seed: int, factor: np.ndarray, sd: float = 0.05, usual: float = 2000.0) -> np.ndarray:
    """Daily counts of twenty calm ports, the first of which is changed by *factor*."""
    rng = np.random.default_rng(seed)
    wander = np.zeros((20, DAYS))
    phi = memory(48.0)
    wander[:, 0] = rng.normal(size=20) * sd
    for day in range(1, DAYS):
        wander[:, day] = phi * wander[:, day - 1] + rng.normal(size=20) * sd * np.sqrt(1 - phi**2)
    mean = usual * np.exp(wander)
    mean[0] *= factor
    return rng.poisson(mean).astype(np.float64)


FULL = np.full((20, DAYS), 288.0)
ALL = np.ones(20, bool)
DOUBLING = np.exp2(np.maximum(np.arange(DAYS) - (DAYS - 22), 0) / 21)
STEP = np.where(np.arange(DAYS) >= DAYS - 10, 2.0, 1.0)
TAKEDOWN = np.where(np.arange(DAYS) >= DAYS - 2, 0.2, 1.0)


@pytest.mark.parametrize("seed", range(8))
def test_a_doubling_over_three_weeks_is_a_ramp(seed: int) -> None:
    """It is the only one, about as long and as large as it was made."""
    (found,) = ramps(days_of(seed, DOUBLING), FULL, ALL, 48.0)
    assert found.series == 0
    assert found.days in {14, 21, 28}
    assert found.growth == pytest.approx(2.0, rel=0.25)


@pytest.mark.parametrize("factor", [np.ones(DAYS), STEP, TAKEDOWN])
def test_what_does_not_grow_steadily_is_no_ramp(factor: np.ndarray) -> None:
    """Nor is a step, which the scan of hours finds."""
    assert not [one for seed in range(5) for one in ramps(days_of(seed, factor), FULL, ALL, 48.0)]


@pytest.mark.parametrize("seed", range(8))
def test_a_takedown_is_a_fall(seed: int) -> None:
    """80 % of the sources of a busy port are gone within a day, and stay away."""
    (found,) = falls(days_of(seed, TAKEDOWN), FULL, ALL, 48.0)
    assert (found.series, found.days) == (0, 2)
    assert found.left == pytest.approx(0.2, rel=0.3)


def test_a_takedown_at_noon_is_a_fall() -> None:
    """The day within which it happens counts neither as before nor as since."""
    factor = TAKEDOWN.copy()
    factor[-3] = 0.6
    (found,) = falls(days_of(3, factor), FULL, ALL, 48.0)
    assert found.left == pytest.approx(0.2, rel=0.3)


def test_what_lasts_a_day_or_goes_back_to_where_it_was_is_no_fall() -> None:
    """One low day may be anything, and the end of a flood is no takedown."""
    one_day = np.where(np.arange(DAYS) == DAYS - 1, 0.2, 1.0)
    flood = np.where((np.arange(DAYS) >= DAYS - 20) & (np.arange(DAYS) < DAYS - 2), 5.0, 1.0)
    for factor in (one_day, flood, DOUBLING):
        assert not falls(days_of(4, factor), FULL, ALL, 48.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 7), st.floats(0.0, 0.95), st.integers(0, 1000))
def test_gaps_and_outages_are_never_a_fall(back: int, left: float, seed: int) -> None:
    """Whatever a fleet loses, and whether or not sources fall with it, nothing is told while it is short."""
    counts, exposure = days_of(seed, TAKEDOWN), FULL.copy()
    exposure[:, -back:] *= left
    counts[:, -back:] = np.floor(counts[:, -back:] * left)
    assert not falls(counts, exposure, ALL, 48.0)


def test_what_all_ports_do_is_the_fleet() -> None:
    """If every busy port loses its sources, they did not vanish from the Internet."""
    counts = days_of(5, np.ones(DAYS))
    counts[:, -2:] = np.floor(counts[:, -2:] * 0.2)
    assert not falls(counts, FULL, ALL, 48.0)


def test_the_search_finds_both_and_tells_each_once(counts_of: Counts, activity_of: Make) -> None:
    """Among calm ports, one that doubles over three weeks and one that is taken down."""
    counts = counts_of(11, [60.0] * 8, 70, 0.02)
    rng = np.random.default_rng(1)
    grow = np.exp2(np.clip((np.arange(70 * 24) - 45 * 24) / (21 * 24), 0, 1))
    counts[2] = rng.poisson(counts[2] * grow)
    counts[5, 60 * 24 :] = rng.binomial(counts[5, 60 * 24 :], 0.2)
    found = find(activity_of(counts), Config())
    changes = [(rise.port.number, rise.change) for rise in found if rise.change != "rise"]
    assert sorted(changes) == [(2, "ramp"), (5, "fall")]
    ramp, fall = (next(rise for rise in found if rise.change == change) for change in ("ramp", "fall"))
    assert ramp.factor > 1.2
    assert ramp.ended is None
    assert fall.factor == pytest.approx(0.2, rel=0.2)
    assert fall.window_begin == activity_of(counts).start + 60 * 24


@pytest.mark.parametrize(("sensors", "verdict"), [(12, "vanished"), (1, "single-sensor")])
def test_a_fall_is_judged(
    sensors: int, verdict: str, counts_of: Counts, activity_of: Make, evidence_of: Callable[..., Evidence]
) -> None:
    """Sources vanish from JP, at all sensors or at one only."""
    start = 60 * 24
    base = np.full(70 * 24, 6)
    gone = np.where(np.arange(70 * 24) < start, 54, 0)
    where = {} if sensors == 12 else {"sensor": 3}
    evidence = evidence_of(base, gone, added={"region": 0, **where})
    counts = counts_of(12, [60.0] * 4, 70, 0.05)
    counts[0] = np.random.default_rng(2).poisson(base + gone)
    (rise,) = (one for one in find(activity_of(counts), Config()) if one.change == "fall")
    surge = judge(rise, evidence, Config())
    assert surge == fallen(rise, evidence, surge.identifier)
    assert (surge.change, surge.verdict, surge.regions[0].region) == ("fall", verdict, "JP")
    assert surge.regions[0].excess_share > 0.9
