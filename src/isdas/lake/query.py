"""
Questions and answers: every read of the tables, as named functions that give Series or rows.

Callers name a measure and a key; which table is the smallest that can answer is decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.lake import sketch
from isdas.lake.lake import Lake
from isdas.model import address, columns
from isdas.model.errors import IsdasError
from isdas.model.port import Port
from isdas.model.series import MEASURES, Basis, Series
from isdas.model.time import Period, moment

OTHER = "other"
HALF = 0.5
"""A sensor that saw less than this share of a bin counts as if it had seen so much: no wild extrapolation."""

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_TOP_KEYS = {"ports": "port", "regions": "region", "sources": "source", "as": "as"}


@dataclass(frozen=True, slots=True)
class Seen:
    """
    Coverage of a period in its bins.

    Attributes:
        sensors: names, sorted.
        share: float64[s, b], how much of each bin each sensor observed, 0 to 1.
        editions: lookup editions that labelled the rows.
        inferred: share of the observed time that was inferred.
    """

    sensors: tuple[str, ...]
    share: _Floats
    editions: dict[str, str]
    inferred: float

    @property
    def divisor(self) -> _Floats:
        """float64[s, b], what a count is divided by to become a mean per sensor."""
        return np.where(self.share > 0, np.maximum(self.share, HALF), 0.0)


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
    Counts per bin for the largest keys of a period.

    Args:
        by: ``total``, ``port``, ``sensor``, ``as``, or a dimension of the column table such as ``region``.
        port: only this port.
        measure: a key of `model.series.MEASURES`.
        kind: only packets of this kind; ``all`` for every kind.
        top: how many keys; the rest become ``other`` (not for sensors, of which all are given).
        keys: these keys instead of the largest.
        sensors: only these sensors.

    Raises:
        IsdasError: an unknown measure or key.
    """
    if measure not in MEASURES:
        raise IsdasError(f"no measure {measure!r}; there are {', '.join(MEASURES)}")
    bins = period.bins(bin_hours)
    seen = _seen(lake, period, bins, bin_hours, sensors)
    where = _where(port=port, kind=kind, sensors=sensors)
    wide = by in {"sensor", "total"}
    chosen = list(keys) if keys else _largest(lake, period, by, where, None if wide else top)
    sums = _sums(lake, period, by, where, measure, chosen, bins, bin_hours)
    names, values = _with_other(chosen, sums, rest=not wide and not keys)
    return Series(
        period=period,
        bins=bins,
        bin_hours=bin_hours,
        by=by,
        keys=names,
        values=_measured(values, names, seen, by=by, measure=measure),
        coverage=seen.share.sum(axis=0),
        measure=measure,
        port=None if port is None else str(port),
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
) -> list[dict[str, object]]:
    """
    The largest ports, regions, sources or ASes of a period: key, packets, packets per sensor, sources.

    Packets per sensor are the mean over the period, per sensor and day of full observation times its days.
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
        FROM sightings WHERE {_within(period)} AND {_where(port=port, kind=kind)}
        GROUP BY {key} ORDER BY {order} DESC, key LIMIT {int(limit)}
    """
    rows = lake.ask(statement, "sightings", period).to_pylist()
    hours = max(1, round((period.end - period.start).total_seconds() / 3600))
    seen = _seen(lake, period, np.array([moment(period.start)]), hours, ())
    sensors = float(seen.share.sum()) or np.nan
    return [
        {
            "key": _label(row["key"], _TOP_KEYS[what]),
            "packets": row["packets"],
            "packets-per-sensor": round(row["packets"] / sensors, 4),
            "sources": row["sources"],
        }
        for row in rows
    ]


def hourly_sources(lake: Lake, period: Period, *, least: int = 1) -> pa.Table:
    """
    Distinct scan sources over all sensors, by hour and port: columns hour_us, protocol, port, sources.

    Args:
        least: leave out ports with fewer source-hours in the whole period.
    """
    only = f"{_within(period)} AND kind = 'scan'"
    statement = f"""
        SELECT unix_micros(hour) AS hour_us, protocol, port, CAST(sum(sources) AS BIGINT) AS sources
        FROM activity WHERE {only} AND (protocol, port) IN (
            SELECT (protocol, port) FROM activity WHERE {only} GROUP BY protocol, port HAVING sum(sources) >= {least})
        GROUP BY hour, protocol, port ORDER BY protocol, port, hour
    """
    return lake.ask(statement, "activity", period)


