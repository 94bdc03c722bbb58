"""
The SQL of coverage, made from the column table; plain SELECTs that DuckDB and Spark both run.
"""

from isdas.lake.tables import spec
from isdas.model.time import HOUR_US


def hour_us(clock: str) -> str:
    """The start of the hour that a time lies in, microseconds since 1970; in whole numbers, so exact at any date."""
    return f"unix_micros({clock}) - (unix_micros({clock}) % {HOUR_US} + {HOUR_US}) % {HOUR_US}"


def _names(*groups: tuple[str, ...]) -> str:
    return ", ".join(name for group in groups for name in group)


def rhythm() -> str:
    """Counts to what each sensor heard in each hour; what coverage is inferred from."""
    return """
        SELECT sensor, hour, CAST(sum(packets) AS BIGINT) AS received, CAST(sum(sources) AS BIGINT) AS sources,
               min(first_at) AS first_at, max(last_at) AS last_at, CAST(bit_and(capabilities) AS INT) AS capabilities,
               array_join(sort_array(collect_set(editions)), ';') AS editions
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
