"""
What each source of one day scanned and how, from the sightings.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from isdas.lake.clause import within_period
from isdas.lake.lake import Lake
from isdas.model.time import Period

PORTS_EACH = 64
"""So many ports of a source are told, those with most packets; how many there are is told too."""


def utc_day(day: date) -> Period:
    """The UTC day of that date."""
    start = datetime.combine(day, time(), UTC)
    return Period(start, start + timedelta(days=1), ZoneInfo("UTC"))


def daily_sources(lake: Lake, day: date) -> tuple[pa.Table, pa.Table]:
    """
    The sources of scans of a UTC day, and the ports that each scanned.

    Returns:
        Sources in the order of their addresses: source_high, source_low, packets, hours, ports, tool and region (of
        most packets; names). And the pairs, in the order of the sources: visitor (place of the source), protocol,
        port.
    """
    period = utc_day(day)
    scans = f"{within_period(period)} AND kind = 'scan'"
    sources = lake.ask(
        f"""
        WITH scans AS (SELECT * FROM sightings WHERE {scans}),
        totals AS (
            SELECT source_high, source_low, CAST(sum(packets) AS BIGINT) AS packets, count(DISTINCT hour) AS hours,
                   count(DISTINCT (protocol, port)) AS ports
            FROM scans GROUP BY ALL),
        shares AS (
            SELECT source_high, source_low, coalesce(tool, '') AS tool, coalesce(region, 'ZZ') AS region,
                   sum(packets) AS packets
            FROM scans GROUP BY ALL),
        mains AS (
            SELECT source_high, source_low, tool, region FROM shares
            QUALIFY row_number() OVER (PARTITION BY source_high, source_low ORDER BY packets DESC, tool, region) = 1)
        SELECT * FROM totals JOIN mains USING (source_high, source_low) ORDER BY source_high, source_low
        """,
        "sightings",
        period,
    )
    pairs = lake.ask(
        f"""
        WITH pairs AS (
            SELECT source_high, source_low, protocol, port, sum(packets) AS packets FROM sightings
            WHERE {scans} GROUP BY ALL),
        places AS (
            SELECT source_high, source_low, row_number() OVER (ORDER BY source_high, source_low) - 1 AS visitor
            FROM (SELECT DISTINCT source_high, source_low FROM pairs))
        SELECT visitor, protocol, port FROM pairs JOIN places USING (source_high, source_low)
        -- Of many equal ports not those with the lowest numbers: which are told must be the same each time, and mixed.
        QUALIFY row_number() OVER (
            PARTITION BY visitor ORDER BY packets DESC, port::BIGINT * 40503 % 65536, protocol, port) <= {PORTS_EACH}
        ORDER BY visitor, protocol, port
        """,
        "sightings",
        period,
    )
    return sources, pairs
