"""
Questions and answers: every read of the tables, as named functions that give Series or rows.

Callers name a measure and a key; which table is the smallest that can answer is decided here.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.lake import sketch
from isdas.lake.clause import Grid, matching, within_period
from isdas.lake.lake import Lake
from isdas.lake.seen import LEAST, Seen, observed
from isdas.lake.shown import NO_TOOL, shown
from isdas.model import address, columns
from isdas.model.errors import IsdasError
from isdas.model.port import Port
from isdas.model.series import MEASURES, Basis, Series
from isdas.model.time import HOUR_US, Period, moment

OTHER = "other"
_SOURCES = "count(DISTINCT (source_high, source_low))"
_INSTANT = timedelta(microseconds=1)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_TOP_KEYS = {"ports": "port", "regions": "region", "sources": "source", "as": "as"}


def series(
    lake: Lake,
    period: Period,
    *,
    by: str = "total",
    port: Port | None = None,
    measure: str = "packets-per-sensor",
    kind: str = "scan",
    bin_hours: int = 24,
    top: int = 5,
    keys: Sequence[str] = (),
    sensors: Sequence[str] = (),
) -> Series:
    """
    Counts per bin for the largest keys of a period; by tool also what could have shown each.

    Args:
        by: ``total``, ``port``, ``sensor``, ``as``, or a dimension of the column table such as ``region``.
        port: only this port.
        measure: a key of `model.series.MEASURES`.
        kind: only packets of this kind; ``all`` for every kind.
        top: how many keys; the rest become ``other`` (not for sensors: all that observed are given).
        keys: these keys instead of the largest.
        sensors: only these sensors.

    Raises:
        IsdasError: an unknown measure or key.
    """
    if measure not in MEASURES:
        raise IsdasError(f"no measure {measure!r}; there are {', '.join(MEASURES)}")
    _key(by)
    grid = Grid(period, period.bins(bin_hours), bin_hours)
    seen = observed(lake, grid, sensors)
    where = matching(port=port, kind=kind, sensors=sensors)
    wide = by in {"sensor", "total"}
    chosen = list(keys) or _chosen(lake, grid, by, where, top, seen)
    sums = _sums(lake, grid, by, where, measure, chosen, exact=bool(sensors))
    names, values = _with_other(chosen, sums, rest=not wide and not keys)
    of = shown(lake, grid, where, measure, names) if by == "tool" else None
    return Series(
        period=period,
        bins=grid.bins,
        bin_hours=bin_hours,
        by=by,
        keys=names,
        values=_measured(values, names, seen, by=by, measure=measure),
        of=None if of is None else _measured(of, names, seen, by=by, measure=measure),
        coverage=seen.share.sum(axis=0),
        measure=measure,
        port=None if port is None else str(port),
        kind=kind,
        n_sensors=len(seen.sensors),
        basis=Basis(lake.versions(), seen.editions, seen.inferred),
    )


def top(
    lake: Lake,
    what: str,
    period: Period,
    *,
    measure: str = "packets-per-sensor",
    kind: str = "scan",
    limit: int = 10,
    port: Port | None = None,
    sensors: Sequence[str] = (),
) -> list[dict[str, object]]:
    """
    The largest ports, regions, sources or ASes of a period: key, packets, packets per sensor, sources.

    Packets per sensor are the mean over the period, per sensor and day of full observation times its days.

    Args:
        what: ``ports``, ``regions``, ``sources`` or ``as``.
        period: the period.
        measure: what they are ranked by, a key of `model.series.MEASURES`.
        kind: only packets of this kind; ``all`` for every kind.
        limit: how many.
        port: only this port.
        sensors: only these sensors.

    Raises:
        IsdasError: nothing of that name can be ranked, or there is no such measure.
    """
    if what not in _TOP_KEYS:
        raise IsdasError(f"cannot rank {what!r}; there are {', '.join(_TOP_KEYS)}")
    if measure not in MEASURES:
        raise IsdasError(f"no measure {measure!r}; there are {', '.join(MEASURES)}")
    key = _key(_TOP_KEYS[what])
    order = "sources" if measure == "sources" else "packets"
    statement = f"""
        SELECT {key} AS key, CAST(sum(packets) AS BIGINT) AS packets,
               count(DISTINCT (source_high, source_low)) AS sources
        FROM sightings WHERE {within_period(period)} AND {matching(port=port, kind=kind, sensors=sensors)}
        GROUP BY {key} ORDER BY {order} DESC, key LIMIT {int(limit)}
    """
    rows = lake.ask(statement, "sightings", period).to_pylist()
    first, last = moment(period.start).astype("datetime64[h]"), moment(period.end - _INSTANT).astype("datetime64[h]")
    whole = Grid(period, np.array([first], "datetime64[us]"), int((last - first).astype(np.int64)) + 1)
    n_sensors = float(observed(lake, whole, sensors).share.sum())
    return [
        {
            "key": _label(row["key"], _TOP_KEYS[what]),
            "packets": row["packets"],
            "packets-per-sensor": round(row["packets"] / max(n_sensors, LEAST), 4) if n_sensors else None,
            "sources": row["sources"],
        }
        for row in rows
    ]


def hourly_sources(lake: Lake, period: Period, *, sensors: Sequence[str] = ()) -> pa.Table:
    """
    Distinct scan sources over all sensors, by hour and port: columns hour_us, protocol, port, sources.

    Args:
        sensors: only these sensors; activity does not tell them apart, so that reaches back as far as sightings.
    """
    only = f"{within_period(period)} AND {matching(kind='scan', sensors=sensors)}"
    table, counted = ("sightings", _SOURCES) if sensors else ("activity", "CAST(sum(sources) AS BIGINT)")
    statement = f"""
        SELECT unix_micros(hour) AS hour_us, protocol, port, {counted} AS sources FROM {table} WHERE {only}
        GROUP BY hour, protocol, port ORDER BY protocol, port, hour
    """
    return lake.ask(statement, table, period)


def new_sources(
    lake: Lake, period: Period, hours: int, *, sensors: Sequence[str] = (), without: Iterable[Port] = ()
) -> pa.Table:
    """
    Scan sources that a port did not see in so many *hours* before, by hour, port and the sensor that they came to:
    columns hour_us, protocol, port, sensor (null where several saw the source in that hour), sources.

    From the sightings, so it reaches back as far as they do (see `sightings_from`). Ports can be left out: a few busy
    ones have most of the sightings.
    """
    lead = Period(period.start - timedelta(hours=hours), period.end, period.zone)
    source = "protocol, port, source_high, source_low"
    statement = f"""
        WITH seen AS (
            SELECT unix_micros(hour) AS hour_us, {source}, min(sensor) AS one, max(sensor) AS other FROM sightings
            WHERE {within_period(lead)} AND {matching(kind="scan", sensors=sensors)} AND NOT EXISTS (
                SELECT 1 FROM others WHERE others.protocol = sightings.protocol AND others.port = sightings.port)
            GROUP BY hour, {source}),
        told AS (SELECT *, lag(hour_us) OVER (PARTITION BY {source} ORDER BY hour_us) AS before_us FROM seen)
        SELECT hour_us, protocol, port, CASE WHEN one = other THEN one END AS sensor, count(*) AS sources FROM told
        WHERE hour_us >= {int(moment(period.start).astype(np.int64))}
              AND (before_us IS NULL OR before_us < hour_us - {hours * HOUR_US})
        GROUP BY hour_us, protocol, port, CASE WHEN one = other THEN one END ORDER BY protocol, port, hour_us
    """
    numbers = np.array([*without], np.int64).reshape(-1, 2)
    others = pa.table({"protocol": numbers[:, 0], "port": numbers[:, 1]})
    return lake.ask(statement, "sightings", lead, {"others": others})


def sightings_from(lake: Lake) -> np.datetime64 | None:
    """The first hour from which on sightings are still kept; None if none of them has been let go."""
    if lake.reaches("sightings", _EARLIEST):
        return None
    return min(f.low for f in lake.files("sightings"))


def hourly_coverage(lake: Lake, period: Period, *, sensors: Sequence[str] = ()) -> pa.Table:
    """What each sensor, or each of some, observed: columns hour_us, sensor, seconds, addresses (null if unknown)."""
    only = f"{within_period(period)} AND {matching(sensors=sensors)}"
    statement = f"SELECT unix_micros(hour) AS hour_us, sensor, seconds, addresses FROM coverage WHERE {only}"
    return lake.ask(statement + " ORDER BY hour, sensor", "coverage", period)


def clock_offsets(lake: Lake, period: Period) -> dict[str, float]:
    """The largest offset of each sensor's clock in a period, by size, in seconds; only where one is known."""
    statement = f"""
        SELECT sensor, max(abs(clock_offset_s)) AS offset_s FROM coverage
        WHERE {within_period(period)} AND clock_offset_s IS NOT NULL GROUP BY sensor
    """
    return {row["sensor"]: float(row["offset_s"]) for row in lake.ask(statement, "coverage", period).to_pylist()}


