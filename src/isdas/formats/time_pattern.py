"""
Times by a strptime pattern, compiled for the patterns that logs have.

What it does not understand, a pattern or a text, is left to Python's strptime; what it does, it reads alike.
"""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from isdas.formats.digits import NO_DAY, Ints, Mask, bytes_of, days, pair

_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND, _MICRO = range(7)
_FIELDS = {"Y": _YEAR, "m": _MONTH, "d": _DAY, "H": _HOUR, "M": _MINUTE, "S": _SECOND, "f": _MICRO}
_NAMED_MONTH = 7
_SECTION = 1000
"""What is added to a field to tell it from a letter."""

_MONTHS = tuple(
    int.from_bytes(name, "big")
    for name in (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
)
_LOWER, _ZERO, _NINE = 0x202020, 48, 57


@cache
def program(pattern: str) -> npt.NDArray[np.int64] | None:
    """int64[n], letters and fields of a pattern of ``%Y %m %b %d %H %M %S %f``; None if there is more in it."""
    steps: list[int] = []
    letters = iter(pattern)
    for letter in letters:
        following = next(letters, "") if letter == "%" else ""
        if following in {*_FIELDS, "b"}:
            steps.append(_SECTION + (_NAMED_MONTH if following == "b" else _FIELDS[following]))
        elif letter == "%" or not letter.isascii():
            return None
        else:
            steps.append(ord(letter))
    fields = [step - _SECTION for step in steps if step >= _SECTION]
    kinds = [_MONTH if field == _NAMED_MONTH else field for field in fields]
    # A fraction takes as many digits as there are, so that none of another field may follow.
    loose = any(a == _SECTION + _MICRO and _eats(b) for a, b in pairwise(steps))
    if loose or len(set(kinds)) < len(kinds) or not {_YEAR, _MONTH, _DAY} <= set(kinds):
        return None
    return np.array(steps, np.int64)


def _eats(step: int) -> bool:
    """Whether a step takes a digit."""
    return step >= _SECTION or _ZERO <= step <= _NINE


def local_times(column: pa.Array, steps: npt.NDArray[np.int64]) -> tuple[Ints, Mask]:
    """Microseconds since 1970 of times as they stand, by a `program`, and which texts were read."""
    values, good = np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    _read(*bytes_of(column), steps, values, good)
    return values, good


@njit(cache=True, nogil=True)
def _read(data: Any, begins: Any, steps: Any, values: Any, good: Any) -> None:
    found = np.zeros(7, np.int64)
    for i in range(len(values)):
        at, end = begins[i], begins[i + 1]
        found[_HOUR:] = 0
        for step in steps:
            at = _step(data, at, end, step, found)
            if at < 0:
                break
        # A leap second, which becomes the next one, ends a quarter of an hour in every zone there is.
        latest = 59 + (found[_MINUTE] % 15 == 14)
        if at != end or found[_HOUR] > 23 or found[_MINUTE] > 59 or found[_SECOND] > latest:
            continue
        day = days(found[_YEAR], found[_MONTH], found[_DAY])
        if day != NO_DAY:
            seconds = (day * 24 + found[_HOUR]) * 3600 + found[_MINUTE] * 60 + found[_SECOND]
            values[i], good[i] = seconds * 1_000_000 + found[_MICRO], True


@njit(cache=True, nogil=True)
def _step(data: Any, at: int, end: int, step: int, found: Any) -> int:
    """Take a letter or a field at *at*; gives where it ends, -1 if it is not there."""
    if step < _SECTION:
        return at + 1 if at < end and data[at] == step else -1
    field = step - _SECTION
    if field == _MICRO:
        return _fraction(data, at, end, found)
    if field == _NAMED_MONTH:
        if at + 3 > end:
            return -1
        name = (np.int64(data[at]) << 16 | np.int64(data[at + 1]) << 8 | np.int64(data[at + 2])) | _LOWER
        for month in range(12):
            if _MONTHS[month] == name:
                found[_MONTH] = month + 1
                return at + 3
        return -1
    value = pair(data, at, end)
    at += 2
    if field == _YEAR and value >= 0:
        rest = pair(data, at, end)
        value = value * 100 + rest if rest >= 0 else -1
        at += 2
    found[field] = value
    return at if value >= 0 else -1


@njit(cache=True, nogil=True)
def _fraction(data: Any, at: int, end: int, found: Any) -> int:
    worth, begin = 100_000, at
    found[_MICRO] = 0
    while at < end and worth and _ZERO <= data[at] <= _NINE:
        found[_MICRO] += (np.int64(data[at]) - _ZERO) * worth
        worth //= 10
        at += 1
    return at if at > begin else -1
