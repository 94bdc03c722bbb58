"""
Endace's Extensible Record Format: https://wiki.wireshark.org/ERF and the "Data formats" chapter of the DAG manuals.

It finds the frames in a window of bytes. ATM, InfiniBand, raw SONET and flow counters, which ERF knows too, it refuses.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.capture.batch import Columns
from isdas.capture.statistics import InterfaceStatistics
from isdas.capture.stream import Window
from isdas.model.frames import Frames
from isdas.model.tally import Tally

HEADER_BYTES = 16

_META, _PAD = 27, 48
_EXTENDED = 0x80
"""The bit that says that an extension header of eight bytes follows: of the type, and of each extension header."""

_ETHERNET, _HDLC, _IP4, _IP6 = 1, 104, 228, 229
_PPP = 50
_TYPES = {
    1: (_HDLC, 0, 1),
    2: (_ETHERNET, 2, 1),
    5: (_HDLC, 4, 1),
    10: (_HDLC, 0, 0),
    11: (_ETHERNET, 2, 0),
    15: (_HDLC, 0, 0),
    16: (_ETHERNET, 2, 0),
    17: (_HDLC, 4, 0),
    19: (_HDLC, 0, 0),
    20: (_ETHERNET, 2, 0),
    22: (_IP4, 0, 1),
    23: (_IP6, 0, 1),
    24: (-1, 0, 1),
}
"""
Type of record to (link type, bytes before the frame, whether losses are counted).

HDLC frames with and without a channel (4 bytes), Ethernet (an offset and a pad byte before it), plain, with a colour, a
stream's colour or a hash in place of the loss counter; IP; raw links, whose packets nobody can find.
"""

_LINK, _BEFORE, _COUNTS_LOSS = 0, 1, 2
_KNOWN_TYPES = frozenset(range(1, 30)) - {26} | {_PAD}

_NEED_MORE, _FULL, _BAD_LENGTH = 0, 1, 2
_UNKNOWN, _SHORT, _N_COUNTS = 0, 1, 2
_N_INTERFACES = 4

_ENOUGH_RECORDS, _FEW_RECORDS = 8, 3
_EARLIEST_S, _LATEST_S = 631_152_000, 4_102_444_800
"""1990, before the first such card, and 2100."""
_DISORDER_S = 3600


def _table() -> npt.NDArray[np.int64]:
    """int64[128, 3]: the columns of _TYPES, a link type of 0 for what is not in it."""
    rows = np.zeros((128, 3), np.int64)
    for number, row in _TYPES.items():
        rows[number] = row
    return rows


_TABLE = _table()


class ErfReader:
    """Reads the frames of one ERF file."""

    name = "erf"

    def __init__(self, window: Window, tally: Tally) -> None:
        """Ready to read; there is no file header."""
        self._window = window
        self._tally = tally
        self._lost = np.full(_N_INTERFACES, -1, np.int64)

    @property
    def statistics(self) -> tuple[InterfaceStatistics, ...]:
        """How many packets each interface with a loss counter has lost so far; when it began, no record says."""
        return tuple(InterfaceStatistics(dropped=lost) for lost in self._lost.tolist() if lost >= 0)

    def frames(self) -> Iterator[Frames]:
        """All frames in batches that each lie in one buffer."""
        window, position = self._window, 0
        window.refill()
        while True:
            columns, counts = Columns.empty(), np.zeros(_N_COUNTS, np.int64)
            window.at, n, position, stop = _walk(
                window.buffer,
                window.at,
                window.end,
                position,
                _TABLE,
                counts,
                self._lost,
                *columns.of_record,
                columns.links,
                columns.positions,
            )
            self._count(counts)
            if n:
                yield columns.frames(window.buffer, n)
            if stop == _BAD_LENGTH:
                # Without the length there is no telling where the next record begins.
                self._tally.read += 1
                self._tally.refuse("impossible-length")
            if stop == _BAD_LENGTH or (stop == _NEED_MORE and not window.refill()):
                break
        self._tally.warn("truncated-tail", int(stop == _NEED_MORE and window.end > window.at))
        self._tally.warn("lost-packets", int(np.maximum(self._lost, 0).sum()))

    def _count(self, counts: npt.NDArray[np.int64]) -> None:
        unknown, short = counts.tolist()
        self._tally.read += unknown + short
        self._tally.refuse("unknown-record-type", unknown)
        self._tally.refuse("impossible-length", short)


def begins(head: bytes) -> bool:
    """
    Whether a file that begins like this is ERF, which has no magic number.

    Every record must be possible and end where the next begins: eight of them, or three if the head ends in the midst
    of the next, or any number if the head ends with the last.
    """
    at, before_s, records = 0, 0, 0
    while at + HEADER_BYTES <= len(head):
        length = _possible(head, at, before_s)
        if not length:
            return False
        records += 1
        if records == _ENOUGH_RECORDS:
            return True
        before_s = int.from_bytes(head[at + 4 : at + 8], "little")
        at += length
    return records >= _FEW_RECORDS or (records > 0 and at == len(head))


def _possible(head: bytes, at: int, before_s: int) -> int:
    """The length of the record at *at*; 0 if no card writes such a record."""
    seconds = int.from_bytes(head[at + 4 : at + 8], "little")
    kind, flags = head[at + 8], head[at + 9]
    length, wire = int.from_bytes(head[at + 10 : at + 12], "big"), int.from_bytes(head[at + 14 : at + 16], "big")
    number = kind & ~_EXTENDED
    if number not in _KNOWN_TYPES or length < HEADER_BYTES or flags & 0xC0:
        return 0
    if number == _PAD:
        return length
    if not _EARLIEST_S <= seconds < _LATEST_S or seconds < before_s - _DISORDER_S or not wire:
        return 0
    payload = length - HEADER_BYTES - (8 if kind & _EXTENDED else 0)
    # Records of varying length (bit 2) hold no more than was on the wire and what aligns it.
    return length if payload >= 0 and (not flags & 4 or payload <= wire + 16 or kind & _EXTENDED) else 0


@njit(cache=True, nogil=True)
def _u16(buffer: Any, at: int) -> Any:
    return np.int64(buffer[at]) << 8 | np.int64(buffer[at + 1])


@njit(cache=True, nogil=True)
def _time_us(buffer: Any, at: int) -> Any:
    """Microseconds of a 32.32 fixed-point number of seconds in little-endian order."""
    seconds, part = np.int64(0), np.int64(0)
    for i in range(4):
        part |= np.int64(buffer[at + i]) << (8 * i)
        seconds |= np.int64(buffer[at + 4 + i]) << (8 * i)
    return seconds * 1_000_000 + (part * 1_000_000 >> 32)


@njit(cache=True, nogil=True)
def _header_bytes(buffer: Any, at: int, length: int) -> Any:
    """Bytes of a record's header with all its extension headers, as far as they lie within the record."""
    size, more = np.int64(HEADER_BYTES), buffer[at + 8] & _EXTENDED
    while more and size + 8 <= length:
        more = buffer[at + size] & _EXTENDED
        size += 8
    return size if not more else length + 1


