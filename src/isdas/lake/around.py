"""
What else is seen of the sources of a port: the other ports that they scan, and whether they were known before.
"""

from collections.abc import Iterable

import pyarrow as pa

from isdas.lake.clause import matching, within_period
from isdas.lake.lake import Lake
from isdas.model.port import Port
from isdas.model.time import HOUR_US, Period

_SOURCE = "(source_high, source_low)"
_SCANS = "kind = 'scan'"


def companions(
    lake: Lake, port: Port, period: Period, *, most: int = 50, only: Iterable[Port] = ()
) -> tuple[dict[Port, int], int]:
    """
    The other ports that sources scanning *port* in a period scan meanwhile: sources by port, and all sources.

    Args:
        most: how many ports, those with the most sources.
        only: these ports instead.
    """
    within = f"{within_period(period)} AND {_SCANS}"
    wanted = " OR ".join(f"({matching(port=other)})" for other in only) or "true"
    rows = lake.ask(
        f"""
        WITH mine AS ({_scanning(port, period)}), others AS (
            SELECT protocol, port, count(DISTINCT {_SOURCE}) AS sources
            FROM sightings SEMI JOIN mine USING (source_high, source_low)
            WHERE {within} AND NOT ({matching(port=port)}) AND ({wanted})
            GROUP BY protocol, port ORDER BY sources DESC, protocol, port LIMIT {most})
        SELECT *, (SELECT count(*) FROM mine) AS all_sources FROM others ORDER BY sources DESC, protocol, port
        """,
        "sightings",
        period,
    ).to_pylist()
    return {Port(row["protocol"], row["port"]): int(row["sources"]) for row in rows}, (
        int(rows[0]["all_sources"]) if rows else 0
    )


def ports_by_source(lake: Lake, port: Port, period: Period) -> pa.Table:
    """
    How many ports each source that scans *port* in a period scans in it: columns source_high, source_low, ports.
    """
    within = f"{within_period(period)} AND {_SCANS}"
    return lake.ask(
        f"""
        WITH mine AS ({_scanning(port, period)})
        SELECT source_high, source_low, count(DISTINCT (protocol, port)) AS ports
        FROM sightings SEMI JOIN mine USING (source_high, source_low) WHERE {within}
        GROUP BY source_high, source_low
        """,
        "sightings",
        period,
    )


def known_before(lake: Lake, port: Port, period: Period, before: Period) -> tuple[int, int]:
    """
    Of the sources that scan *port* in a period, how many were never seen *before* on any port, and how many were.
    """
    both = Period(min(before.start, period.start), max(before.end, period.end), period.zone)
    rows: pa.Table = lake.ask(
        f"""
        WITH mine AS ({_scanning(port, period)}),
        known AS (
            SELECT DISTINCT source_high, source_low FROM sightings SEMI JOIN mine USING (source_high, source_low)
            WHERE {within_period(before)})
        SELECT (SELECT count(*) FROM mine) AS mine, (SELECT count(*) FROM known) AS known
        """,
        "sightings",
        both,
    )
    mine, known = (int(rows.column(name)[0].as_py()) for name in ("mine", "known"))
    return mine - known, known


def by_day(lake: Lake, port: Port, period: Period) -> pa.Table:
    """
    The sources that scan *port* on each UTC day of a period: day (since 1970), source_high, source_low.
    """
    return lake.ask(
        f"""
        SELECT DISTINCT CAST(unix_micros(hour) // {24 * HOUR_US} AS BIGINT) AS day, source_high, source_low
        FROM sightings WHERE {within_period(period)} AND {_SCANS} AND {matching(port=port)}
        ORDER BY day, source_high, source_low
        """,
        "sightings",
        period,
    )


def newcomers(lake: Lake, port: Port, period: Period, before: Period) -> pa.Table:
    """The sources that scan *port* in a period and did not *before*: source_high, source_low."""
    both = Period(min(before.start, period.start), max(before.end, period.end), period.zone)
    return lake.ask(
        f"{_scanning(port, period)} EXCEPT {_scanning(port, before)} ORDER BY source_high, source_low",
        "sightings",
        both,
    )


def _scanning(port: Port, period: Period) -> str:
    """SQL: the sources that scan *port* in a period."""
    where = f"{within_period(period)} AND {_SCANS} AND {matching(port=port)}"
    return f"SELECT DISTINCT source_high, source_low FROM sightings WHERE {where}"
