"""
Alert numbers, and the addresses that follow from them.

The forms are those of JPCERT/CC's alerts: JPCERT-AT-2008-0019 stands at ``at/2008/at080019.txt`` and its English twin
at ``english/at/2008/at080019.txt``.
"""

import re
from collections.abc import Iterable

from isdas.model.errors import IsdasError

_FORM = re.compile(r"(?P<prefix>.+)-(?P<year>\d{4})-(?P<serial>\d{4})", re.ASCII)
_LAST = 9999


def next_number(existing: Iterable[str], year: int, prefix: str = "ISDAS-AT") -> str:
    """
    The number after the highest of *existing* with this *year* and *prefix*; numbers once given are not reused.

    Raises:
        IsdasError: the year has no number left.
    """
    serials = [serial for number in existing for p, y, serial in [_parse(number)] if (p, y) == (prefix, year)]
    serial = max(serials, default=0) + 1
    if serial > _LAST:
        raise IsdasError(f"all {_LAST} alert numbers of {year} are taken")
    return f"{prefix}-{year:04d}-{serial:04d}"


def file_name(number: str) -> str:
    """
    The name of the file without its ending: ``at080001`` for ``ISDAS-AT-2008-0001``.

    Raises:
        IsdasError: *number* is not an alert number.
    """
    _, year, serial = _parse(number)
    return f"at{year % 100:02d}{serial:04d}"


def text_path(number: str, language: str) -> str:
    """
    Where the text stands below the site's root: ``at/2008/at080001.txt``, other languages under their own folder.

    Raises:
        IsdasError: *number* is not an alert number.
    """
    folder = "english/" if language == "en" else ""
    return f"{folder}at/{_parse(number)[1]:04d}/{file_name(number)}.txt"


def _parse(number: str) -> tuple[str, int, int]:
    match = _FORM.fullmatch(number)
    if match is None:
        raise IsdasError(f"{number!r} is not an alert number: write ISDAS-AT-2008-0001")
    return match["prefix"], int(match["year"]), int(match["serial"])
