"""
The times of the lines of a log.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.context import Context
from isdas.formats.lines import line_blocks
from isdas.formats.syslog import Calendar
from isdas.formats.syslog_walk import BAD, NONE

WRITTEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def times(
    folder: Path, lines: list[str], written_at: datetime = WRITTEN, zone: str = "UTC", block_bytes: int = 1 << 20
) -> list[str]:
    """The instant of each line, "bad" for one whose time cannot be and "" for one without any."""
    path = folder / "log"
    path.write_text("".join(f"{line}\n" for line in lines))
    context = Context(zone=ZoneInfo(zone), written_at=written_at)
    calendar = Calendar(path, context)
    found: list[str] = []
    for block in line_blocks(path, block_bytes):
        stamps = calendar.stamps(block)
        for kind, time in zip(stamps.kinds.tolist(), stamps.instants(context)[0].tolist(), strict=True):
            when = str(np.datetime64(time, "us").astype("datetime64[s]"))
            found.append({NONE: "", BAD: "bad"}.get(kind, when))
    return found


def test_year_by_when_the_file_was_written(tmp_path: Path) -> None:
    """The last line is in the latest year in which it is no later than the day after the file."""
    assert times(tmp_path, ["Feb 28 12:00:00"]) == ["2026-02-28T12:00:00"]
    assert times(tmp_path, ["Mar  2 23:59:59"]) == ["2026-03-02T23:59:59"]
    assert times(tmp_path, ["Mar  3 00:00:00"]) == ["2025-03-03T00:00:00"]


@pytest.mark.parametrize("block_bytes", [1 << 20, 64])
def test_new_year_in_a_file(tmp_path: Path, block_bytes: int) -> None:
    """A file over two New Years has three years, whatever its blocks."""
    lines = ["Nov  1 00:00:00", "Dec 31 23:59:59", "Jan  1 00:00:00", "May  1 00:00:00", "Sep  1 00:00:00"]
    lines += ["Dec 31 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:58", "Jan  1 00:00:01"]
    years = [time[:4] for time in times(tmp_path, lines, block_bytes=block_bytes)]
    assert years == ["2024", "2024", "2025", "2025", "2025", "2025", "2026", "2025", "2026"]


def test_newest_first(tmp_path: Path) -> None:
    """Files put together from the newest to the oldest keep their years."""
    lines = ["Feb 20 00:00:00", "Feb  1 00:00:00", "Dec 20 00:00:00", "Nov  2 00:00:00"]
    assert [time[:4] for time in times(tmp_path, lines)] == ["2026", "2026", "2025", "2025"]


@pytest.mark.parametrize(("written", "year"), [(2026, 2024), (2024, 2024), (2023, 2020), (2028, 2028)])
def test_leap_day_is_in_a_leap_year(tmp_path: Path, written: int, year: int) -> None:
    """29 February takes the file back to the latest leap year before it was written."""
    lines = ["Feb 28 00:00:00", "Feb 29 00:00:00", "Feb 29 10:00:00"]
    found = times(tmp_path, lines, datetime(written, 2, 28, tzinfo=UTC))
    assert found == [f"{year}-02-28T00:00:00", f"{year}-02-29T00:00:00", f"{year}-02-29T10:00:00"]


def test_leap_day_before_a_new_year(tmp_path: Path) -> None:
    """A leap day tells the years of the lines behind it too."""
    lines = ["Feb 29 00:00:00", "Aug  1 00:00:00", "Dec 31 00:00:00", "Jan 10 00:00:00"]
    assert [time[:4] for time in times(tmp_path, lines)] == ["2024", "2024", "2024", "2025"]


def test_leap_days_that_contradict_each_other(tmp_path: Path) -> None:
    """Where a file has leap days in two years that follow each other, only those in no leap year are bad."""
    lines = ["Feb 29 00:00:00", "Aug  1 00:00:00", "Jan 10 00:00:00", "Feb 29 00:00:00"]
    found = times(tmp_path, lines)
    assert found.count("bad") >= 1
    assert found[1].endswith("-08-01T00:00:00")


def test_a_clock_that_was_wrong_for_a_while(tmp_path: Path) -> None:
    """A few lines from a clock that began at New Year do not take the other lines into another year."""
    lines = [f"Oct {day:2d} 00:00:00" for day in range(1, 29)]
    lines[14:14] = ["Jan  1 00:00:07"]
    found = times(tmp_path, lines, datetime(2025, 10, 28, 12, tzinfo=UTC))
    assert found[14] == "2025-01-01T00:00:07"
    assert {time[:7] for i, time in enumerate(found) if i != 14} == {"2025-10"}


def test_stated_years_settle_it(tmp_path: Path) -> None:
    """One line that states its year dates the others, whenever the file was written and wherever it stands."""
    lines = ["Dec 31 00:00:00", "Jan  1 00:00:00", "2012-02-01T00:00:00Z", "Feb  2 00:00:00"]
    assert [time[:4] for time in times(tmp_path, lines)] == ["2011", "2012", "2012", "2012"]
    lines = ["2012-12-30T00:00:00Z", "Dec 31 00:00:00", "Jan  1 00:00:00"]
    assert [time[:4] for time in times(tmp_path, lines)] == ["2012", "2012", "2013"]
    lines = ["1354752000", "Dec 31 00:00:00", "Jan  1 00:00:00"]
    assert [time[:4] for time in times(tmp_path, lines)] == ["2012", "2012", "2013"]


@pytest.mark.parametrize("stated", ["9999-01-01T00:00:00Z", "2200-01-01T00:00:00Z", "1969-01-01T00:00:00Z"])
def test_stated_years_that_cannot_be(tmp_path: Path, stated: str) -> None:
    """A line with an impossible year says nothing of the others, wherever it stands."""
    lines = ["Dec 31 00:00:00", "Jan  1 00:00:00"]
    for at in range(3):
        found = times(tmp_path, [*lines[:at], stated, *lines[at:]])
        assert [time[:4] for time in found if time + "Z" != stated] == ["2025", "2026"]


def test_local_time(tmp_path: Path) -> None:
    """Times without an offset are in the zone of the context, and New Year is at its midnight."""
    lines = ["Dec 31 23:59:59", "Jan  1 00:00:00", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z"]
    assert times(tmp_path, lines, zone="Asia/Tokyo") == [
        "2025-12-31T14:59:59",
        "2025-12-31T15:00:00",
        "2025-12-31T15:00:00",
        "2026-01-01T00:00:00",
    ]


def test_lines_without_a_time_change_nothing(tmp_path: Path) -> None:
    """Lines without a time, or with one that cannot be, have none, and the lines around them keep theirs."""
    lines = ["x", "Dec 31 00:00:00", "", "Foo 99 99:99:99", "Jun 31 00:00:00", "Jan  1 00:00:00"]
    assert times(tmp_path, lines) == ["", "2025-12-31T00:00:00", "", "", "bad", "2026-01-01T00:00:00"]


@given(
    start=st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1)),
    gaps=st.lists(st.integers(-170 * 86_400, 170 * 86_400), min_size=1, max_size=12),
    block_bytes=st.integers(17, 200),
    ahead=st.integers(-80_000, 86_400 * 300),
)
def test_lines_near_each_other_keep_their_years(
    tmp_path_factory: pytest.TempPathFactory, start: datetime, gaps: list[int], block_bytes: int, ahead: int
) -> None:
    """
    Lines less than half a year apart, forwards and backwards, get the years that they were written in, whatever the
    blocks, if the last was written in the year before the file.
    """
    whens = [start.replace(microsecond=0)]
    for gap in gaps:
        whens.append(whens[-1] + timedelta(seconds=gap))
    last = max(whens)
    whens.append(last)
    written = last + timedelta(seconds=ahead)
    lines = [f"{when:%b} {when.day:2d} {when:%H:%M:%S}" for when in whens]
    found = times(tmp_path_factory.mktemp("logs"), lines, written.replace(tzinfo=UTC), block_bytes=block_bytes)
    if whens[-2] + timedelta(days=170) < last:
        return
    assert found == [when.isoformat() for when in whens]
