"""
Sources: the hosts that visits come from, each with an address, a system and a distance of its own.

An address is drawn at random from the space of the source's region and names nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.simulate import pool
from isdas.simulate import region as regions
from isdas.simulate.stack import STACKS, place
from isdas.simulate.stream import Stream
from isdas.simulate.visit import Visits

Array = npt.NDArray[Any]

_MSS = (1460, 1460, 1460, 1452, 1440, 1414, 1414, 1400)
_FAVOURITES = (
    443, 8000, 81, 1521, 9090, 6129, 1025, 5554, 9898, 110, 143, 2100, 3410, 5000, 42, 111, 1723, 8088, 8443, 12345,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sources:
    """
    What each source keeps, as columns of one length.

    Attributes:
        address: int64, IPv4 address.
        region: position in REGIONS.
        stream: position of its stream.
        stack: position in STACKS.
        port: the port it tries if its stream names none.
        service_port: the port it answers from if it answers.
        window: TCP window.
        mss: value of the MSS option.
        hops: routers between it and the sensors.
        id_start, id_pace: first IP identification of a counting host, and packets per second it sends elsewhere.
        ticks_start: its TCP timestamp clock at the begin.
    """

    address: Array
    region: Array
    stream: Array
    stack: Array
    port: Array
    service_port: Array
    window: Array
    mss: Array
    hops: Array
    id_start: Array
    id_pace: Array
    ticks_start: Array


def sources(
    rng: np.random.Generator,
    streams: Sequence[Stream],
    visits: Visits,
    networks: dict[int, int],
) -> Sources:
    """
    Give every source its address and its system.

    Args:
        rng: the generator to use.
        streams: all streams, background and planted.
        visits: all visits.
        networks: streams (by position) whose sources share one /24, with the region (by position) it lies in.
    """
    stream, region = visits.source_stream, visits.source_region
    count = len(stream)
    stack = _stacks(rng, streams, stream)
    address = pool.draw(rng, region)
    for number, where in networks.items():
        rows = np.flatnonzero(stream == number)
        address[rows] = pool.draw_network(rng, where, len(rows))
    typical = np.array([r.hops for r in regions.REGIONS])[region]
    return Sources(
        address=address,
        region=region,
        stream=stream,
        stack=stack,
        port=_own_ports(rng, count),
        service_port=choice(rng, [s.source_ports for s in STACKS], stack),
        window=choice(rng, [s.windows for s in STACKS], stack),
        mss=rng.choice(_MSS, count),
        hops=np.clip(typical + rng.integers(-4, 6, count), 3, 30),
        id_start=rng.integers(0, 65536, count),
        id_pace=rng.lognormal(1.0, 1.5, count),
        ticks_start=rng.integers(0, 1 << 31, count),
    )


def _stacks(rng: np.random.Generator, streams: Sequence[Stream], stream: Array) -> Array:
    result = np.zeros(len(stream), dtype=np.int64)
    for number, one in enumerate(streams):
        rows = np.flatnonzero(stream == number)
        weights = np.array([weight for _, weight in one.stacks])
        names = [place(name) for name, _ in one.stacks]
        result[rows] = rng.choice(names, len(rows), p=weights / weights.sum())
    return result


def _own_ports(rng: np.random.Generator, count: int) -> Array:
    """A port for each source that has one of its own: some that many try, else anything."""
    rank = (rng.random(count) ** 1.6 * len(_FAVOURITES)).astype(np.int64)
    anything = np.exp(rng.uniform(np.log(1030), np.log(65535), count)).astype(np.int64)
    return np.where(rng.random(count) < 0.3, np.array(_FAVOURITES)[rank], anything)


def choice(rng: np.random.Generator, options: Sequence[tuple[int, ...]], which: Array) -> Array:
    """One of the options at position *which* of each row."""
    width = max(map(len, options))
    table = np.array([(option * width)[:width] for option in options])
    length = np.array([len(option) for option in options])
    return table[which, rng.integers(0, length[which])]
