"""
From the tables to what the detector looks at: activity of all ports, and the evidence around one rise.
"""

from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.detect.activity import HOURS, Activity
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.find import Rise
from isdas.lake.lake import Lake
from isdas.lake.query import extent, hourly_coverage, hourly_sources, sightings_of
from isdas.model.address import is_ipv4
from isdas.model.port import Port
from isdas.model.time import Period, instant

_HOUR_US = 3_600_000_000
_HOUR = np.timedelta64(1, "h")
_LEARNING = timedelta(days=14)

_Ints = npt.NDArray[np.int64]


def activity(lake: Lake, period: Period, config: Config) -> Activity | None:
    """
    Distinct scan sources by port and hour, from as far back as baselines reach to the end of the period.

    Ports that never had enough sources to be called are left out. None without data.
    """
    found = extent(lake)
    if found is None:
        return None
    reach = timedelta(days=config.baseline_days + config.excluded_days) + _LEARNING
    start = max(instant(found[0]), period.start - reach)
    end = min(instant(found[1]) + timedelta(hours=1), period.end)
    if end <= start:
        return None
    known = Period(start, end, period.zone)
    first = np.datetime64(start.replace(tzinfo=None), "h")
    n_hours = -int((start - end) // timedelta(hours=1))
    sources = hourly_sources(lake, known, least=config.least_sources)
    pairs = np.stack([sources.column(n).to_numpy().astype(np.int64) for n in ("protocol", "port")])
    keys, which = np.unique(pairs, axis=1, return_inverse=True)
    counts = np.zeros((keys.shape[1], n_hours), np.int32)
    counts[which, _place(sources, first)] = sources.column("sources").to_numpy()
    coverage = hourly_coverage(lake, known)
    exposure = np.bincount(
        _place(coverage, first), weights=coverage.column("seconds").to_numpy() / 3600, minlength=n_hours
    )
    n_sensors = len(pc.unique(coverage.column("sensor")))
    return Activity(first, tuple(Port(int(a), int(b)) for a, b in keys.T), counts, exposure[:n_hours], n_sensors)


def evidence(lake: Lake, rise: Rise, period: Period, config: Config) -> Evidence:
    """All sightings of a rise's port, from where its baseline begins to the last hour that is known."""
    begin = rise.hour.astype(HOURS) - np.timedelta64(24 * (config.baseline_days + config.excluded_days), "h")
    end = rise.begin.astype(HOURS) + len(rise.counts) * _HOUR
    known = Period(instant(begin), instant(end), period.zone)
    rows = sightings_of(lake, rise.port, known)
    coverage = hourly_coverage(lake, known)
    high, low = _integers(rows, "source_high"), _integers(rows, "source_low")
    names = {
        "sensor": sorted(
            {*pc.unique(rows.column("sensor")).to_pylist(), *pc.unique(coverage.column("sensor")).to_pylist()}
        )
    }
    columns: dict[str, Any] = {}
    for name in ("sensor", "region", "kind", "tool", "scanner"):
        columns[name], names[name] = _coded(rows, name, names.get(name))
    place = {sensor: i for i, sensor in enumerate(names["sensor"])}
    exposure = np.zeros((len(place), int((end - begin) / _HOUR)))
    watching = np.array([place[s] for s in coverage.column("sensor").to_pylist()], np.int64)
    np.add.at(exposure, (watching, _place(coverage, begin)), coverage.column("seconds").to_numpy() / 3600)
    return Evidence(
        hour=np.asarray(_integers(rows, "hour_us") // _HOUR_US).astype(HOURS),
        source=_code(high, low),
        network=_code(high & -(1 << 16), np.where(is_ipv4(high, low), low & -256, 0)),
        asn=_integers(rows, "asn"),
        packets=_integers(rows, "packets"),
        **columns,
        **{f"{name}s": tuple(values) for name, values in names.items()},
        begin=begin,
        exposure=exposure,
    )


def _place(rows: pa.Table, first: np.datetime64) -> _Ints:
    """Which hour after *first* each row is of."""
    return np.asarray(_integers(rows, "hour_us") // _HOUR_US - int(first.astype(HOURS).astype(np.int64)))


def _integers(rows: pa.Table, name: str) -> _Ints:
    return np.asarray(rows.column(name).fill_null(0).to_numpy(), np.int64)


def _coded(rows: pa.Table, name: str, known: list[str] | None) -> tuple[npt.NDArray[np.int32], list[str]]:
    """A text column as codes into its sorted names; null is -1."""
    names = known if known is not None else sorted(set(rows.column(name).to_pylist()) - {None})
    codes = pc.index_in(rows.column(name), value_set=pa.array(names, pa.string())).fill_null(-1)
    return np.asarray(codes.to_numpy(), np.int32), names


def _code(high: _Ints, low: _Ints) -> _Ints:
    """One number for an address: IPv4 as it is, IPv6 mixed down (odd multiplier, so lower halves stay apart)."""
    return np.asarray(low ^ (high * np.int64(0x1E3779B97F4A7C15)))
