"""
Reconciliation of segments: captured = sealed + let go, sealed = sent, sent = admitted, admitted = stored.

Every difference names the segment, as far as its row is still there, else the hour. What is folded is compared by
`lake.verify`, for segments and files alike.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from isdas.lake.difference import Difference
from isdas.lake.expire import let_go
from isdas.lake.lake import Lake
from isdas.lake.ledger import PREFIX, intake_of
from isdas.lake.refusals import RefusalRow
from isdas.lake.sql import hour_us
from isdas.model.time import HOUR_US, from_micros, iso

_SEQUENCE = "CAST((position - position % 4294967296) / 4294967296 AS BIGINT)"
"""SQL: the sequence of the segment that a packet came in."""

Spool = tuple[int, str]
"""A sensor's number and one of its spools."""

_LEFT = """
    coalesce((SELECT sum(value) FROM json_each(dropped)), 0) + coalesce((SELECT sum(value) FROM json_each(refused)), 0)
    + own + packets
"""

_UNBALANCED = f"""
    SELECT name, spool, sequence, start_us, received, {_LEFT} AS told FROM segments
    WHERE group_number <= :upto AND received <> {_LEFT} ORDER BY name, spool, sequence LIMIT 1000
"""

_UNBALANCED_HOURS = f"""
    SELECT name, spool, sum(received) AS received, sum({_LEFT}) AS told FROM segment_hours
    GROUP BY name, spool HAVING sum(received) <> sum({_LEFT}) ORDER BY name, spool
"""

_HOLES = """
    WITH present AS (
        SELECT sensor, spool, sequence AS first, sequence AS last FROM segments WHERE group_number <= :upto
        UNION ALL SELECT sensor, spool, first, last FROM segment_runs),
    ordered AS (
        SELECT sensor, spool, first, max(last) OVER (
            PARTITION BY sensor, spool ORDER BY first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM present)
    SELECT sensor, spool, coalesce(before, -1) + 1 AS first, first - 1 AS last FROM ordered
    WHERE first > coalesce(before, -1) + 1 ORDER BY sensor, spool, first
"""

_LOST = "SELECT sensor, spool, lost FROM segments WHERE group_number <= :upto AND lost IS NOT NULL"
_LOST_HOURS = "SELECT sensor, spool, sum(lost_segments) FROM segment_hours GROUP BY sensor, spool"

_ADMITTED = """
    SELECT name, spool, start_us / :hour AS hour, sum(packets) AS n FROM segments
    WHERE group_number <= :upto AND hours IS NULL GROUP BY 1, 2, 3
    UNION ALL
    SELECT name, spool, CAST(each.key AS INTEGER), sum(each.value) FROM segments, json_each(segments.hours) AS each
    WHERE group_number <= :upto AND hours IS NOT NULL GROUP BY 1, 2, 3
    UNION ALL SELECT name, spool, hour, packets FROM segment_hours
"""

_SEGMENTS_OF_HOUR = """
    SELECT sequence, packets FROM segments WHERE group_number <= :upto AND name = :name AND spool = :spool
    AND hours IS NULL AND start_us >= :start AND start_us < :end
    UNION ALL
    SELECT sequence, each.value FROM segments, json_each(segments.hours) AS each WHERE group_number <= :upto
    AND name = :name AND spool = :spool AND CAST(each.key AS INTEGER) = :start / :hour
"""


_FOR_GOOD = (
    "bad-body",
    "bad-header",
    "bad-signature",
    "bad-stretch",
    "bad-values",
    "ended-key",
    "outside-stretch",
    "too-large",
    "too-old",
    "two-sensors-one-key",
    "unsupported-schema",
)
"""Why a segment of a sensor's own never comes in; the sensor keeps it aside and does not send it again."""


