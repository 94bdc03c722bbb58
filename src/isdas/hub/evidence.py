"""
From the tables to what the detector looks at: activity of all ports, and the evidence around one rise.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.detect.activity import HOURS, Activity
from isdas.detect.config import Config
from isdas.detect.elsewhere import HOURS_BACK, LARGEST_SHARE, LEAST_SENSORS, elsewhere
from isdas.detect.evidence import Evidence
from isdas.detect.find import Rise
from isdas.lake.around import ports_by_source
from isdas.lake.groups import groups
from isdas.lake.lake import Lake
from isdas.lake.query import clock_offsets, hourly_coverage, hourly_sources, new_sources, sightings_from, sightings_of
from isdas.model.address import is_ipv4
from isdas.model.forged import bogons
from isdas.model.port import Port
from isdas.model.time import HOUR_US, Period, instant, moment

_HOUR = np.timedelta64(1, "h")

_Ints = npt.NDArray[np.int64]


def activity(lake: Lake, period: Period, sensors: Sequence[str] = ()) -> Activity:
    """
    Distinct scan sources by port and hour, and how many sensors were watching.

    Args:
        lake: the tables.
        period: the hours, whole ones of UTC.
        sensors: only what these saw.
    """
    first = np.datetime64(period.start.astimezone(UTC).replace(tzinfo=None), "h")
    n_hours = -int((period.start - period.end) // timedelta(hours=1))
    sources = hourly_sources(lake, period, sensors=sensors)
    pairs = np.stack([sources.column(n).to_numpy().astype(np.int64) for n in ("protocol", "port")])
    keys, which = np.unique(pairs, axis=1, return_inverse=True)
    counts = np.zeros((keys.shape[1], n_hours), np.int32)
    counts[which.reshape(-1), _place(sources, first)] = sources.column("sources").to_numpy()
    coverage = hourly_coverage(lake, period, sensors=sensors)
    exposure = np.zeros(n_hours)
    np.add.at(exposure, _place(coverage, first), _share_of_hour(coverage))
    return Activity(
        start=first,
        keys=tuple(Port(int(a), int(b)) for a, b in keys.T),
        counts=counts,
        exposure=exposure,
        n_sensors=len(pc.unique(coverage.column("sensor"))),
        elsewhere=_elsewhere(lake, period, sensors, keys, n_hours),
        apart=_apart(coverage, first, n_hours) & _kept(lake, first, n_hours),
    )


def _elsewhere(lake: Lake, period: Period, sensors: Sequence[str], keys: _Ints, n_hours: int) -> npt.NDArray[np.int32]:
    """New sources of the ports *keys* (int64[2, k]) without those of each one's loudest sensor, int32[k, h]."""
    lead = Period(period.start - timedelta(hours=HOURS_BACK - 1), period.end, period.zone)
    rows = new_sources(lake, lead, HOURS_BACK, sensors=sensors)
    known, asked = keys[0] << 32 | keys[1], _integers(rows, "protocol") << 32 | _integers(rows, "port")
    # Ports that were only seen before the period are not asked for.
    mine = np.isin(asked, known)
    rows, series = rows.filter(pa.array(mine)), np.searchsorted(known, asked[mine])
    sensor, _ = _coded(rows, "sensor")
    place = _place(rows, moment(period.start).astype(HOURS))
    return elsewhere(len(known), n_hours, series, place, sensor.astype(np.int64), _integers(rows, "sources"))


def _kept(lake: Lake, first: np.datetime64, n_hours: int) -> npt.NDArray[np.bool_]:
    """In which hours the sightings behind `_elsewhere` are still kept, bool[h]."""
    since = sightings_from(lake)
    if since is None:
        return np.ones(n_hours, np.bool_)
    return np.asarray(first + np.arange(n_hours) >= since.astype(HOURS) + (2 * HOURS_BACK - 1))


def _apart(coverage: pa.Table, first: np.datetime64, n_hours: int) -> npt.NDArray[np.bool_]:
    """
    In which hours sensors can be told apart, bool[h]: enough of them, and none with most of the addresses.

    A telescope beside two hosts sees nearly all of what comes to the three: it would always be the loudest.
    """
    addresses = np.maximum(_integers(coverage, "addresses"), 1) * (coverage.column("seconds").to_numpy() > 0)
    at = _place(coverage, first)
    n_live = np.bincount(at[addresses > 0], minlength=n_hours)
    largest = np.zeros(n_hours)
    np.maximum.at(largest, at, addresses)
    of_all = np.bincount(at, addresses, n_hours)
    return np.asarray((n_live >= LEAST_SENSORS) & (largest <= LARGEST_SHARE * of_all))


