"""
The background of a simulation: streams at their published level, moving as the Internet moves.

Plants nothing; what rises on purpose is in `isdas.simulate.event`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.simulate import region as regions
from isdas.simulate import rhythm
from isdas.simulate.fleet import Sensor
from isdas.simulate.stream import BACKGROUND, Stream
from isdas.simulate.visit import Visits, draw, preferences, sweep_factor

Array = npt.NDArray[Any]

REGION_DEVIATION = 0.15
"""Standard deviation of the log-rate of one region within one stream, beside that of the stream."""

LEFTOVER_SHARE = 0.07
"""Percent of the fleet's background that is one sensor's leftovers."""

# Ports of file sharing and messengers of the time; also the odd ones of later one-sensor bursts are of this kind.
_LEFTOVER_PORTS = (
    "4662/tcp", "4672/udp", "6346/tcp", "6346/udp", "6881/tcp", "6881/udp", "7743/tcp", "15000/udp", "17016/tcp",
    "20193/tcp", "27015/udp", "32459/udp", "40116/tcp", "51413/tcp",
)  # fmt: skip


def streams(rng: np.random.Generator, sensors: Sequence[Sensor]) -> tuple[Stream, ...]:
    """The streams of the background, with the leftovers that each sensor's address has from an earlier user."""
    ports = rng.permutation(_LEFTOVER_PORTS)[: len(sensors)]
    leftovers = [
        Stream(
            f"leftover-{sensor.name}",
            (str(port),),
            LEFTOVER_SHARE * float(rng.uniform(0.5, 1.5)),
            (("datagram", 1.0),) if port.endswith("udp") else (("xp", 0.85), ("vista", 0.15)),
            returning=0.5,
            restless=0.8,
            only=sensor.name,
            tilt={"JP": 2.0},
        )
        for sensor, port in zip(sensors, ports, strict=False)
    ]
    everything = (*BACKGROUND, *leftovers)
    total = sum(stream.share for stream in everything)
    return tuple(replace(stream, share=stream.share * 100 / total) for stream in everything)


def mix(parts: Sequence[Stream]) -> Array:
    """
    The share of each region in each stream's visits, float64[s, r].

    The streams' tilts are kept and the regions' common weights are fitted, so that the packets of all streams
    together have the published shares.
    """
    tilt = np.array([[stream.tilt.get(code, 1.0) for code in regions.CODES] for stream in parts])
    packets = np.array([stream.share for stream in parts])
    target = np.array([region.share for region in regions.REGIONS]) / 100
    weight = target.copy()
    for _ in range(60):
        share = tilt * weight
        share /= share.sum(axis=1, keepdims=True)
        weight *= target / (packets @ share / packets.sum())
    return np.asarray(share)


def rates(rng: np.random.Generator, parts: Sequence[Stream], n_sensors: int, hours_us: Array) -> Array:
    """Visits per hour over the whole fleet by stream, region and hour, float64[s, r, h]."""
    offsets = np.array([region.utc_offset_hours for region in regions.REGIONS])
    n_hours = len(hours_us)
    own = rhythm.restless(rng, np.array([stream.restless for stream in parts]), n_hours)
    regional = rhythm.restless(rng, np.full((len(parts), len(offsets)), REGION_DEVIATION), n_hours)
    level = rhythm.level(hours_us) * n_sensors / 24
    share = mix(parts)
    result = np.empty((len(parts), len(offsets), n_hours))
    for place, stream in enumerate(parts):
        visits = stream.share / 100 / stream.packets_per_visit / sweep_factor(stream, n_sensors)
        day = rhythm.daily(hours_us, offsets, stream.rhythm, stream.weekend)
        result[place] = visits * share[place][:, None] * day * regional[place] * (own[place] * level)
    return result


def background(
    rng: np.random.Generator,
    parts: Sequence[Stream],
    sensors: Sequence[Sensor],
    sensitivity: Array,
    hours_us: Array,
) -> Visits:
    """All visits of the background."""
    return draw(
        rng,
        parts,
        rates(rng, parts, len(sensors), hours_us),
        preferences(parts, sensors, sensitivity),
        hours_us,
    )
