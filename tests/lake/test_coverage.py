"""Tests of isdas.lake.coverage."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.lake.coverage import HOUR_US, LONGEST_HOURS, Observed, infer, stated

Ints = npt.NDArray[np.int64]
BEGIN = 475_200
"""A midnight, hours since 1970."""


def heard(counts: Ints, begin: int = BEGIN) -> tuple[Ints, Ints, Ints, Ints]:
    """What a sensor heard: hours with anything, sources, first and last packet (spread over the hour by number)."""
    at = np.flatnonzero(counts)
    hours, sources = at + begin, counts[at]
    wait = HOUR_US // (sources + 1)
    return hours, sources, hours * HOUR_US + wait, (hours + 1) * HOUR_US - np.maximum(wait, 1)


def counts_of(seed: int, rate: float, days: int, dispersion: float = 1.0) -> Ints:
    """Sources in each hour, Poisson or negative binomial with a variance of *dispersion* times the mean."""
    rng = np.random.default_rng(seed)
    if dispersion == 1:
        return rng.poisson(rate, days * 24)
    return rng.negative_binomial(rate / (dispersion - 1), 1 / dispersion, days * 24)


def n_gaps(seen: Observed) -> int:
    """How many stretches without coverage lie between the first and the last hour."""
    return int(np.count_nonzero(np.diff(seen.hours) > 1))


@pytest.mark.parametrize("dispersion", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("rate", [0.3, 1.0, 3.0, 10.0, 50.0])
def test_a_sensor_that_always_observed_has_no_gaps(rate: float, dispersion: float) -> None:
    """Ten sensor-years without outages: at most one gap is claimed, at any rate and dispersion."""
    assert sum(n_gaps(infer(*heard(counts_of(seed, rate, 365, dispersion)))) for seed in range(10)) <= 1


@pytest.mark.parametrize(
    ("rate", "dispersion", "hours"),
    [
        (0.3, 1.0, 72), (0.3, 4.0, 240), (1.0, 1.0, 24), (1.0, 4.0, 72), (3.0, 1.0, 12), (3.0, 2.0, 24),
        (10.0, 1.0, 3), (10.0, 2.0, 6), (50.0, 1.0, 3), (50.0, 4.0, 6), (50.0, 4.0, 240),
    ],
)  # fmt: skip
def test_outages_are_found(rate: float, dispersion: float, hours: int) -> None:
    """An outage that is long for the sensor's rate is a gap and leaves no seconds inside, on every seed."""
    for seed in range(10):
        counts = counts_of(seed, rate, 60, dispersion)
        counts[700 : 700 + hours] = 0
        seen = infer(*heard(counts))
        inside = (seen.hours >= BEGIN + 700) & (seen.hours < BEGIN + 700 + hours)
        assert not inside.any()
        assert n_gaps(seen) == 1


def test_an_outage_that_is_short_for_the_rate_is_not_claimed() -> None:
    """A sensor that hears one source an hour may well be silent for three: these hours count as observed."""
    counts = counts_of(1, 1.0, 60)
    counts[700:703] = 0
    seen = infer(*heard(counts))
    assert {BEGIN + 700, BEGIN + 701, BEGIN + 702} <= set(seen.hours.tolist())


@pytest.mark.parametrize("rate", [1.0, 3.0])
def test_a_source_on_a_thousand_ports_makes_no_gaps(rate: float) -> None:
    """A vertical scan once a week, seen as a thousand sources, does not make later silences improbable."""
    for seed in range(5):
        counts = counts_of(seed, rate, 365)
        counts[np.random.default_rng(seed).integers(0, len(counts), 52)] += 1000
        assert n_gaps(infer(*heard(counts))) == 0


def test_a_daily_rhythm_makes_no_gaps() -> None:
    """Nights with a fifth of the traffic of the days are observed."""
    hours = np.arange(365 * 24)
    rate = 3 * (1 + 0.65 * np.sin(hours / 24 * 2 * np.pi))
    counts = np.random.default_rng(3).poisson(rate)
    assert n_gaps(infer(*heard(counts))) == 0


def test_a_change_of_rate_moves_with_the_sensor() -> None:
    """A sensor that becomes ten times quieter for good is not called absent a fortnight later."""
    counts = np.r_[counts_of(1, 10.0, 60), counts_of(2, 1.0, 60)]
    seen = infer(*heard(counts))
    later = seen.hours[seen.hours >= BEGIN + 75 * 24]
    assert np.all(np.diff(later) == 1)


