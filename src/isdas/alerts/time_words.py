"""
The begin of a rise in words that are as exact as the estimate, and no more.

Does not estimate anything: it puts an interval into the words of the configured zone.
"""

from calendar import month_name
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

PART_OF_DAY_HOURS = 6
"""Widest interval, in hours, for which a part of the day is named."""

_MOST_DAYS = 4
_PARTS = (
    # The parts and their three-hour bounds are those of the Japan Meteorological Agency's terms of time.
    ("the early hours of", "未明"),
    ("early morning on", "明け方"),
    ("the morning of", "朝"),
    ("late morning on", "昼前"),
    ("early afternoon on", "昼過ぎ"),
    ("late afternoon on", "夕方"),
    ("early evening on", "夜"),
    ("late evening on", "夜遅く"),
)
_THIRDS = (("early ", "上旬"), ("mid-", "中旬"), ("late ", "下旬"))


@dataclass(frozen=True, slots=True)
class TimeWords:
    """
    A begin in words.

    Attributes:
        en: what follows "since", as in ``late evening on October 30, 2008``.
        ja: what comes before から, as in ``2008年10月30日夜遅く``.
        precision: ``part-of-day``, ``day``, ``days``, ``third-of-month``,
            ``thirds-of-month``, ``month`` or ``months``.
        day: the most likely date, in the zone.
    """

    en: str
    ja: str
    precision: str
    day: date


def time_words(at: datetime, low: datetime, high: datetime, zone: ZoneInfo) -> TimeWords:
    """
    The words for an onset *at* with the interval from *low* to *high*, as read in *zone*.

    Late evening means 21:00 to midnight, and is said only if the interval is at most six hours wide. The interval's
    upper end is its last instant: an interval that ends at midnight does not touch the next day.
    """
    low, high = min(low, at), max(high, at)
    local = at.astimezone(zone)
    first = low.astimezone(zone).date()
    last = max(low, high - timedelta(microseconds=1)).astimezone(zone).date()
    if high - low <= timedelta(hours=PART_OF_DAY_HOURS):
        en, ja = _PARTS[local.hour // 3]
        return TimeWords(f"{en} {day_en(local)}", f"{day_ja(local)}{ja}", "part-of-day", local.date())
    return TimeWords(*_dates(first, last), local.date())


def day_en(day: date) -> str:
    """``October 30, 2008``."""
    return f"{month_name[day.month]} {day.day}, {day.year}"


def day_ja(day: date) -> str:
    """``2008年10月30日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def month_en(day: date) -> str:
    """``October 2008``."""
    return f"{month_name[day.month]} {day.year}"


def month_ja(day: date) -> str:
    """``2008年10月``."""
    return f"{day.year}年{day.month}月"


def _dates(first: date, last: date) -> tuple[str, str, str]:
    same_month = (first.year, first.month) == (last.year, last.month)
    if first == last:
        return day_en(first), day_ja(first), "day"
    if (last - first).days <= _MOST_DAYS:
        return _range_en(first, last), _range_ja(first, last), "days"
    if _index(first) == _index(last):
        en, ja = _THIRDS[_third(first)]
        return f"{en}{month_en(first)}", f"{month_ja(first)}{ja}", "third-of-month"
    if _index(last) - _index(first) == 1:
        return _two_thirds_en(first, last), _two_thirds_ja(first, last), "thirds-of-month"
    if same_month:
        return f"around {month_en(first)}", f"{month_ja(first)}ごろ", "month"
    end = month_ja(last) if first.year != last.year else f"{last.month}月"
    start = month_en(first) if first.year != last.year else month_name[first.month]
    return f"some time between {start} and {month_en(last)}", f"{month_ja(first)}〜{end}ごろ", "months"


def _range_en(first: date, last: date) -> str:
    if first.year != last.year:
        return f"around {day_en(first)} to {day_en(last)}"
    if first.month != last.month:
        return f"around {month_name[first.month]} {first.day} to {day_en(last)}"
    return f"around {month_name[first.month]} {first.day} to {last.day}, {last.year}"


def _range_ja(first: date, last: date) -> str:
    if first.year != last.year:
        return f"{day_ja(first)}〜{day_ja(last)}ごろ"
    month = "" if first.month == last.month else f"{last.month}月"
    return f"{day_ja(first)}〜{month}{last.day}日ごろ"


def _two_thirds_en(first: date, last: date) -> str:
    start, end = _THIRDS[_third(first)][0], _THIRDS[_third(last)][0]
    if first.month == last.month:
        return f"around {start.rstrip()} to {end}{month_en(last)}"
    month = month_en(first) if first.year != last.year else month_name[first.month]
    return f"around {start}{month} to {end}{month_en(last)}"


def _two_thirds_ja(first: date, last: date) -> str:
    month = "" if first.month == last.month else f"{last.month}月"
    end = month_ja(last) if first.year != last.year else month
    return f"{month_ja(first)}{_THIRDS[_third(first)][1]}〜{end}{_THIRDS[_third(last)][1]}ごろ"


def _index(day: date) -> int:
    return (day.year * 12 + day.month) * 3 + _third(day)


def _third(day: date) -> int:
    return min((day.day - 1) // 10, 2)
