"""
Fields of events to columns of values.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats import events
from isdas.model import address

NEW_YEAR = 1_735_689_600_000_000
"""2025-01-01 in UTC."""


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2025-01-01T00:00:00Z", 0),
        ("2025-01-01T00:00:00.123456789Z", 123456),
        ("2025-01-01 09:00:00.5+09:00", 500_000),
        ("2025-01-01T09:00:00", 0),
        ("2025-01-01T09:00:00.25", 250_000),
    ],
)
def test_stamps_are_read_with_their_offset_or_in_the_zone(text: str, micros: int) -> None:
    """A time that states no offset is meant in the zone, in one column with others that do."""
    column = pa.array([text, None, "2025-01-01T00:00:00Z", "never"])
    values, good = events.stamps(column, ZoneInfo("Asia/Tokyo"))
    assert good.tolist() == [True, False, True, False]
    assert (values[0], values[2]) == (NEW_YEAR + micros, NEW_YEAR)


def test_stamps_in_an_hour_that_a_clock_skips_are_at_its_jump() -> None:
    """What no clock showed is dated at the moment of the change, as in logs of firewalls."""
    values, good = events.stamps(pa.array(["2026-03-08T02:30:00"]), ZoneInfo("America/New_York"))
    assert good.all()
    assert values.astype("datetime64[us]").astype(str).tolist() == ["2026-03-08T07:00:00.000000"]


@given(st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC)))
def test_stamps_of_python_come_back(when: datetime) -> None:
    """What Python writes is read to the microsecond."""
    values, good = events.stamps(pa.array([when.isoformat()]), UTC)
    assert good.tolist() == [True]
    assert (
        datetime.fromtimestamp(int(values[0]) // 1_000_000, UTC).replace(microsecond=int(values[0]) % 1_000_000) == when
    )


@pytest.mark.parametrize(
    ("count", "micros"),
    [
        (1_735_689_600, NEW_YEAR),
        (1_735_689_600.25, NEW_YEAR + 250_000),
        (1_735_689_600_250, NEW_YEAR + 250_000),
        (0, 0),
        (-1, None),
        (20_000_000_000, None),
        (1e11, None),
        (1e15, None),
        (None, None),
    ],
)
def test_unix_times_may_be_milliseconds(count: float | None, micros: int | None) -> None:
    """From 10^12 on a count is one of milliseconds; between that and the year 2200 it is nothing."""
    for column in (pa.array([count], pa.float64()), pa.array([None if count is None else f"{count:.3f}"], pa.string())):
        values, good = events.unix(column)
        assert good.tolist() == [micros is not None]
        assert values[0] == (micros or 0)


def test_addresses_may_be_mapped_or_missing() -> None:
    """IPv4 mapped into IPv6 is IPv4; null and words are no address and read as zero."""
    high, low, good = events.halves(pa.array(["192.0.2.1", None, "::ffff:192.0.2.1", "2001:db8::1", "x"]))
    assert good.tolist() == [True, False, True, True, False]
    assert events.versions(high, low)[good].tolist() == [4, 4, 6]
    assert address.texts(high[good], low[good]) == ["192.0.2.1", "192.0.2.1", "2001:db8::1"]
    assert low[~good].tolist() == [0, 0]
    assert not events.halves(pa.nulls(3, pa.string()))[2].any()


def test_numbers_are_within_their_range() -> None:
    """Numbers and texts of them alike; others read as 0 and are bad."""
    for column in (pa.array([0, 65535, 65536, -1, None]), pa.array(["0", "65535", "65536", "-1", None])):
        values, good = events.within(column, 65535)
        assert values.tolist() == [0, 65535, 0, 0, 0]
        assert good.tolist() == [True, True, False, False, False]


def test_names_are_looked_up() -> None:
    """Names in any case have their values, others and null the missing one."""
    column = pa.array(["TCP", " udp", "ssh", None])
    assert events.by_name(column, {"tcp": 6, "udp": 17}, -1).tolist() == [6, 17, -1, -1]
    assert events.by_text(pa.nulls(2, pa.string()), len, -2).tolist() == [-2, -2]
    assert events.among(column, ("ssh", "TCP")).tolist() == [True, False, True, False]


def test_labels_know_who_has_none() -> None:
    """Empty names and null are none."""
    column, none = events.labels(pa.array(["a", None, "", "a"]))
    assert none.tolist() == [False, True, True, False]
    assert column.take(pa.array(np.flatnonzero(~none))).to_pylist() == ["a", "a"]


def test_columns_within_structs() -> None:
    """A path leads into structs, over rows that have none and tables of several chunks."""
    table = pa.table({"a": pa.chunked_array([[{"b": {"c": 1}}], [None, {"b": None}]])})
    assert events.column_of(table, "a", "b", "c").to_pylist() == [1, None, None]
    assert events.column_of(table.slice(0, 0), "a", "b", "c").to_pylist() == []
