"""
Numbers, times and addresses read from the bytes of many short texts, compiled.

It knows one strict notation of each; what is written otherwise is left to slower readers.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

UNREAD, LOCAL, STATED = 0, 1, 2
"""What `iso_times` says of a text: not in its notation, a time without an offset, a time with one."""

NO_DAY = -1 << 62

_ZERO, _NINE, _PLUS, _COMMA, _MINUS, _DOT, _COLON, _SPACE, _T, _Z = 48, 57, 43, 44, 45, 46, 58, 32, 84, 90
_A, _F, _LOWER = 97, 102, 32
_MOST = (1 << 63) - 1


def integers(column: pa.Array) -> tuple[Ints, Mask]:
    """
    Whole decimal numbers of at most 64 bits; also with ``.0`` behind them, as programs write them that keep numbers
    with gaps as fractions. int64[n], and which texts are such.
    """
    values, good = np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    _integers(*bytes_of(column), values, good)
    return values, good


def counts(column: pa.Array) -> tuple[Ints, Ints, Mask]:
    """Whole parts and billionths of decimal numbers that are not negative, and which texts are such."""
    whole, billionths = np.zeros((2, len(column)), np.int64)
    good = np.zeros(len(column), np.bool_)
    _counts(*bytes_of(column), whole, billionths, good)
    return whole, billionths, good


def iso_times(column: pa.Array) -> tuple[Ints, npt.NDArray[np.int8]]:
    """
    Microseconds since 1970 of ISO 8601 times (``2008-10-31T21:00:00.5+09:00``, parts from the minute on optional), in
    UTC where an offset is stated, else as they stand; and UNREAD, LOCAL or STATED of each. Further digits are cut off.
    """
    values, state = np.zeros(len(column), np.int64), np.zeros(len(column), np.int8)
    _iso_times(*bytes_of(column), values, state)
    return values, state


def ipv4(column: pa.Array) -> tuple[Ints, Mask]:
    """IPv4 addresses in four decimal parts as numbers, and which texts are such."""
    values, good = np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    _ipv4(*bytes_of(column), values, good)
    return values, good


def ipv6(column: pa.Array) -> tuple[Ints, Ints, Mask]:
    """Upper and lower halves of IPv6 addresses (RFC 4291, 2.2) without zones, and which texts are such."""
    high, low = np.zeros((2, len(column)), np.int64)
    good = np.zeros(len(column), np.bool_)
    _ipv6(*bytes_of(column), high, low, good)
    return high, low, good


def bytes_of(column: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """The bytes of all texts, and where each begins and the last ends."""
    _, offsets, data = column.buffers()
    if not len(column) or offsets is None:
        return np.zeros(0, np.uint8), np.zeros(len(column) + 1, np.int32)
    begins = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8), begins


@njit(cache=True, nogil=True)
def _digits(data: Any, at: int, end: int) -> tuple[Any, int]:
    """The number that begins at *at* and where it ends; -1 if it is larger than 64 bits."""
    value = np.int64(0)
    while at < end and _ZERO <= data[at] <= _NINE:
        digit = np.int64(data[at]) - _ZERO
        if value > (_MOST - digit) // 10:
            return -1, at
        value = value * 10 + digit
        at += 1
    return value, at


@njit(cache=True, nogil=True)
def _integers(data: Any, begins: Any, values: Any, good: Any) -> None:
    for i in range(len(values)):
        at, end = begins[i], begins[i + 1]
        negative = at < end and data[at] == _MINUS
        if negative or (at < end and data[at] == _PLUS):
            at += 1
        value, after = _digits(data, at, end)
        if after + 2 == end and data[after] == _DOT and data[after + 1] == _ZERO:
            end = after
        if value >= 0 and after > at and after == end:
            values[i] = -value if negative else value
            good[i] = True


@njit(cache=True, nogil=True)
def _counts(data: Any, begins: Any, whole: Any, billionths: Any, good: Any) -> None:
    for i in range(len(whole)):
        at, end = begins[i], begins[i + 1]
        value, after = _digits(data, at, end)
        if value < 0 or after == at:
            continue
        part, worth = 0, 100_000_000
        if after + 1 < end and data[after] == _DOT:
            after += 1
            while after < end and _ZERO <= data[after] <= _NINE:
                part += (data[after] - _ZERO) * worth
                worth //= 10
                after += 1
        if after == end:
            whole[i], billionths[i], good[i] = value, part, True


@njit(cache=True, nogil=True)
def pair(data: Any, at: int, end: int) -> int:
    """The two digits at *at*; -1 if they are none."""
    if at + 2 > end:
        return -1
    tens, ones = data[at] - _ZERO, data[at + 1] - _ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -1


@njit(cache=True, nogil=True)
def _day(data: Any, at: int, end: int) -> int:
    """Days since 1970 of the date at *at*; NO_DAY if it is none."""
    century, year = pair(data, at, end), pair(data, at + 2, end)
    month, day = pair(data, at + 5, end), pair(data, at + 8, end)
    if century < 0 or year < 0 or day < 0 or data[at + 4] != _MINUS or data[at + 7] != _MINUS:
        return NO_DAY
    return days(century * 100 + year, month, day)


@njit(cache=True, nogil=True)
def days(year: int, month: int, day: int) -> int:
    """Days since 1970 of a date; NO_DAY if there is none. Proleptic Gregorian calendar (ISO 8601, 4.2.1)."""
    if month < 1 or month > 12 or day < 1:
        return NO_DAY
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = 30 + (month + month // 8) % 2
    if month == 2:
        length = 29 if leap else 28
    if year < 1 or day > length:
        return NO_DAY
    # Years are counted from March, so that the leap day is the last of its year.
    counted = year - 1 if month <= 2 else year
    in_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return counted * 365 + counted // 4 - counted // 100 + counted // 400 + in_year - 719_468


@njit(cache=True, nogil=True)
def _clock(data: Any, at: int, end: int) -> tuple[Any, int]:
    """Microseconds since midnight of the time at *at*, and where it ends; -1 if it is none."""
    hour, minute = pair(data, at, end), pair(data, at + 3, end)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or data[at + 2] != _COLON:
        return -1, at
    at += 5
    value = np.int64(hour * 3600 + minute * 60) * 1_000_000
    if at < end and data[at] == _COLON:
        second = pair(data, at + 1, end)
        # A leap second, which becomes the next one: at the end of a quarter of an hour in every zone there is.
        if second < 0 or second > 59 + (minute % 15 == 14):
            return -1, at
        value += second * 1_000_000
        at += 3
        if at + 1 < end and (data[at] == _DOT or data[at] == _COMMA) and _ZERO <= data[at + 1] <= _NINE:
            at, worth = at + 1, 100_000
            while at < end and _ZERO <= data[at] <= _NINE:
                value += (np.int64(data[at]) - _ZERO) * worth
                worth //= 10
                at += 1
    return value, at


@njit(cache=True, nogil=True)
def _offset(data: Any, at: int, end: int) -> int:
    """Minutes east of UTC of the offset that goes from *at* to *end*; -10000 if it is none."""
    if at + 1 == end and data[at] == _Z:
        return 0
    if data[at] != _PLUS and data[at] != _MINUS:
        return -10_000
    hours = pair(data, at + 1, end)
    colon = at + 3 < end and data[at + 3] == _COLON
    minutes = pair(data, at + 4, end) if colon else pair(data, at + 3, end)
    length = end - at
    if length == 3:
        minutes = 0
    if hours < 0 or hours > 23 or minutes < 0 or minutes > 59 or length != (6 if colon else (3 if length == 3 else 5)):
        return -10_000
    east = hours * 60 + minutes
    return -east if data[at] == _MINUS else east


@njit(cache=True, nogil=True)
def _iso_times(data: Any, begins: Any, values: Any, state: Any) -> None:
    for i in range(len(values)):
        at, end = begins[i], begins[i + 1]
        day = _day(data, at, end)
        if day == NO_DAY:
            continue
        at += 10
        clock: Any = np.int64(0)
        if at < end:
            if data[at] != _T and data[at] != _SPACE:
                continue
            clock, at = _clock(data, at + 1, end)
            if clock < 0:
                continue
        east, known = 0, LOCAL
        if at < end:
            east, known = _offset(data, at, end), STATED
            if east == -10_000:
                continue
        values[i] = day * 86_400_000_000 + clock - np.int64(east) * 60_000_000
        state[i] = known


@njit(cache=True, nogil=True)
def _quad(data: Any, at: int, end: int) -> Any:
    """The IPv4 address that goes from *at* to *end*; -1 if it is none."""
    value = np.int64(0)
    for part in range(4):
        octet, after = _digits(data, at, min(end, at + 3))
        if after == at or octet > 255:
            return np.int64(-1)
        value = value << 8 | octet
        at = after
        if part < 3:
            if at >= end or data[at] != _DOT:
                return np.int64(-1)
            at += 1
    return value if at == end else np.int64(-1)


@njit(cache=True, nogil=True)
def _ipv4(data: Any, begins: Any, values: Any, good: Any) -> None:
    for i in range(len(values)):
        value = _quad(data, begins[i], begins[i + 1])
        if value >= 0:
            values[i], good[i] = value, True


@njit(cache=True, nogil=True)
def _hexadecimal(data: Any, at: int, end: int) -> tuple[Any, int]:
    """The number of at most four hexadecimal digits that begins at *at*, and where it ends."""
    value, stop = np.int64(0), min(end, at + 4)
    while at < stop:
        letter = np.int64(data[at])
        if _ZERO <= letter <= _NINE:
            digit = letter - _ZERO
        elif _A <= (letter | _LOWER) <= _F:
            digit = (letter | _LOWER) - _A + 10
        else:
            break
        value = value << 4 | digit
        at += 1
    return value, at


@njit(cache=True, nogil=True)
def _groups(data: Any, at: int, end: int, groups: Any) -> tuple[int, int]:
    """Put in the groups from *at* to *end*; gives how many there are, -1 if they make no address, and where :: is."""
    count, gap = 0, -1
    if at + 1 < end and data[at] == _COLON and data[at + 1] == _COLON:
        gap, at = 0, at + 2
    while at < end:
        value, after = _hexadecimal(data, at, end)
        if after < end and data[after] == _DOT:
            quad = _quad(data, at, end)
            if quad < 0 or count > 6:
                return -1, gap
            groups[count], groups[count + 1] = quad >> 16, quad & 0xFFFF
            return count + 2, gap
        if after == at or count == 8:
            return -1, gap
        groups[count] = value
        count += 1
        if after == end:
            return count, gap
        if data[after] != _COLON or after + 1 == end:
            return -1, gap
        at = after + 1
        if data[at] == _COLON:
            if gap >= 0:
                return -1, gap
            gap, at = count, at + 1
    return count, gap


@njit(cache=True, nogil=True)
def _ipv6(data: Any, begins: Any, high: Any, low: Any, good: Any) -> None:
    groups = np.zeros(8, np.int64)
    for i in range(len(good)):
        count, gap = _groups(data, begins[i], begins[i + 1], groups)
        if count < 0 or (gap < 0 and count != 8) or (gap >= 0 and count > 7):
            continue
        for at in range(count):
            # What stands behind the gap belongs to the end.
            place = at if gap < 0 or at < gap else 8 - count + at
            shift = 48 - 16 * (place % 4)
            if place < 4:
                high[i] |= groups[at] << shift
            else:
                low[i] |= groups[at] << shift
        good[i] = True
