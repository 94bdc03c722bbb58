"""
Events: what is planted in a simulation on purpose, the rise and the decoys.

Says what each consists of and draws its visits; when and where they happen is decided by a scenario's plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.model.time import HOUR_US
from isdas.simulate import region as regions
from isdas.simulate import rhythm
from isdas.simulate.fleet import Sensor
from isdas.simulate.stream import Stream
from isdas.simulate.visit import Visits, draw, preferences, sweep_factor

Array = npt.NDArray[Any]

RISE_DEVIATION = 0.12
"""Standard deviation of the log-rate of a rise around its shape."""


@dataclass(frozen=True, slots=True)
class Part:
    """
    One stream of an event.

    Attributes:
        stream: ports, headers, retries.
        per_hour: visits per hour over the whole fleet at full height.
        n_sources: how many hosts share the visits; 0 for a population without end, as of a worm.
    """

    stream: Stream
    per_hour: float
    n_sources: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """
    One planted event.

    Attributes:
        name: fixed name within the scenario.
        kind: ``surge`` or ``decoy``.
        verdict: what a right answer would call it (model.surge.VERDICTS).
        start_us: onset, microseconds since 1970, UTC.
        end_us: when it is over; None if it outlasts the period.
        parts: the traffic it consists of; none for a change in the fleet.
        shape: ``step``, ``ramp`` or ``decay``.
        ramp_hours: how long a ramp takes to full height.
        regions: region code to share of its sources.
        one_network: whether its sources share one /24.
        sensor: the one sensor concerned, if only one is.
        factor: level it was planned to lift its first port to, relative to the background.
    """

    name: str
    kind: str
    verdict: str
    start_us: int
    end_us: int | None
    parts: tuple[Part, ...] = ()
    shape: str = "step"
    ramp_hours: int = 0
    regions: Mapping[str, float] = field(default_factory=dict)
    one_network: bool = False
    sensor: str | None = None
    factor: float | None = None

    @property
    def ports(self) -> tuple[str, ...]:
        """All destination ports, the most important first."""
        return tuple(dict.fromkeys(port for part in self.parts for port in part.stream.ports))


def visits(
    rng: np.random.Generator, event: Event, sensors: Sequence[Sensor], sensitivity: Array, hours_us: Array
) -> list[Visits]:
    """The visits of each part of an event."""
    result = []
    for part in event.parts:
        height = part.per_hour * envelope(event, hours_us)
        if part.n_sources:
            result.append(_by_few(rng, event, part, height, sensors, sensitivity, hours_us))
        else:
            result.append(_by_many(rng, event, part, height, sensors, sensitivity, hours_us))
    return result


def envelope(event: Event, hours_us: Array) -> npt.NDArray[np.float64]:
    """Height of the event at each hour, 0 to 1, mean over the hour."""
    end_us = np.iinfo(np.int64).max if event.end_us is None else event.end_us
    inside = (hours_us >= event.start_us) & (hours_us < end_us)
    age = (hours_us - event.start_us) / HOUR_US
    if event.shape == "ramp":
        return np.asarray(inside * np.clip((age + 0.5) / event.ramp_hours, 0, 1))
    if event.shape == "decay":
        length = (end_us - event.start_us) / HOUR_US
        return np.asarray(inside * np.exp(-2 * np.clip(age, 0, None) / length))
    return np.asarray(inside, dtype=np.float64)


def _by_many(
    rng: np.random.Generator,
    event: Event,
    part: Part,
    height: Array,
    sensors: Sequence[Sensor],
    sensitivity: Array,
    hours_us: Array,
) -> Visits:
    """A population without end: sources come, come back and go, with their regions' day rhythm."""
    offsets = np.array([region.utc_offset_hours for region in regions.REGIONS])
    share = _shares(event)
    noise = rhythm.restless(rng, np.array([RISE_DEVIATION]), len(hours_us))[0]
    day = rhythm.daily(hours_us, offsets, part.stream.rhythm, part.stream.weekend)
    rates = height / sweep_factor(part.stream, len(sensors)) * noise * share[:, None] * day
    return draw(rng, [part.stream], rates[None], preferences([part.stream], sensors, sensitivity), hours_us)


def _by_few(
    rng: np.random.Generator,
    event: Event,
    part: Part,
    height: Array,
    sensors: Sequence[Sensor],
    sensitivity: Array,
    hours_us: Array,
) -> Visits:
    """A fixed set of sources, some busier than others."""
    count = rng.poisson(height)
    time_us = np.repeat(hours_us, count) + rng.integers(0, HOUR_US, count.sum())
    if event.sensor is not None:
        sensor = np.full(len(time_us), [one.name for one in sensors].index(event.sensor))
    else:
        sensor = rng.choice(len(sensors), len(time_us), p=sensitivity / sensitivity.sum())
    weight = rng.gamma(1.5, size=part.n_sources)
    source = rng.choice(part.n_sources, len(time_us), p=weight / weight.sum())
    region = rng.choice(len(regions.REGIONS), part.n_sources, p=_shares(event))
    return Visits(time_us, sensor, source, np.zeros(part.n_sources, np.int64), region)


def _shares(event: Event) -> Array:
    share = np.array([event.regions.get(code, 0.0) for code in regions.CODES])
    return np.asarray(share / share.sum())
