"""
From the tables to the evidence around one rise.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.detect.activity import HOURS
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.find import Rise
from isdas.hub.arrays import Ints, coded, hours_after, integers, share_of_hour
from isdas.lake.around import ports_by_source
from isdas.lake.groups import groups
from isdas.lake.lake import Lake
from isdas.lake.query import clock_offsets, hourly_coverage, sightings_of
from isdas.model.address import is_ipv4
from isdas.model.forged import bogons
from isdas.model.time import HOUR_US, Period, instant

_HOUR = np.timedelta64(1, "h")


def evidence(lake: Lake, rise: Rise, period: Period, config: Config, sensors: Sequence[str] = ()) -> Evidence:
    """All sightings of a rise's port, or those of some sensors, from where its baseline begins to the last hour."""
    begin = rise.hour.astype(HOURS) - np.timedelta64(24 * (config.baseline_days + config.excluded_days), "h")
    end = rise.begin.astype(HOURS) + len(rise.counts) * _HOUR
    known = Period(instant(begin), instant(end), period.zone)
    rows = sightings_of(lake, rise.port, known, sensors=sensors)
    coverage = hourly_coverage(lake, known, sensors=sensors)
    high, low = integers(rows, "source_high"), integers(rows, "source_low")
    sensor, sensors = coded(rows, "sensor", coverage.column("sensor").to_pylist())
    region, regions = coded(rows, "region")
    kind, kinds = coded(rows, "kind")
    tool, tools = coded(rows, "tool")
    scanner, scanners = coded(rows, "scanner")
    exposure = np.zeros((len(sensors), int((end - begin) / _HOUR)))
    watching = pc.index_in(coverage.column("sensor"), value_set=pa.array(sensors, pa.string())).to_numpy()
    np.add.at(exposure, (watching, hours_after(coverage, begin)), share_of_hour(coverage))
    return Evidence(
        hour=np.asarray(integers(rows, "hour_us") // HOUR_US).astype(HOURS),
        sensor=sensor,
        source=_code(high, low),
        network=_code(high & -(1 << 16), np.where(is_ipv4(high, low), low & -256, 0)),
        region=region,
        asn=integers(rows, "asn"),
        kind=kind,
        tool=tool,
        scanner=scanner,
        packets=integers(rows, "packets"),
        capabilities=integers(rows, "capabilities"),
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


def _breadth(lake: Lake, rise: Rise, known: Period, high: Ints, low: Ints) -> Ints:
    """Ports that each row's source scanned from a day before the window to the end."""
    since = Period(instant(rise.window_begin - 24), known.end, known.zone)
    rows = ports_by_source(lake, rise.port, since)
    codes, counts = _code(integers(rows, "source_high"), integers(rows, "source_low")), integers(rows, "ports")
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


def _code(high: Ints, low: Ints) -> Ints:
    """One number for an address: IPv4 as it is, IPv6 mixed down (odd multiplier, so lower halves stay apart)."""
    return np.asarray(low ^ (high * np.int64(0x1E3779B97F4A7C15)))
