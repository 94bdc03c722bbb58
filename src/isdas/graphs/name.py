"""
Canonical file names of figures, and the bin width that a period is drawn with.

Writes no file.
"""

import re
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from isdas.model.errors import IsdasError, NotFound
from isdas.model.port import Port
from isdas.model.time import Period

SUFFIXES = ("png", "svg", "csv", "json")
"""The forms a figure can be had in."""

_PATH = re.compile(
    r"isdas/(?P<year>\d{4})/(?P<start>\d{8})-(?P<end>\d{2}|\d{4})"
    r"(?:_(?P<protocol>tcp|udp|icmpv6|icmp|ip)?(?P<number>\d{1,5}))?"
    r"_(?P<by>[a-z]+)(?:_(?P<language>ja))?\.(?P<suffix>png|svg|csv|json)",
    re.ASCII,
)
# Geometric means of neighbouring published periods: 7 and 30 days, 30 and 92 days.
_LONGEST_BY_HOUR_DAYS = 14
_LONGEST_BY_SIX_HOURS_DAYS = 52


class Name(NamedTuple):
    """What a canonical path says: period, port if any, what the lines are, language and form."""

    period: Period
    port: Port | None
    by: str
    language: str = "en"
    suffix: str = "png"


def canonical_path(period: Period, port: Port | None, by: str, *, language: str = "en", suffix: str = "png") -> str:
    """
    The path of a figure below the site's root: ``isdas/2008/20080805-1104_445_port.png``.

    The form is that of the figures cited by JPCERT-AT-2008-0019 and JPCERT-AT-2009-0002: the folder is the year of
    the last day, and the last day itself never has a year, even across New Year. TCP ports are bare numbers; other
    protocols come first, as in ``udp53413`` and ``icmp8``. A figure of all ports leaves the port out
    (``20080805-1104_port.png``): a port token always has a digit and *by* never has one, so the two cannot be
    confused. Pictures in Japanese have ``_ja`` before the dot. Times of day are not part of a name: periods are dates.
    """
    last = period.last_day
    token = "" if port is None else f"_{_token(port)}"
    tail = "" if language == "en" else f"_{language}"
    return f"isdas/{last:%Y}/{period.first_day:%Y%m%d}-{last:%m%d}{token}_{by}{tail}.{suffix}"


def parse_path(path: str, zone: ZoneInfo) -> Name:
    """
    Read a canonical path; the names of 2005 (``20050708-15_tcp1433_port.png``) are understood as well.

    Raises:
        NotFound: *path* is not the name of any figure.
    """
    match = _PATH.fullmatch(path.lstrip("/"))
    try:
        if match is None:
            raise ValueError
        period = _period(match["year"], match["start"], match["end"], zone)
        port = Port.parse(f"{match['number']}/{match['protocol'] or 'tcp'}") if match["number"] else None
    except (ValueError, IsdasError):
        raise NotFound(f"{path!r} is not the name of a figure, such as isdas/2008/20080805-1104_445_port.png") from None
    return Name(period, port, match["by"], match["language"] or "en", match["suffix"])


def default_bin_hours(period: Period) -> int:
    """The bin width of a period: a week by hour, a month by six hours, longer by day; others as the nearest."""
    if period.days <= _LONGEST_BY_HOUR_DAYS:
        return 1
    return 6 if period.days <= _LONGEST_BY_SIX_HOURS_DAYS else 24


def _token(port: Port) -> str:
    number, protocol = str(port).split("/")
    return number if protocol == "tcp" else f"{protocol}{number}"


def _period(year: str, start: str, end: str, zone: ZoneInfo) -> Period:
    first = datetime.strptime(start, "%Y%m%d").date()
    # In 2005 a period within one month had its last day alone.
    month = int(end[:2]) if len(end) == 4 else first.month
    last = date(int(year), month, int(end[-2:]))
    if last < first:
        raise ValueError
    return Period.parse(first.isoformat(), last.isoformat(), zone)
