"""
The SQL of the folds, made from the column table; plain SELECTs that DuckDB and Spark both run.
"""

from isdas.lake.tables import spec
from isdas.model import columns

HOUR_US = 3_600_000_000

_HOUR = f"timestamp_micros(CAST(floor(unix_micros(time) / {HOUR_US}) * {HOUR_US} AS BIGINT))"


def _names(*groups: tuple[str, ...]) -> str:
    return ", ".join(name for group in groups for name in group)


def sightings() -> str:
    """Packets to sightings."""
    key = spec("sightings").key
    dimensions = tuple(c.name for c in columns.dimensions())
    return f"""
        SELECT {_names(key)}, count(*) AS packets, min(time) AS first_at, max(time) AS last_at,
               CAST(count(DISTINCT destination_low) AS INT) AS destinations,
               CAST(bit_and(capabilities) AS INT) AS capabilities
        FROM (SELECT {_HOUR} AS hour, time, sensor, source_high, source_low, protocol, port, destination_low,
                     capabilities, {_names(dimensions)} FROM packets)
        GROUP BY {_names(key)}
        ORDER BY hour, protocol, port, sensor, source_high, source_low
    """


def counts() -> str:
    """Sightings to counts."""
    key = spec("counts").key
    # One row of sightings is one source for one (tool, scanner, AS), so a source that changes these within the
    # hour still counts once.
    return f"""
        SELECT {_names(key)}, CAST(sum(packets) AS BIGINT) AS packets,
               count(DISTINCT (source_high, source_low)) AS sources,
               min(first_at) AS first_at, max(last_at) AS last_at,
               CAST(bit_and(capabilities) AS INT) AS capabilities
        FROM sightings GROUP BY {_names(key)} ORDER BY {_names(key)}
    """


def activity() -> str:
    """Sightings to the distinct sources of each hour, port, region and kind, over all sensors."""
    key = spec("activity").key
    return f"""
        SELECT {_names(key)}, source_high, source_low, CAST(sum(packets) AS BIGINT) AS packets
        FROM sightings GROUP BY {_names(key)}, source_high, source_low ORDER BY {_names(key)}
    """


def rhythm() -> str:
    """Counts to what each sensor heard in each hour; what coverage is inferred from."""
    return """
        SELECT sensor, hour, CAST(sum(packets) AS BIGINT) AS received, CAST(sum(sources) AS BIGINT) AS sources,
               min(first_at) AS first_at, max(last_at) AS last_at, CAST(bit_and(capabilities) AS INT) AS capabilities,
               max(editions) AS editions
        FROM counts WHERE sensor IN (SELECT sensor FROM affected) GROUP BY sensor, hour ORDER BY sensor, hour
    """


def changed_hours() -> str:
    """The hours in which the coverage of affected sensors is no longer what the table says."""
    names = _names(tuple(spec("coverage").schema.names))
    present = f"SELECT {names} FROM coverage WHERE sensor IN (SELECT sensor FROM affected)"
    return f"""
        SELECT DISTINCT hour FROM (
            (SELECT {names} FROM fresh EXCEPT {present}) UNION ALL ({present} EXCEPT SELECT {names} FROM fresh)
        ) AS differing ORDER BY hour
    """


def coverage_of(hours: str) -> str:
    """The new rows of changed hours: fresh ones of affected sensors, present ones of the others."""
    names = _names(tuple(spec("coverage").schema.names))
    return f"""
        SELECT {names} FROM (
            SELECT {names} FROM fresh UNION ALL
            SELECT {names} FROM coverage WHERE sensor NOT IN (SELECT sensor FROM affected)
        ) AS merged WHERE hour IN (SELECT hour FROM {hours}) ORDER BY hour, sensor
    """
