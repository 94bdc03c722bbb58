"""
Slow ramps: ports that grow over one to six weeks, and carry their own baseline along.

Does not look at hours; what rises within three days is the scan's (isdas.detect.scan).
"""

import math

import numpy as np

from isdas.detect.slow import BUSY, Bools, Change, Floats, fit, log_rates, memory, surprise

RAMP_DAYS = (7, 14, 21, 28, 42)
"""Lengths that are tried, in days."""

FLAT_DAYS = 14
"""Days before a ramp that must be there to tell what it grew from."""

LONGEST = 56
"""Days that are looked at, at most."""

SCORE = 6.0
"""-log10 p asked of a single test. The memory that is taken for granted makes it strict: see `python -m bench.slow`."""

AS_GOOD = 1.1
"""What a ramp may leave unexplained over what the best step leaves, whose day is chosen among many."""

GROWTH = 1.6
"""How often the level before the last three days must have, at least."""


def ramps(day_counts: Floats, day_exposure: Floats, candidates: Bools, slow_hours: float) -> list[Change]:
    """
    Series whose log rate was level and then grew steadily until the last day, best length each.

    The trend must be improbable today and nearly so yesterday, explain the days about as well as the best single step
    does, and amount to GROWTH. It is measured by Student's t over an AR(1) with the given memory, so that how far a
    level wanders is learnt from the series itself: a volatile port has to grow more than a calm one.

    Args:
        day_counts: float64[k, d], source-hours.
        day_exposure: float64[k, d]; 0 where the series was not observed or its hours belong to an incident.
        candidates: bool[k], series that may be told of.
        slow_hours: hours over which log rates forget where they were.
    """
    seen = day_exposure.max(axis=0, initial=0.0) > 0
    counts, exposure = day_counts[:, seen][:, -LONGEST:], day_exposure[:, seen][:, -LONGEST:]
    n = counts.shape[1]
    if n < FLAT_DAYS + RAMP_DAYS[0]:
        return []
    rows = np.flatnonzero(candidates & (exposure > 0.5 * np.median(exposure, axis=1, keepdims=True)).all(axis=1))
    rows = rows[counts[rows, -3:].mean(axis=1) >= BUSY]
    if not len(rows):
        return []
    counts, exposure = counts[rows], exposure[rows]
    logs, phi = log_rates(counts, exposure), memory(slow_hours)
    best = np.zeros((4, len(rows)))
    for days in (length for length in RAMP_DAYS if n - length >= FLAT_DAYS):
        slope, t, left = fit(logs, _broken(n, days), phi)
        score = surprise(t, n - 2)
        before = surprise(fit(logs[:, :-1], _broken(n - 1, days - 1), phi)[1], n - 3)
        better = (score >= SCORE) & (before >= SCORE / 2) & (score > best[0])
        better[better] = left[better] < AS_GOOD * _steps(logs[better], phi, days)
        best = np.where(better, np.stack([score, np.full(len(rows), float(days)), slope * days, t]), best)
    told = (_told(rows[i], counts[i], exposure[i], best[:, i]) for i in np.flatnonzero(best[1]))
    return [ramp for ramp in told if ramp.factor >= GROWTH]


def _told(series: int, counts: Floats, exposure: Floats, best: Floats) -> Change:
    score, days, rise, t = best.tolist()
    flat = slice(0, len(counts) - int(days))
    rate = float((counts[flat].sum() + 0.5) / exposure[flat].sum())
    # Both the last days and the trend, so that neither one loud day nor one faint one makes a ramp.
    growth = min(float(counts[-3:].sum() / exposure[-3:].sum()) / rate, math.exp(min(rise, 50.0)))
    return Change(int(series), int(days), growth, rate, score, rise / t)


def _broken(n: int, days: int) -> Floats:
    """A level that begins to grow *days* before the end."""
    return np.stack([np.ones(n), np.maximum(np.arange(1.0, n + 1) - (n - days), 0.0)], axis=1)


def _steps(logs: Floats, phi: float, days: int) -> Floats:
    """What the best single step within the last *days* and three more leaves unexplained, float64[k]."""
    n = logs.shape[1]
    at = range(max(1, n - days - 3), n)
    steps = (np.stack([np.ones(n), np.arange(n) >= i], axis=1) * 1.0 for i in at)
    return np.asarray(np.min([fit(logs, step, phi)[2] for step in steps], axis=0))