def hourly_coverage(lake: Lake, period: Period) -> pa.Table:
    """What each sensor observed: columns hour_us, sensor, seconds."""
    statement = f"SELECT unix_micros(hour) AS hour_us, sensor, seconds FROM coverage WHERE {_within(period)}"
    return lake.ask(statement + " ORDER BY hour, sensor", "coverage", period)


def sightings_of(lake: Lake, port: Port, period: Period) -> pa.Table:
    """All sightings of one port, every kind; ``hour_us`` beside the table's own columns."""
    statement = f"""
        SELECT unix_micros(hour) AS hour_us, * FROM sightings
        WHERE {_within(period)} AND {_where(port=port)} ORDER BY hour, sensor, source_high, source_low
    """
    return lake.ask(statement, "sightings", period)


def extent(lake: Lake) -> tuple[np.datetime64, np.datetime64] | None:
    """The first and last hour that any sensor observed; None for an empty lake."""
    files = lake.table("coverage").files()
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
    return "unknown" if key is None else str(key) or "none"


def _finest(by: str) -> str:
    """The smallest table that keeps packets apart by this key."""
    lasting = {c.name for c in columns.lasting_dimensions()} | {"total", "port", "sensor"}
    return "counts" if by in lasting else "sightings"


def _within(period: Period) -> str:
    start, end = (int(moment(t).astype(np.int64)) for t in (period.start, period.end))
    return f"unix_micros(hour) >= {start - start % 3_600_000_000} AND unix_micros(hour) < {end}"


def _where(*, port: Port | None = None, kind: str = "all", sensors: Sequence[str] = ()) -> str:
    clauses = ["true"]
    if port is not None:
        clauses.append(f"protocol = {int(port.protocol)} AND port = {int(port.number)}")
    if kind != "all":
        clauses.append(f"kind = {_quoted(kind)}")
    if sensors:
        clauses.append(f"sensor IN ({', '.join(map(_quoted, sensors))})")
    return " AND ".join(clauses)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _largest(lake: Lake, period: Period, by: str, where: str, limit: int | None) -> list[str]:
    key = _key(by)
    statement = f"""
        SELECT {key} AS key, sum(packets) AS packets FROM {_finest(by)}
        WHERE {_within(period)} AND {where} GROUP BY {key} ORDER BY packets DESC, key
    """
    rows = lake.ask(statement, _finest(by), period).column("key").to_pylist()
    return [_label(key, by) for key in (rows if limit is None else rows[:limit])]


def _sums(
    lake: Lake,
    period: Period,
    by: str,
    where: str,
    measure: str,
    chosen: Sequence[str],
    bins: npt.NDArray[np.datetime64],
    bin_hours: int,
) -> _Floats:
    """float64[k + 1, b]: one row per chosen key and one for the rest."""
    start, width = int(bins[0].astype(np.int64)) if len(bins) else 0, bin_hours * 3_600_000_000
    place = f"CAST(floor((unix_micros(hour) - {start}) / {width}) AS INT)"
    if measure == "sources":
        rows = _distinct(lake, period, by, where, place)
    else:
        statement = f"""
            SELECT {_key(by)} AS key, {place} AS bin, CAST(sum(packets) AS DOUBLE) AS value FROM {_finest(by)}
            WHERE {_within(period)} AND {where} GROUP BY key, bin
        """
        rows = lake.ask(statement, _finest(by), period)
    place_of = {key: i for i, key in enumerate(chosen)}
    row = np.array([place_of.get(_label(k, by), len(chosen)) for k in rows.column("key").to_pylist()], np.int64)
    sums = np.zeros((len(chosen) + 1, len(bins)))
    np.add.at(sums, (row, rows.column("bin").to_numpy()), rows.column("value").to_numpy())
    return sums


