"""
The compiled walk over pcapng blocks.

It takes packets out of blocks; blocks that change the state of a section it leaves to `isdas.capture.pcapng`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.capture.batch import MAX_FRAME_BYTES

NEED_MORE, FULL, DAMAGED, BLOCK, LARGE = 0, 1, 2, 3, 4
"""Why a walk stopped: bytes are missing, the columns are full, nonsense, a block for the caller, one too large."""

LINK, SNAP_LENGTH, MULTIPLIER, DIVISOR, SHIFT, OFFSET_US = 0, 1, 2, 3, 4, 5
N_FIELDS = 6
"""The fields of an interface: microseconds are units * MULTIPLIER // DIVISOR, or units >> SHIFT seconds."""

N_COUNTS = 3
"""What a walk counts: impossible lengths, unknown interfaces, packets without a time."""

NO_TIME = -1
"""The time of a packet whose block has none (Simple Packet Block)."""

PACKET_KINDS = (2, 3, 6)
"""The obsolete Packet Block, the Simple and the Enhanced Packet Block."""

MAX_BLOCK_BYTES = MAX_FRAME_BYTES + (1 << 18)
"""The longest block that is read: the longest frame, and as much again for options."""

_BAD_LENGTH, _NO_INTERFACE, _TIMELESS = 0, 1, 2
_OBSOLETE, _SIMPLE, _ENHANCED = PACKET_KINDS
_MILLION = 1_000_000


@njit(cache=True, nogil=True)
def _u32(buffer: Any, at: int, big: bool) -> Any:
    a, b = np.int64(buffer[at]), np.int64(buffer[at + 1])
    c, d = np.int64(buffer[at + 2]), np.int64(buffer[at + 3])
    return a << 24 | b << 16 | c << 8 | d if big else d << 24 | c << 16 | b << 8 | a


@njit(cache=True, nogil=True)
def to_us(units: int, row: npt.NDArray[np.int64]) -> Any:
    """Microseconds since 1970 of a time in an interface's units; NO_TIME if it is out of all proportion."""
    shift = row[SHIFT]
    if shift > 62:
        return row[OFFSET_US]
    if shift > 0:
        seconds, part = units >> shift, units & ((np.int64(1) << shift) - 1)
        if shift > 40:
            part >>= shift - 40
            shift = np.int64(40)
        if seconds > 0xFFFFFFFFFF:
            return NO_TIME
        return seconds * _MILLION + (part * _MILLION >> shift) + row[OFFSET_US]
    if units < 0 or units > 0x7FFFFFFFFFFFFFFF // row[MULTIPLIER]:
        return NO_TIME
    if row[DIVISOR] == 1:
        return units * row[MULTIPLIER] + row[OFFSET_US]
    return units // row[DIVISOR] + row[OFFSET_US]


@njit(cache=True, nogil=True)
def walk(
    buffer: npt.NDArray[np.uint8],
    at: int,
    end: int,
    big: bool,
    interfaces: npt.NDArray[np.int64],
    n_interfaces: int,
    n: int,
    position: int,
    counts: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
    captured: npt.NDArray[np.int32],
    original: npt.NDArray[np.int32],
    times_us: npt.NDArray[np.int64],
    links: npt.NDArray[np.int32],
    positions: npt.NDArray[np.int64],
) -> tuple[int, int, int, int]:
    """Fill the columns from row *n* with the packets between *at* and *end*; gives (at, n, position, why stopped)."""
    while n < offsets.shape[0]:
        if end - at < 12:
            return at, n, position, NEED_MORE
        kind, length = _u32(buffer, at, big), _u32(buffer, at + 4, big)
        if kind == 0x0A0D0D0A:
            return at, n, position, BLOCK
        if length < 12 or length % 4:
            return at, n, position, DAMAGED
        if length > MAX_BLOCK_BYTES:
            return at, n, position, LARGE
        if end - at < length:
            return at, n, position, NEED_MORE
        if _u32(buffer, at + length - 4, big) != length:
            return at, n, position, DAMAGED
        if kind in (1, 5):
            return at, n, position, BLOCK
        if kind in (_ENHANCED, _OBSOLETE, _SIMPLE):
            stored = _packet(buffer, at, big, kind, length, interfaces, n_interfaces, n, counts,
                             offsets, captured, original, times_us, links)  # fmt: skip
            if stored:
                positions[n] = position
                n += 1
            position += 1
        at += length
    return at, n, position, FULL


@njit(cache=True, nogil=True)
def _packet(
    buffer: Any, at: int, big: bool, kind: int, length: int, interfaces: Any, n_interfaces: int, n: int, counts: Any,
    offsets: Any, captured: Any, original: Any, times_us: Any, links: Any,
) -> bool:  # fmt: skip
    """Fill row *n* from one packet block; False if it cannot be a frame, which is then counted."""
    interface, header = np.int64(0), np.int64(28)
    if kind == _SIMPLE:
        header = np.int64(12)
    if length < header + 4:
        counts[_BAD_LENGTH] += 1
        return False
    if kind == _ENHANCED:
        interface = _u32(buffer, at + 8, big)
    elif kind == _OBSOLETE:
        word = _u32(buffer, at + 8, big)
        interface = word >> 16 if big else word & 0xFFFF
    if interface >= n_interfaces:
        counts[_NO_INTERFACE] += 1
        return False
    row = interfaces[interface]
    if kind == _SIMPLE:
        wire = _u32(buffer, at + 8, big)
        here = min(wire, length - 16)
        if row[SNAP_LENGTH] > 0:
            here = min(here, row[SNAP_LENGTH])
        times_us[n] = NO_TIME
    else:
        here, wire = _u32(buffer, at + 20, big), _u32(buffer, at + 24, big)
        times_us[n] = to_us(_u32(buffer, at + 12, big) << 32 | _u32(buffer, at + 16, big), row)
    if here > length - header - 4 or here > MAX_FRAME_BYTES:
        counts[_BAD_LENGTH] += 1
        return False
    counts[_TIMELESS] += kind == _SIMPLE
    offsets[n] = at + header
    captured[n] = here
    original[n] = min(max(wire, here), 0x7FFFFFFF)
    links[n] = row[LINK]
    return True
