"""
Scenarios by name, and what becomes of one: a simulation, from nothing but the name and a seed.

Writes nothing; `isdas.simulate.writer` does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from isdas.model.errors import IsdasError, NotFound
from isdas.model.time import HOUR_US
from isdas.simulate import autumn_2008, background
from isdas.simulate.event import Event, visits
from isdas.simulate.fleet import FLEET, Sensor, sensitivities
from isdas.simulate.region import index
from isdas.simulate.source import sources
from isdas.simulate.stream import Stream
from isdas.simulate.traffic import Traffic, traffic
from isdas.simulate.truth import truth
from isdas.simulate.visit import Visits, join

DAY_US = 24 * HOUR_US

Plan = Callable[[np.random.Generator, int, int, Sequence[Sensor]], tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    A stretch of time, a fleet, and a plan of what happens.

    Attributes:
        name: as on the command line.
        summary: one sentence for lists.
        start_us, end_us: microseconds since 1970, UTC, half-open; midnights in Japan.
        plan: decides the events from a generator.
        sensors: the fleet.
    """

    name: str
    summary: str
    start_us: int
    end_us: int
    plan: Plan
    sensors: tuple[Sensor, ...] = FLEET


@dataclass(frozen=True, slots=True)
class Simulation:
    """
    A scenario played with one seed.

    Attributes:
        scenario: its name.
        seed: the seed.
        start_us, end_us: the stretch that was generated, microseconds since 1970, UTC, half-open.
        sensors: the fleet, with the stretches in which each observed.
        packets: all packets received, ordered by sensor and time.
        truth: what was planted, as in ``truth.json``.
    """

    scenario: str
    seed: int
    start_us: int
    end_us: int
    sensors: tuple[Sensor, ...]
    packets: Traffic
    truth: dict[str, object]


def _midnight_in_japan(day: str) -> int:
    return int(np.datetime64(day, "us").astype(np.int64)) - 9 * HOUR_US


def _nothing(_rng: np.random.Generator, _start: int, _end: int, _sensors: Sequence[Sensor]) -> tuple[Event, ...]:
    return ()


SCENARIOS: dict[str, Scenario] = {
    "autumn-2008": Scenario(
        "autumn-2008",
        "Three months before JPCERT-AT-2008-0019: the rise on 445/tcp, and six decoys.",
        _midnight_in_japan("2008-08-05"),
        _midnight_in_japan("2008-11-05"),
        autumn_2008.plan,
    ),
    "quiet-week": Scenario(
        "quiet-week",
        "A week of the same background in which nothing happens.",
        _midnight_in_japan("2008-10-06"),
        _midnight_in_japan("2008-10-13"),
        _nothing,
    ),
}
"""All scenarios by name."""


def scenario(name: str) -> Scenario:
    """
    The scenario called *name*.

    Raises:
        NotFound: there is none.
    """
    if name not in SCENARIOS:
        raise NotFound(f"no scenario {name!r}: there are {', '.join(SCENARIOS)}")
    return SCENARIOS[name]


def generate(name: str, seed: int, *, first_day: int = 0, days: int | None = None) -> Simulation:
    """
    Play a scenario.

    Args:
        name: a key of SCENARIOS.
        seed: any whole number from 0; the same seed gives the same packets.
        first_day: how many days of the scenario to leave out at the begin.
        days: how many days to generate from there; all that are left by default.

    Raises:
        NotFound: no such scenario.
        IsdasError: the seed is negative.
        ValueError: no day is left.
    """
    if seed < 0:
        raise IsdasError(f"the seed is {seed}: write a whole number from 0")
    chosen = scenario(name)
    start_us = chosen.start_us + first_day * DAY_US
    end_us = chosen.end_us if days is None else min(chosen.end_us, start_us + days * DAY_US)
    if first_day < 0 or start_us >= end_us:
        raise ValueError(f"no day of {name} is left: first_day={first_day}, days={days}")
    # One generator for each step, so that a change in one leaves the others alone.
    plan_rng, level_rng, base_rng, event_rng, source_rng, packet_rng = (
        np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(6)
    )
    planned = chosen.plan(plan_rng, chosen.start_us, chosen.end_us, chosen.sensors)
    sensors = live_sensors(chosen.sensors, planned, start_us, end_us)
    events = tuple(e for e in planned if e.start_us < end_us and (e.end_us is None or e.end_us > start_us))
    sensitivity = sensitivities(level_rng, sensors)
    streams = background.streams(level_rng, sensors)
    hours_us = np.arange(start_us, end_us, HOUR_US)
    parts = [background.background(base_rng, streams, sensors, sensitivity, hours_us)]
    planted: list[tuple[Event, Stream]] = []
    for event in events:
        for part, drawn in zip(event.parts, visits(event_rng, event, sensors, sensitivity, hours_us), strict=True):
            parts.append(_of_stream(drawn, len(streams) + len(planted)))
            planted.append((event, part.stream))
    every = join(parts)
    names = (*streams, *(stream for _, stream in planted))
    networks = {
        len(streams) + place: index(next(iter(event.regions)))
        for place, (event, _) in enumerate(planted)
        if event.one_network
    }
    who = sources(source_rng, names, every, networks)
    packets = traffic(packet_rng, names, every, who, sensors)
    told = truth(name, seed, start_us, end_us, sensors, sensitivity, events, [e for e, _ in planted], streams, packets)
    return Simulation(name, seed, start_us, end_us, sensors, packets, told)


def live_sensors(sensors: Sequence[Sensor], events: Sequence[Event], start_us: int, end_us: int) -> tuple[Sensor, ...]:
    """The sensors with the stretches in which they observe: all the time, but for outages and before joining."""
    result = []
    for sensor in sensors:
        live = [(start_us, end_us)]
        for event in events:
            if event.verdict != "fleet-change" or event.sensor != sensor.name:
                continue
            if event.end_us is None:
                live = [(max(event.start_us, start_us), end_us)]
            else:
                live = [(start_us, event.start_us), (event.end_us, end_us)]
        clipped = ((max(a, start_us), min(b, end_us)) for a, b in live)
        result.append(replace(sensor, live=tuple((a, b) for a, b in clipped if a < b)))
    return tuple(result)


def _of_stream(drawn: Visits, number: int) -> Visits:
    """The same visits, their sources counted to stream *number*."""
    return replace(drawn, source_stream=np.full(len(drawn.source_stream), number))