@njit(cache=True, nogil=True)
def _walk(
    buffer: npt.NDArray[np.uint8],
    at: int,
    end: int,
    position: int,
    table: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    lost: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
    captured: npt.NDArray[np.int32],
    original: npt.NDArray[np.int32],
    times_us: npt.NDArray[np.int64],
    links: npt.NDArray[np.int32],
    positions: npt.NDArray[np.int64],
) -> tuple[int, int, int, int]:
    """Fill the columns with the records between *at* and *end*; gives (at, rows, position, why stopped)."""
    n = 0
    while n < offsets.shape[0]:
        if end - at < HEADER_BYTES:
            return at, n, position, _NEED_MORE
        length = _u16(buffer, at + 10)
        if length < HEADER_BYTES:
            return at, n, position, _BAD_LENGTH
        if end - at < length:
            return at, n, position, _NEED_MORE
        kind = buffer[at + 8] & ~np.uint8(_EXTENDED)
        if kind not in (_META, _PAD):
            row = table[kind]
            if row[_LINK] == 0:
                counts[_UNKNOWN] += 1
            elif _record(buffer, at, length, row, n, lost, offsets, captured, original, times_us, links):
                positions[n] = position
                n += 1
            else:
                counts[_SHORT] += 1
            position += 1
        at += length
    return at, n, position, _FULL


@njit(cache=True, nogil=True)
def _record(
    buffer: Any, at: int, length: int, row: Any, n: int, lost: Any,
    offsets: Any, captured: Any, original: Any, times_us: Any, links: Any,
) -> bool:  # fmt: skip
    """Fill row *n* from one record; False if its headers are longer than it is."""
    begin = _header_bytes(buffer, at, length) + row[_BEFORE]
    if begin > length:
        return False
    if row[_COUNTS_LOSS]:
        interface = buffer[at + 9] & 3
        lost[interface] = max(lost[interface], 0) + _u16(buffer, at + 12)
    wire = _u16(buffer, at + 14)
    offsets[n] = at + begin
    captured[n] = min(wire, length - begin)
    original[n] = wire
    times_us[n] = _time_us(buffer, at)
    links[n] = row[_LINK]
    if row[_LINK] == _HDLC and begin < length and buffer[at + begin] not in (0x0F, 0x8F):
        # Cisco's framing begins with the address of a station or of all; anything else is PPP (RFC 1662, RFC 1547).
        links[n] = _PPP
    return True
