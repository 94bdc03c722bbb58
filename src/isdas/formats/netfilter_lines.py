"""
The compiled search for netfilter LOG lines among the lines of a log: where each begins, and who wrote it.

It reads no fields.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.formats.netfilter_rows import ABSENT, BEGIN, FIELDS_FROM, HOST_CODE, KEPT, NO_RECORD, OUTGOING, REPEATS, key
from isdas.formats.syslog_walk import HOST, RFC5424
from isdas.model.kernels import compiled, inlined

_REPEATED, _KERNEL, _ULOGD, _ULOGD2 = (key(word) for word in ("repeated", "kernel", "ulogd", "ulogd2"))
_BLANK, _POINT, _COLON, _EQUALS, _OPEN, _CLOSE = 32, 46, 58, 61, 91, 93
_FAR = 48
"""An interface has fewer than 16 bytes."""


@inlined
def _past_value(b: Any, at: Any, end: Any) -> Any:
    while at < end and b[at] > _BLANK and b[at] != _CLOSE:
        at += 1
    return at


@inlined
def _past_blanks(b: Any, at: Any, end: Any) -> Any:
    while at < end and b[at] <= _BLANK:
        at += 1
    return at


@inlined
def _in(b: Any, at: Any, end: Any) -> Any:
    """
    (where ``IN=`` begins, behind its value, whether OUT= names an interface) of a LOG line; -1 in any other line.

    IN= may stand behind any prefix, also without a blank. What makes it the kernel's is that OUT= follows it, or, where
    somebody has taken that out, SRC= and DST= somewhere behind.
    """
    spare = np.int64(-1)
    while at < end - 2:
        at += 1
        if b[at + 1] != _EQUALS or b[at] != 78 or b[at - 1] != 73:
            continue
        first, behind = at - 1, at + 2
        while behind < end and b[behind] > _BLANK and behind - at <= _FAR:
            behind += 1
        if end - behind >= 5 and b[behind + 1] == 79 and b[behind + 3] == 84 and b[behind + 4] == _EQUALS:
            out = behind + 5
            return first, _past_value(b, out, end), out < end and b[out] > _BLANK
        if spare < 0 and (b[first - 1] <= _BLANK or first == at - 1) and b[first - 1] != 83:
            spare = first
    if spare >= 0 and _has_both(b, spare, end):
        return spare, _past_value(b, spare, end), False
    return np.int64(-1), at, False


@inlined
def _has_both(b: Any, at: Any, end: Any) -> Any:
    """Whether `` SRC=`` and `` DST=`` stand in a line."""
    found = 0
    for i in range(at, end - 5):
        if b[i] == _BLANK and b[i + 4] == _EQUALS:
            if b[i + 1] == 83 and b[i + 2] == 82 and b[i + 3] == 67:
                found |= 1
            elif b[i + 1] == 68 and b[i + 2] == 83 and b[i + 3] == 84:
                found |= 2
    return found == 3


@inlined
def _host(b: Any, at: Any, end: Any, following: Any) -> Any:
    """(where the name of the host begins, behind it) of what follows the time; nothing if no host does."""
    if following != HOST and following != RFC5424:
        return at, at
    first = _past_blanks(b, at, end)
    at, is_name = first, True
    while at < end and b[at] > _BLANK:
        is_name = is_name and b[at] != _EQUALS and b[at] != _OPEN
        at += 1
    # A word that ends in a colon is a tag, whose host was left away.
    if at == first or not is_name or b[at - 1] == _COLON:
        return first, first
    return first, at


@inlined
def _past_priority(b: Any, at: Any, end: Any) -> Any:
    """Behind ``kern.warn `` and its like, which busybox and OpenWrt write before the tag: two words with a point."""
    first, point = at, np.int64(-1)
    while at < end and (48 <= b[at] <= 57 or 97 <= b[at] <= 122 or b[at] == _POINT):
        if b[at] == _POINT:
            if point >= 0:
                return first
            point = at
        at += 1
    if first < point < at - 1 and at < end and b[at] == _BLANK:
        return _past_blanks(b, at, end)
    return first


@inlined
def _is_foreign(b: Any, at: Any, end: Any, following: Any) -> Any:
    """
    Whether the tag at *at* is that of another program than the kernel or ulogd: a word and the number of a process.

    What such a program writes may quote what a stranger sent to it, the name of a user for instance.
    """
    at = _past_priority(b, _past_blanks(b, at, end), end)
    first, last = at, at
    name = np.int64(0)
    while at < end and b[at] > _BLANK and b[at] != _OPEN:
        name = name << 8 | np.int64(b[at])
        last = at = at + 1
    if following == RFC5424:
        at = _past_blanks(b, at, end) - 1
    elif at >= end or b[at] != _OPEN:
        return False
    number = at + 1
    at = number
    while at < end and 48 <= b[at] <= 57:
        at += 1
    closed = at < end and (b[at] == _CLOSE if following != RFC5424 else b[at] <= _BLANK)
    if last == first or at == number or not closed:
        return False
    return name not in (_KERNEL, _ULOGD, _ULOGD2)


@inlined
def _repeats(b: Any, at: Any, end: Any) -> Any:
    """How many packets ``message repeated 3 times: [`` makes of a line; ABSENT without it."""
    while at < end - 17:
        if b[at] == _BLANK and b[at + 1] == 114 and b[at + 9] == _BLANK:
            word, number, behind = np.int64(0), np.int64(0), at + 10
            for i in range(8):
                word = word << 8 | np.int64(b[at + 1 + i])
            while behind < end and behind - at < 20 and 48 <= b[behind] <= 57:
                number = number * 10 + np.int64(b[behind]) - 48
                behind += 1
            if word == _REPEATED and number > 0 and end - behind > 7 and b[behind + 6] == _COLON:
                return number
        at += 1
    return np.int64(ABSENT)


@inlined
def _is_same(b: Any, first: Any, size: Any, other: Any, other_size: Any) -> Any:
    """Whether two stretches of bytes are the same."""
    same = size == other_size
    at = 0
    while same and at < size:
        same = b[first + at] == b[other + at]
        at += 1
    return same


@compiled
def find(
    b: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    afters: npt.NDArray[np.int64],
    followings: npt.NDArray[np.int8],
    reasons: npt.NDArray[np.int8],
    found: npt.NDArray[np.int64],
    hosts: npt.NDArray[np.int64],
) -> int:
    """
    Find the LOG lines; gives how often the host changes.

    Args:
        b: the bytes of the lines.
        starts: int64[n + 1], where each line begins.
        afters, followings: as `isdas.formats.syslog.Stamps` has them.
        reasons: int8[n]: a line with a refusal is not looked at; for the others KEPT or NO_RECORD is put in.
        found: int64[n, FOUND], filled for the lines that are KEPT.
        hosts: int64[n, 2], filled: where in *b* the name of a host begins and how long it is, each time it changes.
    """
    n_hosts = 0
    for i in range(len(starts) - 1):
        if reasons[i] >= 0:
            continue
        reasons[i] = NO_RECORD
        first, behind, goes_out = _in(b, afters[i], starts[i + 1])
        if first < 0:
            continue
        host, tag = _host(b, afters[i], first, followings[i])
        if _is_foreign(b, tag, first, followings[i]):
            continue
        reasons[i] = KEPT
        if not n_hosts or not _is_same(b, host, tag - host, hosts[n_hosts - 1, 0], hosts[n_hosts - 1, 1]):
            hosts[n_hosts, 0], hosts[n_hosts, 1] = host, tag - host
            n_hosts += 1
        found[i, BEGIN], found[i, FIELDS_FROM], found[i, HOST_CODE] = first, behind, n_hosts - 1
        found[i, OUTGOING] = goes_out and b[first + 3] <= _BLANK
        found[i, REPEATS] = _repeats(b, tag, first)
    return n_hosts
