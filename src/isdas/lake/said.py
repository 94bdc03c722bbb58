"""
What the ledger says of hours: how much of each a sensor observed, how many packets came, where they came from.

Asks for the hours that are of interest only, so that it costs what those cost, however long the history.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from isdas.lake import coverage
from isdas.lake.database import Database
from isdas.lake.ledger import LONGEST_US, HourRow, SegmentRow, SpoolRow
from isdas.model.time import HOUR_US

_Ints = npt.NDArray[np.int64]
_ALL = 1 << 62


@dataclass(slots=True)
class Said:
    """
    What one sensor's segments say of one hour.

    Attributes:
        name: the sensor's name in the tables.
        hour: since 1970.
        seconds: observed, overlapping stretches once.
        addresses: how many were monitored, the most that any segment says.
        dropped: packets that the sensor had to let go, told in the hour in which the segment ends.
        offset_s: hub minus sensor, the largest in size; None if it was never known.
        packets: that came in segments, in the hour of their time.
    """

    name: str
    hour: int
    seconds: float = 0.0
    addresses: int | None = None
    dropped: int = 0
    offset_s: float | None = None
    packets: int = 0


@dataclass(slots=True)
class _Heard:
    """The stretches of one sensor, and what is told of its hours."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    hours: dict[int, Said] = field(default_factory=dict)

    def of(self, name: str, hour: int) -> Said:
        return self.hours.setdefault(hour, Said(name, hour))

    def tell(self, name: str, hour: int, addresses: int | None, dropped: Iterable[int], offset_s: float | None) -> None:
        said = self.of(name, hour)
        said.dropped += sum(dropped)
        if addresses is not None:
            said.addresses = max(addresses, said.addresses or 0)
        if offset_s is not None and (said.offset_s is None or abs(offset_s) > abs(said.offset_s)):
            said.offset_s = offset_s


def names(database: Database) -> set[str]:
    """The names under which segments came in: of sensors that state their coverage."""
    with database.reading() as session:
        return set(session.scalars(select(SpoolRow.name).distinct()))


def touched(database: Database, after: int, upto: int) -> _Ints:
    """The hours that segments of the groups after *after* and up to *upto* observed, sorted."""
    spans = select(SegmentRow.start_us // HOUR_US, (SegmentRow.end_us - 1) // HOUR_US).distinct()
    spans = spans.where(SegmentRow.group_number > after, SegmentRow.group_number <= upto)
    with database.reading() as session:
        found = {hour for low, high in session.execute(spans) for hour in range(low, max(low, high) + 1)}
    return np.array(sorted(found), np.int64)


def said(database: Database, upto: int, hours: _Ints | None = None) -> list[Said]:
    """
    What the segments of groups up to *upto* say of some hours, or of all, by sensor and hour.

    Args:
        hours: int64[n], hours since 1970, sorted.
    """
    heard: dict[str, _Heard] = {}
    with database.reading() as session:
        for low, high in _runs(hours):
            _take_segments(session, upto, low, high, heard)
            _take_hours(session, low, high, heard)
    wanted = None if hours is None else set(hours.tolist())
    return [s for name in sorted(heard) for s in _settled(name, heard[name]) if wanted is None or s.hour in wanted]


def _runs(hours: _Ints | None) -> Iterator[tuple[int, int]]:
    """Consecutive hours together, as half-open stretches of hours."""
    if hours is None:
        yield -_ALL // HOUR_US, _ALL // HOUR_US
    elif len(hours):
        breaks = np.flatnonzero(np.diff(hours) > 1) + 1
        for run in np.split(hours, breaks):
            yield int(run[0]), int(run[-1]) + 1


def _take_segments(session: Session, upto: int, low: int, high: int, heard: dict[str, _Heard]) -> None:
    s = SegmentRow
    told = select(s.name, s.start_us, s.end_us, s.addresses, s.dropped, s.offset_s, s.packets, s.hours)
    rows = told.where(s.group_number <= upto, s.start_us >= low * HOUR_US - LONGEST_US, s.start_us < high * HOUR_US)
    for name, start, end, addresses, dropped, offset_s, packets, hours in session.execute(rows):
        one = heard.setdefault(name, _Heard())
        one.starts.append(start)
        one.ends.append(end)
        first, last = start // HOUR_US, max(start, end - 1) // HOUR_US
        for hour in range(first, last + 1):
            # The counters were read at the end.
            one.tell(name, hour, addresses, (dropped or {}).values() if hour == last else (), offset_s)
        for within, n in (hours or {str(first): packets}).items():
            one.of(name, int(within)).packets += n


def _take_hours(session: Session, low: int, high: int, heard: dict[str, _Heard]) -> None:
    h = HourRow
    rows = select(h.name, h.hour, h.stretches, h.addresses, h.dropped, h.offset_s, h.packets)
    for name, hour, stretches, addresses, dropped, offset_s, packets in session.execute(
        rows.where(h.hour >= low, h.hour < high)
    ):
        one = heard.setdefault(name, _Heard())
        one.starts += [start for start, _ in stretches]
        one.ends += [end for _, end in stretches]
        one.tell(name, hour, addresses, dropped.values(), offset_s)
        one.of(name, hour).packets += packets


def _settled(name: str, heard: _Heard) -> list[Said]:
    """The hours of one sensor with the seconds that its stretches cover."""
    starts, ends = np.array(heard.starts, np.int64), np.array(heard.ends, np.int64)
    real = ends > starts
    if real.any():
        seen = coverage.stated(starts[real], ends[real])
        for hour, seconds in zip(seen.hours.tolist(), seen.seconds.tolist(), strict=True):
            heard.of(name, hour).seconds = seconds
    return [heard.hours[hour] for hour in sorted(heard.hours)]
