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


def rhythm(where: str = "sensor IN (SELECT sensor FROM affected)") -> str:
    """Counts to what each sensor heard in each hour; what coverage is inferred from."""
    return f"""
        SELECT sensor, hour, CAST(sum(packets) AS BIGINT) AS received, CAST(sum(sources) AS BIGINT) AS sources,
               min(first_at) AS first_at, max(last_at) AS last_at, CAST(bit_and(capabilities) AS INT) AS capabilities,
               array_join(sort_array(collect_set(editions)), ';') AS editions
        FROM counts WHERE {where} GROUP BY sensor, hour ORDER BY sensor, hour
    """


_AT_HAND = """(sensor IN (SELECT sensor FROM affected)
                OR (sensor IN (SELECT sensor FROM stating) AND hour IN (SELECT hour FROM hours)))"""
"""Rows of coverage that fresh ones replace: of affected sensors all, of stating sensors those of the hours at hand."""


def not_stated() -> str:
    """The stating sensors that have coverage of another basis in the hours at hand."""
    return """
        SELECT DISTINCT sensor FROM coverage WHERE sensor IN (SELECT sensor FROM stating)
        AND hour IN (SELECT hour FROM hours) AND basis <> 'stated'
    """


def changed_hours() -> str:
    """The hours in which coverage is no longer what the table says."""
    names = _names(tuple(spec("coverage").schema.names))
    present = f"SELECT {names} FROM coverage WHERE {_AT_HAND}"
    return f"""
        SELECT DISTINCT hour FROM (
            (SELECT {names} FROM fresh EXCEPT {present}) UNION ALL ({present} EXCEPT SELECT {names} FROM fresh)
        ) AS differing ORDER BY hour
    """


def coverage_of(hours: str) -> str:
    """The new rows of changed hours: fresh ones, and those present that no fresh ones replace."""
    names = _names(tuple(spec("coverage").schema.names))
    return f"""
        SELECT {names} FROM (
            SELECT {names} FROM fresh UNION ALL
            SELECT {names} FROM coverage WHERE NOT {_AT_HAND}
        ) AS merged WHERE hour IN (SELECT hour FROM {hours}) ORDER BY hour, sensor
    """
