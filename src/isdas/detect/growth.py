"""
How a rise grows: step, line, exponential or logistic curve, and the doubling time where it spreads.

Does not say since when (isdas.detect.onset).
"""

import math

import numpy as np
import numpy.typing as npt

from isdas.model.explanation import Growth

Floats = npt.NDArray[np.float64]

LONGEST_HOURS = 14 * 24
"""Hours after the onset that are looked at."""

LEAST_HOURS, LEAST_SOURCES = 6, 20
"""Below this many hours, or source-hours beyond the usual, nothing is said."""

DOUBLINGS = np.geomspace(0.5, 240.0, 160)
"""Doubling times that are tried, in hours."""

LEAST_DOUBLINGS = 3.0
"""So often it must have doubled to be called spreading."""

DROP = 0.5 * 1.645**2
"""Fall of the log-likelihood at the ends of a 90 % interval (half the quantile of chi-squared with one degree)."""

_SMOOTH = 6
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def growth(counts: Floats, means: Floats, variance: float) -> Growth | None:
    """
    How the excess over *means* grew from the first hour given to its peak; None if too little was seen.

    Args:
        counts: float64[n], sources per hour since the onset.
        means: float64[n], what was usual; hours with 0 were not observed.
        variance: relative variance of an hour (NB alpha).

    Each law is fitted to the hours up to the peak by maximum negative binomial likelihood, and the law is chosen by
    AIC. The interval of the doubling time is that of the profile likelihood, drawn out by the square root of Pearson's
    dispersion where the curve does not fit.
    """
    y, m = counts[:LONGEST_HOURS], means[:LONGEST_HOURS]
    n = _until_peak(y - m, variance) if len(y) else 0
    y, m = y[:n], m[:n]
    seen = m > 0
    excess = float((y - m)[seen].sum())
    if seen.sum() < LEAST_HOURS or excess < LEAST_SOURCES:
        return None
    size = 1.0 / max(variance, 1e-6)
    hours: Floats = np.arange(n, dtype=np.float64) + 0.5
    level = excess / float(seen.sum())
    flat, line = np.ones((1, n)), (hours / hours.mean())[None, :]
    fits = {
        "step": (_best(y, m, seen, size, flat, level).max(), 1),
        "linear": (_best(y, m, seen, size, line, level).max(), 1),
    }
    curves = 2.0 ** ((hours - hours[-1])[None, :] / DOUBLINGS[:, None])
    by_doubling = _best(y, m, seen, size, curves, level)
    fits["exponential"] = (by_doubling.max(), 2)
    logistic = _logistic(y, m, seen, size, hours, level)
    fits["logistic"] = (logistic.max(), 3)
    law = min(fits, key=lambda name: 2 * fits[name][1] - 2 * fits[name][0])
    if law not in {"exponential", "logistic"}:
        return Growth(law)
    profile = by_doubling if law == "exponential" else logistic
    return _spread(law, profile, y, m, seen, size, n)


def _until_peak(excess: Floats, variance: float) -> int:
    """Hours up to the end of the highest six in a row: beyond it, nothing grows."""
    if len(excess) <= _SMOOTH:
        return len(excess)
    sums = np.convolve(excess, np.ones(_SMOOTH), "valid")
    # The first that is nearly as high: a plateau is not growth.
    top = max(float(sums.max()), 1.0)
    near = sums >= top - 1.5 * math.sqrt(top + variance / _SMOOTH * top**2)
    first = int(near.argmax()) + _SMOOTH
    # Some of the plateau shows that there is one.
    return min(len(excess), first + max(_SMOOTH, first // 4))


def _best(y: Floats, m: Floats, seen: npt.NDArray[np.bool_], size: float, curves: Floats, level: float) -> Floats:
    """
    The largest log-likelihood over the heights of each of some curves, float64[c].

    The height by golden section search in its logarithm, for all curves at once; *level* is its order of magnitude.
    """
    count, usual, shape = y[seen], m[seen], curves[:, seen]

    def fit(height: Floats) -> Floats:
        mean = usual + np.exp(height)[:, None] * shape
        return np.asarray((count * np.log(mean) - (count + size) * np.log(size + mean)).sum(axis=1))

    low = np.full(len(curves), math.log(level) - 3.0)
    high = low + 12.0
    for _ in range(24):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        falls = fit(left) > fit(right)
        low, high = np.where(falls, low, left), np.where(falls, right, high)
    return fit((low + high) / 2)


def _logistic(y: Floats, m: Floats, seen: npt.NDArray[np.bool_], size: float, hours: Floats, level: float) -> Floats:
    """The largest log-likelihood of logistic curves by their early doubling time, float64[doublings]."""
    best = np.full(len(DOUBLINGS), -np.inf)
    for middle in np.linspace(0.2, 1.2, 11) * hours[-1]:
        grown = np.clip((hours[None, :] - middle) * math.log(2.0) / DOUBLINGS[:, None], -50.0, 50.0)
        best = np.maximum(best, _best(y, m, seen, size, 1.0 / (1.0 + np.exp(-grown)), level))
    return best


def _spread(
    law: str, profile: Floats, y: Floats, m: Floats, seen: npt.NDArray[np.bool_], size: float, hours: int
) -> Growth:
    at = int(profile.argmax())
    held = np.flatnonzero(profile >= profile[at] - DROP * _dispersion(y, m, seen, size))
    # The ends lie between two of the doubling times tried; the outer ones are told.
    low, high = max(int(held.min()) - 1, 0), min(int(held.max()) + 1, len(DOUBLINGS) - 1)
    doublings = hours / float(DOUBLINGS[at])
    return Growth(
        law,
        float(DOUBLINGS[at]),
        float(DOUBLINGS[low]),
        # An interval that ends with the longest doubling time tried does not exclude that nothing grows.
        float(DOUBLINGS[high]) if high < len(DOUBLINGS) - 1 else None,
        doublings,
        high < len(DOUBLINGS) - 1 and doublings >= LEAST_DOUBLINGS,
    )


def _dispersion(y: Floats, m: Floats, seen: npt.NDArray[np.bool_], size: float) -> float:
    """Pearson's dispersion against a running mean of five hours, at least 1."""
    if seen.sum() < 10:
        return 1.0
    values = y[seen]
    smooth = np.convolve(np.pad(values, 2, mode="edge"), np.ones(5) / 5, "valid")
    square = (values - smooth) ** 2 / np.maximum(smooth + smooth**2 / size, 1e-9) * 5 / 4
    return max(1.0, float(square.mean()))
