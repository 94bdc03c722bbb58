"""The numbers that a figure shows."""

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from isdas.graphs import plot
from isdas.graphs.words import ENGLISH
from isdas.model.series import Series

Make = Callable[..., Series]


def test_a_gap_is_neither_zero_nor_bridged(make: Make) -> None:
    """A bin that nobody observed has a row without a value, so that no line is drawn through it."""
    rows = plot.line_rows(make(gap=slice(10, 13)), [0])
    assert [i for i, row in enumerate(rows) if row["value"] is None] == [10, 11, 12]
    assert len(rows) == 92


def test_gaps_are_shaded_from_first_to_last_bin(make: Make) -> None:
    """Neighbouring empty bins are one stretch, from the start of the first to the end of the last."""
    series = make(gap=slice(10, 13))
    starts = plot.starts_ms(series)
    assert plot.gap_rows(series) == [{"from": int(starts[10]), "to": int(starts[13])}]
    whole = plot.gap_rows(make(gap=slice(0, 92)))
    assert whole == [{"from": plot.domain_ms(series)[0], "to": plot.domain_ms(series)[1]}]


def test_a_value_stands_in_the_middle_of_its_bin(make: Make) -> None:
    """The value of a day is drawn at its local noon, since it is the count of the whole day."""
    first = plot.line_rows(make(), [0])[0]
    assert first["at"] == plot.milliseconds(make().period.start) + 12 * 3_600_000


def test_a_lone_bin_has_a_marker(make: Make) -> None:
    """A bin between two gaps would be an invisible line; it is a point."""
    series = make()
    values, coverage = series.values.copy(), series.coverage.copy()
    for empty in (9, 11):
        values[:, empty], coverage[empty] = np.nan, 0
    rows = plot.marker_rows(replace(series, values=values, coverage=coverage), [0])
    assert [row["at"] for row in rows] == [int(plot.starts_ms(series)[10]) + 12 * 3_600_000]


def test_every_line_has_markers(make: Make) -> None:
    """Each of several lines has about twelve markers, none at the same bins as another's."""
    rows = plot.marker_rows(make(keys=("1/tcp", "2/tcp", "3/tcp")), [0, 1, 2])
    places = [{row["at"] for row in rows if row["line"] == line} for line in range(3)]
    assert all(11 <= len(place) <= 12 for place in places)
    assert not places[0] & places[1] | places[0] & places[2] | places[1] & places[2]


def test_other_comes_last(make: Make) -> None:
    """The legend is in the order of the series, except that the sum of all others is last."""
    assert plot.drawn_order(make(keys=("1/tcp", "other", "2/tcp"))) == [0, 2, 1]


def test_the_pointer_tells_local_time_and_gaps(make: Make) -> None:
    """Under the pointer stand the local date and every value, and a gap is called a gap."""
    rows = plot.tooltip_rows(make(gap=slice(0, 1)), [0], ENGLISH)
    assert (rows[0]["when"], rows[0]["v0"]) == ("2008-08-05", "no data")
    hour = plot.tooltip_rows(make("2008-10-29", "2008-11-04", bin_hours=1), [0], ENGLISH)
    assert hour[1]["when"] == "2008-10-29 01:00"


def test_every_day_is_named_once_when_the_clocks_change(make: Make) -> None:
    """The days under the pointer are those of the calendar, although one of them has 25 hours."""
    series = make("2008-10-24", "2008-10-29", zone=ZoneInfo("Europe/Berlin"))
    days = [row["when"] for row in plot.tooltip_rows(series, [0], ENGLISH)]
    assert days[:6] == [f"2008-10-{day}" for day in range(24, 30)]


def test_a_long_series_has_nothing_under_the_pointer(make: Make) -> None:
    """Thousands of bins are too narrow to point at and would only make the page heavy."""
    assert plot.tooltip_rows(make("2008-01-01", "2008-12-31", bin_hours=1), [0], ENGLISH) == []
