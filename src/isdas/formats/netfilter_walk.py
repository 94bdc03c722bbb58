"""
The compiled walk over the fields of netfilter LOG lines.

It goes by the tables of `isdas.formats.netfilter_rows` and does not say whether the fields make a packet. The packet
that an ICMP error quotes in brackets is evidence, not the packet received. All kernels that call each other are in
this one module because the compiled code is cached per file.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.formats import netfilter_rows as _rows
from isdas.formats.netfilter_rows import (
    ABSENT,
    ADDRESS,
    AGAIN,
    BAD_OPTION,
    DEEPER,
    FIELDS_FROM,
    GLUED,
    HEXADECIMAL,
    LINK,
    MULTIPLIER,
    NETWORK,
    NOT_IP,
    NUMBERED,
    PLACES,
    PROTOCOL,
    QUOTED_NETWORK,
    QUOTED_TRANSPORT,
    SEEN,
    SLOT,
    TRANSPORT,
)
from isdas.model.kernels import compiled, inlined
from isdas.model.options import MOST, OTHER

_SOURCE, _DESTINATION, _QUOTED_SOURCE = SLOT["source_high"], SLOT["destination_high"], SLOT["quoted_source_high"]
_VERSION, _DESTINATION_VERSION = SLOT["ip_version"], SLOT["destination_version"]
_QUOTED_SOURCE_VERSION, _QUOTED_DESTINATION_VERSION = SLOT["quoted_source_version"], SLOT["quoted_destination_version"]
_PROTO, _QUOTED, _MARKS, _WHY = SLOT["protocol"], SLOT["quoted_protocol"], SLOT["marks"], SLOT["why"]
_MSS, _SCALE, _STAMP, _LAYOUT = (SLOT[f"tcp_{n}"] for n in ("mss", "window_scale", "timestamp", "option_layout"))
_IP_OPTIONS, _TCP_OPTIONS = SLOT["ip_options"], SLOT["tcp_options"]

_TCP = 6
_MAPPED = 0xFFFF << 32
_BLANK, _EQUALS, _COLON, _OPEN, _CLOSE, _ROUND, _END_ROUND, _DOT, _ZERO = 32, 61, 58, 91, 93, 40, 41, 46, 48
_FRAG, _ARP = _rows.key("FRAG"), _rows.key("ARP")
_NAMES = tuple(_rows.key(name) for name in _rows.NUMBERS)
_NUMBERS = tuple(_rows.NUMBERS.values())
_N_NAMES = len(_NAMES)


@inlined
def _digit(c: Any) -> Any:
    """The value of a hexadecimal digit; 99 for any other byte."""
    if 48 <= c <= 57:
        return np.int64(c) - 48
    if 65 <= c <= 70:
        return np.int64(c) - 55
    return np.int64(c) - 87 if 97 <= c <= 102 else np.int64(99)


@inlined
def _ends(b: Any, at: Any, end: Any) -> Any:
    """Whether a value is over at *at*."""
    return at >= end or b[at] <= _BLANK or b[at] == _CLOSE or b[at] == _END_ROUND


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
def _word(b: Any, at: Any, end: Any) -> Any:
    """(the last eight bytes as a number, behind it) of a word that anything but letters and digits ends."""
    found = np.int64(0)
    while at < end and (48 <= b[at] <= 57 or 65 <= b[at] <= 90 or 97 <= b[at] <= 122):
        found = found << 8 | np.int64(b[at])
        at += 1
    return found, at


@inlined
def _integer(b: Any, at: Any, end: Any, radix: Any) -> Any:
    """(value, behind it) of digits up to the end of a value, hexadecimal ones with 0x or without; -1 for no number."""
    if radix == 16 and end - at >= 2 and b[at] == _ZERO and b[at + 1] in (88, 120):
        at += 2
    value, first = np.int64(0), at
    while at < end and at - first < 15:
        digit = _digit(b[at])
        if digit >= radix:
            break
        value = value * radix + digit
        at += 1
    return value if at > first and _ends(b, at, end) else np.int64(-1), at


@inlined
def _dotted(b: Any, at: Any, end: Any) -> Any:
    """(number, behind it) of an IPv4 address; -1 if it is none."""
    number, parts = np.int64(0), 0
    while parts < 4:
        octet, first = np.int64(0), at
        while at < end and at - first < 3 and 48 <= b[at] <= 57:
            octet = octet * 10 + np.int64(b[at]) - _ZERO
            at += 1
        parts += 1
        if at == first or octet > 255 or (parts < 4 and (at >= end or b[at] != _DOT)):
            return np.int64(-1), at
        number = number << 8 | octet
        at += parts < 4
    return number if _ends(b, at, end) else np.int64(-1), at


@compiled
def _colons(b: Any, at: Any, end: Any, v: Any, slot: Any) -> Any:
    """Put an IPv6 address, in full or with ``::``, into a slot and the next; whether it is one."""
    high = low = np.int64(0)
    high_before = low_before = np.int64(0)
    groups, before, gap = 0, 0, False
    if end - at >= 2 and b[at] == _COLON and b[at + 1] == _COLON:
        gap, at = True, at + 2
    while not _ends(b, at, end):
        first, group = at, np.int64(0)
        while at < end and at - first < 4 and _digit(b[at]) < 16:
            group = group << 4 | _digit(b[at])
            at += 1
        four = np.int64(-1)
        if at < end and b[at] == _DOT:
            four, at = _dotted(b, first, end)
            if four < 0:
                return False
            high, low, groups = high << 16 | low >> 48 & 0xFFFF, low << 16 | four >> 16, groups + 1
            group = four & 0xFFFF
        elif at == first:
            return False
        high, low, groups = high << 16 | low >> 48 & 0xFFFF, low << 16 | group, groups + 1
        if four >= 0 or _ends(b, at, end):
            break
        if b[at] != _COLON or groups > 7:
            return False
        at += 1
        if at < end and b[at] == _COLON and not gap:
            gap, at, before = True, at + 1, groups
            high_before, low_before, high, low = high, low, np.int64(0), np.int64(0)
        elif _ends(b, at, end):
            return False
    if not _ends(b, at, end) or groups > 8 - gap or (groups < 8 and not gap):
        return False
    v[slot], v[slot + 1] = _joined(high_before, low_before, 16 * (8 - before), high, low)
    return True


@inlined
def _joined(high_before: Any, low_before: Any, shift: Any, high: Any, low: Any) -> Any:
    """The halves of an address of which some groups stand before a gap and some behind it."""
    if shift >= 128:
        return high, low
    if shift > 64:
        return high | low_before << (shift - 64), low
    if shift == 64:
        return high | low_before, low
    lifted = low_before >> (64 - shift) & ((np.int64(1) << shift) - 1)
    return high | high_before << shift | lifted, low | low_before << shift


@inlined
def _version_slot(slot: Any) -> Any:
    if slot == _SOURCE:
        return _VERSION
    if slot == _DESTINATION:
        return _DESTINATION_VERSION
    return _QUOTED_SOURCE_VERSION if slot == _QUOTED_SOURCE else _QUOTED_DESTINATION_VERSION


@inlined
def _address(b: Any, at: Any, end: Any, v: Any, slot: Any) -> Any:
    """Put an address into its slots; whether it is one."""
    number, _ = _dotted(b, at, end)
    if number >= 0:
        v[slot], v[slot + 1], v[_version_slot(slot)] = 0, number | _MAPPED, 4
        return True
    if _colons(b, at, end, v, slot):
        v[_version_slot(slot)] = 6
        return True
    return False


@inlined
def _protocol(b: Any, at: Any, end: Any, v: Any) -> Any:
    """The number of a protocol; -1 for what is none."""
    number, _ = _integer(b, at, end, 10)
    if number >= 0:
        v[_MARKS] |= NUMBERED
        return number if number <= 255 else np.int64(-1)
    name, at = _word(b, at, end)
    if _ends(b, at, end):
        for i in range(_N_NAMES):
            if _NAMES[i] == name:
                return np.int64(_NUMBERS[i])
        if name == _ARP:
            v[_MARKS] |= NOT_IP
    return np.int64(-1)


@inlined
def _place(word: Any, keys: Any) -> Any:
    """The place of a word in the tables; -1 for one that is not there."""
    place = word * MULTIPLIER >> 56 & (PLACES - 1)
    while keys[place] != word:
        if keys[place] == 0:
            return np.int64(-1)
        place = (place + 1) & (PLACES - 1)
    return np.int64(place)


@inlined
def _complain(v: Any, why: Any) -> None:
    if v[_WHY] == ABSENT:
        v[_WHY] = why


@inlined
def _value(b: Any, at: Any, end: Any, v: Any, how: Any, slot: Any, most: Any, why: Any, within: Any) -> None:
    """Read the value of a field into its slot. What is quoted may be wrong, and then is not known."""
    if how == SEEN:
        v[_MARKS] |= LINK
        return
    if how == AGAIN or (within and v[slot if how != ADDRESS else _version_slot(slot)] != ABSENT):
        v[_MARKS] |= GLUED if within else 0
        return
    good = True
    if how == ADDRESS:
        good = _address(b, at, end, v, slot)
    else:
        if how == PROTOCOL:
            value = _protocol(b, at, end, v)
        else:
            value, _ = _integer(b, at, end, 16 if how == HEXADECIMAL else 10)
            good = value <= most
        if value >= 0 and good:
            v[slot] = value
        good = good and value >= 0
    if within and not good:
        _complain(v, why)


@inlined
def _option_digit(kind: Any) -> Any:
    """The digit of an option in a layout, as `isdas.model.options.DIGITS` has them."""
    if kind <= 5:
        return kind + 1
    return np.int64(7 if kind == 8 else 8 if kind == 34 else 9 if kind == 19 else OTHER)


@inlined
def _hex_number(b: Any, at: Any, size: int) -> Any:
    """The number of some bytes that are written as two hexadecimal digits each."""
    value = np.int64(0)
    for i in range(2 * size):
        value = value << 4 | _digit(b[at + i])
    return value


@inlined
def _tcp_options(b: Any, at: Any, end: Any, v: Any) -> None:
    """Read TCP options (RFC 9293, 3.2; RFC 7323) in hexadecimal, as far as they make sense."""
    layout, count = np.int64(0), 0
    while at < end:
        kind = _hex_number(b, at, 1)
        size = np.int64(1)
        if kind > 1:
            size = _hex_number(b, at + 2, 1) if at + 2 < end else np.int64(0)
            if size < 2 or at + 2 * size > end:
                v[_MARKS] |= BAD_OPTION
                break
        if count < MOST:
            layout = layout << 4 | _option_digit(kind)
            count += 1
        if kind == 0:
            break
        if kind == 2 and size == 4 and v[_MSS] == ABSENT:
            v[_MSS] = _hex_number(b, at + 4, 2)
        elif kind == 3 and size == 3:
            v[_SCALE] = _hex_number(b, at + 4, 1)
        elif kind == 8 and size == 10:
            v[_STAMP] = _hex_number(b, at + 4, 4)
        at += 2 * size
    v[_LAYOUT] = layout


@inlined
def _round(b: Any, at: Any, end: Any, v: Any, part: Any) -> Any:
    """Read what stands in round brackets behind *at*: options, before PROTO= those of IP. Gives what is behind it."""
    first = at
    while at < end and _digit(b[at]) < 16:
        at += 1
    n_digits = at - first
    closed = at < end and b[at] == _END_ROUND
    if part == NETWORK and n_digits and closed:
        v[_IP_OPTIONS] = n_digits // 2
    elif part == TRANSPORT and v[_PROTO] == _TCP:
        if closed and n_digits % 2 == 0 and n_digits <= 80 and v[_TCP_OPTIONS] == ABSENT:
            v[_TCP_OPTIONS] = n_digits // 2
            _tcp_options(b, first, at, v)
        else:
            v[_MARKS] |= BAD_OPTION
            at = _past_value(b, at, end)
    return at


@inlined
def _field(b: Any, at: Any, end: Any, v: Any, part: Any, word: Any, colon: Any, t: Any) -> Any:
    """Read what follows a word and ``=`` or ``:``; gives what is behind its value."""
    if colon:
        at = _past_blanks(b, at, end)
    place = _place(word, t[0])
    if place >= 0 and (not colon or word == _FRAG):
        how = t[1][part, place]
        if how:
            slot, most, why = t[2][part, place], t[3][part, place], t[4][part, place]
            _value(b, at, end, v, how, slot, most, why, part <= TRANSPORT)
    return _past_value(b, at, end)


@inlined
def _part(v: Any, depth: Any) -> Any:
    """The part of the line that a word in so many brackets belongs to."""
    if depth == 0:
        return np.int64(NETWORK if v[_PROTO] == ABSENT else TRANSPORT)
    if depth > 1:
        return np.int64(DEEPER)
    return np.int64(QUOTED_NETWORK if v[_QUOTED] == ABSENT else QUOTED_TRANSPORT)


@inlined
def _fields(b: Any, at: Any, end: Any, v: Any, t: Any) -> None:
    """Read all fields and words behind ``IN= OUT=``."""
    depth = 0
    while at < end:
        c = b[at]
        if c <= _BLANK or c == _END_ROUND:
            at += 1
        elif c == _OPEN:
            depth += 1
            at += 1
        elif c == _CLOSE:
            depth = max(depth - 1, 0)
            at += 1
        elif c == _ROUND:
            at = _round(b, at + 1, end, v, _part(v, depth))
        else:
            first = at
            word, at = _word(b, at, end)
            if at < end and (b[at] == _EQUALS or b[at] == _COLON):
                at = _field(b, at + 1, end, v, _part(v, depth), word, b[at] == _COLON, t)
            elif at == first:
                at += 1
            else:
                place = _place(word, t[0])
                if place >= 0:
                    part = _part(v, depth)
                    v[t[5][part, place]] |= t[6][part, place]


@compiled
def fields(
    b: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    lines: npt.NDArray[np.int64],
    found: npt.NDArray[np.int64],
    tables: Any,
    blank: npt.NDArray[np.int64],
    raw: npt.NDArray[np.int64],
) -> None:
    """
    Read the fields of LOG lines.

    Args:
        b: the bytes of all lines.
        starts: int64[n + 1], where each line begins.
        lines: int64[m], the LOG lines among them.
        found: int64[n, FOUND], what `isdas.formats.netfilter_lines.find` found.
        tables: `isdas.formats.netfilter_rows.TABLES`.
        blank: int64[slots], a row before anything is read.
        raw: int64[m or more, slots], filled.
    """
    for i in range(len(lines)):
        line, v = lines[i], raw[i]
        for j in range(len(blank)):
            v[j] = blank[j]
        _fields(b, found[line, FIELDS_FROM], starts[line + 1], v, tables)
