"""
The compiled opening of envelopes: what journals, container runtimes and collectors of logs put around each line.

It goes by the tables of `isdas.formats.envelope` and does not say what a line means. Entries are those of systemd's
Journal Export Format, https://systemd.io/JOURNAL_EXPORT_FORMATS/. All kernels that call each other are in this one
module because the compiled code is cached per file.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.formats.envelope import MESSAGE, N_PARTS, PIECE, RAW, STREAM, TIME, WHOLE
from isdas.model.kernels import compiled, inlined

_NEWLINE, _RETURN, _BLANK, _QUOTE, _COMMA, _MINUS, _COLON, _EQUALS = 10, 13, 32, 34, 44, 45, 58, 61
_TAB, _BEGIN, _BACKSLASH, _END, _OPEN, _CLOSE = 9, 91, 92, 93, 123, 125
_MOST_BYTES = 1 << 40


@inlined
def _past_blanks(b: Any, at: Any, end: Any) -> Any:
    while at < end and b[at] <= _BLANK:
        at += 1
    return at


@inlined
def _closing(b: Any, at: Any, end: Any) -> Any:
    """Where the quote is that ends a string; -1 if none does."""
    while at < end and b[at] != _QUOTE:
        at += 1 + (b[at] == _BACKSLASH)
    return at if at < end else np.int64(-1)


@inlined
def _slot(b: Any, at: Any, end: Any, keys: Any) -> Any:
    """The part of which the name stands in a stretch of bytes; -1 for others."""
    names, begins, slots = keys
    for k in range(len(slots)):
        first = begins[k]
        if begins[k + 1] - first != end - at:
            continue
        same = True
        for i in range(end - at):
            same &= b[at + i] == names[first + i]
        if same:
            return np.int64(slots[k])
    return np.int64(-1)


@inlined
def _hex(b: Any, at: Any, end: Any) -> Any:
    """The number of four hexadecimal digits; -1 if they are none."""
    value = np.int64(0)
    for i in range(4):
        c = np.int64(b[at + i]) if at + i < end else np.int64(0)
        digit = c - 48 if 48 <= c <= 57 else c - 55 if 65 <= c <= 70 else c - 87 if 97 <= c <= 102 else np.int64(99)
        if digit > 15:
            return np.int64(-1)
        value = value << 4 | digit
    return value


@inlined
def _utf8(code: Any, out: Any, o: Any) -> Any:
    """Put in a character; half of a pair alone becomes U+FFFD."""
    code = np.int64(0xFFFD) if 0xD800 <= code < 0xE000 else code
    if code < 0x80:
        out[o] = code
        return o + 1
    if code < 0x800:
        out[o], out[o + 1] = 0xC0 | code >> 6, 0x80 | code & 63
        return o + 2
    if code < 0x10000:
        out[o], out[o + 1], out[o + 2] = 0xE0 | code >> 12, 0x80 | code >> 6 & 63, 0x80 | code & 63
        return o + 3
    out[o], out[o + 1], out[o + 2], out[o + 3] = (
        0xF0 | code >> 18, 0x80 | code >> 12 & 63, 0x80 | code >> 6 & 63, 0x80 | code & 63,
    )  # fmt: skip
    return o + 4


@inlined
def _escaped(b: Any, at: Any, end: Any, out: Any, o: Any) -> Any:
    """(behind it, behind what was put in) of what follows a backslash (RFC 8259, 7); -1 if it is no escape."""
    c = b[at] if at < end else np.uint8(0)
    if c == 117:
        code = _hex(b, at + 1, end)
        at += 5
        if 0xD800 <= code < 0xDC00 and end - at >= 6 and b[at] == _BACKSLASH and b[at + 1] == 117:
            low = _hex(b, at + 2, end)
            if 0xDC00 <= low < 0xE000:
                code, at = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), at + 6
        return (at, _utf8(code, out, o)) if code >= 0 else (np.int64(-1), o)
    if c == 110:
        out[o] = _NEWLINE
    elif c == 114:
        out[o] = _RETURN
    elif c == 116:
        out[o] = _TAB
    elif c == _QUOTE or c == _BACKSLASH or c == 47:  # noqa: SIM109 - half as fast as membership
        out[o] = c
    elif c == 98 or c == 102:
        out[o] = 8 if c == 98 else 12
    else:
        return np.int64(-1), o
    return at + 1, o + 1


@inlined
def _string(b: Any, at: Any, end: Any, out: Any, o: Any) -> Any:
    """(behind its quote, behind what was put in) of a string without its escapes; -1 if it has no end."""
    while 0 <= at < end:
        c = b[at]
        if c == _QUOTE:
            return at + 1, o
        if c == _BACKSLASH:
            at, o = _escaped(b, at + 1, end, out, o)
        else:
            out[o] = c
            at, o = at + 1, o + 1
    return np.int64(-1), o


@inlined
def _octets(b: Any, at: Any, end: Any, out: Any, o: Any) -> Any:
    """(behind its bracket, behind what was put in) of numbers of bytes, as journald has odd ones; or -1."""
    while at < end and b[at] != _END:
        value, first = np.int64(0), at
        while at < end and at - first < 4 and 48 <= b[at] <= 57:
            value = value * 10 + np.int64(b[at]) - 48
            at += 1
        if at > first:
            if value > 255:
                return np.int64(-1), o
            out[o] = value
            o += 1
        elif b[at] == _COMMA or b[at] <= _BLANK:
            at += 1
        else:
            return np.int64(-1), o
    return (at + 1 if at < end else np.int64(-1)), o


@inlined
def _skipped(b: Any, at: Any, end: Any) -> Any:
    """Behind an object or a list; -1 if it has no end."""
    depth = 0
    while at < end:
        c = b[at]
        if c == _QUOTE:
            at = _closing(b, at + 1, end)
            if at < 0:
                return np.int64(-1)
        depth += (c == _OPEN or c == _BEGIN) - (c == _CLOSE or c == _END)  # noqa: SIM109
        at += 1
        if depth == 0:
            return at
    return np.int64(-1)


@inlined
def _put(b: Any, at: Any, behind: Any, out: Any, o: Any) -> Any:
    """Copy a stretch; gives what is behind it in the copy."""
    for i in range(behind - at):
        out[o + i] = b[at + i]
    return o + behind - at


@inlined
def _before(b: Any, at: Any, end: Any, heads: Any, h: Any, part: Any) -> Any:
    """(behind it, behind what was put in) of the time, tab, tag and tab that Fluentd writes before an object; or -1."""
    first, tabs = at, 0
    while at < end and b[at] != _OPEN:
        if b[at] == _TAB:
            if tabs == 0:
                part[TIME, 0], part[TIME, 1] = h, at - first
                h = _put(b, first, at, heads, h)
            tabs += 1
        at += 1
    return (at if tabs == 2 and at < end else np.int64(-1)), h


@inlined
def _value(b: Any, at: Any, end: Any, slot: Any, text: Any, m: Any, heads: Any, h: Any, part: Any) -> Any:
    """(behind it, behind the message if it is that, else -1, behind the heads) of a value; -1 if it has no end."""
    c = b[at] if at < end else np.uint8(0)
    message = np.int64(-1)
    if c == _QUOTE and slot == MESSAGE:
        at, message = _string(b, at + 1, end, text, m)
    elif c == _QUOTE and slot > MESSAGE:
        part[slot, 0] = h
        at, h = _string(b, at + 1, end, heads, h)
        part[slot, 1] = h - part[slot, 0]
    elif c == _QUOTE:
        close = _closing(b, at + 1, end)
        at = close + 1 if close >= 0 else close
    elif c == _BEGIN and slot == MESSAGE:
        at, message = _octets(b, at + 1, end, text, m)
    elif c == _BEGIN or c == _OPEN:  # noqa: SIM109 - half as fast as membership
        at = _skipped(b, at, end)
    else:
        first = at
        while at < end and b[at] > _BLANK and b[at] != _COMMA and b[at] != _CLOSE:
            at += 1
        if slot > MESSAGE and (48 <= c <= 57 or c == _MINUS):
            part[slot, 0], part[slot, 1] = h, at - first
            h = _put(b, first, at, heads, h)
    return at, message, h


@inlined
def _named(b: Any, at: Any, end: Any, keys: Any) -> Any:
    """(where its value begins, the part that it is) of a member of an object; -1 if it is none."""
    close = _closing(b, at + 1, end) if b[at] == _QUOTE else np.int64(-1)
    if close < 0:
        return close, close
    behind = _past_blanks(b, close + 1, end)
    if behind >= end or b[behind] != _COLON:
        return np.int64(-1), np.int64(-1)
    return _past_blanks(b, behind + 1, end), _slot(b, at + 1, close, keys)


@inlined
def _object(b: Any, at: Any, end: Any, keys: Any, text: Any, m: Any, heads: Any, h: Any, part: Any) -> Any:
    """(behind the message, behind the heads) of a line of JSON; -1 if it is no object with a message."""
    message, none = np.int64(-1), np.int64(-1)
    at = _past_blanks(b, at, end)
    if at < end and b[at] != _OPEN:
        at, h = _before(b, at, end, heads, h, part)
    at = at + 1 if 0 <= at < end else none
    while 0 <= at < end:
        at = _past_blanks(b, at, end)
        if at >= end or b[at] == _CLOSE:
            break
        if b[at] == _COMMA:
            at += 1
            continue
        at, slot = _named(b, at, end, keys)
        if at < 0:
            return none, h
        at, said, h = _value(b, at, end, slot, text, m, heads, h, part)
        message = said if slot == MESSAGE else message
    if at < 0 or at >= end or _past_blanks(b, at + 1, end) < end:
        return none, h
    return message, h


@inlined
def _cri(b: Any, at: Any, end: Any, text: Any, m: Any, heads: Any, h: Any, part: Any) -> Any:
    """(behind the message, behind the heads, whether it goes on) of a line of the Kubernetes CRI; -1 if it is none."""
    first, blank = at, at
    while blank < end and b[blank] > _BLANK:
        blank += 1
    # The time, stdout or stderr, P for a part of a line or F for all the rest of it, and perhaps more tags.
    tag = blank + 8
    if end - tag < 2 or b[blank + 1] != 115 or b[blank + 2] != 116 or b[blank + 3] != 100 or b[tag - 1] != _BLANK:
        return np.int64(-1), h, False
    behind = tag
    while behind < end and b[behind] > _BLANK:
        behind += 1
    if behind >= end or (b[tag] != 70 and b[tag] != 80):
        return np.int64(-1), h, False
    part[TIME, 0], part[TIME, 1] = h, blank - first
    part[STREAM, 0], part[STREAM, 1] = h + blank + 1 - first, 6
    h = _put(b, first, tag - 1, heads, h)
    # A line of nothing may end without the blank.
    return _put(b, behind + (b[behind] == _BLANK), end, text, m), h, b[tag] == 80


@inlined
def _ended(text: Any, first: Any, m: Any) -> Any:
    """Behind a message that is one line and ends as one: line ends within it become blanks."""
    while m > first and (text[m - 1] == _NEWLINE or text[m - 1] == _RETURN):
        m -= 1
    for i in range(first, m):
        if text[i] == _NEWLINE:
            text[i] = _BLANK
    text[m] = _NEWLINE
    return m + 1


@compiled
def open_lines(
    b: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    keys: Any,
    piece_bytes: int,
    text: npt.NDArray[np.uint8],
    ends: npt.NDArray[np.int64],
    heads: npt.NDArray[np.uint8],
    parts: npt.NDArray[np.int64],
    states: npt.NDArray[np.int8],
) -> None:
    """
    Take lines out of their envelopes.

    Args:
        b: the bytes of the lines.
        starts: int64[n + 1], where each begins.
        keys: of JSON the names of parts, where each of them begins, and which parts they are; no names for lines of the
            Kubernetes CRI.
        piece_bytes: a message so long that does not end as a line goes on in the next envelope.
        text: filled with the messages, a line each, and with the lines that are in no envelope.
        ends: int64[n + 1], filled: where each of these begins, and where the last ends.
        heads: filled with the other parts.
        parts: int64[n, N_PARTS, 2], filled: where in *heads* each part begins and how long it is, -1 for none.
        states: int8[n], filled: RAW, WHOLE or PIECE.
    """
    m, h = np.int64(0), np.int64(0)
    ends[0] = 0
    for i in range(len(starts) - 1):
        at, end, goes_on = starts[i], starts[i + 1], False
        for part in range(N_PARTS):
            parts[i, part, 1] = -1
        before = h
        if len(keys[2]):
            behind, h = _object(b, at, end, keys, text, m, heads, h, parts[i])
            goes_on = behind - m >= piece_bytes and text[behind - 1] != _NEWLINE
        else:
            behind, h, goes_on = _cri(b, at, end, text, m, heads, h, parts[i])
        states[i] = RAW if behind < 0 else PIECE if goes_on else WHOLE
        if behind < 0:
            m, h = _put(b, at, end, text, m), before
        else:
            m = _ended(text, m, behind)
        ends[i + 1] = m


@inlined
def _size(b: Any, at: Any) -> Any:
    """A number of eight bytes, the lowest first; -1 for what no memory holds."""
    value = np.int64(0)
    for i in range(8):
        value |= np.int64(b[at + i]) << (8 * i)
    return value if 0 <= value < _MOST_BYTES else np.int64(-1)


@inlined
def _entry_field(b: Any, at: Any, end: Any) -> Any:
    """(behind its name, where its value begins, behind it, behind it all) of a field of an entry; -1 if cut short."""
    name = at
    while name < end and b[name] != _NEWLINE and b[name] != _EQUALS:
        name += 1
    none = np.int64(-1)
    if name >= end:
        return none, none, none, none
    if b[name] == _EQUALS:
        behind = name + 1
        while behind < end and b[behind] != _NEWLINE:
            behind += 1
        return (name, name + 1, behind, behind + 1) if behind < end else (none, none, none, none)
    if end - name < 9:
        return none, none, none, none
    size = _size(b, name + 1)
    behind = name + 9 + size
    if size < 0 or (behind < end and b[behind] != _NEWLINE):
        # No field: its first line alone is passed over, as what it is.
        return name, name, name, name + 1
    return (name, name + 9, behind, behind + 1) if behind < end else (none, none, none, none)


@compiled
def open_entries(
    b: npt.NDArray[np.uint8],
    final: bool,
    keys: Any,
    text: npt.NDArray[np.uint8],
    ends: npt.NDArray[np.int64],
    heads: npt.NDArray[np.uint8],
    parts: npt.NDArray[np.int64],
    states: npt.NDArray[np.int8],
) -> tuple[int, int]:
    """
    Take the messages out of entries of the Journal Export Format; gives how many, and where the next entry begins.

    Args:
        b: the bytes of the entries, which begin with one.
        final: whether nothing follows; then the last entry needs no blank line behind it.
        keys, text, ends, heads, parts, states: as for `open_lines`, of whole entries that end within *b*.
    """
    m, h, n, at, begin = np.int64(0), np.int64(0), 0, np.int64(0), np.int64(0)
    ends[0] = 0
    message = np.int64(-1)
    while at < len(b) and n < len(states):
        if at == begin:
            for part in range(N_PARTS):
                parts[n, part, 1] = -1
        over = b[at] == _NEWLINE
        if over:
            at += 1
        else:
            name, value, behind, after = _entry_field(b, at, len(b))
            if name < 0:
                if not final:
                    break
                over, at, message = True, np.int64(len(b)), np.int64(-1)
            else:
                slot = _slot(b, at, name, keys) if value > name else np.int64(-1)
                if slot == MESSAGE:
                    message = _put(b, value, behind, text, m)
                elif slot > MESSAGE:
                    parts[n, slot, 0], parts[n, slot, 1] = h, behind - value
                    h = _put(b, value, behind, heads, h)
                at = after
                over = final and at >= len(b)
        if over:
            if message < 0 and _past_blanks(b, begin, at) < at:
                states[n], message = RAW, _put(b, begin, at, text, m)
            else:
                states[n] = WHOLE
            if message >= 0:
                m, n = _ended(text, m, message), n + 1
                ends[n] = m
            message, begin = np.int64(-1), at
    return n, int(begin)
