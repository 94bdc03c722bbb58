"""
CAIDA FlowTuple v2, binary: the ``.flowtuple.cors.gz`` files of Corsaro 2, by their layout as observed.

All numbers are big-endian. A file is a row of

- ``EDGRHEAD``: a run of Corsaro, with the plugins whose data it wrote (own files have none);
- ``EDGRINTR``, number (16 bits), time (32): an interval begins, or the one of that number ends;
- ``SIXU``, class (16), count (32), that many tuples, ``SIXU``, class (16): the tuples of a class;
- ``EDGRFOOT``: the end of a run.

A tuple is 21 bytes: source (32), destination (32), source port or ICMP type (16), port or ICMP code (16), protocol (8),
TTL (8), TCP flags (8), IP length (16), packets (32). Telescopes of a /8 could leave its octet out of destinations: then
the magic is ``SIXT`` and a tuple 20 bytes. The classes are the writer's opinion and not taken.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.flowtuple import CAPABILITIES as SHARED
from isdas.formats.flowtuple import Ints, Tuples, batch, sensor_of, with_octets
from isdas.formats.stream import ByteStream, byte_stream
from isdas.model.errors import InputRefused

CAPABILITIES = SHARED
"""The most that a tuple shows."""

STRETCH_TUPLES = 1 << 17
"""How many tuples are read at a time."""

_HEADER, _INTERVAL, _FOOTER = b"EDGRHEAD", b"EDGRINTR", b"EDGRFOOT"
_WHOLE, _SLASH_EIGHT = b"SIXU", b"SIXT"
_MAGIC_BYTES, _INTERVAL_BYTES, _FOOTER_BYTES = 8, 14, 48
_BEGIN_BYTES, _END_BYTES = 10, 6
_URI_LENGTH_AT, _URI_AT = 16, 18

_MAX_HEADER_BYTES = 1 << 19
_NO_INTERVAL = -1

_PORTS = [("source_port", ">u2"), ("port", ">u2"), ("protocol", "u1"), ("ttl", "u1"), ("tcp_flags", "u1")]
_REST = [*_PORTS, ("ip_length", ">u2"), ("packets", ">u4")]
_LAYOUTS = {
    _WHOLE: np.dtype([("source", ">u4"), ("destination", ">u4"), *_REST]),
    _SLASH_EIGHT: np.dtype([("source", ">u4"), ("octets", "u1", 3), *_REST]),
}
_NAMES = ("source", *(name for name, _ in _REST))


@dataclass(frozen=True, slots=True)
class Piece:
    """Tuples of one class and interval: its begin in seconds, the magic that tells their layout, their bytes."""

    time: int
    magic: bytes
    data: bytes

    def __len__(self) -> int:
        return len(self.data) // _LAYOUTS[self.magic].itemsize


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pieces that follow each other, the number in the file of their first tuple, and what was met around them."""

    first: int
    pieces: tuple[Piece, ...]
    warnings: Counter[str] = field(default_factory=Counter)


def sniff(head: bytes) -> bool:
    """Whether a file that begins like this is one of FlowTuples, or the account of a run that wrote some."""
    if head.startswith(_INTERVAL):
        return head[_INTERVAL_BYTES : _INTERVAL_BYTES + 4] in _LAYOUTS
    return any(plugin in _LAYOUTS for plugin in _plugins(head)[0])


def read(path: Path, context: Context) -> Iterator[Work]:
    """
    The tuples of a file in stretches of about `STRETCH_TUPLES`.

    Where something stands that cannot be, reading goes on at the next interval; what lies between is lost and counted
    as one ``damaged-block``. A file that ends within an interval is warned of as ``truncated-tail``.

    Raises:
        InputRefused: ``unreadable``; ``wrong-format`` if it does not begin like a file of Corsaro.
    """
    with byte_stream(path) as stream:
        if stream.look(_MAGIC_BYTES) not in (_INTERVAL, _HEADER):
            raise InputRefused("wrong-format", f"{path} does not begin like a binary file of Corsaro 2")
        for stretch in _stretches(stream):
            yield partial(_understood, stretch, context, sensor_of(path))


def _stretches(stream: ByteStream) -> Iterator[Stretch]:
    walk = _Walk(stream)
    pieces: list[Piece] = []
    first = n = 0
    for piece in walk.pieces():
        pieces.append(piece)
        n += len(piece)
        if n >= STRETCH_TUPLES:
            yield Stretch(first, tuple(pieces), walk.told())
            pieces, first, n = [], first + n, 0
    warnings = walk.told()
    if stream.warning:
        warnings[stream.warning] += 1
    if pieces or warnings:
        yield Stretch(first, tuple(pieces), warnings)


