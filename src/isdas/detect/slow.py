"""
What changes over days rather than hours: log rates by day, and how sure a change in them is.

Does not decide what a change means (isdas.detect.ramps, isdas.detect.vanished).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BUSY = 48.0
"""Source-hours a day, two an hour, below which a series is too sparse to tell a slow change by its logarithm."""

FLEET = 30
"""Busy series from which their common movement is taken for the fleet's and out of each of them."""


@dataclass(frozen=True, slots=True)
class Change:
    """
    A series that has grown for weeks, or whose sources vanished.

    Attributes:
        series: which row.
        days: since when, in days before the end of the last day.
        factor: level of the last days over that before.
        rate: level before, per unit of exposure.
        score: -log10 p of the change.
        spread: standard deviation of the logarithm of the factor.
    """

    series: int
    days: int
    factor: float
    rate: float
    score: float
    spread: float


def memory(slow_hours: float) -> float:
    """Correlation of two days' means of an Ornstein-Uhlenbeck process that forgets over *slow_hours*."""
    stretch = 24.0 / slow_hours
    return (1.0 - math.exp(-stretch)) ** 2 / (2.0 * (stretch - 1.0 + math.exp(-stretch)))


def log_rates(counts: Floats, exposure: Floats) -> Floats:
    """Logarithms of daily rates, without what all busy series do together, float64[k, d]; exposure must be above 0."""
    logs = np.log((counts + 0.5) / exposure)
    if len(logs) < FLEET:
        return np.asarray(logs)
    return np.asarray(logs - np.median(logs - np.median(logs, axis=1, keepdims=True), axis=0))


def fit(logs: Floats, design: Floats, phi: float) -> tuple[Floats, Floats, Floats]:
    """
    Least squares with AR(1) errors of known *phi* (Prais and Winsten 1954), all series at once.

    Args:
        logs: float64[k, d].
        design: float64[d, p] of full rank; the last column is the change that is asked for.
        phi: correlation of two days in a row.

    Returns:
        Its coefficient, its t value with d - p degrees of freedom, and what is left unexplained, float64[k] each.
    """
    y, x = _whitened(logs.T, phi), _whitened(design, phi)
    q, r = np.linalg.qr(x)
    along = q.T @ y
    left = np.maximum((y**2).sum(0) - (along**2).sum(0), 1e-12)
    slope = along[-1] / r[-1, -1]
    noise = np.sqrt(left / (len(x) - x.shape[1]))
    return slope, np.sign(r[-1, -1]) * along[-1] / noise, left


def surprise(t: Floats, freedom: int) -> Floats:
    """-log10 of the upper tail of Student's t."""
    # Beyond what a double can hold it is as good as certain.
    return np.asarray(-np.log10(np.maximum(stdtr(freedom, -t), np.finfo(float).tiny)))


def _whitened(columns: Floats, phi: float) -> Floats:
    """Columns of days as the independent part of every day."""
    return np.concatenate([columns[:1] * math.sqrt(1.0 - phi**2), columns[1:] - phi * columns[:-1]])
