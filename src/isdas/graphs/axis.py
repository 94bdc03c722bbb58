"""
Ticks of both axes: local midnights and month starts below, round numbers at the side.

Ticks are chosen here and not by Vega, so that a day on the axis is a day in the period's zone, summer time included,
whatever zone the reader's browser or the drawing machine is in.
"""

import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from isdas.graphs.measure import width
from isdas.model.time import Period

FONT_SIZE = 12
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOURS = (1, 3, 6, 12)
_DAYS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 3, 6, 12, 24, 60, 120)


class Tick(NamedTuple):
    """A place on the time axis with its label of one or two lines."""

    at: datetime
    label: tuple[str, ...]


class Scale(NamedTuple):
    """
    The value axis.

    Attributes:
        top: the highest value of the axis.
        ticks: the values with a grid line, 0 first.
        decimals: how many decimals their labels need.
        constant: the value below which a logarithmic axis becomes linear, so that 0 has a place; 0 for a linear axis.
    """

    top: float
    ticks: tuple[float, ...]
    decimals: int
    constant: float = 0.0


def tick_format(scale: Scale) -> str:
    """The d3 format of the value labels: thousands separators, equal decimals unless the axis is logarithmic."""
    return f",.{scale.decimals}{'~' if scale.constant else ''}f"


def time_ticks(period: Period, room: float, language: str) -> tuple[Tick, ...]:
    """The finest ticks whose labels fit side by side into *room* pixels; the year stands under the first of each."""
    best: tuple[Tick, ...] = ()
    for moments in _candidates(period):
        if len(moments) < 2 and best:
            break
        best = _labelled(moments, language)
        if moments and len(moments) * _widest(best) <= room:
            break
    return best


def value_scale(highest: float, *, log: bool = False, lowest: float = 1.0) -> Scale:
    """
    Round ticks from 0 to at least *highest*.

    Args:
        highest: the largest value shown.
        log: a logarithmic axis, linear below *lowest*'s power of ten.
        lowest: the smallest value above 0.
    """
    highest = highest if highest > 0 and math.isfinite(highest) else 1.0
    if log:
        return _log_scale(highest, lowest)
    step = _nice(highest / 5)
    n = math.ceil(highest / step - 1e-9)
    decimals = next(d for d in range(12) if abs(round(step, d) - step) < step * 1e-6)
    ticks = tuple(round(i * step, decimals) for i in range(n + 1))
    # A little air above the highest point, unless the next tick is already far above it.
    return Scale(max(ticks[-1], highest * 1.04), ticks, decimals)


def _log_scale(highest: float, lowest: float) -> Scale:
    top = math.ceil(math.log10(highest) - 1e-9)
    # Five decades are enough: what is smaller is drawn close to 0.
    bottom = max(min(math.floor(math.log10(lowest) + 1e-9), top - 1), top - 5)
    ticks = (0.0, *(10.0**power for power in range(bottom, top + 1)))
    return Scale(max(ticks[-1], highest), ticks, max(0, -bottom), 10.0**bottom)


def _nice(rough: float) -> float:
    """The nearest round step at or above *rough*."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))


def _candidates(period: Period) -> Iterator[list[datetime]]:
    first, last = period.first_day, period.last_day
    if period.days <= 4:
        for step in _HOURS:
            yield _within(period, [(day, hour) for day in _days(first, last, 1) for hour in range(0, 24, step)])
    for step in _DAYS:
        yield _within(period, [(day, 0) for day in _days(first, last, step)])
    for step in _MONTH_STEPS:
        yield _within(period, [(day, 0) for day in _month_starts(first, last, step)])


def _within(period: Period, places: list[tuple[date, int]]) -> list[datetime]:
    """The local times that lie in the period; an hour that summer time skips is left out."""
    found = []
    for day, hour in places:
        local = datetime.combine(day, time(hour), tzinfo=period.zone)
        at = local.astimezone(period.start.tzinfo)
        if period.start <= at < period.end and (hour == 0 or at.astimezone(period.zone).hour == hour):
            found.append(at.astimezone(period.zone))
    return found


def _days(first: date, last: date, step: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, step)]


def _month_starts(first: date, last: date, step: int) -> list[date]:
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(m // 12, m % 12 + 1, 1) for m in months if m % step == 0]


def _labelled(moments: list[datetime], language: str) -> tuple[Tick, ...]:
    by_hour = any(local.hour for local in moments)
    monthly = len(moments) > 1 and all(local.day == 1 for local in moments) and not by_hour
    ticks: list[Tick] = []
    year = day = None
    for local in moments:
        if by_hour:
            lines = [local.strftime("%H:%M"), *([_day(local, language)] if local.date() != day else [])]
        else:
            lines = [_month(local, language) if monthly else _day(local, language)]
            lines += [_year(local, language)] if local.year != year else []
        year, day = local.year, local.date()
        ticks.append(Tick(local, tuple(lines)))
    return tuple(ticks)


def _day(local: datetime, language: str) -> str:
    return f"{local.month}/{local.day}" if language == "ja" else f"{_MONTHS[local.month - 1]} {local.day}"


def _month(local: datetime, language: str) -> str:
    return f"{local.month}月" if language == "ja" else _MONTHS[local.month - 1]


def _year(local: datetime, language: str) -> str:
    return f"{local.year}年" if language == "ja" else str(local.year)


def _widest(ticks: tuple[Tick, ...]) -> float:
    # Second lines are rare enough to have room beside them.
    return max((width(tick.label[0], FONT_SIZE) for tick in ticks), default=0.0) + 12