def test_full_hours_inside_are_full() -> None:
    """Hours between the first and the last of a stretch have 3600 seconds; the ends have what the packets show."""
    seen = infer(*heard(np.array([20, 0, 20, 20])))
    assert seen.hours.tolist() == [BEGIN, BEGIN + 1, BEGIN + 2, BEGIN + 3]
    assert seen.seconds[1:3].tolist() == [3600.0, 3600.0]
    assert np.all((seen.seconds[[0, 3]] > 3300) & (seen.seconds[[0, 3]] <= 3600))


def test_the_margin_before_the_first_packet_is_half_a_wait() -> None:
    """A sensor that hears ten sources an hour was there three minutes before the first and after the last."""
    start = BEGIN * HOUR_US + HOUR_US // 2
    seen = infer(np.array([BEGIN]), np.array([10]), np.array([start]), np.array([start + 60_000_000]))
    assert seen.seconds.tolist() == [60 + 2 * 180]


@pytest.mark.parametrize("second", [0.0, 1800.0, 3599.9])
def test_one_packet_is_at_most_its_hour(second: float) -> None:
    """A single packet shows between half an hour and an hour, never an hour beside its own."""
    at = np.array([BEGIN * HOUR_US + int(second * 1e6)])
    seen = infer(np.array([BEGIN]), np.array([1]), at, at)
    assert seen.hours.tolist() == [BEGIN]
    assert 1800 <= seen.seconds[0] <= 3600


def test_nothing_heard_is_nothing_observed() -> None:
    """Without packets there is no coverage to infer."""
    none = np.empty(0, np.int64)
    assert len(infer(none, none, none, none).hours) == 0


def test_sparse_captures_stay_sparse() -> None:
    """A packet every few weeks over a century, as from a broken clock, makes as many hours as packets."""
    rng = np.random.default_rng(1)
    hours = np.unique(rng.integers(0, 876_000, 1000))
    hours = hours[np.r_[True, np.diff(hours) > LONGEST_HOURS]]
    ones = np.ones(len(hours), np.int64)
    assert len(infer(hours, ones, hours * HOUR_US, hours * HOUR_US).hours) == len(hours)


def test_day_files_of_some_days_leave_the_other_days_out() -> None:
    """Files of Monday, Tuesday and Thursday: Wednesday is a gap, and the days there are have all their hours."""
    counts = counts_of(5, 12.0, 4)
    counts[48:72] = 0
    seen = infer(*heard(counts))
    assert sorted({(h - BEGIN) // 24 for h in seen.hours.tolist()}) == [0, 1, 3]
    assert len(seen.hours) == 72


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(1, 2000)), min_size=1, max_size=40),
    st.integers(-50_000, 500_000),
)
def test_whatever_was_heard_is_observed(steps: list[tuple[int, int]], begin: int) -> None:
    """Every hour with a packet is observed, each hour once, in order, for at most its length."""
    hours = np.cumsum([s for s, _ in steps]) + begin
    sources = np.array([n for _, n in steps])
    seen = infer(hours, sources, hours * HOUR_US + 5, hours * HOUR_US + 7)
    assert set(hours.tolist()) <= set(seen.hours.tolist())
    assert np.all(np.diff(seen.hours) > 0)
    assert np.all((seen.seconds > 0) & (seen.seconds <= 3600))
    assert len(seen.hours) <= LONGEST_HOURS * len(hours)


def minutes(*stretches: tuple[float, float]) -> tuple[Any, Any]:
    """Starts and ends of stretches given in minutes after BEGIN."""
    both = np.array([[BEGIN * HOUR_US + round(m * 60e6) for m in stretch] for stretch in stretches], np.int64)
    return both[:, 0], both[:, 1]


def test_stated_stretches_that_overlap_count_once() -> None:
    """Overlapping, nested and touching stretches are merged; separate ones in an hour add up."""
    seen = stated(*minutes((30, 90), (0, 10), (60, 80), (90, 120), (5, 20), (121, 122)))
    assert seen.hours.tolist() == [BEGIN, BEGIN + 1, BEGIN + 2]
    assert seen.seconds.tolist() == [50 * 60, 3600, 60]


def test_a_stated_hour_ends_where_it_ends() -> None:
    """A stretch that ends on the hour has nothing in the next one, and one of an instant has its instant."""
    assert stated(*minutes((0, 60))).hours.tolist() == [BEGIN]
    assert stated(*minutes((59.5, 60))).seconds.tolist() == [30.0]


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 300)), min_size=1, max_size=12))
def test_stated_coverage_is_the_measure_of_the_union(stretches: list[tuple[int, int]]) -> None:
    """The seconds of all hours together are the minutes that any stretch covers."""
    covered = {m for start, length in stretches for m in range(start, start + length)}
    seen = stated(*minutes(*((start, start + length) for start, length in stretches)))
    assert seen.seconds.sum() == 60 * len(covered)
    assert np.all(seen.seconds <= 3600)
    assert np.all(np.diff(seen.hours) > 0)