def sightings_of(lake: Lake, port: Port, period: Period, *, sensors: Sequence[str] = ()) -> pa.Table:
    """All sightings of one port, every kind; ``hour_us`` beside the table's own columns."""
    statement = f"""
        SELECT unix_micros(hour) AS hour_us, * FROM sightings
        WHERE {within_period(period)} AND {matching(port=port, sensors=sensors)}
        ORDER BY hour, sensor, source_high, source_low
    """
    return lake.ask(statement, "sightings", period)


def extent(lake: Lake) -> tuple[np.datetime64, np.datetime64] | None:
    """The first and last hour that any sensor observed; None for an empty lake."""
    files = lake.files("coverage")
    if not files:
        return None
    return min(f.low for f in files), max(f.high for f in files)


def _key(by: str) -> str:
    fixed = {
        "total": "'total'",
        "port": "CAST(port AS BIGINT) * 256 + protocol",
        "sensor": "sensor",
        "as": "asn",
        "source": "concat(source_high, ' ', source_low)",
    }
    names = [c.name for c in columns.dimensions()]
    if by in fixed:
        return fixed[by]
    if by in names:
        return by
    raise IsdasError(f"cannot tell {by!r} apart; there are {', '.join([*fixed, *names])}")


def _label(key: object, by: str) -> str:
    if by == "port":
        number, protocol = divmod(int(str(key)), 256)
        return str(Port(protocol, number))
    if by == "source":
        high, low = str(key).split(" ")
        return address.text(int(high), int(low))
    if by == "as":
        return f"AS{key}" if key else "AS unknown"
    return "unknown" if key is None else str(key) or NO_TOOL


