"""The grid of hours, and the exposure that expected counts follow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.detect.activity import Activity
from isdas.detect.find import by_day
from isdas.detect.grid import RING, SPARE, WEEK, Grid, effective
from isdas.model.port import Port

START = np.datetime64("2021-02-01T05", "h")


def _grid(activity: Activity, kept_days: int = 60) -> Grid:
    grid = Grid.of(activity.start, kept_days)
    for day in by_day(activity):
        grid.let_go(grid.due()) if grid.due() else None
        grid.take(day)
    return grid


@given(lead=st.integers(0, 23), hours=st.integers(1, 60))
def test_the_grid_pads_to_whole_days_with_hours_nobody_observed(lead: int, hours: int) -> None:
    """Padding is never usable and every given hour keeps its place."""
    start = np.datetime64("2021-02-01T00", "h") + lead
    counts = np.arange(1, hours + 1, dtype=np.int32)[None, :]
    grid = _grid(Activity(start, (Port(6, 1),), counts, np.ones(hours), 1))
    assert grid.n_hours == lead + hours
    assert grid.usable[0].sum() == hours
    assert (grid.counts[0, lead : lead + hours] == counts[0]).all()
    assert grid.hour(lead) == start


def test_a_port_seen_late_was_watched_all_along() -> None:
    """The hours before its first source are zeros that were observed, save for the gap."""
    counts = np.zeros((2, 96), np.int32)
    counts[0], counts[1, 70:] = 3, 2
    live = np.ones(96)
    live[30:40] = 0.0
    grid = _grid(Activity(np.datetime64("2021-02-01T00", "h"), (Port(6, 1), Port(6, 2)), counts, live, 1))
    assert grid.keys == [Port(6, 1), Port(6, 2)]
    assert (grid.usable[0, :96] == grid.usable[1, :96]).all()
    assert (grid.day_exposure[0] == grid.day_exposure[1]).all()
    assert grid.day_counts[1, :4].tolist() == [0, 0, 4, 48]


@given(st.integers(1, 40), st.integers(1, 10))
def test_the_oldest_weeks_are_let_go_and_nothing_else(days: int, kept: int) -> None:
    """What is left is the end of what was given, whole weeks later."""
    rng = np.random.default_rng(days)
    counts = rng.poisson(2.0, (5, days * 24)).astype(np.int32)
    start = np.datetime64("2021-02-01T00", "h")
    grid = _grid(Activity(start, tuple(Port(6, n) for n in range(5)), counts, np.ones(days * 24), 1), kept)
    gone = int((grid.first - start).astype(int))
    assert gone % (WEEK * 24) == 0
    assert min(days, kept) <= grid.n_days <= kept + SPARE
    order = [key.number for key in grid.keys]
    assert (grid.counts[:, : grid.n_hours] == counts[order, gone:]).all()
    assert not grid.counts[:, grid.n_hours :].any()
    assert grid.total.sum() == counts.sum()


@given(st.integers(1, 60), st.integers(0, 23))
def test_what_came_elsewhere_is_kept_for_days(days: int, lead: int) -> None:
    """The latest hours stay in their places while weeks are let go, up to 255; the rest is overwritten."""
    rng = np.random.default_rng(days)
    n = days * 24 - lead
    counts = rng.poisson(2.0, (3, n)).astype(np.int32) + 1
    away = rng.integers(0, 300, (3, n)).astype(np.int32)
    start = np.datetime64("2021-02-01T00", "h") + lead
    keys = tuple(Port(6, number) for number in range(3))
    grid = _grid(Activity(start, keys, counts, np.ones(n), 9, away, np.ones(n, np.bool_)), 30)
    hours = np.arange(max(0, grid.n_hours - RING, grid.n_hours - n), grid.n_hours)
    places = [grid.place(int(hour)) for hour in hours]
    assert (grid.elsewhere[:, places] == np.minimum(away[:, -len(hours) :], 255)).all()


def test_an_hour_is_known_apart_if_the_longest_window_before_it_is() -> None:
    """One hour with too few sensors makes the three days after it unknown; hours that nobody observed do not."""
    n = 20 * 24
    counts, apart, live = np.ones((1, n), np.int32), np.ones(n, np.bool_), np.full(n, 9.0)
    apart[16 * 24 + 5] = False
    apart[8 * 24 : 9 * 24], live[8 * 24 : 9 * 24] = False, 0.0
    activity = Activity(np.datetime64("2021-02-01T00", "h"), (Port(6, 1),), counts, live, 9, counts, apart)
    grid = _grid(activity)
    assert grid.known_apart(15).all()
    assert grid.known_apart(16).tolist() == [True] * 5 + [False] * 19
    assert not grid.known_apart(18).any()
    assert grid.known_apart(19).tolist() == [False] * 5 + [True] * 19
    assert grid.known_apart(11).all()
    assert not grid.known_apart(8).any(), "no longer kept"
    assert not _grid(Activity(activity.start, activity.keys, counts, live, 9)).known_apart(18).any()


def test_only_the_next_hours_can_follow() -> None:
    """Hours twice, a day left out, or hours over midnight are refused."""
    activity = Activity(START, (Port(6, 1),), np.ones((1, 30), np.int32), np.ones(30), 1)
    first, second = by_day(activity)
    grid = Grid.of(START, 10)
    with pytest.raises(ValueError, match="do not follow"):
        grid.take(activity)
    grid.take(first)
    with pytest.raises(ValueError, match="do not follow"):
        grid.take(first)
    grid.take(second)
    assert grid.n_hours == 35


def test_counts_in_a_gap_are_not_believed() -> None:
    """Where nobody observed, there is no count."""
    activity = Activity(START, (Port(6, 1),), np.full((1, 3), 7, np.int32), np.array([1.0, 0.0, 1.0]), 1)
    grid = _grid(activity)
    assert grid.counts.sum() == 14


def test_the_grid_knows_its_weekday() -> None:
    """2021-02-01 was a Monday."""
    assert Grid.of(START, 60).weekday == 0


def test_an_outage_lowers_the_effective_exposure_by_less_than_the_sensors_lost() -> None:
    """With 3 of 12 sensors left, expected counts halve: the geometric mean of a quarter and all."""
    exposure = np.full(40 * 24, 12.0)
    exposure[-24:] = 3.0
    assert effective(exposure)[-1] == pytest.approx(6.0)
    assert effective(exposure)[-25] == pytest.approx(12.0)


def test_sensors_that_join_count_in_full() -> None:
    """A doubled fleet is expected to see twice as much, so that joining raises no alarm."""
    exposure = np.full(40 * 24, 12.0)
    exposure[-24:] = 24.0
    assert effective(exposure)[-1] == pytest.approx(24.0)


def test_a_gap_stays_a_gap() -> None:
    """Nothing is expected where nobody observed."""
    exposure = np.full(40 * 24, 12.0)
    exposure[-24:] = 0.0
    assert (effective(exposure)[-24:] == 0).all()
