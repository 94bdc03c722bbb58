"""The search from day to day."""

from collections.abc import Callable

import numpy as np
import pytest

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.search import LAG_DAYS, Search

Counts = Callable[..., np.ndarray]
Make = Callable[..., Activity]


@pytest.fixture
def search(counts_of: Counts, activity_of: Make) -> Search:
    """A search that has seen 30 days of three ports, one of which rose sixfold on day 27."""
    counts = counts_of(201, [10.0, 3.0, 0.1], 30, 0.1)
    counts[0, 27 * 24 :] *= 6
    found = Search.of(activity_of(counts), Config())
    for day in range(30):
        found.look(day)
    return found


def test_the_hours_of_an_incident_are_kept_out_of_baselines(search: Search) -> None:
    """From the window that called it, nothing of the rise is usable, and its rate stays frozen."""
    incident = search.ledger.incidents[0]
    assert incident.series == 0
    assert not search.grid.usable[0, incident.begin :].any()
    assert search.frozen.rate[0] * 12 == pytest.approx(10.0, rel=0.15)
    assert search.day_counts[0, 29] == 0


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


def test_a_rise_carries_its_hours(search: Search, activity_of: Make) -> None:
    """Its columns begin ten days before the detection and reach to the last hour known."""
    rise = search.rise(search.ledger.incidents[0], activity_of(np.zeros((3, 24), np.int64)).keys)
    assert rise.ended is None
    assert rise.begin + len(rise.counts) == search.grid.hour(30 * 24)
    assert rise.means[0] == pytest.approx(10.0, rel=0.3)