def _smallest(by: str) -> str:
    """The smallest table that keeps packets apart by this key."""
    lasting = {c.name for c in columns.lasting_dimensions()} | {"total", "port", "sensor"}
    return "counts" if by in lasting else "sightings"


def _chosen(lake: Lake, grid: Grid, by: str, where: str, top: int, seen: Seen) -> list[str]:
    """The keys to show, largest first; a sensor that observed and heard nothing is one of them."""
    if by == "total":
        return ["total"]
    if by == "sensor":
        heard = [name for name in _largest(lake, grid, by, where) if name in seen.sensors]
        return [*heard, *(name for name in seen.sensors if name not in heard)]
    return _largest(lake, grid, by, where)[:top]


def _largest(lake: Lake, grid: Grid, by: str, where: str) -> list[str]:
    key = _key(by)
    statement = f"""
        SELECT {key} AS key, sum(packets) AS packets FROM {_smallest(by)}
        WHERE {grid.within} AND {where} GROUP BY {key} ORDER BY packets DESC, key
    """
    rows = lake.ask(statement, _smallest(by), grid.period).column("key").to_pylist()
    return list(dict.fromkeys(_label(key, by) for key in rows))


def _sums(lake: Lake, grid: Grid, by: str, where: str, measure: str, chosen: Sequence[str], *, exact: bool) -> _Floats:
    """float64[k + 1, b]: one row per chosen key and one for the rest."""
    if measure == "sources":
        rows = _distinct(lake, grid, by, where, exact=exact)
    else:
        statement = f"""
            SELECT {_key(by)} AS key, {grid.place} AS bin, CAST(sum(packets) AS DOUBLE) AS value FROM {_smallest(by)}
            WHERE {grid.within} AND {where} GROUP BY {_key(by)}, {grid.place}
        """
        rows = lake.ask(statement, _smallest(by), grid.period)
    place_of = {key: i for i, key in enumerate(chosen)}
    keys = rows.column("key").combine_chunks().dictionary_encode("encode")
    of_key = [place_of.get(_label(key, by), len(chosen)) for key in keys.dictionary.to_pylist()]
    row = np.array(of_key, np.int64)[keys.indices.to_numpy()]
    sums = np.zeros((len(chosen) + 1, len(grid.bins)))
    np.add.at(sums, (row, rows.column("bin").to_numpy()), rows.column("value").to_numpy())
    return sums


