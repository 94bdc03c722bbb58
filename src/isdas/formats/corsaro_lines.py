"""
The compiled reading of tuples in the text form of FlowTuple v2: lines to columns of integers.

It does not know intervals; a line that is no tuple is told apart from one that is a bad tuple.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

FIELDS = ("source", "destination", "source_port", "port", "protocol", "ttl", "tcp_flags", "ip_length", "packets")
"""The fields of a tuple in their order: ``src|dst|sport|dport|proto|ttl|0xflags|iplen,packets``."""

GOOD, NO_TUPLE, BLANK, WRONG_COUNT, FIRST_FIELD = 0, 1, 2, 3, 4
"""What a line is: a tuple; a comment, a begin or an end; nothing; of another number of fields; with a bad field, the
first being FIRST_FIELD plus its index."""

_BAR, _COMMA, _HASH, _DOT, _ZERO, _X, _RETURN, _NEWLINE = 124, 44, 35, 46, 48, 120, 13, 10
_BAD = -1
_MOST_DIGITS = 18


@njit(cache=True, nogil=True)
def _decimal(data: Any, at: int, end: int) -> Any:
    """The decimal number that fills the bytes from *at* to *end*, or _BAD."""
    if end <= at or end - at > _MOST_DIGITS:
        return _BAD
    value = np.int64(0)
    for i in range(at, end):
        digit = np.int64(data[i]) - _ZERO
        if digit < 0 or digit > 9:
            return _BAD
        value = value * 10 + digit
    return value


@njit(cache=True, nogil=True)
def _hexadecimal(data: Any, at: int, end: int) -> Any:
    """The number behind ``0x``, or a decimal one, or _BAD."""
    if end - at < 3 or data[at] != _ZERO or data[at + 1] != _X:
        return _decimal(data, at, end)
    if end - at > 2 + 8:
        return _BAD
    value = np.int64(0)
    for i in range(at + 2, end):
        byte = np.int64(data[i])
        digit = byte - _ZERO if byte <= 57 else (byte | 32) - 87
        if digit < 0 or digit > 15 or 57 < byte < 65:
            return _BAD
        value = value << 4 | digit
    return value


@njit(cache=True, nogil=True)
def _address(data: Any, at: int, end: int) -> Any:
    """An IPv4 address as a number; _BAD for everything else, such as one with a masked octet."""
    value, n, begin = np.int64(0), 0, at
    for i in range(at, end + 1):
        if i == end or data[i] == _DOT:
            octet = _decimal(data, begin, i) if i - begin <= 3 else _BAD
            if octet < 0 or octet > 255:
                return _BAD
            value, n, begin = value << 8 | octet, n + 1, i + 1
    return value if n == 4 else _BAD


@njit(cache=True, nogil=True)
def _bounds(data: Any, at: int, end: int, bounds: Any) -> Any:
    """Where each field ends; False if there are not as many as a tuple has."""
    n = 0
    for i in range(at, end):
        if data[i] == (_BAR if n < 7 else _COMMA):
            if n == 8:
                return False
            bounds[n] = i
            n += 1
        elif data[i] == _BAR:
            return False
    bounds[8] = end
    return n == 8


@njit(cache=True, nogil=True)
def _told(data: Any, at: int, end: int) -> Any:
    """Whether a line is a comment, or begins or ends a class: ``# ...``, ``START ...``, ``END ...``."""
    if data[at] == _HASH:
        return True
    start = end - at > 6 and data[at] == 83 and data[at + 1] == 84 and data[at + 5] == 32
    return start or (end - at > 4 and data[at] == 69 and data[at + 1] == 78 and data[at + 3] == 32)


@njit(cache=True, nogil=True)
def read_tuples(
    data: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    values: npt.NDArray[np.int64],
    what: npt.NDArray[np.int8],
) -> None:
    """
    Read every line.

    Args:
        data: whole lines.
        starts: int64[n + 1], where each begins, and where the data ends.
        values: int64[n, len(FIELDS)], what tuples go into; 0 where a field is bad.
        what: int8[n], what each line is.
    """
    bounds = np.empty(9, np.int64)
    for row in range(starts.shape[0] - 1):
        at, end = starts[row], starts[row + 1]
        if end > at and data[end - 1] == _NEWLINE:
            end -= 1
        if end > at and data[end - 1] == _RETURN:
            end -= 1
        if end == at:
            what[row] = BLANK
        elif _told(data, at, end):
            what[row] = NO_TUPLE
        elif not _bounds(data, at, end, bounds):
            what[row] = WRONG_COUNT
        else:
            what[row] = _tuple(data, at, bounds, values[row])


@njit(cache=True, nogil=True)
def _tuple(data: Any, at: int, bounds: Any, values: Any) -> Any:
    """The fields of one line; GOOD, or which of them is the first that is bad."""
    what = GOOD
    for f in range(9):
        if f < 2:
            value = _address(data, at, bounds[f])
        elif f == 6:
            value = _hexadecimal(data, at, bounds[f])
        else:
            value = _decimal(data, at, bounds[f])
        if value < 0:
            value = np.int64(0)
            if what == GOOD:
                what = FIRST_FIELD + f
        values[f] = value
        at = bounds[f] + 1
    return what
