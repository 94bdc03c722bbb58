"""
The shape of the week: how a port's rate depends on the hour of the day and the day of the week.

Does not estimate the level of the rate.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

N_FACTORS = 24 + 7
"""Factors of a series: of its hours, then of its weekdays."""

Floats = npt.NDArray[np.float64]

SPREAD_HOUR = 0.25
"""How much a port's hour-of-day factors are expected to differ from the fleet's (relative sd)."""

SPREAD_WEEKDAY = 0.12
"""The same for the day of the week."""


def shapes(counts: Floats, exposure: Floats, days: int, variance: float) -> Floats:
    """
    Factors of all series, float64[k, 31]: of the 24 hours of the day (UTC), then of the 7 days of the week, Monday
    first; each of the two has mean 1, and an hour's factor is the product of both.

    Args:
        counts: float64[k, 31], usable source-hours of the past by hour of the day, and again by weekday.
        exposure: float64[k, 31], the exposure that they were seen in.
        days: days that went into them.
        variance: relative variance of one hour beyond Poisson.

    Hour-of-day and weekday factors are estimated apart and multiplied, which leaves 31 instead of 168 numbers to
    learn from eight weeks. Each is drawn to the fleet's factor as far as its own figures are too few to be believed
    (the usual empirical Bayes weight), and the fleet's to 1.
    """
    hours = _factors(counts[:, :24], exposure[:, :24], SPREAD_HOUR, variance / max(days, 1))
    weekdays = _factors(counts[:, 24:], exposure[:, 24:], SPREAD_WEEKDAY, variance / max(days / 7, 1))
    return np.concatenate([hours, weekdays], axis=1)


@njit(cache=True, nogil=True)
def of_week(  # pragma: no cover - compiled
    counts: npt.NDArray[np.int32],
    usable: npt.NDArray[np.bool_],
    exposure: Floats,
    low: int,
    high: int,
    weekday: int,
    seen: Floats,
    watched: Floats,
) -> None:
    """
    Add the usable source-hours of days low..high - 1 to *seen* by hour and by weekday, and their exposure to *watched*.

    Args:
        counts, usable: [k, d * 24].
        exposure: float64[d * 24].
        weekday: of the first day, Monday 0.
        seen, watched: float64[k, 31].
    """
    for s in range(len(counts)):
        for day in range(low, high):
            w = (weekday + day) % 7
            for hour in range(24):
                t = day * 24 + hour
                if usable[s, t]:
                    seen[s, hour] += counts[s, t]
                    watched[s, hour] += exposure[t]
                    seen[s, 24 + w] += counts[s, t]
                    watched[s, 24 + w] += exposure[t]


def of_hours(shape: npt.NDArray[np.floating[Any]], hours: npt.NDArray[np.int64]) -> Floats:
    """The factors of one series, [31], at some hours of the week (Monday 00 UTC is 0)."""
    return np.asarray(shape[hours % 24] * shape[24 + hours // 24 % 7])


def _factors(counts: Floats, exposure: Floats, spread: float, noise: float) -> Floats:
    flat = np.ones((1, counts.shape[1]))
    fleet = _shrunk(counts.sum(axis=0, keepdims=True), exposure.mean(axis=0, keepdims=True), flat, spread, noise)
    return _shrunk(counts, exposure, fleet, spread, noise)


def _shrunk(counts: Floats, exposure: Floats, target: Floats, spread: float, noise: float) -> Floats:
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1e-9)
    share = exposure / np.maximum(exposure.sum(axis=1, keepdims=True), 1e-9)
    expected = total * share * target
    raw = np.where(expected > 0, counts / np.maximum(expected, 1e-9), 1.0)
    belief = spread**2 / (spread**2 + 1.0 / np.maximum(expected, 1e-9) + noise)
    factor = np.clip(target * (1.0 + belief * (raw - 1.0)), 0.2, 5.0)
    return np.asarray(factor / factor.mean(axis=1, keepdims=True))
