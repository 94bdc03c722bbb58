"""
The compiled reading of systemd's Journal Export Format, https://systemd.io/JOURNAL_EXPORT_FORMATS/.

It does not say what a message means.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.formats.envelope import MESSAGE, N_PARTS, RAW, WHOLE
from isdas.model.kernels import compiled, inlined

_NEWLINE, _RETURN, _BLANK, _EQUALS = 10, 13, 32, 61
_MOST_BYTES = 1 << 40


@inlined
def _past_blanks(b: Any, at: Any, end: Any) -> Any:
    while at < end and b[at] <= _BLANK:
        at += 1
    return at


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
def _put(b: Any, at: Any, behind: Any, out: Any, o: Any) -> Any:
    """Copy a stretch; gives what is behind it in the copy."""
    for i in range(behind - at):
        out[o + i] = b[at + i]
    return o + behind - at


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
