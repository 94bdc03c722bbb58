"""
Coverage where no input states it: inferred from the sensor's own rhythm.

A sensor that hears some thirty sources an hour does not stay silent for five hours by chance. A silence is called a
gap when a quasi-Poisson process at the sensor's own rate around it would leave it with a probability under one in a
million; shorter silences count as observed. Works on one sensor's hours at a time and knows no tables.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.model.time import HOUR_US

DAY_HOURS = 24

SURPRISE = -np.log(1e-6)
"""How improbable a silence must be to be a gap, in nats."""

NEIGHBOURS = 7
"""How many active days on each side of a silence tell the rate around it."""

BURST = 4
"""An hour counts as at most this many times the median hour: one source on a thousand ports is no busier sensor."""

LONGEST_HOURS = 7 * DAY_HOURS
"""A silence of a week is a gap for any sensor: there is no address on the Internet that hears so little."""

_LEAST_S = 60.0
_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Observed:
    """
    Inferred coverage of one sensor.

    Attributes:
        hours: int64[n], hours since 1970 that were observed at least in part.
        seconds: float64[n], how much of each, 0 to 3600.
    """

    hours: _Ints
    seconds: _Floats


def infer(hours: _Ints, sources: _Ints, first_us: _Ints, last_us: _Ints) -> Observed:
    """
    Say which hours a sensor observed, from the hours in which it heard anything.

    Args:
        hours: int64[n] > 0, sorted distinct hours since 1970 with at least one packet.
        sources: int64[n], distinct sources heard in each.
        first_us, last_us: int64[n], first and last packet of each, microseconds since 1970.
    """
    if not len(hours):
        return Observed(hours, np.empty(0))
    silent = np.diff(hours) - 1
    sources = np.minimum(sources, BURST * int(np.median(sources)))
    rate, dispersion = _rates(hours, sources)
    gap = (silent * rate / dispersion > SURPRISE) | (silent >= LONGEST_HOURS)
    starts = np.flatnonzero(np.r_[True, gap])
    ends = np.r_[starts[1:], len(hours)] - 1
    margin_us = _margin_us(sources)
    stretches = [
        _stretch(first_us[a] - margin_us, last_us[b] + margin_us, hours[a], hours[b])
        for a, b in zip(starts, ends, strict=True)
    ]
    return _merge(stretches)


def _rates(hours: _Ints, sources: _Ints) -> tuple[_Floats, float]:
    """Sources an hour around each silence, float64[n - 1], and the dispersion of the sensor's hours."""
    days, day_of = np.unique(hours // DAY_HOURS, return_inverse=True)
    totals: _Floats = np.bincount(day_of, weights=sources.astype(np.float64)).astype(np.float64)
    means = _untruncate(totals) / _hours_of(days, hours)
    sums = np.r_[0.0, np.cumsum(means)]
    low = np.maximum(day_of[:-1] - NEIGHBOURS + 1, 0)
    high = np.minimum(day_of[1:] + NEIGHBOURS, len(days))
    around = (sums[high] - sums[low]) / (high - low)
    return around, _dispersion(day_of, sources, totals)


def _hours_of(days: _Ints, hours: _Ints) -> _Floats:
    """How many hours each active day has within the sensor's life; the first and last day are partial."""
    span = np.full(len(days), float(DAY_HOURS))
    span[0] -= hours[0] % DAY_HOURS
    span[-1] -= DAY_HOURS - 1 - hours[-1] % DAY_HOURS
    return np.asarray(np.maximum(span, 1.0), np.float64)


def _untruncate(totals: _Floats) -> _Floats:
    """Poisson means of counts that are only seen when they are not zero (method of moments, fixed point)."""
    mean = totals.copy()
    for _ in range(20):
        mean = totals * -np.expm1(-np.maximum(mean, 1e-9))
    return mean


def _dispersion(day_of: _Ints, sources: _Ints, totals: _Floats) -> float:
    """Variance over mean of the hours within their days, the median over days; between 1 and 6."""
    mean = totals / DAY_HOURS
    squares = np.bincount(day_of, weights=(sources - mean[day_of]) ** 2)
    zeros = DAY_HOURS - np.bincount(day_of)
    index = (squares + zeros * mean**2) / ((DAY_HOURS - 1) * mean)
    return float(np.clip(np.median(index), 1.0, 6.0))


def _margin_us(sources: _Ints) -> int:
    """Half of the usual time between two sources: how far before its first packet a sensor was already there."""
    return int(min(HOUR_US / 2, max(_LEAST_S * 1e6 / 2, HOUR_US / 2 / float(np.mean(sources)))))


def _stretch(start_us: int, end_us: int, first: int, last: int) -> tuple[_Ints, _Floats]:
    """The hours from *first* to *last* and the seconds of each between two instants."""
    hours = np.arange(first, last + 1, dtype=np.int64)
    low = np.maximum(hours * HOUR_US, start_us)
    high = np.minimum((hours + 1) * HOUR_US, end_us)
    return hours, np.maximum(high - low, 0) / 1e6


def _merge(stretches: list[tuple[_Ints, _Floats]]) -> Observed:
    hours = np.concatenate([h for h, _ in stretches])
    seconds = np.concatenate([s for _, s in stretches])
    return Observed(hours, seconds)


def stated(starts_us: npt.NDArray[Any], ends_us: npt.NDArray[Any]) -> Observed:
    """
    Coverage from stretches that inputs state; overlapping stretches count once.

    Args:
        starts_us, ends_us: int64[n], microseconds since 1970; each end after its start.
    """
    order = np.argsort(starts_us, kind="stable")
    starts, reach = starts_us[order], np.maximum.accumulate(ends_us[order])
    fresh = np.flatnonzero(np.r_[True, starts[1:] > reach[:-1]])
    ends = reach[np.r_[fresh[1:] - 1, len(reach) - 1]]
    found: dict[int, float] = {}
    for start, end in zip(starts[fresh].tolist(), ends.tolist(), strict=True):
        hours, seconds = _stretch(start, end, start // HOUR_US, (end - 1) // HOUR_US)
        for hour, part in zip(hours.tolist(), seconds.tolist(), strict=True):
            found[hour] = found.get(hour, 0.0) + part
    keys = np.array(sorted(found), dtype=np.int64)
    return Observed(keys, np.array([found[k] for k in keys.tolist()]))
