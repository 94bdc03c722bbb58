"""
Takedowns: busy ports most of whose sources vanish from one day to the next and stay away.

Does not say who took what down.
"""

import math

import numpy as np

from isdas.detect.slow import BUSY, Bools, Change, Floats, fit, log_rates, memory, surprise

BEFORE_DAYS = 14
"""Days before the fall that must be there."""

LONGEST = 42
"""Days that are looked at, at most."""

SCORE = 8.0
"""-log10 p asked of a single test; there are four a port and day."""

LEFT = 0.4
"""Share of the level before that may be left, at most."""

BELOW_ALL = 0.6
"""Share of the lowest day before that may be left: what only goes back to where it was is no takedown."""

COVERED = 0.97
"""Share of the usual exposure that the days after the fall must have: a sensor that is out takes its sources along."""

TOGETHER = 3
"""So many ports may fall on one day, or one in twenty of the busy ones if that is more; else it was the fleet."""


def falls(day_counts: Floats, day_exposure: Floats, candidates: Bools, slow_hours: float) -> list[Change]:
    """
    Series that lost most of their sources two or three days ago and have stayed down.

    One day between before and after may be anything: takedowns do not keep to midnights. No day of the fall and of
    the three before it may lack exposure, so that neither a gap nor a sensor that is out is taken for one.

    Args:
        day_counts: float64[k, d], source-hours.
        day_exposure: float64[k, d]; 0 where the series was not observed or its hours belong to an incident.
        candidates: bool[k], series that may be told of.
        slow_hours: hours over which log rates forget where they were.
    """
    fleet = day_exposure.max(axis=0, initial=0.0)
    if day_exposure.shape[1] < BEFORE_DAYS + 4 or not _covered(fleet):
        return []
    seen = fleet > 0
    counts, exposure = day_counts[:, seen][:, -LONGEST:], day_exposure[:, seen][:, -LONGEST:]
    n = counts.shape[1]
    if n < BEFORE_DAYS + 4:
        return []
    whole = (exposure >= 0.5 * fleet[seen][-LONGEST:]).all(axis=1)
    whole &= (exposure[:, -4:] >= COVERED * fleet[-4:]).all(axis=1)
    rows = np.flatnonzero(candidates & whole & (np.median(counts[:, :-4], axis=1) >= BUSY))
    if not len(rows):
        return []
    counts, exposure = counts[rows], exposure[rows]
    logs, phi = log_rates(counts, exposure), memory(slow_hours)
    best = np.zeros((4, len(rows)))
    for days, between in ((2, 0), (2, 1), (3, 0), (3, 1)):
        design = _fallen(n, days, between)
        change, t, _ = fit(logs, design, phi)
        score = surprise(-t, n - design.shape[1])
        before, since = logs[:, : n - days - between], logs[:, n - days :]
        low = since.max(axis=1) <= before.min(axis=1) + math.log(BELOW_ALL)
        low &= since.mean(axis=1) <= np.median(before, axis=1) + math.log(LEFT)
        better = (score >= SCORE) & low & (score > best[0])
        best = np.where(better, np.stack([score, np.full(len(rows), float(days)), change, t]), best)
    found = np.flatnonzero(best[1])
    if len(found) > max(TOGETHER, len(rows) / 20):
        return []
    return [_told(rows[i], counts[i], exposure[i], best[:, i]) for i in found]


def _covered(fleet: Floats) -> bool:
    """Whether the last days were watched as well as the weeks before."""
    past = fleet[-BEFORE_DAYS - 4 : -4]
    usual = float(np.median(past[past > 0])) if (past > 0).any() else 0.0
    return bool(usual > 0 and (fleet[-7:] >= COVERED * usual).all())


def _told(series: int, counts: Floats, exposure: Floats, best: Floats) -> Change:
    score, days, change, t = best.tolist()
    past, since = slice(0, len(counts) - int(days) - 1), slice(len(counts) - int(days), None)
    rate = float(counts[past].sum() / exposure[past].sum())
    left = float(counts[since].sum() / exposure[since].sum()) / rate
    return Change(int(series), int(days), left, rate, score, abs(change / t))


def _fallen(n: int, days: int, between: int) -> Floats:
    """A level, one day of its own if *between*, and another level for the last *days*."""
    day = np.arange(n)
    columns = [np.ones(n), *([day == n - days - 1] if between else []), day >= n - days]
    return np.stack(columns, axis=1) * 1.0
