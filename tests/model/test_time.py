"""
Tests of isdas.model.time.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.errors import IsdasError
from isdas.model.time import Period, instant, iso, moment, now

TOKYO = ZoneInfo("Asia/Tokyo")
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
HOURLY = st.integers(0, 24 * 365 * 60).map(lambda h: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(hours=h))


def test_now_is_utc() -> None:
    """The present instant carries the zone UTC."""
    assert now().tzinfo is UTC


@given(INSTANTS)
def test_instants_survive_numpy(when: datetime) -> None:
    """Going to numpy and back keeps every microsecond."""
    assert instant(moment(when)) == when
    assert moment(when).dtype == np.dtype("datetime64[us]")


def test_instants_of_other_zones_become_utc() -> None:
    """The hour in Tokyo is stored, and written, as the hour in UTC."""
    evening = datetime(2008, 10, 30, 22, tzinfo=TOKYO)
    assert moment(evening) == np.datetime64("2008-10-30T13:00")
    assert iso(evening) == "2008-10-30T13:00:00Z"


@given(INSTANTS)
def test_iso_is_read_back_to_the_second(when: datetime) -> None:
    """ISO text is the instant without its fraction of a second."""
    assert datetime.fromisoformat(iso(when)) == when.replace(microsecond=0)


def test_period_of_dates_includes_the_last_day() -> None:
    """From and to as dates are whole days of the zone."""
    period = Period.parse("2008-08-05", "2008-11-04", TOKYO)
    assert iso(period.start) == "2008-08-04T15:00:00Z"
    assert iso(period.end) == "2008-11-04T15:00:00Z"
    assert (period.first_day, period.last_day, period.days) == (date(2008, 8, 5), date(2008, 11, 4), 92)


@pytest.mark.parametrize("day", ["2008-11-04", " 2008-11-04 ", "20081104", "2008-W45-2"])
def test_every_notation_of_a_date_is_a_day(day: str) -> None:
    """Whichever ISO notation a date has, an end that is a date includes that day."""
    assert Period.parse(day, day, TOKYO).days == 1


@pytest.mark.parametrize(("start", "end"), [("0001-01-01", "2008-11-04"), ("2008-11-04", "9999-12-31")])
def test_period_beyond_the_calendar(start: str, end: str) -> None:
    """A period that the calendar cannot hold in UTC is refused like any other wrong input."""
    with pytest.raises(IsdasError, match="beyond the years"):
        Period.parse(start, end, TOKYO)


def test_period_of_instants_is_half_open() -> None:
    """An end that is an instant does not belong to the period."""
    period = Period.parse("2008-10-30T22:00+09:00", "2008-10-31T00:00+09:00", TOKYO)
    assert period.end - period.start == timedelta(hours=2)
    assert period.last_day == date(2008, 10, 30)


def test_instants_without_a_zone_are_local() -> None:
    """An instant that names no zone is meant in the period's zone."""
    period = Period.parse("2008-10-30T22:00", "2008-10-30", TOKYO)
    assert iso(period.start) == "2008-10-30T13:00:00Z"


@pytest.mark.parametrize(("start", "end"), [("2008-11-05", "2008-11-04"), ("2008-11-04T10:00", "2008-11-04T10:00")])
def test_period_that_ends_before_it_begins(start: str, end: str) -> None:
    """A period without any time in it is refused."""
    with pytest.raises(IsdasError, match="before it begins"):
        Period.parse(start, end, TOKYO)


@pytest.mark.parametrize("wrong", ["", "yesterday", "2008-13-01", "30/10/2008"])
def test_what_is_no_date(wrong: str) -> None:
    """Text that is no date or instant is refused with a message that shows the form."""
    with pytest.raises(IsdasError, match="write 2008-10-30"):
        Period.parse(wrong, "2008-11-04", TOKYO)


@given(
    start=HOURLY,
    hours=st.integers(1, 24 * 100),
    bin_hours=st.sampled_from([1, 6, 24]),
    zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/Phoenix"]).map(ZoneInfo),
)
def test_bins_cover_the_period(start: datetime, hours: int, bin_hours: int, zone: ZoneInfo) -> None:
    """Every instant of a period is in exactly one bin, and no bin lies outside it."""
    period = Period(start, start + timedelta(hours=hours), zone)
    bins = period.bins(bin_hours)
    width = np.timedelta64(bin_hours, "h")
    assert bins.dtype == np.dtype("datetime64[us]")
    assert (np.diff(bins) == width).all()
    assert bins[0] <= moment(period.start) < bins[0] + width
    assert bins[-1] < moment(period.end) <= bins[-1] + width


@given(start=HOURLY, days=st.integers(1, 100), bin_hours=st.sampled_from([6, 24]))
def test_day_bins_begin_at_local_midnight(start: datetime, days: int, bin_hours: int) -> None:
    """A day on paper is a day of the zone."""
    bins = Period(start, start + timedelta(days=days), TOKYO).bins(bin_hours)
    assert {instant(b).astimezone(TOKYO).hour % bin_hours for b in bins} == {0}


def test_days_keep_their_midnights_when_clocks_change() -> None:
    """In Berlin every day bin begins at local midnight, also after summer time ended on 2025-10-26."""
    period = Period.parse("2025-10-24", "2025-10-28", ZoneInfo("Europe/Berlin"))
    starts = [instant(start).astimezone(period.zone) for start in period.bins(24)]
    assert [(at.day, at.hour) for at in starts] == [(24, 0), (25, 0), (26, 0), (27, 0), (28, 0)]