def evidence(lake: Lake, rise: Rise, period: Period, config: Config, sensors: Sequence[str] = ()) -> Evidence:
    """All sightings of a rise's port, or those of some sensors, from where its baseline begins to the last hour."""
    begin = rise.hour.astype(HOURS) - np.timedelta64(24 * (config.baseline_days + config.excluded_days), "h")
    end = rise.begin.astype(HOURS) + len(rise.counts) * _HOUR
    known = Period(instant(begin), instant(end), period.zone)
    rows = sightings_of(lake, rise.port, known, sensors=sensors)
    coverage = hourly_coverage(lake, known, sensors=sensors)
    high, low = _integers(rows, "source_high"), _integers(rows, "source_low")
    sensor, sensors = _coded(rows, "sensor", coverage.column("sensor").to_pylist())
    region, regions = _coded(rows, "region")
    kind, kinds = _coded(rows, "kind")
    tool, tools = _coded(rows, "tool")
    scanner, scanners = _coded(rows, "scanner")
    exposure = np.zeros((len(sensors), int((end - begin) / _HOUR)))
    watching = pc.index_in(coverage.column("sensor"), value_set=pa.array(sensors, pa.string())).to_numpy()
    np.add.at(exposure, (watching, _place(coverage, begin)), _share_of_hour(coverage))
    return Evidence(
        hour=np.asarray(_integers(rows, "hour_us") // HOUR_US).astype(HOURS),
        sensor=sensor,
        source=_code(high, low),
        network=_code(high & -(1 << 16), np.where(is_ipv4(high, low), low & -256, 0)),
        region=region,
        asn=_integers(rows, "asn"),
        kind=kind,
        tool=tool,
        scanner=scanner,
        packets=_integers(rows, "packets"),
        capabilities=_integers(rows, "capabilities"),
        sensors=sensors,
        regions=regions,
        kinds=kinds,
        tools=tools,
        scanners=scanners,
        begin=begin,
        exposure=exposure,
        breadth=_breadth(lake, rise, known, high, low),
        bogon=bogons(high, low),
        clock=_clocks(lake, known, sensors, rise),
        groups=_groups(lake, sensors),
    )


def _groups(lake: Lake, sensors: Sequence[str]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The groups of the fleet, as places among *sensors*; those of which none is there are left out."""
    place = {name: i for i, name in enumerate(sensors)}
    found = ((group, tuple(place[n] for n in names if n in place)) for group, names in groups(lake).items())
    return tuple((group, members) for group, members in found if members)


def _breadth(lake: Lake, rise: Rise, known: Period, high: _Ints, low: _Ints) -> _Ints:
    """Ports that each row's source scanned from a day before the window to the end."""
    since = Period(instant(rise.window_begin - 24), known.end, known.zone)
    rows = ports_by_source(lake, rise.port, since)
    codes, counts = _code(_integers(rows, "source_high"), _integers(rows, "source_low")), _integers(rows, "ports")
    if not len(codes):
        return np.ones(len(high), np.int64)
    order = np.argsort(codes)
    mine = _code(high, low)
    at = np.minimum(np.searchsorted(codes[order], mine), len(codes) - 1)
    return np.where(codes[order][at] == mine, counts[order][at], 1)


def _clocks(lake: Lake, known: Period, sensors: Sequence[str], rise: Rise) -> npt.NDArray[np.float64]:
    """The largest clock offset of each sensor since the window began, seconds; 0 where none is known."""
    found = clock_offsets(lake, Period(instant(rise.window_begin), known.end, known.zone))
    return np.array([found.get(name, 0.0) for name in sensors])


def _place(rows: pa.Table, first: np.datetime64) -> _Ints:
    """Which hour after *first* each row is of."""
    return np.asarray(_integers(rows, "hour_us") // HOUR_US - int(first.astype(HOURS).astype(np.int64)))


def _integers(rows: pa.Table, name: str) -> _Ints:
    return np.asarray(rows.column(name).fill_null(0).to_numpy(), np.int64)


def _share_of_hour(coverage: pa.Table) -> npt.NDArray[np.float64]:
    return np.asarray(coverage.column("seconds").to_numpy() / 3600)


def _coded(rows: pa.Table, name: str, more: Iterable[str] = ()) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """A text column as codes into its sorted names and *more*; null is -1."""
    names = sorted({*pc.unique(rows.column(name)).to_pylist(), *more} - {None})
    codes = pc.index_in(rows.column(name), value_set=pa.array(names, pa.string())).fill_null(-1)
    return np.asarray(codes.to_numpy(), np.int32), tuple(names)


def _code(high: _Ints, low: _Ints) -> _Ints:
    """One number for an address: IPv4 as it is, IPv6 mixed down (odd multiplier, so lower halves stay apart)."""
    return np.asarray(low ^ (high * np.int64(0x1E3779B97F4A7C15)))
