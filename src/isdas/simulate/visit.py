"""
Visits: who turns to which sensor when, drawn from streams and their hourly rates.

Knows nothing of packets and headers. Rates are exact; that sources come back and sweep is laid over them: a visit may
take its source from an earlier visit of the same stream and region, which gives few hosts that persist and many that
are seen once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.model.time import HOUR_US
from isdas.simulate import region as regions
from isdas.simulate.fleet import Sensor
from isdas.simulate.stream import SWEEP_REACH, Stream

Array = npt.NDArray[Any]

RETURN_DAYS = 2.5
"""Mean time after which a source comes back."""

SAME_SENSOR = 0.75
"""Probability that it comes back to the same sensor."""

_DAY_US = 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class Visits:
    """
    Visits and the sources that make them.

    Attributes:
        time_us: int64[v], microseconds since 1970, UTC.
        sensor: int64[v], position in the fleet.
        source: int64[v], position among the sources.
        source_stream: int64[n], position of each source's stream.
        source_region: int64[n], position of each source's region in REGIONS.
    """

    time_us: Array
    sensor: Array
    source: Array
    source_stream: Array
    source_region: Array

    def __len__(self) -> int:
        return len(self.time_us)


def join(parts: Sequence[Visits]) -> Visits:
    """All visits together; the sources keep their order."""
    firsts = np.cumsum([0] + [len(part.source_stream) for part in parts])
    return Visits(
        np.concatenate([part.time_us for part in parts]),
        np.concatenate([part.sensor for part in parts]),
        np.concatenate([part.source + first for part, first in zip(parts, firsts, strict=False)]),
        np.concatenate([part.source_stream for part in parts]),
        np.concatenate([part.source_region for part in parts]),
    )


def preferences(streams: Sequence[Stream], sensors: Sequence[Sensor], sensitivity: Array) -> Array:
    """The probability of each sensor for a visit of each stream and region, float64[s, r, n]."""
    near = np.array([[sensor.region == code for sensor in sensors] for code in regions.CODES])
    result = np.zeros((len(streams), *near.shape))
    for place, stream in enumerate(streams):
        weight = np.where(near, stream.locality, 1.0) * sensitivity
        if stream.only is not None:
            weight = np.tile([float(sensor.name == stream.only) for sensor in sensors], (len(near), 1))
        result[place] = weight / weight.sum(axis=1, keepdims=True)
    return result


def draw(
    rng: np.random.Generator, streams: Sequence[Stream], rates: Array, preference: Array, hours_us: Array
) -> Visits:
    """
    Draw the visits of some streams.

    Args:
        rng: the generator to use.
        streams: the s streams.
        rates: float64[s, r, h], visits per hour by stream and region over all sensors, sweeps not counted twice.
        preference: float64[s, r, n], from `preferences`.
        hours_us: int64[h], starts of the hours.
    """
    stream, region, time_us = _arrivals(rng, rates, hours_us)
    returning = rng.random(len(stream)) < np.array([s.returning for s in streams])[stream]
    parent = _parents(rng, stream * len(regions.REGIONS) + region, time_us, returning)
    source_root = _roots(parent)
    stays = rng.random(len(stream)) < SAME_SENSOR
    sensor_root = _roots(np.where(stays, parent, np.arange(len(parent))))
    chances = preference.cumsum(axis=2)[stream, region]
    sensor = (rng.random((len(stream), 1)) >= chances[:, :-1]).sum(axis=1)[sensor_root]
    roots, source = np.unique(source_root, return_inverse=True)
    sweeper = rng.random(len(roots)) < np.array([s.sweeping for s in streams])[stream[roots]]
    swept = _sweeps(rng, sweeper[source], sensor, preference.shape[2])
    rows = np.concatenate([np.arange(len(stream)), swept[0]])
    delay_us = np.concatenate([np.zeros(len(stream)), rng.lognormal(6.0, 1.2, len(swept[0])) * 1e6])
    return Visits(
        time_us[rows] + delay_us.astype(np.int64),
        np.concatenate([sensor, swept[1]]),
        source[rows],
        stream[roots],
        region[roots],
    )


def sweep_factor(stream: Stream, n_sensors: int) -> float:
    """How many sensors a visit of the stream touches on average."""
    return 1 + stream.sweeping * (n_sensors - 1) * SWEEP_REACH


def _arrivals(rng: np.random.Generator, rates: Array, hours_us: Array) -> tuple[Array, Array, Array]:
    """Stream, region and time of each arrival, ordered by stream, region and time."""
    counts = rng.poisson(rates)
    stream, region, hour = np.nonzero(counts)
    number = counts[stream, region, hour]
    stream, region, hour = (np.repeat(part, number) for part in (stream, region, hour))
    time_us = hours_us[hour] + rng.integers(0, HOUR_US, len(hour))
    order = np.lexsort((time_us, region, stream))
    return stream[order], region[order], time_us[order]


def _parents(rng: np.random.Generator, group: Array, time_us: Array, returning: Array) -> Array:
    """The earlier arrival of the same group that each arrival repeats, or itself."""
    own = np.arange(len(group))
    if not len(own):
        return own
    since = time_us - time_us.min()
    span = int(since.max()) + 1
    lag = (rng.exponential(RETURN_DAYS, len(own)) * _DAY_US).astype(np.int64)
    key = group * span + since
    candidate = np.searchsorted(key, key - lag, side="right") - 1
    first = np.searchsorted(group, group, side="left")
    valid = returning & (lag <= since) & (candidate >= first) & (candidate < own)
    return np.where(valid, candidate, own)


def _roots(parent: Array) -> Array:
    """Follow parents to the first of each line; every step doubles the stride."""
    while True:
        further = parent[parent]
        if np.array_equal(further, parent):
            return parent
        parent = further


def _sweeps(rng: np.random.Generator, sweeping: Array, sensor: Array, n_sensors: int) -> tuple[Array, Array]:
    """For each further sensor that a sweeping visit touches: the visit and the sensor."""
    visits = np.flatnonzero(sweeping)
    touched = rng.random((len(visits), n_sensors)) < SWEEP_REACH
    touched[np.arange(len(visits)), sensor[visits]] = False
    row, other = np.nonzero(touched)
    return visits[row], other
