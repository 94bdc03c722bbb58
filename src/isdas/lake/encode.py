"""
Columns as Parquet has them inside pages: levels, dictionaries, bit-packed numbers and differences.

RLE with bit-packing, dictionaries and DELTA_BINARY_PACKED, after
https://parquet.apache.org/docs/file-format/data-pages/encodings/. It knows nothing of files and pages.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

_Bytes = npt.NDArray[np.uint8]

BLOCK, MINIBLOCKS = 1024, 8
"""Values in a block of differences and miniblocks in it; each miniblock has a bit width of its own."""

Pieces = tuple[bytes | memoryview, ...]
"""Bytes in pieces, which are put together only where they are written: most of them are megabytes."""

_MINI = BLOCK // MINIBLOCKS
_LEAST_BYTES = 64


def constant(n: int, value: int) -> bytes:
    """A run of *n* times the same number of one bit."""
    return varint(n << 1) + bytes([value])


def packed(codes: npt.NDArray[Any], width: int) -> Pieces:
    """Numbers of *width* bits each, as one bit-packed run."""
    groups = -(-len(codes) // 8)
    words = np.zeros(groups * width // 8 + 1, np.uint64)
    _pack(codes, width, words)
    return varint(groups << 1 | 1), words.view(np.uint8)[: groups * width].data


def bits(bitmap: _Bytes, n: int) -> bytes:
    """A bitmap, least bit first, as one bit-packed run of levels."""
    groups = -(-n // 8)
    return varint(groups << 1 | 1) + bitmap[:groups].tobytes()


def differences(values: npt.NDArray[Any]) -> Pieces:
    """Integers of any width by their differences (DELTA_BINARY_PACKED)."""
    n = len(values)
    blocks = -(-max(n - 1, 0) // BLOCK)
    # At most eight bytes a value, and a block's head: its least difference and the widths.
    out = np.empty(blocks * (BLOCK * 8 + 10 + MINIBLOCKS) + _LEAST_BYTES, np.uint8)
    size = _differences(values, out)
    head = varint(BLOCK) + varint(MINIBLOCKS) + varint(n) + varint(zigzag(int(values[0]) if n else 0))
    return head, out[:size].data


def varint(number: int) -> bytes:
    """An unsigned number, seven bits a byte, the least first (LEB128)."""
    if number < 128:
        return bytes((number,))
    out = bytearray()
    put_varint(number, out)
    return bytes(out)


def put_varint(number: int, out: bytearray) -> None:
    """The same behind what is there."""
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def zigzag(number: int) -> int:
    """A signed number as an unsigned one, small for small ones of either sign; 64 bits."""
    return (number << 1 ^ number >> 63) & (1 << 64) - 1


@njit(cache=True, nogil=True)
def survey(values: Any) -> Any:
    """The least and the largest of some integers."""
    low = high = np.int64(values[0])
    for i in range(len(values)):
        value = np.int64(values[i])
        low = min(low, value)
        high = max(high, value)
    return low, high


@njit(cache=True, nogil=True)
def dense(values: Any, bitmap: Any, offset: int, n: int) -> Any:
    """The values whose bit is set; *n* of them."""
    out = np.empty(n + 1, values.dtype)
    at = 0
    for i in range(len(values)):
        bit = i + offset
        out[at] = values[i]
        at += bitmap[bit >> 3] >> (bit & 7) & 1
    return out[:n]


@njit(cache=True, nogil=True)
def numbered(values: Any, low: Any, seen: Any, codes: Any) -> int:
    """
    Number the distinct values of a narrow range in their order; gives how many there are.

    Args:
        low: the least value.
        seen: int32[range], zeros; becomes the number of each value plus one, or zero.
        codes: uint16[n], becomes the number of each row's value.
    """
    for i in range(len(values)):
        seen[np.int64(values[i]) - low] = 1
    n = 0
    for value in range(len(seen)):
        if seen[value]:
            seen[value] = n
            n += 1
        else:
            seen[value] = -1
    for i in range(len(values)):
        codes[i] = seen[np.int64(values[i]) - low]
    return n


@njit(cache=True, nogil=True)
def _pack(values: Any, width: int, words: Any) -> None:
    """Write numbers of *width* bits, one behind the other, into 64-bit words."""
    held, n_bits, at = np.uint64(0), 0, 0
    for i in range(len(values)):
        value = np.uint64(values[i])
        held |= value << np.uint64(n_bits)
        n_bits += width
        if n_bits >= 64:
            words[at] = held
            at += 1
            n_bits -= 64
            # What did not fit into the 64 bits; a shift by all of them would be undefined.
            held = value >> np.uint64(width - n_bits) if n_bits else np.uint64(0)
    if n_bits:
        words[at] = held


@njit(cache=True, nogil=True)
def _put_varint(number: Any, out: Any, at: int) -> int:
    rest = np.uint64(number)
    while rest > np.uint64(127):
        out[at] = rest & np.uint64(127) | np.uint64(128)
        rest >>= np.uint64(7)
        at += 1
    out[at] = rest
    return at + 1


@njit(cache=True, nogil=True)
def _width(number: Any) -> int:
    """How many bits a number needs."""
    n, rest = 0, np.uint64(number)
    while rest:
        n += 1
        rest >>= np.uint64(1)
    return n


@njit(cache=True, nogil=True)
def _differences(values: Any, out: Any) -> int:
    """Write the blocks behind the head; gives how many bytes they take."""
    steps, words = np.zeros(BLOCK, np.int64), np.zeros(_MINI, np.uint64)
    as_bytes = words.view(np.uint8)
    at, first = 0, 1
    while first < len(values):
        n = min(BLOCK, len(values) - first)
        # Each loop runs over slices and does one thing, so that the compiler takes several values at a time.
        before, after, some = values[first - 1 : first - 1 + n], values[first : first + n], steps[:n]
        for i in range(n):
            some[i] = np.int64(after[i]) - np.int64(before[i])
        least = some[0]
        for i in range(n):
            least = min(least, some[i])
        for i in range(n):
            some[i] -= least
        at = _put_varint((least << 1) ^ (least >> 63), out, at)
        widths = at
        at += MINIBLOCKS
        for mini in range(MINIBLOCKS):
            begin, end = mini * _MINI, min((mini + 1) * _MINI, n)
            above = steps[begin:end]
            most = np.int64(0)
            for i in range(len(above)):
                most |= above[i]
            width = _width(most)
            out[widths + mini] = width
            if begin < end:
                if end - begin < _MINI:
                    # The last one is padded to its full length.
                    words[:] = 0
                _pack(above, width, words)
                length = _MINI * width // 8
                out[at : at + length] = as_bytes[:length]
                at += length
        first += n
    return at


@njit(cache=True, nogil=True)
def interleave(data: Any, offsets: Any, lengths: Any, starts: Any, out: Any) -> None:
    """Put each length, four bytes with the least first, in front of its bytes."""
    for i in range(len(lengths)):
        at, length = starts[i], lengths[i]
        for k in range(4):
            out[at + k] = length >> (8 * k) & 0xFF
        for k in range(length):
            out[at + 4 + k] = data[offsets[i] + k]
