"""
JSON documents to lines of one object each, compiled, in pieces of any size: the objects at one depth, and what stands
around them.

It checks the structure around the objects, not what is inside of them.
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from isdas.formats.lines import MAX_LINE_BYTES, LineBlock

REFUSALS = {1: "cut-object", 2: "object-too-long", 3: "not-json", 4: "not-an-object"}
"""Why a place where an object should be holds none, by the number that the scan gives it."""

_CUT, _LONG, _JUNK, _SCALAR = 1, 2, 3, 4
_KEPT = 1000
_AROUND = 1 << 16
"""How much of what stands before an object is remembered."""

# Where the scan stands, from piece to piece.
_DEPTH, _STRING, _ESCAPE, _INSIDE, _BY_LINE, _ARRAYS, _LENGTH, _BAD, _JUNKY, _RECORDS, _CUTS = range(11)

_UNKNOWN = -1
_NEWLINE, _BLANK, _QUOTE, _COMMA, _NOTHING, _BACKSLASH = 10, 32, 34, 44, 63, 92
_OPEN, _CLOSE, _BEGIN, _END = 123, 125, 91, 93


class Documents:
    """
    The objects of documents, piece by piece.

    A document that stands on a line of its own hurts only itself where it is damaged.
    """

    def __init__(self, depth: int) -> None:
        """Ready for the first piece; *depth* arrays and objects stand around each object that is a record."""
        self._depth = depth
        self._state = np.zeros(11, np.int64)
        self._state[_BY_LINE] = _UNKNOWN
        self._rest = b""
        self._around = b""
        self._first = 1

    def take(self, data: bytes, ended: bool, warning: str = "") -> tuple[LineBlock, dict[int, bytes]]:
        """
        The objects that end within the next piece, a line each, and the text before some of them, by their index.

        Args:
            data: the piece.
            ended: whether the file ends with it.
            warning: what was wrong with the compression.
        """
        piece = np.frombuffer(data + (b"\n" if ended else b""), np.uint8)
        out = np.empty(len(self._rest) + 2 * len(piece) + 4 * _KEPT, np.uint8)
        out[: len(self._rest)] = np.frombuffer(self._rest, np.uint8)
        around = np.empty(2 * len(piece) + 2, np.uint8)
        ends, places, bad = (np.zeros(len(piece) + 2, np.int64) for _ in range(3))
        n, filled, told = _scan(piece, self._depth, self._state, out, len(self._rest), around, ends, places, bad)
        warnings = [*([warning] if warning else []), *["truncated-document"] * int(self._state[_CUTS])]
        self._state[_CUTS] = 0
        if ended:
            n, filled, warnings = self._close(n, filled, out, told, ends, places, bad, warnings)
        whole = int(ends[n - 1]) if n else 0
        self._rest = out[whole:filled].tobytes()
        texts = self._texts(around[:told].tobytes(), places[:n])
        refused = {int(i): REFUSALS[int(bad[i])] for i in np.flatnonzero(bad[:n])}
        block = LineBlock(out[:whole].tobytes(), self._first, refused, tuple(warnings))
        self._first += int(n)
        return block, texts

    def _close(
        self,
        n: int,
        filled: int,
        out: npt.NDArray[Any],
        told: int,
        ends: npt.NDArray[Any],
        places: npt.NDArray[Any],
        bad: npt.NDArray[Any],
        warnings: list[str],
    ) -> tuple[int, int, list[str]]:
        """Refuse the object that the file breaks off in."""
        if self._state[_INSIDE]:
            out[filled] = _NEWLINE
            ends[n], places[n], bad[n] = filled + 1, told, _CUT
            return n + 1, filled + 1, warnings
        return n, filled, [*warnings, "truncated-document"] if self._state[_DEPTH] else warnings

    def _texts(self, around: bytes, places: npt.NDArray[np.int64]) -> dict[int, bytes]:
        """What stands before an object since the one before; what follows the last is kept for the next piece."""
        begins = np.concatenate([[0], places[:-1]]) if len(places) else places
        some = np.flatnonzero(places > begins).tolist()
        texts = {i: around[int(begins[i]) : int(places[i])] for i in some}
        if len(places):
            if self._around:
                texts[0] = self._around + texts.get(0, b"")
            self._around = b""
        rest = around[int(places[-1]) :] if len(places) else around
        self._around = (self._around + rest)[-_AROUND:]
        return texts


@numba.njit(cache=True, nogil=True)
def _scan(piece: Any, depth: Any, s: Any, out: Any, filled: Any, around: Any, ends: Any, places: Any, bad: Any) -> Any:
    """Give the number of objects, and how much of *out* and of *around* is filled."""
    n, told, i = 0, 0, 0
    while i < len(piece):
        c = piece[i]
        if not s[_INSIDE] and not s[_STRING] and c == _OPEN and _in_list(depth, s):
            s[_INSIDE], s[_LENGTH], s[_BAD], s[_JUNKY] = 1, 0, 0, 0
            s[_RECORDS] += 1
            places[n] = told
        if s[_INSIDE]:
            end = _within(piece, i, depth, s)
            filled = _copy(piece, i, end, s, out, filled)
            c, i = piece[end - 1], end
            if s[_DEPTH] == depth:
                out[filled] = _NEWLINE
                filled += 1
                ends[n], bad[n], s[_INSIDE] = filled, s[_BAD], 0
                n += 1
        else:
            i += 1
            reason = _odd(c, depth, s)
            if reason:
                out[filled], out[filled + 1] = _NOTHING, _NEWLINE
                filled += 2
                ends[n], places[n], bad[n] = filled, told, reason
                n += 1
            told = _beside(c, s, around, told)
        if c == _NEWLINE:
            if s[_BY_LINE] == _UNKNOWN:
                s[_BY_LINE] = 1 if s[_DEPTH] == 0 else 0
            if s[_BY_LINE] == 1:
                if s[_DEPTH]:
                    n, filled, told = _give_up(s, out, filled, around, told, ends, places, bad, n)
                s[_RECORDS] = 0
    return n, filled, told


@numba.njit(cache=True, nogil=True)
def _within(piece: Any, i: Any, depth: Any, s: Any) -> Any:
    """Follow an object from a place to behind its end, or that of its line or of the piece."""
    deep, string, escape = s[_DEPTH], s[_STRING], s[_ESCAPE]
    while i < len(piece):
        c = piece[i]
        i += 1
        if string:
            if escape:
                escape = 0
            elif c == _BACKSLASH:
                escape = 1
            elif c == _QUOTE or c == _NEWLINE:  # noqa: SIM109 - half as fast as membership
                string = 0
        elif c == _QUOTE:
            string = 1
        elif c == _OPEN or c == _BEGIN:  # noqa: SIM109
            deep += 1
        elif c == _CLOSE or c == _END:  # noqa: SIM109
            deep -= 1
            if deep == depth:
                break
        if c == _NEWLINE:
            break
    s[_DEPTH], s[_STRING], s[_ESCAPE] = deep, string, escape
    return i


@numba.njit(cache=True, nogil=True)
def _copy(piece: Any, start: Any, end: Any, s: Any, out: Any, filled: Any) -> Any:
    """Put in a part of an object, its line ends as blanks; of one that is too long only the beginning stays."""
    length = s[_LENGTH]
    s[_LENGTH] += end - start
    if s[_LENGTH] > MAX_LINE_BYTES:
        filled -= max(length - _KEPT, 0) if not s[_BAD] else 0
        end = start + max(min(_KEPT - length, end - start), 0)
        s[_BAD] = _LONG
    out[filled : filled + end - start] = piece[start:end]
    filled += end - start
    if end > start and piece[end - 1] == _NEWLINE:
        out[filled - 1] = _BLANK
    return filled


@numba.njit(cache=True, nogil=True)
def _beside(c: Any, s: Any, around: Any, told: Any) -> Any:
    """Put in a byte that stands around the objects, blanks and commas left out, and a line end after a document."""
    if s[_STRING] or (c > _BLANK and c != _COMMA):
        around[told] = c
        told += 1
    before = s[_DEPTH]
    _step(c, s)
    if before and not s[_DEPTH]:
        around[told] = _NEWLINE
        told += 1
    return told


@numba.njit(cache=True, nogil=True)
def _give_up(s: Any, out: Any, filled: Any, around: Any, told: Any, ends: Any, places: Any, bad: Any, n: Any) -> Any:
    """Begin anew at the end of a line on which a document did not end."""
    if s[_INSIDE] or not s[_RECORDS]:
        if not s[_INSIDE]:
            out[filled] = _NOTHING
            filled += 1
            places[n] = told
        out[filled] = _NEWLINE
        filled += 1
        ends[n], bad[n] = filled, _CUT if s[_INSIDE] else _JUNK
        n += 1
    else:
        s[_CUTS] += 1
    around[told] = _NEWLINE
    s[_DEPTH] = s[_INSIDE] = s[_STRING] = s[_ESCAPE] = s[_ARRAYS] = s[_JUNKY] = 0
    return n, filled, told + 1


@numba.njit(cache=True, nogil=True)
def _step(c: Any, s: Any) -> Any:
    """Follow the structure by a byte."""
    if s[_STRING]:
        if s[_ESCAPE]:
            s[_ESCAPE] = 0
        elif c == _BACKSLASH:
            s[_ESCAPE] = 1
        elif c in (_QUOTE, _NEWLINE):
            # A line end in a string is none of JSON: the string was not closed.
            s[_STRING] = 0
    elif c == _QUOTE:
        s[_STRING] = 1
    elif c in (_OPEN, _BEGIN):
        if s[_DEPTH] < 62:
            bit = np.int64(1) << s[_DEPTH]
            s[_ARRAYS] = s[_ARRAYS] | bit if c == _BEGIN else s[_ARRAYS] & ~bit
        s[_DEPTH] += 1
    elif c in (_CLOSE, _END) and s[_DEPTH]:
        s[_DEPTH] -= 1


@numba.njit(cache=True, nogil=True)
def _in_list(depth: Any, s: Any) -> Any:
    """Whether the next thing would be one of the records."""
    return s[_DEPTH] == depth and (depth == 0 or s[_ARRAYS] >> (depth - 1) & 1 == 1)


@numba.njit(cache=True, nogil=True)
def _odd(c: Any, depth: Any, s: Any) -> Any:
    """Why something that is no object stands where one should, told once of each; 0 if nothing does."""
    if s[_STRING] or c <= _BLANK:
        s[_JUNKY] = 0 if c == _NEWLINE else s[_JUNKY]
        return 0
    listed = _in_list(depth, s)
    if not listed and s[_DEPTH]:
        s[_JUNKY] = 0
        return 0
    if c in (_COMMA, _END, _CLOSE, _OPEN) or (c == _BEGIN and not (listed and depth)):
        s[_JUNKY] = 0
        return 0
    if s[_JUNKY]:
        return 0
    s[_JUNKY] = 1
    return _SCALAR if listed and depth else _JUNK
