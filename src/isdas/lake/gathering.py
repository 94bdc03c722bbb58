"""
Old rows of the ledger become few: an hour of a spool is a row, and sequences without a hole are an interval.

A thousand sensors bring half a billion segments a year. Nothing that is said of hours changes by this; only which
digest a segment had is forgotten. The last segment of each spool stays, because the next one's chain begins there.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from isdas.lake.database import Database
from isdas.lake.ledger import Entry, HourRow, RunRow, SegmentRow, entry_of
from isdas.model.time import HOUR_US

_AT_ONCE = 5_000
"""How many segments are gathered in one transaction."""

_PLACES = 1 << 24
"""More than a group has segments."""


def gather(database: Database, *, upto: int, before_us: int) -> Iterator[int]:
    """
    Gather the segments that were admitted before an instant; how many rows each step made unnecessary.

    A step is one transaction. Others may write between two steps, and nobody may during one.

    Args:
        upto: only those of groups up to this one, whose hours have been folded.
    """
    heads = _heads(database, upto)
    last = 0
    while True:
        with database.writing() as session:
            rows, last = _next(session, last, upto, before_us)
            if not rows:
                return
            gone = [r for r in rows if (r.sensor, r.spool, r.group_number, r.place) not in heads]
            _put(session, [entry_of(row) for row in gone])
            gathered = _delete(session, gone)
        yield gathered


def _next(session: Session, after: int, upto: int, before_us: int) -> tuple[list[SegmentRow], int]:
    """The rows of the next groups, whole groups only, and the number of the last one."""
    old = (SegmentRow.group_number > after) & (SegmentRow.group_number <= upto) & (SegmentRow.admitted_us < before_us)
    sizes = select(SegmentRow.group_number, func.count()).where(old)
    sizes = sizes.group_by(SegmentRow.group_number).order_by(SegmentRow.group_number).limit(_AT_ONCE)
    held, last = 0, after
    for group, n in session.execute(sizes):
        if held and held + n > _AT_ONCE:
            break
        held, last = held + n, group
    found = select(SegmentRow).where(old, SegmentRow.group_number <= last)
    return list(session.scalars(found)) if held else [], last


def _heads(database: Database, upto: int) -> set[tuple[int, str, int, int]]:
    """The last segment of each spool in groups up to *upto*, as (sensor, spool, group, place)."""
    s = SegmentRow
    order = func.max(s.group_number * _PLACES + s.place)
    # Later groups may never have been committed.
    heads = select(s.sensor, s.spool, order).where(s.group_number <= upto)
    with database.reading() as session:
        found = session.execute(heads.group_by(s.sensor, s.spool))
        return {(sensor, spool, *divmod(at, _PLACES)) for sensor, spool, at in found}


def _delete(session: Session, rows: Sequence[SegmentRow]) -> int:
    s = SegmentRow
    one = (s.sensor == bindparam("a")) & (s.spool == bindparam("b")) & (s.sequence == bindparam("c"))
    gone = [{"a": row.sensor, "b": row.spool, "c": row.sequence} for row in rows]
    if gone:
        session.connection().execute(delete(s).where(one), gone)
    return len(rows)


@dataclass(slots=True)
class _Hour:
    """What is to be added to the row of an hour."""

    stretches: list[list[int]] = field(default_factory=list)
    sums: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)
    addresses: list[int] = field(default_factory=list)
    offsets: list[float] = field(default_factory=list)


def _put(session: Session, entries: Sequence[Entry]) -> None:
    hours: dict[tuple[int, int, str, str], _Hour] = {}
    sequences: dict[tuple[int, str], list[int]] = {}
    for entry in entries:
        _add(entry, hours)
        sequences.setdefault((entry.sensor, entry.spool), []).append(entry.sequence)
    for key, hour in hours.items():
        _merge_hour(session, key, hour)
    for (sensor, spool), found in sequences.items():
        _merge_runs(session, sensor, spool, found)


def _add(entry: Entry, hours: dict[tuple[int, int, str, str], _Hour]) -> None:
    """What a segment says, hour by hour; its counters are told in the hour in which it ends."""

    def of(hour: int) -> _Hour:
        return hours.setdefault((entry.sensor, hour, entry.spool, entry.name), _Hour())

    first = entry.start_us // HOUR_US
    last = max(entry.start_us, entry.end_us - 1) // HOUR_US
    for hour in range(first, last + 1):
        low, high = max(entry.start_us, hour * HOUR_US), min(entry.end_us, (hour + 1) * HOUR_US)
        of(hour).stretches.append([low, high])
        of(hour).addresses += [] if entry.addresses is None else [entry.addresses]
        of(hour).offsets += [] if entry.offset_s is None else [entry.offset_s]
    for hour, packets in entry.hours.items():
        of(hour).sums["packets"] += packets
    end = of(last)
    end.sums.update(segments=1, received=entry.received, own=entry.own, size_bytes=entry.size_bytes)
    end.sums.update(lost_segments=sum(each[2] for each in entry.lost), lost_packets=sum(each[3] for each in entry.lost))
    for name in ("dropped", "refused", "odd"):
        getattr(end, name).update(getattr(entry, name))


_SUMS = ("segments", "packets", "received", "own", "size_bytes", "lost_segments", "lost_packets")


def _merge_hour(session: Session, key: tuple[int, int, str, str], hour: _Hour) -> None:
    row = session.get(HourRow, key)
    if row is None:
        empty = dict.fromkeys(_SUMS, 0)
        names = dict(zip(("sensor", "hour", "spool", "name"), key, strict=True))
        row = HourRow(**names, **empty, stretches=[], dropped={}, refused={}, odd={}, addresses=None, offset_s=None)
        session.add(row)
    for name in _SUMS:
        setattr(row, name, getattr(row, name) + hour.sums[name])
    for name in ("dropped", "refused", "odd"):
        setattr(row, name, dict(Counter(getattr(row, name)) + getattr(hour, name)))
    row.stretches = united([*row.stretches, *hour.stretches])
    row.addresses = max([*hour.addresses, *([] if row.addresses is None else [row.addresses])], default=None)
    offsets = [*hour.offsets, *([] if row.offset_s is None else [row.offset_s])]
    row.offset_s = max(offsets, key=abs, default=None)


def united(stretches: Iterable[Sequence[int]]) -> list[list[int]]:
    """Stretches as few that do not meet, in order."""
    found: list[list[int]] = []
    for start, end in sorted(map(tuple, stretches)):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found


def _merge_runs(session: Session, sensor: int, spool: str, sequences: Iterable[int]) -> None:
    where = (RunRow.sensor == sensor) & (RunRow.spool == spool)
    present = [[row.first, row.last + 1] for row in session.scalars(select(RunRow).where(where))]
    merged = united([*present, *([n, n + 1] for n in sequences)])
    session.execute(delete(RunRow).where(where))
    session.add_all(RunRow(sensor=sensor, spool=spool, first=low, last=high - 1) for low, high in merged)
