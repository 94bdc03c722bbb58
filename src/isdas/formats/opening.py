"""
Lines taken out of their envelopes, in constant memory.

What is JSON within stays as it is, as does a line that says its time itself and of which the envelope does not say who
wrote it. Any other becomes the line of a syslog, with the time, the machine and the program of the envelope. Each line
keeps its number.
"""

import io
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isdas.formats import syslog_walk
from isdas.formats.dress_walk import dress
from isdas.formats.envelope import N_PARTS, PIECE, PROGRAM, RAW, STREAM, TRANSPORT, Envelope
from isdas.formats.envelope_walk import open_entries, open_lines

MOST_BYTES = 4 << 20
"""More than that without an end is in no envelope, or in one of which the most is passed over."""

_AT_ONCE = 1 << 20
_LONG_FIELD = 1 << 16
_ROOM = 64
"""How many bytes more than its parts the beginning of a line of a syslog takes at most."""


def opened(envelope: Envelope, head: bytes) -> bytes:
    """What is in the envelopes of the beginning of a file."""
    # What is behind the last line end may be the beginning of one in an envelope.
    inside = Opened(envelope, io.BytesIO(head[: head.rfind(b"\n") + 1]).read)
    return b"".join(iter(partial(inside.read, _AT_ONCE), b""))


class Opened:
    """What is in the envelopes of a file, byte by byte."""

    def __init__(self, envelope: Envelope, more: Callable[[int], bytes]) -> None:
        """With what gives the next bytes of the file, at most so many, and none at the end."""
        self._envelope = envelope
        self._more = more
        self._rest = b""
        self._ready, self._at = b"", 0
        self._ended = self._overlong = False
        self._pieces: dict[bytes, bytes] = {}

    def read(self, count: int) -> bytes:
        """Up to *count* bytes, none at the end."""
        while self._at >= len(self._ready) and not self._ended:
            data = self._more(_AT_ONCE)
            self._ended = not data
            take = self._of_entries if self._envelope.entries else self._of_lines
            self._ready, self._at = take(self._rest + data), 0
        data = self._ready[self._at : self._at + count]
        self._at += len(data)
        return data

    def _of_lines(self, data: bytes) -> bytes:
        """What is in the whole lines of some bytes; the rest is kept."""
        as_it_is = b""
        if self._overlong or (len(data) > MOST_BYTES and b"\n" not in data):
            # Nobody has lines that long: it is handed on as it is, up to where it ends.
            behind = data.find(b"\n") + 1
            self._overlong = not behind
            as_it_is, data = (data[:behind], data[behind:]) if behind else (data, b"")
        cut = len(data) if self._ended else data.rfind(b"\n") + 1
        self._rest = data[cut:]
        lines = self._opened(data[:cut]) if cut else b""
        return as_it_is + lines + (self._unended() if self._ended else b"")

    def _opened(self, data: bytes) -> bytes:
        octets = np.frombuffer(data, np.uint8)
        starts = np.flatnonzero(octets == ord("\n")) + 1
        starts = np.concatenate([[0], starts, [] if data.endswith(b"\n") else [len(data)]]).astype(np.int64)
        found = _Found.of(len(data), len(starts) - 1)
        open_lines(octets, starts, _keys(self._envelope), self._envelope.piece_bytes, *found)
        if self._pieces or (found.states == PIECE).any():
            found = self._joined(found)
        return _written(found, self._envelope.in_micros)

    def _joined(self, found: "_Found") -> "_Found":
        """The same with each line that came in pieces at the place of its last, and nothing at those of the others."""
        lines = []
        for i, state in enumerate(found.states.tolist()):
            line = found.text[int(found.ends[i]) : int(found.ends[i + 1])].tobytes()
            if state != RAW:
                start, size = found.parts[i, STREAM].tolist()
                stream = found.heads[start : start + max(size, 0)].tobytes()
                line = self._pieces.pop(stream, b"") + line
                if state == PIECE and len(line) <= MOST_BYTES:
                    self._pieces[stream], line = line[:-1], b"\n"
            lines.append(line)
        ends = np.cumsum([0, *map(len, lines)])
        return found._replace(text=np.frombuffer(b"".join(lines), np.uint8), ends=ends)

    def _unended(self) -> bytes:
        """Lines of which the last piece never came."""
        lines = [line + b"\n" for line in self._pieces.values()]
        self._pieces = {}
        return b"".join(lines)

    def _of_entries(self, data: bytes) -> bytes:
        """What is in the whole entries of some bytes; the rest is kept."""
        if not data:
            return b""
        found = _Found.of(len(data), data.count(b"\n\n") + 2)
        n, behind = open_entries(np.frombuffer(data, np.uint8), self._ended, _keys(self._envelope), *found)
        self._rest = data[behind:]
        if len(self._rest) > MOST_BYTES:
            self._rest = self._shortened(self._rest)
        return _written(found.first(n), self._envelope.in_micros)

    def _shortened(self, data: bytes) -> bytes:
        """An entry without its long fields, such as the image of a program that crashed."""
        kept: list[bytes] = []
        at = 0
        while at < len(data) and data[at] != ord("\n"):
            line, equals = data.find(b"\n", at), data.find(b"=", at)
            if line < 0:
                return b"".join(kept) + self._passed_line()
            behind = line + 1
            if not 0 <= equals < line:
                data += self._more(8) if len(data) < line + 9 else b""
                behind += 9 + int.from_bytes(data[line + 1 : line + 9], "little")
            if behind > len(data):
                return b"".join(kept) + self._passed(behind - len(data))
            if behind - at <= _LONG_FIELD:
                kept.append(data[at:behind])
            at = behind
        return b"".join(kept) + data[at:]

    def _passed(self, count: int) -> bytes:
        """Pass over so many bytes; gives what was read beyond them."""
        while count > 0 and (data := self._more(_AT_ONCE)):
            if len(data) > count:
                return data[count:]
            count -= len(data)
        return b""

    def _passed_line(self) -> bytes:
        """Pass over what is left of a line; gives what was read beyond it."""
        while data := self._more(_AT_ONCE):
            if b"\n" in data:
                return data[data.index(b"\n") + 1 :]
        return b""


