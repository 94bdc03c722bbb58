"""Ticks of both axes."""

from datetime import UTC, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.graphs.axis import tick_format, time_ticks, value_scale
from isdas.model.time import Period

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")


def labels(start: str, end: str, *, zone: ZoneInfo = TOKYO, language: str = "en", room: float = 760) -> list[str]:
    """The labels of a period's ticks."""
    return [" ".join(tick.label) for tick in time_ticks(Period.parse(start, end, zone), room, language)]


def test_a_quarter_has_weeks() -> None:
    """A quarter is labelled every seventh day from its first, with the year once."""
    found = labels("2008-08-05", "2008-11-04")
    assert (found[0], found[1], found[-1]) == ("Aug 5 2008", "Aug 12", "Nov 4")
    assert labels("2008-08-05", "2008-11-04", language="ja")[:2] == ["8/5 2008年", "8/12"]


def test_a_week_has_days_and_a_year_has_months() -> None:
    """A week is labelled by day; a year by month, with the year at each January."""
    assert labels("2008-10-29", "2008-11-04")[3] == "Nov 1"
    assert labels("2008-07-01", "2009-06-30")[::6] == ["Jul 2008", "Jan 2009"]
    assert labels("2008-07-01", "2009-06-30", language="ja")[6] == "1月 2009年"


def test_a_day_has_hours() -> None:
    """A day or two are labelled by hour, with the date at each midnight."""
    found = labels("2008-10-30", "2008-10-31")
    assert [label for label in found if label.startswith("00:00")] == ["00:00 Oct 30", "00:00 Oct 31"]
    assert "12:00" in found


def test_less_room_means_fewer_ticks() -> None:
    """Labels do not run into each other on a narrow plot."""
    assert len(labels("2008-08-05", "2008-11-04", room=300)) <= 5


@pytest.mark.parametrize("span", [("2008-10-25", "2008-10-27"), ("2008-03-29", "2008-03-31")], ids=["autumn", "spring"])
def test_ticks_are_local_when_the_clocks_change(span: tuple[str, str]) -> None:
    """Every tick stands at the local hour that it names, although one of the days has 23 or 25 hours."""
    period = Period.parse(*span, BERLIN)
    ticks = time_ticks(period, 900, "en")
    assert [tick.at.astimezone(BERLIN).strftime("%H:%M") for tick in ticks] == [tick.label[0] for tick in ticks]
    midnights = [tick.at.astimezone(UTC) for tick in ticks if tick.label[0] == "00:00"]
    assert {b - a for a, b in pairwise(midnights)} != {timedelta(hours=24)}


@given(days=st.integers(1, 4000), room=st.integers(200, 900), zone=st.sampled_from([TOKYO, BERLIN, ZoneInfo("UTC")]))
def test_ticks_lie_in_the_period(days: int, room: int, zone: ZoneInfo) -> None:
    """Ticks are in order, within the period, and there is at least one."""
    start = Period.parse("2008-01-01", "2008-01-01", zone).start
    period = Period(start, start + timedelta(days=days), zone)
    ticks = [tick.at for tick in time_ticks(period, room, "en")]
    assert ticks == sorted(set(ticks))
    assert all(period.start <= at < period.end for at in ticks)
    assert ticks


@given(highest=st.floats(1e-6, 1e12))
def test_the_value_axis_begins_at_zero(highest: float) -> None:
    """The axis begins at 0, reaches the highest value, and has between four and seven even ticks."""
    scale = value_scale(highest)
    assert scale.ticks[0] == 0
    assert scale.top >= highest
    assert 4 <= len(scale.ticks) <= 7
    steps = [b - a for a, b in pairwise(scale.ticks)]
    assert max(steps) - min(steps) <= 1e-6 * max(steps)


def test_labels_are_what_the_ticks_are() -> None:
    """Steps of two and a half are not rounded away."""
    assert value_scale(11).ticks == (0, 2.5, 5, 7.5, 10, 12.5)
    assert tick_format(value_scale(11)) == ",.1f"


def test_a_logarithmic_axis_has_a_zero() -> None:
    """A logarithmic axis has powers of ten, five decades at most, and 0 at its foot."""
    scale = value_scale(30_000, log=True, lowest=0.001)
    assert scale.ticks == (0, 1, 10, 100, 1000, 10_000, 100_000)
    assert scale.constant == 1
    small = value_scale(0.5, log=True, lowest=0.02)
    assert small.ticks == (0, 0.01, 0.1, 1.0)
    assert tick_format(small) == ",.2~f"


@pytest.mark.parametrize("log", [False, True])
def test_no_data_still_has_an_axis(log: bool) -> None:
    """Where nothing or only zero was counted the axis goes from 0 to 1."""
    assert value_scale(0, log=log).ticks[-1] == 1