class _Walk:
    """The way through a file, with the interval that is open."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._number, self._time = 0, _NO_INTERVAL
        self._warnings: Counter[str] = Counter()

    def told(self) -> Counter[str]:
        """What was met since the last time."""
        told, self._warnings = self._warnings, Counter()
        return told

    def pieces(self) -> Iterator[Piece]:
        """All tuples."""
        while magic := self._stream.look(_MAGIC_BYTES):
            if magic[:4] in _LAYOUTS and self._time != _NO_INTERVAL:
                yield from self._class(magic[:4])
            elif magic == _INTERVAL:
                self._interval()
            elif magic == _FOOTER:
                self._take(_FOOTER_BYTES)
            elif magic == _HEADER:
                self._take(_plugins(self._stream.look(_MAX_HEADER_BYTES))[1])
            elif len(magic) < _MAGIC_BYTES:
                self._take(_MAGIC_BYTES)
            else:
                self._lose()
        if self._time != _NO_INTERVAL:
            self._warnings["truncated-tail"] = 1

    def _take(self, count: int) -> bytes:
        """The next bytes; fewer, and a warning, at the end of the file."""
        data = self._stream.take(count)
        if len(data) < count:
            self._warnings["truncated-tail"] = 1
        return data

    def _lose(self) -> None:
        """Go on at the next interval."""
        self._warnings["damaged-block"] += 1
        self._stream.find(_INTERVAL)

    def _interval(self) -> None:
        data = self._take(_INTERVAL_BYTES)
        number = int.from_bytes(data[_MAGIC_BYTES:-4], "big")
        ends = self._time != _NO_INTERVAL and number == self._number
        self._number = number
        self._time = _NO_INTERVAL if ends or len(data) < _INTERVAL_BYTES else int.from_bytes(data[-4:], "big")

    def _class(self, magic: bytes) -> Iterator[Piece]:
        begin = self._take(_BEGIN_BYTES)
        size = _LAYOUTS[magic].itemsize
        missing = int.from_bytes(begin[_END_BYTES:], "big") if len(begin) == _BEGIN_BYTES else 0
        while missing > STRETCH_TUPLES:
            data = self._stream.look(STRETCH_TUPLES * size)
            if len(data) < STRETCH_TUPLES * size:
                break
            missing -= STRETCH_TUPLES
            yield Piece(self._time, magic, self._stream.take(len(data)))
        # The end is looked at first: where it is not, the count was a lie, and what follows are no tuples.
        data = self._stream.look(missing * size + _END_BYTES)
        if len(data) < missing * size + _END_BYTES and _INTERVAL not in data:
            self._take(missing * size + _END_BYTES)
            data = data[: min(missing, len(data) // size) * size]
        elif data.endswith(begin[:_END_BYTES]) and len(data) == missing * size + _END_BYTES:
            self._stream.take(len(data))
            data = data[:-_END_BYTES]
        else:
            self._lose()
            return
        if data:
            yield Piece(self._time, magic, data)


def _plugins(head: bytes) -> tuple[tuple[bytes, ...], int]:
    """The magics of the plugins that the header of a run names, and its length; none and 1 for what is no header."""
    after = _URI_AT + int.from_bytes(head[_URI_LENGTH_AT:_URI_AT], "big")
    count = int.from_bytes(head[after : after + 2], "big")
    if not head.startswith(_HEADER) or len(head) < after + 2:
        return (), 1
    magics = head[after + 2 : after + 2 + 4 * count]
    return tuple(magics[i : i + 4] for i in range(0, len(magics), 4)), after + 2 + 4 * count


def _understood(stretch: Stretch, context: Context, sensor: str | None) -> Batch:
    joined = [_columns(magic, list(pieces)) for magic, pieces in groupby(stretch.pieces, lambda piece: piece.magic)]
    names = ("time", "destination", *_NAMES)
    columns: Any = {name: np.concatenate([np.empty(0, np.int64), *(each[name] for each in joined)]) for name in names}
    positions = np.arange(stretch.first, stretch.first + len(columns["time"]))
    return batch(with_octets(Tuples(positions, **columns), context), sensor, stretch.warnings)


def _columns(magic: bytes, pieces: list[Piece]) -> dict[str, Ints]:
    """The columns of pieces of one layout."""
    table = np.frombuffer(b"".join(piece.data for piece in pieces), _LAYOUTS[magic])
    columns = {name: table[name].astype(np.int64) for name in _NAMES}
    columns["time"] = np.repeat([piece.time for piece in pieces], [len(piece) for piece in pieces])
    if magic == _WHOLE:
        columns["destination"] = table["destination"].astype(np.int64)
    else:
        high, middle, low = table["octets"].astype(np.int64).T
        columns["destination"] = high << 16 | middle << 8 | low
    return columns