@dataclass(frozen=True, slots=True)
class Hole:
    """
    Sequences of a spool that are not in.

    Attributes:
        sensor: the sensor's present name.
        spool: which of its spools.
        first, last: the sequences, both included.
        why: ``lost`` (the full spool evicted them, as the sensor said), ``waiting`` (they may still be in the spool),
            ``refused`` (so many of the sensor's segments were refused) or ``missing``.
    """

    sensor: str
    spool: str
    first: int
    last: int
    why: str

    @property
    def segments(self) -> int:
        """How many they are."""
        return self.last - self.first + 1

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas lake verify --json`` prints."""
        return {"sensor": self.sensor, "spool": self.spool, "first": self.first, "last": self.last, "why": self.why}


def segments(lake: Lake) -> list[Difference]:
    """Every difference between what sensors captured and what is stored; empty when all is well."""
    upto = lake.last_group()
    with lake.records.database.reading() as session:
        found = [*_balance(session, upto), *_stored(lake, session, upto)]
    found += [
        Difference(f"{hole.sensor} spool {hole.spool} {_sequences(hole)}", "sent = admitted", hole.segments, 0)
        for hole in holes(lake)
        if hole.why == "missing"
    ]
    return found


def holes(lake: Lake) -> list[Hole]:
    """The sequences that are not in, each with why; those at the end of a spool cannot be known."""
    upto = lake.last_group()
    sensors = {sensor.number: sensor for sensor in lake.sensors.all()}
    with lake.records.database.reading() as session:
        missing = _by_spool(session.execute(text(_HOLES), {"upto": upto}))
        lost = _lost(session, upto)
        forgotten = {(s, spool): n for s, spool, n in session.execute(text(_LOST_HOURS))}
        refused = _refused(session)
    found = []
    for spool in sorted(missing):
        sensor = sensors.get(spool[0])
        name = str(spool[0]) if sensor is None else sensor.name
        rest = _without(missing[spool], lost.get(spool, []))
        told = 0 if sensor is None else int(str(sensor.told.get("spool_segments") or 0))
        found += [Hole(name, spool[1], *hole, "lost") for hole in _common(missing[spool], lost.get(spool, []))]
        # Which ones these were is not known any more, only how many.
        allowances = [("lost", forgotten.get(spool, 0)), ("waiting", told), ("refused", refused.get(name, 0))]
        found += [Hole(name, spool[1], *hole, why) for hole, why in _explained(rest, allowances)]
    return found


def _sequences(hole: Hole) -> str:
    return f"sequence {hole.first}" if hole.first == hole.last else f"sequences {hole.first} to {hole.last}"


def _balance(session: Session, upto: int) -> Iterator[Difference]:
    """Captured = sealed + refused + own + dropped: segment by segment, and spool by spool where those are gathered."""
    what = "captured = sealed + refused + own + dropped"
    for name, spool, sequence, start_us, received, told in session.execute(text(_UNBALANCED), {"upto": upto}):
        yield Difference(_segment(name, spool, sequence, start_us // HOUR_US), what, received, told)
    for name, spool, received, told in session.execute(text(_UNBALANCED_HOURS)):
        yield Difference(f"{name} spool {spool}, gathered hours", what, received, told)


def _segment(name: str, spool: str, sequence: int, hour: int) -> str:
    return f"{name} spool {spool} sequence {sequence} ({iso(from_micros(hour * HOUR_US))})"


def _stored(lake: Lake, session: Session, upto: int) -> Iterator[Difference]:
    """Admitted = stored, by spool and hour, with the segments where their rows are still there."""
    since = int(let_go(lake.table("packets")).astype("int64")) // HOUR_US
    admitted: Counter[tuple[str, str, int]] = Counter()
    for name, spool, hour, n in session.execute(text(_ADMITTED), {"upto": upto, "hour": HOUR_US}):
        if n and hour >= since:
            admitted[name, spool, hour] += n
    present = _in_packets(lake, since)
    for name, spool, hour in sorted(admitted.keys() | present.keys()):
        pair = admitted[name, spool, hour], present[name, spool, hour]
        if pair[0] != pair[1]:
            known = _rows_of(session, upto, name, spool, hour)
            if sum(known.values()) == pair[0]:
                yield from _named(lake, known, name, spool, hour)
            else:
                # Some of its segments have been gathered.
                where = f"{name} spool {spool} {iso(from_micros(hour * HOUR_US))}"
                yield Difference(where, "admitted = stored", *pair)


def _in_packets(lake: Lake, since: int) -> Counter[tuple[str, str, int]]:
    statement = f"""
        SELECT intake, {hour_us("time")} AS hour_us, count(*) AS n FROM packets
        WHERE intake LIKE '{PREFIX}%' GROUP BY intake, {hour_us("time")}
    """
    found: Counter[tuple[str, str, int]] = Counter()
    for row in lake.ask(statement, "packets").to_pylist():
        name, _, spool = row["intake"].removeprefix(PREFIX).rpartition("/")
        if row["hour_us"] // HOUR_US >= since:
            found[name, spool, row["hour_us"] // HOUR_US] += row["n"]
    return found


def _rows_of(session: Session, upto: int, name: str, spool: str, hour: int) -> Counter[int]:
    """The packets that segments with rows of their own brought to an hour, by sequence."""
    told = {"upto": upto, "name": name, "spool": spool, "hour": HOUR_US}
    told |= {"start": hour * HOUR_US, "end": (hour + 1) * HOUR_US}
    return Counter({sequence: n for sequence, n in session.execute(text(_SEGMENTS_OF_HOUR), told)})


def _named(lake: Lake, admitted: Counter[int], name: str, spool: str, hour: int) -> Iterator[Difference]:
    """The segments of one spool and hour whose packets are not all there, or too many."""
    frame = {"wanted": pa.table({"intake": [intake_of(name, spool)]})}
    statement = f"""
        SELECT {_SEQUENCE} AS sequence, count(*) AS n FROM packets WHERE intake IN (SELECT intake FROM wanted)
        AND {hour_us("time")} = {hour * HOUR_US} GROUP BY {_SEQUENCE}
    """
    table = lake.table("packets")
    found = lake.engine.query(statement, {"packets": (table, lake.files("packets"))}, frame)
    present = Counter(dict(zip(found["sequence"].to_pylist(), found["n"].to_pylist(), strict=True)))
    for sequence in sorted(admitted.keys() | present.keys()):
        pair = admitted[sequence], present[sequence]
        if pair[0] != pair[1]:
            yield Difference(_segment(name, spool, sequence, hour), "admitted = stored", *pair)


def _by_spool(rows: Iterable[Any]) -> dict[Spool, list[tuple[int, int]]]:
    found: dict[Spool, list[tuple[int, int]]] = {}
    for sensor, spool, first, last in rows:
        found.setdefault((sensor, spool), []).append((first, last))
    return found


def _lost(session: Session, upto: int) -> dict[Spool, list[tuple[int, int]]]:
    """What sensors said that their full spools evicted, as far as their segments still have rows."""
    found: dict[Spool, list[tuple[int, int]]] = {}
    for sensor, spool, lost in session.execute(text(_LOST), {"upto": upto}):
        found.setdefault((sensor, spool), []).extend((each[0], each[1]) for each in json.loads(lost))
    return {spool: sorted(each) for spool, each in found.items()}


def _refused(session: Session) -> Counter[str]:
    """How many segments of each sensor were refused for good, by its name."""
    rows = session.execute(
        select(RefusalRow.sensor, func.sum(RefusalRow.count))
        .where(RefusalRow.reason.in_(_FOR_GOOD))
        .group_by(RefusalRow.sensor)
    )
    return Counter({sensor: n for sensor, n in rows})


def _common(holes: Sequence[tuple[int, int]], lost: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of holes that lie in lost stretches."""
    return [
        (max(first, low), min(last, high))
        for first, last in holes
        for low, high in lost
        if first <= high and low <= last
    ]


def _without(holes: Sequence[tuple[int, int]], lost: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of holes that lie in no lost stretch."""
    found = []
    for first, last in holes:
        at = first
        for low, high in lost:
            if high < at or low > last:
                continue
            if low > at:
                found.append((at, low - 1))
            at = max(at, high + 1)
        if at <= last:
            found.append((at, last))
    return found


def _explained(
    holes: Sequence[tuple[int, int]], allowances: Sequence[tuple[str, int]]
) -> Iterator[tuple[tuple[int, int], str]]:
    """Holes with why: so many are accounted for by each allowance in turn, the newest first; the rest is missing."""
    left = dict(allowances)
    for first, last in reversed(holes):
        size = last - first + 1
        why = next((name for name, n in left.items() if n >= size), "missing")
        if why != "missing":
            left[why] -= size
        yield (first, last), why
