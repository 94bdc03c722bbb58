"""
The compiled reading of the time that a line of a log begins with, in the notations of syslog and its relatives.

It knows nothing of time zones, and of what follows the time. All kernels that call each other are in this one module
because the compiled code is cached per file.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.model.kernels import compiled, inlined

NONE, YEARLESS, LOCAL, INSTANT, BAD = range(5)
"""What a line begins with: no time; one without a year; one without an offset; an instant; a time that cannot be."""

HOST, RFC5424, BARE = range(3)
"""What follows the time: a host and a tag; the header of RFC 5424; the message alone."""

HAVE, TURN, LAST, BASE = range(4)
"""The state that goes from line to line: whether there was a time; how many New Years lie between the first line and
the last one; when in its year that was; the year of the first line, 0 while nobody knows it."""

DAY_S, YEAR_S = 86_400, 372 * 86_400
"""Seconds of a day, and of a year of twelve months of 31 days: the order of times in it is that of a real year."""

TURNS = 32
"""More New Years than that in one file are not told from each other when its year is looked for."""

DAYS = 12 * 31

_KIND, _YEAR, _MONTH, _DAY, _MICROS, _OFFSET, _AFTER, _FOLLOWING = range(8)
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = tuple(int.from_bytes(name.encode(), "big") for name in _NAMES)
_DAYS_OF_WEEK = tuple(int.from_bytes(name, "big") for name in (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"))
_UTC, _GMT = int.from_bytes(b"UTC", "big"), int.from_bytes(b"GMT", "big")
_BOM = int.from_bytes("\ufeff".encode(), "big")
_SPACE, _PLUS, _COMMA, _MINUS, _DOT, _ZERO, _COLON, _LESS, _MORE, _BRACKET = 32, 43, 44, 45, 46, 48, 58, 60, 62, 91
_NAME_BYTES = 256


@inlined
def _is_digit(c: Any) -> Any:
    return 48 <= c <= 57


@inlined
def _two(b: Any, at: Any) -> Any:
    """The number of two digits; -1 if they are none."""
    tens, ones = np.int64(b[at]) - _ZERO, np.int64(b[at + 1]) - _ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else np.int64(-1)


@inlined
def _past_blanks(b: Any, at: Any, end: Any) -> Any:
    while at < end and b[at] == _SPACE:
        at += 1
    return at


@inlined
def _number(b: Any, at: Any, end: Any) -> Any:
    """(value, behind it) of a run of digits; only the first eighteen count."""
    value, first = np.int64(0), at
    while at < end and _is_digit(b[at]):
        if at - first < 18:
            value = value * 10 + np.int64(b[at]) - _ZERO
        at += 1
    return value, at


@inlined
def _fraction(b: Any, at: Any, end: Any) -> Any:
    """(microseconds, behind them) of digits behind a point or a comma, if there are any; further digits are cut off."""
    micros, scale = np.int64(0), np.int64(100_000)
    if at + 1 < end and (b[at] == _DOT or b[at] == _COMMA) and _is_digit(b[at + 1]):
        at += 1
        while at < end and _is_digit(b[at]):
            micros += (np.int64(b[at]) - _ZERO) * scale
            scale //= 10
            at += 1
    return micros, at


@inlined
def _clock(b: Any, at: Any, end: Any) -> Any:
    """(microseconds of the day, behind it) of hh:mm:ss, with a fraction or without; -1 if it is none."""
    if end - at < 8 or b[at + 2] != _COLON or b[at + 5] != _COLON:
        return np.int64(-1), at
    hours, minutes, seconds = _two(b, at), _two(b, at + 3), _two(b, at + 6)
    # The sixtieth second is a leap second, which becomes the next one.
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds <= 60):
        return np.int64(-1), at
    micros, at = _fraction(b, at + 8, end)
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros, at


@inlined
def _days(year: Any, month: Any, day: Any) -> Any:
    """Days since 1970 of a date of the Gregorian calendar; the year is counted from March."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


@inlined
def _date(days: Any) -> Any:
    """(year, month, day) of days since 1970."""
    days += 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 400 + (month <= 2), month, day


