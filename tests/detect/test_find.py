"""Finding rises."""

from collections.abc import Callable

import numpy as np
import pytest

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.find import find
from isdas.model.port import Port

ONSET = 35 * 24 + 7
RATES = [30.0, 12.0, 6.0, *[2.0] * 6, *[0.5] * 12, *[0.05] * 60]


Make = Callable[..., Activity]
Counts = Callable[..., np.ndarray]


@pytest.mark.parametrize("seed", [101, 102, 103])
def test_planted_rises_are_found_in_their_hours_and_hardly_anything_else(
    seed: int, counts_of: Counts, activity_of: Make
) -> None:
    """A fourfold rise at 12 an hour, a tenfold one at 0.5 and a new port with one source an hour: each within a day."""
    counts = counts_of(seed, RATES, 42)
    rng = np.random.default_rng(seed)
    more = np.zeros((3, 42 * 24), np.int64)
    for row, rate in enumerate((36.0, 4.5, 1.0)):
        more[row, ONSET:] = rng.poisson(rate, 42 * 24 - ONSET)
    counts[1] += more[0]
    counts[9] += more[1]
    counts = np.concatenate([counts, more[2:]])
    rises = find(activity_of(counts), Config())
    start = activity_of(counts).start
    hours = {r.port.number: int((r.hour - start).astype(int)) - ONSET for r in rises if r.hour >= start + ONSET}
    for port in (1, 9, len(counts) - 1):
        assert 0 <= hours[port] < 24
    assert len(rises) <= 3 + 3


def test_the_search_knows_nothing_of_later_hours(counts_of: Counts, activity_of: Make) -> None:
    """Every detection up to an hour is the same whether the data end there or go on: replay equals life."""
    counts = counts_of(104, RATES, 42, 0.4)
    counts[2, ONSET:] *= 6
    whole = find(activity_of(counts), Config())
    for cut in (ONSET + 3, ONSET + 30):
        told = find(activity_of(counts[:, :cut]), Config())
        last = activity_of(counts).start + cut
        assert [(r.port, r.hour, r.score) for r in told] == [(r.port, r.hour, r.score) for r in whole if r.hour < last]


def test_nothing_is_called_before_there_is_a_past(counts_of: Counts, activity_of: Make) -> None:
    """In the first ten days even a hundredfold rise is not called, since nobody knows what is usual."""
    counts = counts_of(105, RATES, 10)
    counts[:, 5 * 24 :] *= 100
    assert find(activity_of(counts), Config()) == []


def test_an_empty_activity_has_no_rises() -> None:
    """No ports or no hours are no error."""
    nothing = Activity(np.datetime64("2021-02-01T00", "h"), (), np.zeros((0, 0), np.int32), np.zeros(0), 0)
    assert find(nothing, Config()) == []
    silent = Activity(nothing.start, (Port(6, 1),), np.zeros((1, 900), np.int32), np.ones(900), 1)
    assert find(silent, Config()) == []


def test_an_outage_and_its_end_raise_nothing(counts_of: Counts, activity_of: Make) -> None:
    """Three days of which nothing is known, and three with a quarter of the fleet, are no rises."""
    counts, live = counts_of(106, RATES, 42, 0.1), np.full(42 * 24, 12.0)
    live[ONSET : ONSET + 72] = 0.0
    live[ONSET - 200 : ONSET - 128] = 3.0
    counts[:, ONSET : ONSET + 72] = 0
    counts[:, ONSET - 200 : ONSET - 128] //= 4
    rises = find(activity_of(counts, live), Config(), since=activity_of(counts).start + ONSET - 200)
    assert rises == []


def test_sensors_that_join_raise_nothing(counts_of: Counts, activity_of: Make) -> None:
    """When the fleet doubles and sees twice as much, nothing rises."""
    counts, live = counts_of(107, RATES, 42, 0.1), np.full(42 * 24, 12.0)
    live[ONSET:] = 24.0
    counts[:, ONSET:] += counts_of(307, RATES, 42, 0.1)[:, ONSET:]
    assert find(activity_of(counts, live), Config(), since=activity_of(counts).start + ONSET) == []


def test_a_lasting_rise_is_told_once_and_then_becomes_usual(counts_of: Counts, activity_of: Make) -> None:
    """A port that stays five times as busy is one rise; when it is five times as busy again, that is another."""
    counts = counts_of(108, RATES, 90, 0.1)
    rng = np.random.default_rng(1)
    for day, rate in ((30, 48.0), (70, 240.0)):
        counts[1, day * 24 :] += rng.poisson(rate, (90 - day) * 24)
    mine = [r for r in find(activity_of(counts), Config()) if r.port.number == 1]
    days = [int((r.hour - activity_of(counts).start).astype(int)) // 24 for r in mine]
    assert days == [30, 70]
    assert mine[0].settled


def test_a_rise_that_ends_says_when(counts_of: Counts, activity_of: Make) -> None:
    """A two-day rise is over within two days of its end, and its aftermath is not told again."""
    counts = counts_of(109, RATES, 60, 0.1)
    counts[1, ONSET : ONSET + 48] *= 6
    mine = [r for r in find(activity_of(counts), Config()) if r.port.number == 1]
    assert len(mine) == 1
    ended = int((mine[0].ended - activity_of(counts).start).astype(int))
    assert ONSET + 48 <= ended <= ONSET + 96


def test_only_detections_of_the_period_are_told(counts_of: Counts, activity_of: Make) -> None:
    """since and until choose among the detections and change none of them."""
    counts = counts_of(110, RATES, 60, 0.1)
    counts[1, ONSET : ONSET + 48] *= 6
    counts[2, ONSET + 300 : ONSET + 348] *= 6
    activity = activity_of(counts)
    whole = find(activity, Config())
    middle = activity.start + ONSET + 200
    early, late = find(activity, Config(), until=middle), find(activity, Config(), since=middle)
    assert [(r.port, r.hour) for r in early + late] == [(r.port, r.hour) for r in whole]
    assert early
    assert late