def _distinct(lake: Lake, period: Period, by: str, where: str, place: str) -> pa.Table:
    """Distinct sources by key and bin: exact while sightings reach back, from the sketches of activity beyond."""
    if lake.reaches("sightings", period.start) or by not in {"total", "port", "region", "kind"}:
        statement = f"""
            SELECT {_key(by)} AS key, {place} AS bin,
                   CAST(count(DISTINCT (source_high, source_low)) AS DOUBLE) AS value
            FROM sightings WHERE {_within(period)} AND {where} GROUP BY key, bin
        """
        return lake.ask(statement, "sightings", period)
    statement = f"""
        SELECT {_key(by)} AS key, {place} AS bin, sketch FROM activity
        WHERE {_within(period)} AND {where} ORDER BY key, bin
    """
    return _united(lake.ask(statement, "activity", period))


def _united(rows: pa.Table) -> pa.Table:
    found: dict[tuple[object, int], list[_Ints]] = {}
    for key, place, hashes in zip(*(rows.column(n).to_pylist() for n in ("key", "bin", "sketch")), strict=True):
        found.setdefault((key, place), []).append(np.array(hashes, np.int64))
    values = [sketch.estimate(sketch.union(sketches)) for sketches in found.values()]
    keys, places = [k for k, _ in found], [b for _, b in found]
    return pa.table({"key": keys, "bin": pa.array(places, pa.int32()), "value": pa.array(values, pa.float64())})


def _with_other(chosen: Sequence[str], sums: _Floats, *, rest: bool) -> tuple[tuple[str, ...], _Floats]:
    if rest and sums[-1].any():
        return (*chosen, OTHER), sums
    return tuple(chosen), sums[:-1]


def _measured(sums: _Floats, names: Sequence[str], seen: Seen, *, by: str, measure: str) -> _Floats:
    """Counts to the measure asked for; NaN where nobody (or not that sensor) observed."""
    if by == "sensor":
        at = {name: i for i, name in enumerate(seen.sensors)}
        rows = [at[name] for name in names]
        share, divisor = seen.share[rows], seen.divisor[rows]
    else:
        share = np.broadcast_to(seen.share.sum(axis=0), sums.shape)
        divisor = np.broadcast_to(seen.divisor.sum(axis=0), sums.shape)
    values = sums if measure != "packets-per-sensor" else sums / np.where(divisor > 0, divisor, np.nan)
    return np.where(share > 0, values, np.nan)


def _seen(lake: Lake, period: Period, bins: npt.NDArray[np.datetime64], bin_hours: int, sensors: Sequence[str]) -> Seen:
    statement = f"""
        SELECT unix_micros(hour) AS hour_us, sensor, seconds, basis, editions FROM coverage
        WHERE {_within(period)} AND {_where(sensors=sensors)}
    """
    rows = lake.ask(statement, "coverage", period)
    names = sorted(set(rows.column("sensor").to_pylist()))
    place = {name: i for i, name in enumerate(names)}
    share = np.zeros((len(names), len(bins)))
    if rows.num_rows:
        start, width = int(bins[0].astype(np.int64)), bin_hours * 3_600_000_000
        row = np.array([place[s] for s in rows.column("sensor").to_pylist()])
        at = (rows.column("hour_us").to_numpy() - start) // width
        inside = (at >= 0) & (at < len(bins))
        np.add.at(share, (row[inside], at[inside]), rows.column("seconds").to_numpy()[inside] / (bin_hours * 3600))
    seconds = rows.column("seconds").to_numpy()
    inferred = np.array([b == "inferred" for b in rows.column("basis").to_pylist()], np.bool_)
    total = float(seconds.sum())
    editions = set(rows.column("editions").to_pylist()) - {None}
    return Seen(
        tuple(names),
        np.minimum(share, 1.0),
        _editions(editions),
        float(seconds[inferred].sum() / total) if total else 0.0,
    )


def _editions(found: set[str]) -> dict[str, str]:
    """``{"iptocc": "3.3.170"}`` from the ``name=edition;...`` of the rows; several editions are joined."""
    editions: dict[str, set[str]] = {}
    for text in found:
        for part in filter(None, text.split(";")):
            name, _, edition = part.partition("=")
            editions.setdefault(name, set()).add(edition)
    return {name: ", ".join(sorted(values)) for name, values in sorted(editions.items())}
