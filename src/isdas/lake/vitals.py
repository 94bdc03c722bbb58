"""
How each sensor is doing, as far as the tables and the ledger tell: hours, neighbours, evictions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from isdas.lake.clause import within_period
from isdas.lake.database import Database
from isdas.lake.lake import Lake
from isdas.lake.ledger import HourRow
from isdas.lake.said import Said, said, touched
from isdas.model.time import HOUR_US, Period, moment

_Ints = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hours:
    """
    The hours of one sensor, under one of its names.

    Attributes:
        hour: int64[n], hours since 1970 that were observed at least in part, sorted.
        seconds: float64[n], how much of each.
        packets, dropped: int64[n], what came, and what had to be let go.
    """

    hour: _Ints
    seconds: _Floats
    packets: _Ints
    dropped: _Ints


def hours(lake: Lake, period: Period) -> dict[str, Hours]:
    """
    The hours of every sensor in a period, by the name in the tables; those too that are admitted and not yet folded.
    """
    statement = f"""
        SELECT sensor, unix_micros(hour) AS hour_us, seconds, received, coalesce(dropped, 0) AS dropped FROM coverage
        WHERE {within_period(period)} ORDER BY sensor, hour
    """
    rows = lake.ask(statement, "coverage", period)
    names = rows.column("sensor").combine_chunks().dictionary_encode()
    values = [rows.column(name).to_numpy() for name in ("hour_us", "seconds", "received", "dropped")]
    of = names.indices.to_numpy()
    if not len(of):
        return _with_unfolded({}, lake, period)
    starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    folded = {
        names.dictionary[int(of[low])].as_py(): Hours(
            values[0][low:high] // HOUR_US,
            values[1][low:high],
            values[2][low:high].astype(np.int64),
            values[3][low:high].astype(np.int64),
        )
        for low, high in zip(starts.tolist(), [*starts[1:].tolist(), len(of)], strict=True)
    }
    return _with_unfolded(folded, lake, period)


def _with_unfolded(folded: dict[str, Hours], lake: Lake, period: Period) -> dict[str, Hours]:
    """The hours with what the ledger says of those whose fold is behind it."""
    low, high = (int(moment(t).astype(np.int64)) // HOUR_US for t in (period.start, period.end))
    fresh = touched(lake.records.database, lake.covered_group(), lake.last_group())
    told: dict[str, dict[int, Said]] = {}
    for one in said(lake.records.database, lake.last_group(), fresh[(fresh >= low) & (fresh < high)]):
        told.setdefault(one.name, {})[one.hour] = one
    return {**folded, **{name: _updated(folded.get(name), hours) for name, hours in told.items()}}


def _updated(folded: Hours | None, told: Mapping[int, Said]) -> Hours:
    """Some hours in place of those that were folded before."""
    new = [told[hour] for hour in sorted(told)]
    fresh = Hours(
        np.array([one.hour for one in new], np.int64),
        np.array([one.seconds for one in new], np.float64),
        np.array([one.packets for one in new], np.int64),
        np.array([one.dropped for one in new], np.int64),
    )
    if folded is None:
        return fresh
    kept = ~np.isin(folded.hour, fresh.hour)
    order = np.argsort(np.r_[folded.hour[kept], fresh.hour])
    parts = ((getattr(folded, name)[kept], getattr(fresh, name)) for name in Hours.__slots__)
    return Hours(*(np.concatenate(pair)[order] for pair in parts))


def last_hours(lake: Lake) -> dict[str, int]:
    """The last hour, since 1970, that each sensor ever observed, by the name in the tables."""
    statement = "SELECT sensor, CAST(max(unix_micros(hour)) AS BIGINT) AS hour_us FROM coverage GROUP BY sensor"
    rows = lake.ask(statement, "coverage")
    hours_us = rows.column("hour_us").to_pylist()
    return {name: at // HOUR_US for name, at in zip(rows.column("sensor").to_pylist(), hours_us, strict=True)}


def neighbours(lake: Lake, period: Period) -> dict[str, tuple[int, int]]:
    """
    How many sources of scans each sensor heard, and how many of them are from its own /16 (IPv4) or /48 (IPv6).

    Compares each packet's source with its destination, so that no sensor's address need be known.
    """
    start, end = (int(moment(t).astype(np.int64)) for t in (period.start, period.end))
    near = """
        (ip_version = 4 AND (source_low & -65536) = (destination_low & -65536)) OR
        (ip_version = 6 AND (source_high & -65536) = (destination_high & -65536))
    """
    statement = f"""
        SELECT sensor, count(DISTINCT (source_high, source_low)) AS n,
               count(DISTINCT (source_high, source_low)) FILTER (WHERE {near}) AS near FROM packets
        WHERE kind = 'scan' AND destination_low IS NOT NULL
        AND unix_micros(time) >= {start} AND unix_micros(time) < {end} GROUP BY sensor
    """
    return {row["sensor"]: (row["n"], row["near"]) for row in lake.ask(statement, "packets", period).to_pylist()}


def evicted(database: Database, since_us: int) -> dict[int, tuple[int, int]]:
    """What full spools evicted, as (segments, packets) by the sensor's number, told since an instant."""
    found: dict[int, tuple[int, int]] = {}
    with database.reading() as session:
        for sensor, segments, packets in _evicted(session, since_us):
            before = found.get(sensor, (0, 0))
            found[sensor] = before[0] + segments, before[1] + packets
    return found


_EVICTED = """
    SELECT sensor, sum(json_extract(each.value, '$[2]')), sum(json_extract(each.value, '$[3]'))
    FROM segments, json_each(lost) AS each WHERE lost IS NOT NULL AND end_us >= :since GROUP BY sensor
"""


def _evicted(session: Session, since_us: int) -> Iterator[tuple[int, int, int]]:
    for sensor, segments, packets in session.execute(text(_EVICTED), {"since": since_us}):
        yield sensor, segments, packets
    h = HourRow
    sums = select(h.sensor, func.sum(h.lost_segments), func.sum(h.lost_packets)).where(h.hour >= since_us // HOUR_US)
    for sensor, segments, packets in session.execute(sums.where(h.lost_segments > 0).group_by(h.sensor)):
        yield sensor, segments, packets