@inlined
def _is_day(year: Any, month: Any, day: Any) -> Any:
    """Whether a year has that day; year 0 stands for one that is not known, which may be a leap year."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    if month == 2:
        return day <= (29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28)
    return day <= (30 if month in (4, 6, 9, 11) else 31)


@inlined
def _dated(b: Any, at: Any, end: Any, s: Any) -> None:
    """Read ``2026-01-02T03:04:05.678901+09:00``: T or a blank, fraction and offset optional, a blank before that."""
    s[_KIND] = BAD
    s[_YEAR], _ = _number(b, at, at + 4)
    s[_MONTH], s[_DAY] = _two(b, at + 5), _two(b, at + 8)
    if not _is_day(s[_YEAR], s[_MONTH], s[_DAY]) or end - at < 19 or b[at + 10] not in (84, 116, _SPACE):
        return
    comma = end - at > 19 and b[at + 19] == _COMMA
    s[_MICROS], at = _clock(b, at + 11, end)
    if s[_MICROS] < 0:
        return
    s[_KIND], s[_AFTER] = LOCAL, at
    # Only the kernel's own log writes a comma, and no host behind it (dmesg --time-format iso).
    if comma:
        s[_FOLLOWING] = BARE
    # Behind a blank stands the host, unless that cannot be one.
    if end - at > 4 and b[at] == _SPACE and _is_digit(b[at + 2]) and (b[at + 1] == _PLUS or b[at + 1] == _MINUS):
        at += 1
    _offset(b, at, end, s)
    if s[_KIND] == LOCAL and _is_utc(b, at, end):
        s[_KIND], s[_OFFSET], s[_AFTER] = INSTANT, 0, at + 4


@inlined
def _is_utc(b: Any, at: Any, end: Any) -> Any:
    """Whether `` UTC `` or `` GMT `` stands at *at*."""
    if end - at < 5 or b[at] != _SPACE or b[at + 4] != _SPACE:
        return False
    name = np.int64(b[at + 1]) << 16 | np.int64(b[at + 2]) << 8 | np.int64(b[at + 3])
    return name in (_UTC, _GMT)


@inlined
def _offset(b: Any, at: Any, end: Any, s: Any) -> None:
    """Read ``Z``, ``+09:00``, ``+0900`` or ``+09`` if one follows."""
    if at < end and b[at] in (90, 122):
        s[_KIND], s[_OFFSET], s[_AFTER] = INSTANT, 0, at + 1
    elif end - at >= 3 and b[at] in (_PLUS, _MINUS):
        hours, minutes, sign = _two(b, at + 1), np.int64(0), b[at]
        at += 3
        if at < end and b[at] == _COLON:
            at += 1
        if end - at >= 2 and _is_digit(b[at]):
            minutes = _two(b, at)
            at += 2
        if 0 <= hours < 24 and 0 <= minutes < 60:
            seconds = (hours * 60 + minutes) * 60
            s[_KIND], s[_OFFSET], s[_AFTER] = INSTANT, seconds if sign == _PLUS else -seconds, at
        else:
            s[_KIND] = BAD


@inlined
def _unix(b: Any, at: Any, end: Any, s: Any) -> None:
    """Read seconds since 1970, with a fraction or without; fewer than nine digits are no time."""
    seconds, behind = _number(b, at, end)
    n_digits = behind - at
    if n_digits < 9:
        return
    micros, behind = _fraction(b, behind, end)
    s[_KIND] = BAD
    if n_digits <= 11 and (behind >= end or b[behind] <= _SPACE):
        s[_YEAR], s[_MONTH], s[_DAY] = _date(seconds // DAY_S)
        s[_KIND], s[_OFFSET], s[_AFTER] = INSTANT, 0, behind
        s[_MICROS] = seconds % DAY_S * 1_000_000 + micros


@inlined
def _month(b: Any, at: Any) -> Any:
    """The month whose three letters stand at *at*, 0 if none does."""
    name = np.int64(b[at]) << 16 | np.int64(b[at + 1]) << 8 | np.int64(b[at + 2])
    for i in range(12):
        if _MONTHS[i] == name:
            return np.int64(i + 1)
    return np.int64(0)


@inlined
def _named(b: Any, at: Any, end: Any, s: Any) -> None:
    """Read ``Jan  2 03:04:05`` (RFC 3164), also ``Jan 2 2026 03:04:05`` and ``Jan  2 03:04:05.678``."""
    if end - at < 4 or b[at + 3] != _SPACE:
        return
    month = _month(b, at)
    if month == 0:
        return
    s[_KIND], s[_YEAR], s[_MONTH] = BAD, 0, month
    first = _past_blanks(b, at + 3, end)
    s[_DAY], at = _number(b, first, end)
    if not 1 <= at - first <= 2 or at >= end or b[at] != _SPACE:
        return
    at = _past_blanks(b, at, end)
    year, behind = _number(b, at, end)
    if behind - at == 4 and behind < end and b[behind] == _SPACE:
        s[_YEAR], at = year, _past_blanks(b, behind, end)
    s[_MICROS], at = _clock(b, at, end)
    if s[_MICROS] >= 0 and _is_day(s[_YEAR], month, s[_DAY]):
        s[_KIND], s[_AFTER] = LOCAL if s[_YEAR] else YEARLESS, at


@inlined
def _weekday(b: Any, at: Any, end: Any, s: Any) -> None:
    """
    Read ``Fri Jan  2 03:04:05 2026`` (C's ctime, OpenWrt's logread), or ``Fri 2026-01-02 03:04:05 JST`` (journalctl -o
    short-full), of which only UTC says where it is: too many zones are called by the same letters.
    """
    if _is_digit(b[at + 4]):
        _dated(b, at + 4, end, s)
        behind = s[_AFTER] + 1
        while s[_KIND] == LOCAL and behind < end and 65 <= b[behind] <= 90:
            behind += 1
        if s[_KIND] == LOCAL and behind - s[_AFTER] > 2:
            s[_AFTER] = behind
        return
    _named(b, at + 4, end, s)
    if s[_KIND] != YEARLESS:
        return
    behind = s[_AFTER] + 5
    year, last = _number(b, min(s[_AFTER] + 1, end), min(behind, end))
    if last == behind:
        s[_KIND], s[_YEAR] = LOCAL if _is_day(year, s[_MONTH], s[_DAY]) else BAD, year
        s[_AFTER], s[_FOLLOWING] = behind, BARE


@inlined
def _bracketed(b: Any, at: Any, end: Any, s: Any) -> None:
    """Read ``[Fri Jan  2 03:04:05 2026]`` (dmesg -T); ``[12345.678901]`` counts from the start of the machine."""
    s[_FOLLOWING] = BARE
    if end - at >= 26 and b[at + 25] == 93 and _is_weekday(b, at + 1):
        _weekday(b, at + 1, end, s)
        s[_AFTER] += s[_KIND] == LOCAL


@inlined
def _is_weekday(b: Any, at: Any) -> Any:
    """Whether the three letters of a day of the week and a blank stand at *at*."""
    name = np.int64(b[at]) << 16 | np.int64(b[at + 1]) << 8 | np.int64(b[at + 2])
    for day in _DAYS_OF_WEEK:
        if day == name:
            return b[at + 3] == _SPACE
    return False


@inlined
def _one(b: Any, at: Any, end: Any, s: Any) -> None:
    """Read the time that stands at *at*, if one does."""
    if at >= end:
        return
    c = b[at]
    if _is_digit(c):
        if end - at >= 10 and b[at + 4] == _MINUS and b[at + 7] == _MINUS:
            _dated(b, at, end, s)
        else:
            _unix(b, at, end, s)
    elif c == _BRACKET:
        _bracketed(b, at, end, s)
    elif 65 <= c <= 90:
        if end - at >= 24 and _is_weekday(b, at):
            _weekday(b, at, end, s)
        else:
            _named(b, at, end, s)


@inlined
def _past_rubbish(b: Any, at: Any, end: Any) -> Any:
    """Behind what is not of the line: NUL bytes of a machine that lost its power, a byte order mark, a count."""
    while at < end and b[at] == 0:
        at += 1
    if end - at > 3 and (np.int64(b[at]) << 16 | np.int64(b[at + 1]) << 8 | np.int64(b[at + 2])) == _BOM:
        at += 3
    # As syslog over TCP has in front of a line (RFC 6587).
    _, behind = _number(b, at, end)
    if 0 < behind - at <= 5 and end - behind > 1 and b[behind] == _SPACE and b[behind + 1] == _LESS:
        at = behind + 1
    return at


@inlined
def _past_priority(b: Any, at: Any, end: Any, s: Any) -> Any:
    """Behind ``<134>``, and behind the version of RFC 5424 that may follow it."""
    if at >= end or b[at] != _LESS:
        return at
    _, behind = _number(b, at + 1, end)
    if not 1 <= behind - at - 1 <= 3 or behind >= end or b[behind] != _MORE:
        return at
    at = behind + 1
    if end - at >= 2 and b[at] == 49 and b[at + 1] == _SPACE:
        s[_FOLLOWING] = RFC5424
        s[_AFTER] = at + 2
        if end - at >= 4 and b[at + 2] == _MINUS and b[at + 3] == _SPACE:
            s[_AFTER] = at + 3
        return at + 2
    s[_AFTER] = at
    return at


@inlined
def _stamp(b: Any, at: Any, end: Any, s: Any) -> None:
    """Read the time that a line begins with, if it begins with one, also behind the name of a file, as grep writes."""
    at = _past_rubbish(b, at, end)
    s[_KIND], s[_OFFSET], s[_AFTER], s[_FOLLOWING] = NONE, 0, at, HOST
    at = _past_priority(b, at, end, s)
    _one(b, at, end, s)
    until = min(end, at + _NAME_BYTES)
    while s[_KIND] == NONE and s[_FOLLOWING] == HOST and at < until and b[at] > _SPACE:
        at += 1
        if b[at - 1] == _COLON:
            _one(b, at, end, s)


@inlined
def _step(state: Any, when: Any) -> None:
    """Go on to a time of an unknown year: it lies within half a year of the one before it."""
    if state[HAVE]:
        ahead = when - state[LAST]
        state[TURN] += (ahead < -YEAR_S // 2) - (ahead > YEAR_S // 2)
    state[HAVE], state[LAST] = 1, when


@inlined
def _anchor(state: Any, when: Any, year: Any) -> None:
    """Go on to a time of a known year, which tells the years of those around it."""
    if state[BASE] == 0:
        _step(state, when)
        state[BASE] = year - state[TURN]
    state[HAVE], state[LAST], state[TURN] = 1, when, year - state[BASE]


@inlined
def _resolved(s: Any, state: Any, limit: Any) -> Any:
    """Microseconds since 1970 on the clock of the line; a time without a year is in the year where the state is."""
    year = s[_YEAR]
    if s[_KIND] == YEARLESS:
        year = state[BASE] + state[TURN]
    micros = _days(year, s[_MONTH], s[_DAY]) * (DAY_S * 1_000_000) + s[_MICROS]
    if s[_KIND] == YEARLESS:
        if micros > limit:
            # One clock among several was wrong: what it says has not been yet, so it was a year ago.
            year -= 1
            micros = _days(year, s[_MONTH], s[_DAY]) * (DAY_S * 1_000_000) + s[_MICROS]
        if not _is_day(year, s[_MONTH], s[_DAY]):
            s[_KIND] = BAD
    return micros - s[_OFFSET] * 1_000_000


@compiled
def stamps(
    b: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    state: npt.NDArray[np.int64],
    limit: int,
    seen: npt.NDArray[np.int64],
    s: npt.NDArray[np.int64],
    times: npt.NDArray[np.int64],
    kinds: npt.NDArray[np.int8],
    afters: npt.NDArray[np.int64],
    followings: npt.NDArray[np.int8],
) -> None:
    """
    The times that lines begin with.

    Args:
        b: the bytes of the lines.
        starts: int64[n + 1], where each line begins.
        state: int64[4], what goes from line to line; it is moved on.
        limit: microseconds since 1970, local, after which no line was written.
        seen: int64[2 * TURNS + 1, DAYS], grows by the days of the lines whose year is not known.
        s: int64[8], room for one line.
        times, kinds, afters, followings: one of each line, filled: microseconds since 1970, in UTC for INSTANT and else
            on the clock of the line; what it is; where it ends; and what follows it.
    """
    for i in range(len(starts) - 1):
        _stamp(b, starts[i], starts[i + 1], s)
        if s[_KIND] != NONE and s[_KIND] != BAD:
            day = (s[_MONTH] - 1) * 31 + s[_DAY] - 1
            when = day * DAY_S + s[_MICROS] // 1_000_000
            if s[_KIND] == YEARLESS:
                _step(state, when)
                if state[BASE] == 0:
                    seen[min(max(state[TURN] + TURNS, 0), 2 * TURNS), day] += 1
            times[i] = _resolved(s, state, limit)
            # A year that cannot be, from a clock that was wrong, says nothing of the lines around it.
            if s[_KIND] in (LOCAL, INSTANT) and 0 <= times[i] <= limit:
                _anchor(state, when, s[_YEAR])
        kinds[i], afters[i], followings[i] = s[_KIND], s[_AFTER], s[_FOLLOWING]