def _distinct(lake: Lake, grid: Grid, by: str, where: str, *, exact: bool) -> pa.Table:
    """Distinct sources by key and bin: exact while sightings reach back, from the sketches of activity beyond."""
    sketched = by in {"total", "port", "region", "kind"} and not exact
    if not sketched or lake.reaches("sightings", grid.period.start):
        statement = f"""
            SELECT {_key(by)} AS key, {grid.place} AS bin,
                   CAST(count(DISTINCT (source_high, source_low)) AS DOUBLE) AS value
            FROM sightings WHERE {grid.within} AND {where} GROUP BY {_key(by)}, {grid.place}
        """
        return lake.ask(statement, "sightings", grid.period)
    statement = f"""
        SELECT {_key(by)} AS key, {grid.place} AS bin, sketch FROM activity
        WHERE {grid.within} AND {where} ORDER BY key, bin
    """
    return _united(lake.ask(statement, "activity", grid.period))


def _united(rows: pa.Table) -> pa.Table:
    """Rows with sketches, sorted by key and bin, to one row for each key and bin with the sources of all of them."""
    rows = rows.combine_chunks()
    keys = rows.select(["key", "bin"])
    groups = pa.TableGroupBy(keys.append_column("row", pa.array(np.arange(rows.num_rows))), ["key", "bin"])
    firsts = groups.aggregate([("row", "min")]).sort_by("row_min").column("row_min").to_numpy()
    group = np.searchsorted(firsts, np.arange(rows.num_rows), side="right") - 1
    sketches = rows.column("sketch").combine_chunks()
    values = sketch.estimate(sketch.union(_one(sketches), group))
    return keys.take(pa.array(firsts)).append_column("value", pa.array(values))


def _one(sketches: pa.Array | pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(sketches.chunks) if isinstance(sketches, pa.ChunkedArray) else sketches


def _with_other(chosen: Sequence[str], sums: _Floats, *, rest: bool) -> tuple[tuple[str, ...], _Floats]:
    if not rest or not sums[-1].any():
        return tuple(chosen), sums[:-1]
    if OTHER not in chosen:
        return (*chosen, OTHER), sums
    # There is a kind of that name; both are what is left.
    at = list(chosen).index(OTHER)
    named = sums[:-1].copy()
    named[at] += sums[-1]
    return tuple(chosen), named


def _measured(sums: _Floats, names: Sequence[str], seen: Seen, *, by: str, measure: str) -> _Floats:
    """Counts to the measure asked for; NaN where nobody (or not that sensor) observed."""
    if by == "sensor":
        # The last row is for a sensor that never observed.
        at = {name: i for i, name in enumerate(seen.sensors)}
        known = np.vstack([seen.share, np.zeros(seen.share.shape[1])])
        share = known[[at.get(name, len(at)) for name in names]]
    else:
        share = np.broadcast_to(seen.share.sum(axis=0), sums.shape)
    values = sums / np.maximum(share, LEAST) if measure == "packets-per-sensor" else sums
    return np.where(share > 0, values, np.nan)
