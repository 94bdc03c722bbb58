"""
Slow ramps and takedowns as incidents of the search: the look that is taken once a day.

Does not test anything by itself (isdas.detect.ramps, isdas.detect.vanished).
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from isdas.detect import ramps, vanished
from isdas.detect.config import Config
from isdas.detect.grid import Grid
from isdas.detect.incidents import Incident
from isdas.detect.profile import of_hours
from isdas.detect.scan import DAY_WINDOW
from isdas.detect.slow import BUSY, Bools, Change, Floats
from isdas.detect.tail import score

AGAIN_DAYS = 28
"""Days for which a series that was told of is not told of again for the same reason."""

HELD = 1.25
"""A ramp is over when a day sees less than this times the level that it grew from."""


def gradual(
    grid: Grid, day: int, candidates: Bools, shape: npt.NDArray[np.float32], told: list[Incident], config: Config
) -> list[Incident]:
    """
    What has grown for weeks or vanished, as of the end of *day*.

    Args:
        grid: the counts.
        day: the last whole day.
        candidates: bool[k], series with enough of a past.
        shape: float32[k, 31], see `isdas.detect.profile.shapes`.
        told: incidents so far.
        config: settings.

    A ramp may be told of a series whose rise is open: the scan calls the steeper stretches of a calm port's ramp.
    """
    rows = np.flatnonzero(candidates & (grid.day_counts[:, : day + 1].max(axis=1, initial=0) >= BUSY))
    if not len(rows):
        return []
    counts, exposure = _by_day(grid, rows, day)
    fresh = ~_lately(told, "ramp", day, rows)
    grown = ramps.ramps(counts, exposure, fresh, config.slow_hours)
    fresh = ~_lately(told, "fall", day, rows) & ~np.isin(rows, [one.series for one in told if one.end is None])
    fallen = vanished.falls(counts, exposure, fresh, config.slow_hours)
    return [
        *(_incident(grid, day, shape, "ramp", replace(one, series=int(rows[one.series])), config) for one in grown),
        *(_incident(grid, day, shape, "fall", replace(one, series=int(rows[one.series])), config) for one in fallen),
    ]


def held(grid: Grid, incident: Incident, day: int) -> bool:
    """Whether a ramp still stands above the level that it grew from; days that nobody observed do not end it."""
    hours = slice(day * 24, day * 24 + 24)
    usual = incident.rate * float(grid.exposure[hours].sum())
    return bool(grid.counts[incident.series, hours].sum() >= HELD * usual)


def _by_day(grid: Grid, rows: npt.NDArray[np.int64], day: int) -> tuple[Floats, Floats]:
    """All that was seen day by day, hours of incidents included: a rise within a ramp is part of it."""
    first = max(0, day + 1 - ramps.LONGEST)
    hours = slice(first * 24, day * 24 + 24)
    counts = grid.counts[rows, hours].reshape(len(rows), -1, 24).sum(axis=2).astype(np.float64)
    exposure = grid.exposure[hours].reshape(-1, 24).sum(axis=1)
    return counts, np.broadcast_to(exposure, counts.shape)


def _lately(told: list[Incident], change: str, day: int, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    since = (day - AGAIN_DAYS) * 24
    return np.isin(rows, [one.series for one in told if one.change == change and one.hour >= since])


def _incident(
    grid: Grid, day: int, shape: npt.NDArray[np.float32], change: str, one: Change, config: Config
) -> Incident:
    """The whole stretch of the change as one window, whose spread is that of the change's own logarithm."""
    s, end = one.series, day * 24 + 24
    begin = max(0, end - one.days * 24)
    hours = np.arange(begin, end)
    usable = grid.live[hours] > 0
    week = of_hours(shape[s], grid.weekday * 24 + hours)
    usual = float((one.rate * grid.exposure[hours] * week)[usable].sum())
    observed = int(grid.counts[s, hours][usable].sum())
    variance = float(min(one.spread**2, 1.0))
    return Incident(
        series=s,
        hour=end - 1,
        begin=begin,
        which=DAY_WINDOW,
        # Of the window for a ramp, so that guards can say what is left of it; a fall has no upper tail.
        score=score(observed, usual, variance) if change == "ramp" else one.score,
        threshold=ramps.SCORE if change == "ramp" else vanished.SCORE,
        observed=observed,
        usual=usual,
        mean=usual,
        variance=variance,
        support=float(one.rate * grid.exposure[:begin].sum()) + 0.5,
        rate=one.rate,
        shape=shape[s].astype(np.float64),
        hourly=config.hourly_variance,
        slow_sd=config.slow_sd,
        end=end if change == "fall" else None,
        change=change,
        days=one.days,
    )
