"""
What is normal for a sensor: its packets against its own past, by the hour of the week, whatever single days brought.

Works on one sensor's hours at a time and knows no tables. That a port rises is for `isdas.detect` to find; this only
asks whether the sensor hears what it used to.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HOURS_BACK = 56 * 24
"""How far the past reaches: eight of each hour of the week."""

LEAST_HOURS = 72
"""Before a sensor has been heard for three days nothing is normal for it."""

_DAY = 24
_LEAST_SECONDS = 900.0
_SPREAD_FLOOR = 0.15
"""No sensor is so regular that a day 15 % above its normal were remarkable."""

_SHRINK = 4.0
"""So many observations the prior of an hour of the day or a day of the week counts for: that it is like the others."""

_MAD = 1.4826
"""Median absolute deviation to standard deviation, of a normal distribution."""

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Against:
    """
    Packets of a stretch against what is normal for it.

    Attributes:
        packets: as many as a whole stretch would have had.
        expected: as many as were to be expected.
        score: how far that is away, in spreads of the past; positive is more.
    """

    packets: float
    expected: float
    score: float

    @property
    def ratio(self) -> float:
        """How many times as many as expected."""
        return self.packets / max(self.expected, 1e-9)


@dataclass(frozen=True, slots=True)
class Normal:
    """
    A sensor's last day and last hour against its own past.

    Attributes:
        day, hour: the last day (as far as it was observed) and the last observed hour.
    """

    day: Against
    hour: Against


def normal(hours: _Ints, packets: _Ints, seconds: _Floats) -> Normal | None:
    """
    The last day and hour against the eight weeks before them; None if there is too little to compare with.

    Args:
        hours: int64[n], hours since 1970 that were observed at least in part, sorted, each once.
        packets: int64[n], what came in each.
        seconds: float64[n], how much of each was observed.

    The rate is taken to be a level times a factor for the hour of the day times one for the day of the week, all
    medians of logarithms, so that a day of flood or of silence in the past moves none of them far.
    """
    enough = seconds >= _LEAST_SECONDS
    hours, rate = hours[enough], packets[enough] * 3600.0 / seconds[enough]
    if not len(hours):
        return None
    past = (hours <= hours[-1] - _DAY) & (hours > hours[-1] - _DAY - HOURS_BACK)
    if past.sum() < LEAST_HOURS:
        return None
    log = np.log1p(rate)
    shape = _shape(hours, log, past)
    level = float(np.median((log - shape)[past]))
    expected = np.maximum(np.expm1(level + shape), 0.0)
    # What a mean is above a median differs from sensor to sensor: the past says by how much.
    days = _by_day(hours[past], rate[past], expected[past], hours[-1])
    last = hours > hours[-1] - _DAY
    day = _against(rate[last].sum(), expected[last].sum(), days)
    return Normal(day, _against(rate[-1], expected[-1], (log - level - shape)[past]))


def _shape(hours: _Ints, log: _Floats, past: npt.NDArray[np.bool_]) -> _Floats:
    """The logarithm of the factors of each hour: of the hour of the day and of the day of the week."""
    of_day = _effect(hours % _DAY, log, past)
    # 1970-01-01 was a Thursday; which day is called first does not matter.
    return of_day + _effect(hours // _DAY % 7, log - of_day, past)


def _effect(of: _Ints, log: _Floats, past: npt.NDArray[np.bool_]) -> _Floats:
    middle = np.median(log[past])
    effect = np.zeros(len(of))
    for each in np.unique(of[past]).tolist():
        mine = log[past & (of == each)]
        effect[of == each] = (np.median(mine) - middle) * len(mine) / (len(mine) + _SHRINK)
    return effect


def _by_day(hours: _Ints, rate: _Floats, expected: _Floats, last: int) -> _Floats:
    """The logarithm of packets over expected packets, for each past day, counted back from the last hour."""
    day = (last - hours) // _DAY
    _, of = np.unique(day, return_inverse=True)
    return np.asarray(np.log((np.bincount(of, rate) + 0.5) / (np.bincount(of, expected) + 0.5)))


def _against(packets: float, expected: float, past: _Floats) -> Against:
    """Packets against expected ones, given the logarithms of the same ratio in the past."""
    middle = float(np.median(past))
    usual = (expected + 0.5) * np.exp(middle) - 0.5
    spread = max(_MAD * float(np.median(np.abs(past - middle))), _SPREAD_FLOOR)
    # Small counts differ by chance, however regular the past was.
    spread = float(np.hypot(spread, 1 / np.sqrt(max(usual, 0.0) + 1)))
    return Against(float(packets), float(max(usual, 0.0)), float(np.log((packets + 0.5) / (usual + 0.5)) / spread))
