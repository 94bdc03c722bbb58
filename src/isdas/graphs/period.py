"""
The published periods: the week, month, quarter or year that ends with a day.
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from isdas.model.errors import IsdasError
from isdas.model.time import Period

SPANS = ("week", "month", "quarter", "year")

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def ending(last: date, span: str, zone: ZoneInfo) -> Period:
    """
    The period of a published figure: seven days, or one, three or twelve months, to the day *last*.

    The quarter to 2008-11-04 begins on 2008-08-05, as in the figure of JPCERT-AT-2008-0019.

    Raises:
        IsdasError: no such span.
    """
    if span not in SPANS:
        raise IsdasError(f"no period {span!r}; there are {', '.join(SPANS)}")
    before = last - timedelta(days=7) if span == "week" else _months_before(last, _MONTHS[span])
    return Period.parse((before + timedelta(days=1)).isoformat(), last.isoformat(), zone)


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))
