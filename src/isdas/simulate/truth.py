"""
The truth about a simulation: what was planted, in the words of a surge.

Everything that can be counted is counted from the packets that live sensors received; the rest is the plan.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.model.port import Port
from isdas.model.time import HOUR_US, iso
from isdas.simulate import region as regions
from isdas.simulate import rhythm
from isdas.simulate.event import Event
from isdas.simulate.fleet import Sensor
from isdas.simulate.stream import Stream
from isdas.simulate.traffic import Traffic

Array = npt.NDArray[Any]

MAINLY = 2 / 3
"""Regions are named as main ones if together they explain this share of the excess."""

MAIN_REGION = 0.1
"""A main region has at least this share."""

_FACTOR_MAX = 9999.0
_RISING = 0.5

PUBLISHED: dict[str, object] = {
    "packets_per_sensor_day": {
        "value": 415,
        "by_month": dict(rhythm.LEVELS),
        "source": "IPA TALOT2, October 2008: http://happylibus.com/doc/645712/",
    },
    "sources_per_sensor_day": {"value": 113, "source": "IPA TALOT2, October 2008: http://happylibus.com/doc/645712/"},
    "port_percent": {
        "value": {"135/tcp": 31.6, "icmp": 21.7, "1434/udp": 6.0},
        "source": "National Police Agency, October 2007: "
        "http://internet.watch.impress.co.jp/cda/news/2007/11/22/17607.html",
    },
    "region_percent": {
        "value": {region.code: region.share for region in regions.REGIONS[:5]},
        "source": "National Police Agency, October 2007: "
        "http://internet.watch.impress.co.jp/cda/news/2007/11/22/17607.html",
    },
    "onset": {
        "value": "late evening of 2008-10-30 in Japan, mainly from Japan and China",
        "source": "JPCERT-AT-2008-0019: http://www.jpcert.or.jp/english/at/2008/at080019.txt",
    },
    "not_published": ["level of 445/tcp before the rise", "size and shape of the rise", "number and place of sensors"],
}
"""Levels that were published, with their sources; everything else is an assumption."""


def truth(
    name: str,
    seed: int,
    start_us: int,
    end_us: int,
    sensors: Sequence[Sensor],
    sensitivity: Array,
    events: Sequence[Event],
    planted: Sequence[Event],
    streams: Sequence[Stream],
    packets: Traffic,
) -> dict[str, object]:
    """
    The truth as it goes into ``truth.json``.

    Args:
        name, seed: of the simulation.
        start_us, end_us: the stretch that was generated.
        sensors: the fleet with its live stretches.
        sensitivity: float64[n], what each sensor receives relative to the others.
        events: what happened in the stretch.
        planted: the event of each stream after the background's.
        streams: the streams of the background.
        packets: all packets received.
    """
    background = packets.stream < len(streams)
    return {
        "scenario": name,
        "seed": seed,
        "is_simulation": True,
        "start": _iso(start_us),
        "end": _iso(end_us),
        "packets": len(packets),
        "packets_background": int(background.sum()),
        "sensors": [
            _sensor(sensor, float(level), start_us) for sensor, level in zip(sensors, sensitivity, strict=True)
        ],
        "events": [_event(event, planted, len(streams), packets, sensors, end_us) for event in events],
        "published_levels": PUBLISHED,
        "editions": {"iptocc": version("iptocc")},
    }


def _sensor(sensor: Sensor, sensitivity: float, start_us: int) -> dict[str, object]:
    edges = [instant for stretch in sensor.live for instant in stretch]
    return {
        "name": sensor.name,
        "address": sensor.address,
        "region": sensor.region,
        "sensitivity": round(sensitivity, 4),
        "joined_at": _iso(edges[0]) if edges and edges[0] > start_us else None,
        "live": [{"from": _iso(a), "to": _iso(b)} for a, b in sensor.live],
    }


def _event(
    event: Event, planted: Sequence[Event], first: int, packets: Traffic, sensors: Sequence[Sensor], end_us: int
) -> dict[str, object]:
    mine = [first + place for place, one in enumerate(planted) if one is event]
    ports = event.ports
    result: dict[str, object] = {
        "name": event.name,
        "kind": event.kind,
        "verdict": event.verdict,
        "port": ports[0] if ports else None,
        "ports": list(ports),
        "onset_at": _iso(event.start_us),
        "ended_at": None if event.end_us is None else _iso(event.end_us),
        "shape": event.shape if ports else None,
        "ramp_hours": event.ramp_hours,
        "planned_factor": None if event.factor is None else round(event.factor, 3),
        "sensor": event.sensor,
    }
    return {**result, **_counted(event, np.isin(packets.stream, mine), packets, sensors, end_us)}


def _counted(
    event: Event, own: npt.NDArray[np.bool_], packets: Traffic, sensors: Sequence[Sensor], end_us: int
) -> dict[str, object]:
    """What the packets say about an event; its first port is judged against the background in the same stretch."""
    if not event.parts:
        return {"regions": [], "mainly": [], "sources": 0, "packets": 0, "sensors_rising": 0}
    until_us = end_us if event.end_us is None else event.end_us
    port = Port.parse(event.ports[0])
    there = (packets.protocol == port.protocol) & (packets.port == port.number)
    there &= (packets.time_us >= event.start_us) & (packets.time_us < until_us)
    excess, other = packets.take(own & there), packets.take(there & ~own)
    n_excess, n_other = len(_source_hours(excess)), len(_source_hours(other))
    shares = _region_shares(excess)
    live = [s for s in sensors if any(a < until_us and b > event.start_us for a, b in s.live)]
    return {
        "regions": [{"region": code, "excess_share": round(share, 4)} for code, share in shares],
        "mainly": mainly(shares),
        "sources": len(np.unique(packets.source[own])),
        "packets": int(own.sum()),
        "baseline": n_other,
        "observed": n_other + n_excess,
        "factor": round(min((n_other + n_excess) / n_other, _FACTOR_MAX), 3) if n_other else _FACTOR_MAX,
        "sensors_rising": _rising(excess, other, len(sensors)),
        "sensors_live": len(live),
    }


def mainly(shares: Sequence[tuple[str, float]]) -> list[str]:
    """The fewest leading regions that explain two thirds, each with at least a tenth; empty if there are none."""
    total = 0.0
    for place, (_, share) in enumerate(shares):
        if share < MAIN_REGION:
            break
        total += share
        if total >= MAINLY:
            return [code for code, _ in shares[: place + 1]]
    return []


def _source_hours(packets: Traffic) -> Array:
    """One entry for each source and hour: its region."""
    hour = packets.time_us // HOUR_US
    _, first = np.unique(packets.source.astype(np.int64) << 24 | (hour & 0xFFFFFF), return_index=True)
    return np.asarray(packets.region[first])


def _region_shares(packets: Traffic) -> list[tuple[str, float]]:
    found = np.bincount(_source_hours(packets), minlength=len(regions.CODES))
    order = np.argsort(-found, kind="stable")
    return [(regions.CODES[place], float(found[place] / found.sum())) for place in order if found[place]]


def _rising(excess: Traffic, other: Traffic, n_sensors: int) -> int:
    """Sensors whose sources on the port grew by at least a half."""
    more = np.array([len(np.unique(excess.source[excess.sensor == place])) for place in range(n_sensors)])
    usual = np.array([len(np.unique(other.source[other.sensor == place])) for place in range(n_sensors)])
    return int(((more >= 1) & (more >= _RISING * usual)).sum())


def _iso(time_us: int) -> str:
    return iso(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us))