class _Found(NamedTuple):
    """What was in envelopes, as `isdas.formats.envelope_walk.open_lines` fills it."""

    text: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]
    heads: npt.NDArray[np.uint8]
    parts: npt.NDArray[np.int64]
    states: npt.NDArray[np.int8]

    @classmethod
    def of(cls, n_bytes: int, n: int) -> "_Found":
        """Room for so many lines or entries of so many bytes together."""
        text, heads = np.empty(n_bytes + n + 1, np.uint8), np.empty(n_bytes + 1, np.uint8)
        return cls(text, np.zeros(n + 1, np.int64), heads, np.empty((n, N_PARTS, 2), np.int64), np.zeros(n, np.int8))

    def first(self, n: int) -> "_Found":
        """The first *n* of them."""
        return self._replace(ends=self.ends[: n + 1], parts=self.parts[:n], states=self.states[:n])


@cache
def _keys(envelope: Envelope) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The names of the parts one behind the other, where each begins and the last ends, and which parts they are."""
    names = [name.encode() for name, _ in envelope.keys]
    begins = np.cumsum([0, *map(len, names)], dtype=np.int64)
    slots = np.array([slot for _, slot in envelope.keys], np.int64)
    return np.frombuffer(b"".join(names), np.uint8), begins, slots


def _written(found: _Found, in_micros: bool) -> bytes:
    """The lines, those that need it as lines of a syslog."""
    bare = _bare(found)
    if bare.all():
        return found.text[: int(found.ends[-1])].tobytes()
    sizes = np.maximum(found.parts[:, :, 1], 0).sum()
    out = np.empty(int(found.ends[-1]) + int(sizes) + _ROOM * len(bare), np.uint8)
    return out[: dress(found.text, found.ends, bare, found.heads, found.parts, in_micros, out)].tobytes()


def _bare(found: _Found) -> npt.NDArray[np.bool_]:
    """
    Which lines need nothing before them.

    Where the envelope says who wrote a line, all but JSON does: what a program quotes may look like a dated line.
    """
    firsts = np.append(found.text, np.uint8(0))[found.ends[:-1]]
    bare = np.asarray((found.states == RAW) | (firsts == ord("{")))
    unnamed = (found.parts[:, PROGRAM, 1] < 0) & (found.parts[:, TRANSPORT, 1] < 0)
    if (unnamed & ~bare).any():
        bare |= unnamed & (np.isin(firsts, list(b"#\n")) | _dated(found))
    return bare


def _dated(found: _Found) -> npt.NDArray[np.bool_]:
    """Which lines begin with a time."""
    n = len(found.states)
    kinds, nothing = np.empty(n, np.int8), np.zeros((2 * syslog_walk.TURNS + 1, syslog_walk.DAYS), np.int64)
    syslog_walk.stamps(
        found.text, found.ends, np.zeros(4, np.int64), 0, nothing, np.zeros(8, np.int64),
        np.empty(n, np.int64), kinds, np.empty(n, np.int64), np.empty(n, np.int8),
    )  # fmt: skip
    return np.asarray(kinds != syslog_walk.NONE)
