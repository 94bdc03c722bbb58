"""
Times on the clock of a place.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.wall_clock import to_utc

EPOCH = datetime(1970, 1, 1)
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "America/Lima")


def micros(when: datetime) -> int:
    """Microseconds since 1970 on the clock."""
    return (when - EPOCH) // timedelta(microseconds=1)


def one(when: datetime, zone: tzinfo) -> tuple[datetime, bool, bool]:
    """The instant of one local time, without zone, and whether it was shown twice or skipped."""
    utc, twice, skipped = to_utc(np.array([micros(when)]), zone)
    return EPOCH + timedelta(microseconds=int(utc[0])), bool(twice[0]), bool(skipped[0])


@pytest.mark.parametrize(
    ("when", "utc", "twice", "skipped"),
    [
        ("2026-01-02T03:04:05.678901", "2026-01-02T02:04:05.678901", False, False),
        ("2026-07-02T03:04:05", "2026-07-02T01:04:05", False, False),
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59", False, False),
        ("2026-03-29T02:00:00", "2026-03-29T01:00:00", False, True),
        ("2026-03-29T02:59:59", "2026-03-29T01:00:00", False, True),
        ("2026-03-29T03:00:00", "2026-03-29T01:00:00", False, False),
        ("2026-10-25T01:59:59", "2026-10-24T23:59:59", False, False),
        ("2026-10-25T02:00:00", "2026-10-25T00:00:00", True, False),
        ("2026-10-25T02:59:59", "2026-10-25T00:59:59", True, False),
        ("2026-10-25T03:00:00", "2026-10-25T02:00:00", False, False),
    ],
)
def test_changes_of_a_clock(when: str, utc: str, twice: bool, skipped: bool) -> None:
    """A time shown twice is taken as the first and marked, one that was left out as the moment of the change."""
    found = one(datetime.fromisoformat(when), ZoneInfo("Europe/Berlin"))
    assert found == (datetime.fromisoformat(utc), twice, skipped)


@given(
    st.lists(st.datetimes(datetime(1971, 1, 1), datetime(2190, 1, 1)), min_size=1, max_size=20), st.sampled_from(ZONES)
)
def test_every_time_is_as_the_zone_says(times: list[datetime], name: str) -> None:
    """Times that a clock shows, in any order and over any span, are the instants that the zone gives for them."""
    zone = ZoneInfo(name)
    utc, twice, skipped = to_utc(np.array([micros(when) for when in times]), zone)
    for i, when in enumerate(times):
        first = when.replace(tzinfo=zone).astimezone(UTC)
        shown = first.astimezone(zone).replace(tzinfo=None) == when
        assert skipped[i] != shown
        if shown:
            assert EPOCH + timedelta(microseconds=int(utc[i])) == first.replace(tzinfo=None)
            assert twice[i] == (first != when.replace(tzinfo=zone, fold=1).astimezone(UTC))


def test_fixed_offsets_and_utc() -> None:
    """A clock that never changes is only ahead or behind."""
    when = datetime(2026, 1, 2, 3)
    assert one(when, timezone(timedelta(hours=-3, minutes=-30))) == (datetime(2026, 1, 2, 6, 30), False, False)
    assert one(when, UTC) == (when, False, False)
    assert one(when, ZoneInfo("UTC")) == (when, False, False)


@given(st.lists(st.integers(-(1 << 61), 1 << 61), max_size=5), st.sampled_from(ZONES))
def test_no_number_raises(values: list[int], name: str) -> None:
    """Times beyond all calendars give something, and nothing raises."""
    assert len(to_utc(np.array(values, np.int64), ZoneInfo(name))[0]) == len(values)
