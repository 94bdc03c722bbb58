"""
The compiled writing of messages as lines of a syslog, so that those who read syslogs read what stood in envelopes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.formats.envelope import HOST, PID, PROGRAM, TIME, TRANSPORT
from isdas.model.kernels import compiled, inlined

_BLANK, _DOT, _COLON, _EQUALS, _OPEN, _CLOSE, _UNDERSCORE, _ZERO, _NINE = 32, 46, 58, 61, 91, 93, 95, 48, 57
_KERNEL, _JOURNAL = int.from_bytes(b"kernel", "big"), int.from_bytes(b"journal", "big")
_MICROS_DIGITS = 6


@inlined
def _put(b: Any, at: Any, behind: Any, out: Any, o: Any) -> Any:
    """Copy a stretch; gives what is behind it in the copy."""
    for i in range(behind - at):
        out[o + i] = b[at + i]
    return o + behind - at


@inlined
def _is_word(b: Any, part: Any, word: Any) -> Any:
    """Whether a part is a word of at most eight bytes, up to what may follow the name of a program in a tag."""
    value, at, end = np.int64(0), part[0], part[0] + part[1]
    while at < end and b[at] > _BLANK and b[at] != _OPEN and b[at] != _COLON:
        value = value << 8 | np.int64(b[at])
        at += 1
    return value == word


@inlined
def _name(b: Any, part: Any, colons: Any, out: Any, o: Any) -> Any:
    """Put in a name, as one word; of a program only what stands before a colon or bracket."""
    for at in range(part[0], part[0] + part[1]):
        c = b[at]
        if not colons and c in (_OPEN, _COLON):
            break
        out[o] = _UNDERSCORE if c <= _BLANK or c in (_EQUALS, _OPEN) else c
        o += 1
    return o


@inlined
def _word(word: Any, size: Any, out: Any, o: Any) -> Any:
    for i in range(size):
        out[o + i] = word >> (8 * (size - 1 - i)) & 0xFF
    return o + size


@inlined
def _tag(b: Any, parts: Any, out: Any, o: Any) -> Any:
    """Put in who wrote the message: ``kernel``, or any other program with a number, as they stand in a syslog."""
    program, transport = parts[PROGRAM], parts[TRANSPORT]
    named = program[1] > 0 and not _is_word(b, program, _KERNEL)
    # What journald says of the way is true; a program may call itself what it likes.
    by_kernel = _is_word(b, transport, _KERNEL) if transport[1] >= 0 else not named
    if by_kernel:
        o = _word(_KERNEL, 6, out, o)
    else:
        first = o
        o = _name(b, program, False, out, o) if named else o
        o = _word(_JOURNAL, 7, out, o) if o == first else o
        out[o] = _OPEN
        first = o + 1
        o = first
        for at in range(parts[PID, 0], parts[PID, 0] + parts[PID, 1]):
            if _ZERO <= b[at] <= _NINE:
                out[o] = b[at]
                o += 1
        if o == first:
            out[o] = _ZERO
            o += 1
        out[o] = _CLOSE
        o += 1
    out[o], out[o + 1] = _COLON, _BLANK
    return o + 2


@inlined
def _time(b: Any, part: Any, in_micros: Any, out: Any, o: Any) -> Any:
    """Put in a time as it is; microseconds since 1970 as seconds with a fraction."""
    first, end = part[0], part[0] + part[1]
    point = end - _MICROS_DIGITS if in_micros and part[1] > _MICROS_DIGITS else np.int64(-1)
    for at in range(first, end):
        if at == point:
            out[o] = _DOT
            o += 1
        out[o] = b[at] if b[at] >= _BLANK else _BLANK
        o += 1
    return o


@compiled
def dress(
    text: npt.NDArray[np.uint8],
    ends: npt.NDArray[np.int64],
    bare: npt.NDArray[np.bool_],
    heads: npt.NDArray[np.uint8],
    parts: npt.NDArray[np.int64],
    in_micros: bool,
    out: npt.NDArray[np.uint8],
) -> int:
    """
    Write messages as the lines of a syslog: time, host, who wrote it, message; gives how much of *out* that fills.

    Args:
        text, ends, heads, parts: as `open_lines` fills them.
        bare: bool[n], the messages that need nothing before them.
        in_micros: whether times are microseconds since 1970.
        out: filled.
    """
    o = np.int64(0)
    for i in range(len(bare)):
        if not bare[i]:
            if parts[i, TIME, 1] > 0:
                o = _time(heads, parts[i, TIME], in_micros, out, o)
                out[o] = _BLANK
                o += 1
            if parts[i, HOST, 1] > 0:
                o = _name(heads, parts[i, HOST], True, out, o)
                out[o] = _BLANK
                o += 1
            o = _tag(heads, parts[i], out, o)
        o = _put(text, ends[i], ends[i + 1], out, o)
    return int(o)
