"""The search from day to day."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.find import by_day, find
from isdas.detect.grid import Grid
from isdas.detect.rise import Rise
from isdas.detect.scan import DAY_WINDOW, USUAL, bin_of
from isdas.detect.search import LAG_DAYS, Search

Counts = Callable[..., np.ndarray]
Make = Callable[..., Activity]


@pytest.fixture
def search(counts_of: Counts, activity_of: Make) -> Search:
    """A search that has seen 30 days of three ports, one of which rose sixfold on day 27."""
    counts = counts_of(201, [10.0, 3.0, 0.1], 30, 0.1)
    counts[0, 27 * 24 :] *= 6
    activity = activity_of(counts)
    found = Search.of(activity.start, Config())
    for day in by_day(activity):
        found.look(day)
    return found


def test_the_hours_of_an_incident_are_kept_out_of_baselines(search: Search) -> None:
    """From the window that called it, nothing of the rise is usable, and its rate stays frozen."""
    incident = search.ledger.incidents[0]
    assert incident.series == 0
    assert not search.grid.usable[0, incident.begin :].any()
    assert search.frozen.rate[0] * 12 == pytest.approx(10.0, rel=0.15)
    assert search.grid.day_counts[0, 29] == 0


def test_a_day_is_learnt_from_a_week_later(search: Search) -> None:
    """The last week is still waiting, so that a rise cannot teach its own spread."""
    assert len(search.lessons) == LAG_DAYS
    assert search.lessons[0].day == 30 - LAG_DAYS


def test_what_the_scan_saw_is_told_the_same(search: Search) -> None:
    """The incident's observed count is that of its window."""
    incident = search.ledger.incidents[0]
    counts = search.grid.counts[0, incident.begin : incident.hour + 1]
    assert incident.observed == counts.sum()
    assert incident.mean >= incident.usual * 0.999


def test_a_rise_carries_its_hours(search: Search) -> None:
    """Its columns begin ten days before the detection and reach to the last hour known."""
    rise = search.rise(search.ledger.incidents[0])
    assert rise.ended is None
    assert rise.begin + len(rise.counts) == search.grid.hour(30 * 24)
    assert rise.means[0] == pytest.approx(10.0, rel=0.3)


def test_what_baselines_were_too_short_to_know_does_not_stay_in_the_spread(
    counts_of: Counts, activity_of: Make
) -> None:
    """The spread of a day learnt by the end of the warm-up, from baselines of days, is that learnt from full ones."""
    activity = activity_of(counts_of(205, [8.0] * 800, 84, 0.3))
    found, learnt = Search.of(activity.start, Config()), {}
    for number, day in enumerate(by_day(activity)):
        found.look(day)
        learnt[number] = found.spread.pool()[USUAL, DAY_WINDOW, bin_of(8.0 * 24)]
    assert learnt[24] == pytest.approx(learnt[83], rel=0.15)


def _quiet(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Forty-five days of 60 silent ports, half of which burst at single sensors: sources, and those elsewhere."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(0.01, (60, 45 * 24))
    away = rng.binomial(counts, 11 / 12)
    for port in range(30):
        for hour in rng.integers(0, 38 * 24, 2):
            counts[port, hour : hour + 3] += rng.poisson(5.0, 3)
    return counts, away


def _called(counts: np.ndarray, away: np.ndarray | None, activity_of: Make) -> list[Rise]:
    whole = activity_of(counts)
    if away is not None:
        whole = replace(whole, elsewhere=away.astype(np.int32), apart=np.ones(counts.shape[1], np.bool_))
    return find(whole, Config(), since=whole.start + 39 * 24)


def test_a_new_port_is_found_among_ports_that_burst_at_single_sensors(activity_of: Make) -> None:
    """Half a source an hour, on sensors in turn, is called within a day and a half, and one sensor's burst never is."""
    counts, away = _quiet(205)
    # Port 50 is new on all sensors; 25 sources come to one sensor of port 51.
    new = np.random.default_rng(206).poisson(0.5, 5 * 24)
    counts[50, 40 * 24 :] += new
    away[50, 40 * 24 :] += np.random.default_rng(207).binomial(new, 11 / 12)
    counts[51, 40 * 24 : 40 * 24 + 5] += 5
    (rise,) = _called(counts, away, activity_of)
    assert (rise.port.number, rise.reference) == (50, "elsewhere")
    assert 0 < (rise.hour - (activity_of(counts).start + 40 * 24)).astype(int) < 36
    first = int((rise.window_begin - activity_of(counts).start).astype(int))
    assert rise.observed == counts[50, first : first + rise.window_hours].sum()


def test_where_sensors_cannot_be_told_apart_a_burst_is_called_as_ever(activity_of: Make) -> None:
    """A hundred sources on a silent port are called against the usual or the recent level."""
    counts, _ = _quiet(208)
    counts[51, 40 * 24 : 40 * 24 + 5] += 20
    (rise,) = _called(counts, None, activity_of)
    assert rise.port.number == 51
    assert rise.reference in {"usual", "recent"}


def test_what_is_forgotten_was_not_needed(counts_of: Counts, activity_of: Make) -> None:
    """A search that keeps all days, and one that keeps those of the baseline, call the same at the same scores."""
    counts = counts_of(202, [10.0, 3.0, 1.0, 0.3, 0.1], 70, 0.3)
    for row, day in ((1, 22), (2, 40), (3, 55), (0, 66)):
        counts[row, day * 24 : day * 24 + 60] *= 9
    activity, config = activity_of(counts), Config(baseline_days=21)
    short, long = Search.of(activity.start, config), Search.of(activity.start, config)
    long.grid = Grid.of(activity.start, 100)
    told: dict[str, list[Rise]] = {"short": [], "long": []}
    for day in by_day(activity):
        told["short"] += short.look(day)
        told["long"] += long.look(day)
    forgot = len(told["short"])
    told["short"] += short.rises()
    told["long"] += long.rises()
    assert forgot
    assert short.grid.n_days < long.grid.n_days
    facts = [[(r.port, r.hour, r.score, r.ended, r.counts.tolist()) for r in rises] for rises in told.values()]
    assert facts[0] == facts[1]
    assert len(facts[0]) >= 4
