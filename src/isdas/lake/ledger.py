"""
The ledger: a row for every segment that was admitted, written before the packets are committed.

Segments are committed in groups, and groups are numbered. A row counts only if the packets table has recorded a group
that is not before its own, so what a crash left of a commit that never was is told apart and deleted. Rows that are
old are gathered into hours and intervals by `lake.gathering`; what they say of hours is read by `lake.said`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, JSON, Index, Integer, String, column, delete, func, insert, select, values
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.orm import Mapped, Session, mapped_column

from isdas.lake.database import Database, Row
from isdas.model.time import HOUR_US

GROUP = "segments"
"""The application transaction in which packets record the number of the last group committed."""

LONGEST_US = HOUR_US
"""No segment observes a longer stretch, so that those which meet an hour are found without looking far."""

_AT_ONCE = 500
"""How many identities are asked for in one statement; SQLite has a limit."""

Identity = tuple[int, str, int]
"""A segment's sensor (number), spool and sequence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One segment as the ledger has it. Times are microseconds since 1970 by the hub's clock, as far as that is known.

    Attributes:
        sensor: number of the sensor.
        name: the sensor's name when it was admitted, as its packets have it.
        spool, sequence: which of the sensor's segments.
        digest: BLAKE3 of the segment's bytes.
        chain: BLAKE3 of the chain before and the digest.
        start_us, end_us: the stretch observed.
        admitted_us: when.
        packets: how many it holds; all are stored.
        received, own, dropped, refused, odd: as its header says.
        lost: as its header says: what the spool evicted before it.
        addresses: how many are monitored.
        offset_s: hub minus sensor, if it is known.
        size_bytes: of the segment.
        hours: packets by hour since 1970.
    """

    sensor: int
    name: str
    spool: str
    sequence: int
    digest: bytes
    chain: bytes
    start_us: int
    end_us: int
    admitted_us: int
    packets: int = 0
    received: int = 0
    own: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    odd: dict[str, int] = field(default_factory=dict)
    lost: list[list[int]] = field(default_factory=list)
    addresses: int | None = None
    offset_s: float | None = None
    size_bytes: int = 0
    hours: dict[int, int] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """What makes it itself."""
        return self.sensor, self.spool, self.sequence

    @property
    def intake(self) -> str:
        """What its packets have as their intake."""
        return intake_of(self.name, self.spool)


def intake_of(name: str, spool: str) -> str:
    """What packets from a spool have as their intake; their position is ``sequence << 32 | row``."""
    return f"{PREFIX}{name}/{spool}"


PREFIX = "segment:"
"""What the intake of packets begins with that came in segments."""


@dataclass(frozen=True, slots=True)
class Known:
    """
    That a segment is in already.

    Attributes:
        digest, chain, admitted_us: of the segment then admitted; None if only its interval is still kept.
    """

    digest: bytes | None = None
    chain: bytes | None = None
    admitted_us: int | None = None


class SegmentRow(Row):
    """A segment that was admitted, or was about to be."""

    __tablename__ = "segments"
    __table_args__ = (
        Index("segments_by_group", "group_number"),
        Index("segments_by_start", "start_us"),
        Index("segments_of_sensor", "sensor", "start_us"),
        {"sqlite_with_rowid": False},
    )
    sensor: Mapped[int] = mapped_column(primary_key=True)
    spool: Mapped[str] = mapped_column(String(16), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    group_number: Mapped[int]
    place: Mapped[int]
    name: Mapped[str]
    digest: Mapped[bytes]
    chain: Mapped[bytes]
    start_us: Mapped[int]
    end_us: Mapped[int]
    admitted_us: Mapped[int]
    packets: Mapped[int]
    received: Mapped[int]
    own: Mapped[int]
    dropped: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    refused: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    odd: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    lost: Mapped[list[list[int]] | None] = mapped_column(JSON(none_as_null=True))
    addresses: Mapped[int | None]
    offset_s: Mapped[float | None]
    size_bytes: Mapped[int]
    hours: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))


class SpoolRow(Row):
    """A spool of a sensor, by the name under which segments of it came in."""

    __tablename__ = "segment_spools"
    sensor: Mapped[int] = mapped_column(primary_key=True)
    spool: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)


class HourRow(Row):
    """What the segments of a spool said of an hour, when their own rows are gone."""

    __tablename__ = "segment_hours"
    __table_args__ = (Index("segment_hours_by_hour", "hour"), {"sqlite_with_rowid": False})
    sensor: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)
    spool: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    stretches: Mapped[list[list[int]]] = mapped_column(JSON)
    segments: Mapped[int]
    packets: Mapped[int]
    received: Mapped[int]
    own: Mapped[int]
    dropped: Mapped[dict[str, int]] = mapped_column(JSON)
    refused: Mapped[dict[str, int]] = mapped_column(JSON)
    odd: Mapped[dict[str, int]] = mapped_column(JSON)
    lost_segments: Mapped[int]
    lost_packets: Mapped[int]
    addresses: Mapped[int | None]
    offset_s: Mapped[float | None]
    size_bytes: Mapped[int]


class RunRow(Row):
    """An interval of sequences that were admitted and whose own rows are gone."""

    __tablename__ = "segment_runs"
    sensor: Mapped[int] = mapped_column(primary_key=True)
    spool: Mapped[str] = mapped_column(String(16), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Ledger:
    """The segments that were admitted, in the record database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def settle(self, group: int) -> None:
        """Delete the rows of groups after *group*, the last that was committed: their commit never was."""
        with self._database.reading() as session:
            last = session.scalar(select(func.max(SegmentRow.group_number)))
        if last is not None and last > group:
            with self._database.writing() as session:
                session.execute(delete(SegmentRow).where(SegmentRow.group_number > group))

    def intend(self, group: int, entries: Sequence[Entry]) -> None:
        """
        Write down the segments that are about to be committed as a group, in the order of their admission.

        Raises:
            LakeError: one of them is there already, or the disk is full.
        """
        rows = [_row(entry, group, place) for place, entry in enumerate(entries)]
        spools = {(entry.sensor, entry.spool, entry.name) for entry in entries}
        with self._database.writing() as session:
            session.execute(insert(SegmentRow), rows)
            named = [dict(zip(("sensor", "spool", "name"), spool, strict=True)) for spool in sorted(spools)]
            session.execute(insert_or(SpoolRow).on_conflict_do_nothing(), named)

    def known(self, identities: Iterable[Identity]) -> dict[Identity, Known]:
        """Those of some segments that are in already; the ledger must be settled."""
        wanted = sorted(set(identities))
        found: dict[Identity, Known] = {}
        with self._database.reading() as session:
            for some in _parts(wanted):
                found |= _rows_of(session, some)
            for identity in wanted:
                if identity not in found and _gathered(session, identity):
                    found[identity] = Known()
        return found

    def head(self, sensor: int, spool: str) -> bytes | None:
        """The chain of the last segment admitted from a spool; None if there is none yet."""
        last = select(SegmentRow.chain).where(SegmentRow.sensor == sensor, SegmentRow.spool == spool)
        last = last.order_by(SegmentRow.group_number.desc(), SegmentRow.place.desc()).limit(1)
        with self._database.reading() as session:
            return session.scalar(last)

    def spools(self, sensor: int) -> set[str]:
        """The spools that segments of a sensor came from."""
        with self._database.reading() as session:
            return set(session.scalars(select(SpoolRow.spool).where(SpoolRow.sensor == sensor)))

    def elsewhere(self, sensor: int, spool: str, start_us: int, end_us: int) -> list[tuple[str, int, int]]:
        """What other spools of a sensor observed within a stretch, as (spool, start, end)."""
        other = (SegmentRow.sensor == sensor) & (SegmentRow.spool != spool)
        meeting = (SegmentRow.start_us >= start_us - LONGEST_US) & (SegmentRow.start_us < end_us)
        rows = select(SegmentRow.spool, SegmentRow.start_us, SegmentRow.end_us)
        rows = rows.where(other, meeting, SegmentRow.end_us > start_us)
        within = (HourRow.hour >= start_us // HOUR_US) & (HourRow.hour <= end_us // HOUR_US)
        old = select(HourRow.spool, HourRow.stretches).where(HourRow.sensor == sensor, HourRow.spool != spool, within)
        with self._database.reading() as session:
            found = [(name, start, end) for name, start, end in session.execute(rows)]
            for name, stretches in session.execute(old):
                found += [(name, start, end) for start, end in stretches if start < end_us and end > start_us]
        return found


def _rows_of(session: Session, identities: Sequence[Identity]) -> dict[Identity, Known]:
    s = SegmentRow
    wanted = _wanted(identities)
    # SQLite looks each row of a joined list up by the primary key; a list of rows after IN makes it read the table.
    same = (s.sensor == wanted.c.sensor) & (s.spool == wanted.c.spool) & (s.sequence == wanted.c.sequence)
    told = select(s.sensor, s.spool, s.sequence, s.digest, s.chain, s.admitted_us)
    rows = session.execute(told.select_from(wanted).join(s, same))
    return {(row[0], row[1], row[2]): Known(row[3], row[4], row[5]) for row in rows}


def _wanted(identities: Sequence[Identity]) -> CTE:
    listed = values(column("sensor", Integer), column("spool", String), column("sequence", Integer), name="wanted")
    return listed.data(identities).cte("wanted")


def _gathered(session: Session, identity: Identity) -> bool:
    """Whether a segment lies in an interval that was gathered."""
    sensor, spool, sequence = identity
    run = select(RunRow.last).where(RunRow.sensor == sensor, RunRow.spool == spool, RunRow.first <= sequence)
    last = session.scalar(run.order_by(RunRow.first.desc()).limit(1))
    return last is not None and last >= sequence


def _parts(identities: Sequence[Identity]) -> Iterator[Sequence[Identity]]:
    for at in range(0, len(identities), _AT_ONCE):
        yield identities[at : at + _AT_ONCE]


def _row(entry: Entry, group: int, place: int) -> dict[str, Any]:
    """A ledger row; what is empty in most segments takes no room."""
    plain = entry.hours.keys() <= {entry.start_us // HOUR_US}
    return {
        "sensor": entry.sensor,
        "spool": entry.spool,
        "sequence": entry.sequence,
        "group_number": group,
        "place": place,
        "name": entry.name,
        "digest": entry.digest,
        "chain": entry.chain,
        "start_us": entry.start_us,
        "end_us": entry.end_us,
        "admitted_us": entry.admitted_us,
        "packets": entry.packets,
        "received": entry.received,
        "own": entry.own,
        "dropped": _some(entry.dropped),
        "refused": _some(entry.refused),
        "odd": _some(entry.odd),
        "lost": entry.lost or None,
        "addresses": entry.addresses,
        "offset_s": entry.offset_s,
        "size_bytes": entry.size_bytes,
        "hours": None if plain else {str(hour): n for hour, n in sorted(entry.hours.items())},
    }


def _some(counts: dict[str, int]) -> dict[str, int] | None:
    return {name: n for name, n in counts.items() if n} or None


def entry_of(row: Any) -> Entry:
    """The segment that a row tells of."""
    start = row.start_us // HOUR_US
    hours = {start: row.packets} if row.packets else {}
    return Entry(
        row.sensor,
        row.name,
        row.spool,
        row.sequence,
        row.digest,
        row.chain,
        row.start_us,
        row.end_us,
        row.admitted_us,
        row.packets,
        row.received,
        row.own,
        row.dropped or {},
        row.refused or {},
        row.odd or {},
        row.lost or [],
        row.addresses,
        row.offset_s,
        row.size_bytes,
        hours if row.hours is None else {int(hour): n for hour, n in row.hours.items()},
    )
