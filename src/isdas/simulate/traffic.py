"""
Traffic: visits spelled out as packets, in columns.

Writes no bytes; `isdas.simulate.wire` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.simulate.fleet import Sensor
from isdas.simulate.source import Sources, choice
from isdas.simulate.stack import COUNTED_ID, ICMP, QUOTE, RANDOM_ID, RST_ACK, STACKS, SYN_ACK, TCP
from isdas.simulate.stream import ATTEMPTS_MAX, Stream
from isdas.simulate.visit import Visits

Array = npt.NDArray[Any]

_RETRY_S = {TCP: (0, 3, 9, 21), ICMP: (0, 1, 2, 3)}
_RETRY_OTHER_S = (0, 1, 3, 7)


@dataclass(frozen=True, slots=True)
class Traffic:
    """
    Packets as columns of one length, ordered by sensor and time.

    Attributes:
        time_us: int64, microseconds since 1970, UTC.
        sensor: int16, position in the fleet.
        source, destination: uint32, IPv4 addresses.
        protocol: uint8.
        source_port: uint16; 0 for ICMP.
        port: uint16, destination port or ICMP type.
        icmp_code: uint8; 0 for other protocols.
        flags: uint8, TCP flags; 0 for other protocols.
        ttl: uint8, on arrival.
        ip_id: uint16.
        sequence, acknowledgement: uint32; for ICMP, *sequence* is the second word of its header.
        window: uint16.
        mss: uint16, value of the MSS option where the stack has it.
        ticks: uint32, value of the TCP timestamp where the stack has it.
        quoted: uint32, the address that a forged packet was sent to, for ICMP errors.
        stack: uint8, position in STACKS: options, payload, DF.
        region: int8, position of the source's region in REGIONS.
        stream: int16, position of its stream.
    """

    time_us: Array
    sensor: Array
    source: Array
    destination: Array
    protocol: Array
    source_port: Array
    port: Array
    icmp_code: Array
    flags: Array
    ttl: Array
    ip_id: Array
    sequence: Array
    acknowledgement: Array
    window: Array
    mss: Array
    ticks: Array
    quoted: Array
    stack: Array
    region: Array
    stream: Array

    def __len__(self) -> int:
        return len(self.time_us)

    def take(self, rows: Array) -> "Traffic":
        """The packets at *rows*, or where a mask holds."""
        return Traffic(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def traffic(
    rng: np.random.Generator,
    streams: Sequence[Stream],
    visits: Visits,
    who: Sources,
    sensors: Sequence[Sensor],
) -> Traffic:
    """Spell out the visits: attempts, ports, retries and headers; only what live sensors receive, in their order."""
    visit, time_us = _attempts(rng, streams, visits, who)
    source = visits.source[visit]
    visit, time_us, source, port = _ports(rng, streams, visit, time_us, source, who)
    tried = _headers(rng, source, port, who)
    row, number = _retries(rng, streams, who.stream[source])
    stack = tried["stack"][row]
    time_us = time_us[row] + _delays_us(rng, stack, number)
    sensor = visits.sensor[visit][row]
    live = np.zeros(len(row), dtype=np.bool_)
    for place_, one in enumerate(sensors):
        mine = np.flatnonzero(sensor == place_)
        live[mine] = one.observes(time_us[mine])
    kept = np.flatnonzero(live)
    order = kept[np.lexsort((time_us[kept], sensor[kept]))]
    return _assemble(rng, tried, source, row[order], number[order], time_us[order], sensor[order], who, sensors)


def _assemble(
    rng: np.random.Generator,
    tried: dict[str, Array],
    source_of_try: Array,
    row: Array,
    number: Array,
    time_us: Array,
    sensor: Array,
    who: Sources,
    sensors: Sequence[Sensor],
) -> Traffic:
    source, stack = source_of_try[row], tried["stack"][row]
    seconds = (time_us - time_us.min()) / 1e6 if len(row) else np.zeros(0)
    rule = np.array([s.ip_id for s in STACKS])[stack]
    counted = who.id_start[source] + (seconds * who.id_pace[source]).astype(np.int64)
    ip_id = np.select([rule == RANDOM_ID, rule == COUNTED_ID], [rng.integers(0, 65536, len(row)), counted], rule)
    sensor_hops = rng.integers(0, 4, len(sensors))
    columns = {
        "time_us": time_us,
        "sensor": sensor.astype(np.int16),
        "source": who.address[source].astype(np.uint32),
        "destination": np.array([s.number for s in sensors], dtype=np.uint32)[sensor],
        "protocol": _of(stack, "protocol").astype(np.uint8),
        "source_port": tried["source_port"][row].astype(np.uint16),
        "port": tried["port"][row].astype(np.uint16),
        "icmp_code": tried["icmp_code"][row].astype(np.uint8),
        "flags": np.where(_of(stack, "protocol") == TCP, _of(stack, "flags"), 0).astype(np.uint8),
        "ttl": (_of(stack, "ttl") - who.hops[source] - sensor_hops[sensor]).astype(np.uint8),
        "ip_id": (ip_id & 0xFFFF).astype(np.uint16),
        # Windows counts its echo requests up by 256; other retries repeat their sequence number.
        "sequence": (tried["sequence"][row] + np.where(tried["pings"][row], number << 8, 0)).astype(np.uint32),
        "acknowledgement": tried["acknowledgement"][row].astype(np.uint32),
        "window": np.where(_of(stack, "protocol") == TCP, who.window[source], 0).astype(np.uint16),
        "mss": who.mss[source].astype(np.uint16),
        "ticks": ((who.ticks_start[source] + (seconds * 250).astype(np.int64)) & 0xFFFFFFFF).astype(np.uint32),
        "quoted": tried["quoted"][row].astype(np.uint32),
        "stack": stack.astype(np.uint8),
        "region": who.region[source].astype(np.int8),
        "stream": who.stream[source].astype(np.int16),
    }
    return Traffic(**columns)


def _attempts(rng: np.random.Generator, streams: Sequence[Stream], visits: Visits, who: Sources) -> tuple[Array, Array]:
    """The visit and the time of each attempt."""
    stream = who.stream[visits.source]
    tail = np.array([s.tail for s in streams])[stream]
    number = np.minimum((1 - rng.random(len(visits))) ** (-1 / tail), ATTEMPTS_MAX).astype(np.int64)
    visit = np.repeat(np.arange(len(visits)), number)
    first = np.cumsum(number) - number
    gap = rng.lognormal(np.log([s.gap_s for s in streams])[stream[visit]], 0.9)
    gap[first] = 0
    since = np.cumsum(gap)
    since -= np.repeat(since[first], number)
    return visit, visits.time_us[visit] + (since * 1e6).astype(np.int64)


def _ports(
    rng: np.random.Generator, streams: Sequence[Stream], visit: Array, time_us: Array, source: Array, who: Sources
) -> tuple[Array, Array, Array, Array]:
    """Every attempt once for each port of its stream; port -1 where the stream names none."""
    numbers = [stream.numbers for stream in streams]
    table = np.full((len(streams), max(map(len, numbers))), -1)
    for place_, ports in enumerate(numbers):
        table[place_, : len(ports)] = ports
    count = np.array([len(ports) for ports in numbers])[who.stream[source]]
    row = np.repeat(np.arange(len(visit)), count)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    port = table[who.stream[source][row], turn]
    later_us = (turn * rng.uniform(0.1, 1.5, len(row)) * 1e6).astype(np.int64)
    return visit[row], time_us[row] + later_us, source[row], port


def _headers(rng: np.random.Generator, source: Array, port: Array, who: Sources) -> dict[str, Array]:
    """What all retries of one attempt have in common."""
    stack, count = who.stack[source], len(source)
    low = np.array([min(s.source_ports) for s in STACKS])[stack]
    high = np.array([max(s.source_ports) for s in STACKS])[stack]
    answers = np.array([s.service for s in STACKS])[stack]
    icmp = _of(stack, "protocol") == ICMP
    source_port = np.where(answers, who.service_port[source], rng.integers(low, high + 1))
    quotes = np.array([s.payload == QUOTE for s in STACKS])[stack]
    sequence = rng.integers(0, 1 << 32, count)
    ping = 512 << 16 | (rng.integers(0, 250, count) << 8)
    acknowledges = np.isin(_of(stack, "flags"), (SYN_ACK, RST_ACK))
    # An answer comes to whatever port the forged packet claimed to be from.
    open_port = np.where(answers, rng.integers(1024, 65536, count), who.port[source])
    return {
        "stack": stack,
        "port": np.where(port < 0, open_port, port),
        "source_port": np.where(icmp, 0, source_port),
        "icmp_code": choice(rng, [s.codes for s in STACKS], stack),
        "sequence": np.where(quotes, 0, np.where(icmp, ping, sequence)),
        "pings": icmp & ~quotes,
        "acknowledgement": np.where(acknowledges, rng.integers(0, 1 << 32, count), 0),
        "quoted": (who.address[source] & 0xFFFF0000) + rng.integers(256, 65280, count),
    }


def _retries(rng: np.random.Generator, streams: Sequence[Stream], stream: Array) -> tuple[Array, Array]:
    """For each packet: its attempt, and which retry it is."""
    chances = np.zeros((len(streams), 4))
    for place_, one in enumerate(streams):
        chances[place_, : len(one.tries)] = one.tries
    number = 1 + (rng.random((len(stream), 1)) >= chances.cumsum(axis=1)[stream][:, :-1]).sum(axis=1)
    row = np.repeat(np.arange(len(stream)), number)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)


def _delays_us(rng: np.random.Generator, stack: Array, number: Array) -> Array:
    table = np.array([_RETRY_S.get(s.protocol, _RETRY_OTHER_S) for s in STACKS])
    jitter_us = rng.integers(-20_000, 20_000, len(number))
    return table[stack, number] * 1_000_000 + np.where(number > 0, jitter_us, 0)


def _of(stack: Array, name: str) -> Array:
    return np.array([getattr(s, name) for s in STACKS])[stack]
