"""
Old rows of the ledger become few: an hour of a spool is a row, and sequences without a hole are an interval.

A thousand sensors bring half a billion segments a year. Nothing that is said of hours changes by this; only which
digest a segment had is forgotten. The last segment of each spool stays, because the next one's chain begins there.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from isdas.lake.database import Database
from isdas.lake.ledger import Entry, HourRow, RunRow, SegmentRow, SpoolRow, entry_of
from isdas.model.time import HOUR_US

_AT_ONCE = 10
"""How many spools are gathered in one transaction; a spool has some 1,440 segments a day."""


def gather(database: Database, *, upto: int, before_us: int) -> Iterator[int]:
    """
    Gather the segments that were admitted before an instant; how many rows each step made unnecessary.

    A step is one transaction. Others may write between two steps, and nobody may during one.

    Args:
        upto: only those of groups up to this one, whose hours have been folded.
    """
    with database.reading() as session:
        spools = sorted({(row[0], row[1]) for row in session.execute(select(SpoolRow.sensor, SpoolRow.spool))})
    for at in range(0, len(spools), _AT_ONCE):
        with database.writing() as session:
            some = spools[at : at + _AT_ONCE]
            gathered = sum(_gather_spool(session, sensor, spool, upto, before_us) for sensor, spool in some)
        yield gathered


def _gather_spool(session: Session, sensor: int, spool: str, upto: int, before_us: int) -> int:
    s = SegmentRow
    # By the primary key: a spool's rows lie together. Later groups may never have been committed.
    mine = (s.sensor == sensor) & (s.spool == spool) & (s.group_number <= upto)
    rows = session.execute(select(s.__table__).where(mine).order_by(s.group_number, s.place)).all()
    gone = [entry_of(row) for row in rows[:-1] if row.admitted_us < before_us]
    if gone:
        last = (s.group_number == rows[-1].group_number) & (s.place == rows[-1].place)
        old = mine & (s.admitted_us < before_us) & ~last
        _put(session, gone)
        session.execute(delete(s).where(old).execution_options(synchronize_session=False))
    return len(gone)


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
