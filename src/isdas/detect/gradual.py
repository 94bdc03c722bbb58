"""
Slow ramps and takedowns as incidents of the search: the look that is taken once a day.

Does not test anything by itself (isdas.detect.ramps, isdas.detect.vanished).
"""

import numpy as np
import numpy.typing as npt

from isdas.detect import ramps, vanished
from isdas.detect.config import Config
from isdas.detect.grid import Grid
from isdas.detect.incidents import Incident
from isdas.detect.profile import of_hours
from isdas.detect.scan import DAY_WINDOW
from isdas.detect.slow import Bools, Floats
from isdas.detect.tail import score

AGAIN_DAYS = 28
"""Days for which a series that was told of is not told of again for the same reason."""

HELD = 1.25
"""A ramp is over when a day sees less than this times the level that it grew from."""


def gradual(
    grid: Grid, day: int, candidates: Bools, shape: Floats, told: list[Incident], config: Config
) -> list[Incident]:
    """
    What has grown for weeks or vanished, as of the end of *day*.

    Args:
        grid: the counts.
        day: the last whole day.
        candidates: bool[k], series with enough of a past and no open incident.
        shape: float64[k, 31], see `isdas.detect.profile.shapes`.
        told: incidents so far.
        config: settings.
    """
    days = slice(0, day + 1)
    counts, exposure = grid.day_counts[:, days].astype(np.float64), grid.day_exposure[:, days]
    grown = ramps.ramps(counts, exposure, candidates & ~_lately(told, "ramp", day, len(counts)), config.slow_hours)
    fallen = vanished.falls(counts, exposure, candidates & ~_lately(told, "fall", day, len(counts)), config.slow_hours)
    return [
        *(_incident(grid, day, shape, "ramp", one, config) for one in grown),
        *(_incident(grid, day, shape, "fall", one, config) for one in fallen),
    ]


def held(grid: Grid, incident: Incident, day: int) -> bool:
    """Whether a ramp still stands above the level that it grew from; days that nobody observed do not end it."""
    hours = slice(day * 24, day * 24 + 24)
    usual = incident.rate * float(grid.exposure[hours].sum())
    return bool(grid.counts[incident.series, hours].sum() >= HELD * usual)


def _lately(told: list[Incident], change: str, day: int, n: int) -> npt.NDArray[np.bool_]:
    since = (day - AGAIN_DAYS) * 24
    return np.isin(np.arange(n), [one.series for one in told if one.change == change and one.hour >= since])


def _incident(
    grid: Grid, day: int, shape: Floats, change: str, one: ramps.Ramp | vanished.Fall, config: Config
) -> Incident:
    """The whole stretch of the change as one window, whose spread is that of the change's own logarithm."""
    s, end = one.series, day * 24 + 24
    begin = max(0, end - one.days * 24)
    hours = np.arange(begin, end)
    usable = grid.usable[s, hours]
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
        shape=shape[s].copy(),
        hourly=config.hourly_variance,
        end=end if change == "fall" else None,
        change=change,
        days=one.days,
    )
