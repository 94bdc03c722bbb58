"""
How rates move in time: the hour of the day, the weekend, the slow trend, and the restlessness of the Internet.

Knows no ports and no sensors. Every factor has a long-run mean of 1, so that levels stay what they were set to.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.model.time import HOUR_US

_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday, Monday being 0
_PEAK_HOUR = 21.0

MEMORY_HOURS = 48.0
"""Time constant of the log-rate's autocorrelation."""

LEVELS = (
    # IPA TALOT2, accesses per point and day, May to October 2008; placed in the middle of each month.
    ("2008-05-16", 601.0),
    ("2008-06-15", 520.0),
    ("2008-07-16", 478.0),
    ("2008-08-16", 449.0),
    ("2008-09-15", 400.0),
    ("2008-10-16", 415.0),
)


def level(hours_us: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Background packets per sensor and day at each hour, straight lines between the published months."""
    at = np.array([np.datetime64(day, "us").astype(np.int64) for day, _ in LEVELS])
    return np.asarray(np.interp(hours_us, at, [value for _, value in LEVELS]))


def daily(
    hours_us: npt.NDArray[np.int64], utc_offset_hours: npt.NDArray[Any], amplitude: float, weekend: float
) -> npt.NDArray[np.float64]:
    """
    The day and week rhythm of sources, in their own local time.

    Args:
        hours_us: int64[h], starts of the hours.
        utc_offset_hours: float[r], clocks of the regions.
        amplitude: 0 for machines that never sleep, towards 1 for home computers; the peak is at nine in the evening.
        weekend: level of Saturday and Sunday relative to the other days.

    Returns:
        float[r, h], mean 1 over a whole week.
    """
    local = hours_us[None, :] / HOUR_US + utc_offset_hours[:, None]
    angle = 2 * np.pi * (local % 24 + 0.5 - _PEAK_HOUR) / 24
    day = 1 + amplitude * (0.85 * np.cos(angle) + 0.15 * np.cos(2 * angle))
    weekday = (local // 24 + _EPOCH_WEEKDAY) % 7
    week = np.where(weekday >= 5, weekend, 1.0) * 7 / (5 + 2 * weekend)
    return np.asarray(day * week)


def restless(
    rng: np.random.Generator, deviation: npt.NDArray[np.float64], n_hours: int, memory_hours: float = MEMORY_HOURS
) -> npt.NDArray[np.float64]:
    """
    Multiplicative noise whose logarithm is a stationary AR(1) process.

    Args:
        rng: the generator to use.
        deviation: float[...], standard deviation of the log-rate of each series.
        n_hours: length.
        memory_hours: time constant of the autocorrelation.

    Returns:
        float[..., n_hours], mean 1.
    """
    keep = np.exp(-1 / memory_hours)
    noise = rng.standard_normal((n_hours, *deviation.shape))
    noise[1:] *= np.sqrt(1 - keep**2)
    for hour in range(1, n_hours):
        noise[hour] += keep * noise[hour - 1]
    factors = np.exp(noise * deviation - deviation**2 / 2)
    return np.moveaxis(factors, 0, -1)
