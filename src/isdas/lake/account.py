"""
The account of a sensor, hour by hour: what its kernel had, what became of it, and how much of that is in the tables.

The answer to *are my packets arriving?* - whether the figures agree is told by `isdas.lake.reconcile`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from sqlalchemy import text

from isdas.lake.clause import matching, within_period
from isdas.lake.lake import Lake
from isdas.lake.ledger import LONGEST_US, PREFIX
from isdas.lake.sql import hour_us
from isdas.model.time import HOUR_US, Period, from_micros, iso, moment

_SUM = "coalesce((SELECT sum(value) FROM json_each({name})), 0)"
_LOST = "coalesce((SELECT sum(json_extract(value, '$[3]')) FROM json_each(lost)), 0)"

_TOLD = f"""
    SELECT name, (end_us - 1) / :hour AS hour, sum(received), sum(own), sum({_SUM.format(name="refused")}),
           sum({_SUM.format(name="dropped")}), sum(packets), sum({_LOST}), count(*) FROM segments
    WHERE group_number <= :upto AND start_us >= :start - :longest AND start_us < :end GROUP BY 1, 2
    UNION ALL
    SELECT name, hour, sum(received), sum(own), sum({_SUM.format(name="refused")}), sum({_SUM.format(name="dropped")}),
           sum(packets), sum(lost_packets), sum(segments) FROM segment_hours
    WHERE hour >= :start / :hour AND hour * :hour < :end GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Account:
    """
    One sensor in one hour.

    Attributes:
        sensor, hour: whose, and the hour since 1970.
        segments: how many ended in it.
        captured: frames that the kernel had for the sensor.
        own, refused, dropped: those of them that it left out, could not take, and had to let go.
        sealed: packets in the segments: captured - own - refused - dropped.
        evicted: packets that the full spool evicted, as told in this hour.
        stored, counted: packets that came in segments in the table packets, and those of the sensor in counts.
    """

    sensor: str
    hour: int
    segments: int = 0
    captured: int = 0
    own: int = 0
    refused: int = 0
    dropped: int = 0
    sealed: int = 0
    evicted: int = 0
    stored: int = 0
    counted: int = 0

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas fleet account --json`` prints."""
        return {**asdict(self), "hour": iso(from_micros(self.hour * HOUR_US))}


FIGURES = tuple(field.name for field in fields(Account))[2:]
"""The figures of an account in the order of their way."""


def accounts(lake: Lake, period: Period, sensors: Sequence[str] = ()) -> list[Account]:
    """The accounts of the sensors, or of some, that sent segments in a period; by sensor and hour."""
    start, end = (int(moment(t).astype("int64")) for t in (period.start, period.end))
    told = {"hour": HOUR_US, "longest": LONGEST_US, "upto": lake.last_group(), "start": start, "end": end}
    found: dict[tuple[str, int], Counter[str]] = {}
    names = ("captured", "own", "refused", "dropped", "sealed", "evicted", "segments")
    with lake.records.database.reading() as session:
        for name, hour, *sums in session.execute(text(_TOLD), told):
            if start // HOUR_US <= hour and hour * HOUR_US < end and (not sensors or name in sensors):
                found.setdefault((name, hour), Counter()).update(dict(zip(names, sums, strict=True)))
    for key, n in _stored(lake, period, sensors).items():
        found.setdefault(key, Counter())["stored"] = n
    for key, n in _counted(lake, period, sensors).items():
        if key in found:
            found[key]["counted"] = n
    return [Account(*key, *(found[key][figure] for figure in FIGURES)) for key in sorted(found)]


def _stored(lake: Lake, period: Period, sensors: Sequence[str]) -> dict[tuple[str, int], int]:
    start, end = (int(moment(t).astype("int64")) for t in (period.start, period.end))
    statement = f"""
        SELECT sensor, {hour_us("time")} AS hour_us, count(*) AS n FROM packets
        WHERE intake LIKE '{PREFIX}%' AND unix_micros(time) >= {start - start % HOUR_US} AND unix_micros(time) < {end}
        AND {matching(sensors=sensors)} GROUP BY sensor, {hour_us("time")}
    """
    rows = lake.ask(statement, "packets", period).to_pylist()
    return {(row["sensor"], row["hour_us"] // HOUR_US): row["n"] for row in rows}


def _counted(lake: Lake, period: Period, sensors: Sequence[str]) -> dict[tuple[str, int], int]:
    statement = f"""
        SELECT sensor, unix_micros(hour) AS hour_us, CAST(sum(packets) AS BIGINT) AS n FROM counts
        WHERE {within_period(period)} AND {matching(sensors=sensors)} GROUP BY sensor, hour
    """
    rows = lake.ask(statement, "counts", period).to_pylist()
    return {(row["sensor"], row["hour_us"] // HOUR_US): row["n"] for row in rows}
