"""
Columns as Parquet has them inside pages: levels, dictionaries, bit-packed numbers and differences.

RLE with bit-packing, dictionaries and DELTA_BINARY_PACKED, after
https://parquet.apache.org/docs/file-format/data-pages/encodings/. It knows nothing of files and pages.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.model.kernels import compiled, fixed, inlined

_Bytes = npt.NDArray[np.uint8]

BLOCK, MINIBLOCKS = 1024, 8
"""Values in a block of differences and miniblocks in it; each miniblock has a bit width of its own."""

Pieces = tuple[bytes | memoryview, ...]
"""Bytes in pieces, which are put together only where they are written: most of them are megabytes."""

_MINI = BLOCK // MINIBLOCKS
_NOTHING = np.uint64(0)
_COMPARED = 1024
"""Bytes that are compared before it is looked whether they differ."""


def constant(n: int, value: int) -> bytes:
    """A run of *n* times the same number of one bit."""
    return varint(n << 1) + bytes([value])


def packed(codes: npt.NDArray[Any], width: int) -> Pieces:
    """Numbers of *width* bits each, as one bit-packed run."""
    groups = -(-len(codes) // 8)
    words = np.empty(groups * width // 8 + 1, np.uint64)
    _packed(codes, width, words)
    return varint(groups << 1 | 1), words.view(np.uint8)[: groups * width].data


def bits(bitmap: _Bytes, n: int) -> bytes:
    """A bitmap, least bit first, as one bit-packed run of levels."""
    groups = -(-n // 8)
    return varint(groups << 1 | 1) + bitmap[:groups].tobytes()


def differences(values: npt.NDArray[Any]) -> Pieces:
    """Integers of any width by their differences (DELTA_BINARY_PACKED)."""
    n = len(values)
    blocks = -(-max(n - 1, 0) // BLOCK)
    # At most a word a value, and a block's head: its least difference and the widths.
    words = np.empty(blocks * (BLOCK + 2 + MINIBLOCKS // 8) + 1, np.uint64)
    size = _differences(values, np.empty(BLOCK, np.int64), words)
    head = varint(BLOCK) + varint(MINIBLOCKS) + varint(n) + varint(zigzag(int(values[0]) if n else 0))
    return head, words.view(np.uint8)[:size].data


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


def survey(values: npt.NDArray[Any], bitmap: _Bytes | None = None) -> tuple[int, int]:
    """The least and the largest of some integers, of which those count whose bit is set; all without a bitmap."""
    low, high = _survey(values) if bitmap is None else _survey_there(values, bitmap)
    return int(low), int(high)


def dense(values: npt.NDArray[Any], bitmap: _Bytes, n: int) -> npt.NDArray[Any]:
    """The values whose bit is set; *n* of them."""
    out = np.empty(n + 1, values.dtype)
    _dense(values, bitmap, out)
    return fixed(out[:n])


def ranks(values: npt.NDArray[Any], low: int, high: int) -> tuple[npt.NDArray[np.int32], int]:
    """
    Number the distinct values of a narrow range in their order.

    Args:
        low, high: the least and the largest value.

    Returns:
        int32[high - low + 1], the number of each value, -1 for those that do not occur; and how many do.
    """
    out = np.zeros(high - low + 1, np.int32)
    return out, int(_ranks(values, low, out))


def ranked(values: npt.NDArray[Any], low: int, numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.uint32]:
    """The number of each value, by what `ranks` gives."""
    out = np.empty(len(values), np.uint32)
    _ranked(values, low, numbers, out)
    return out


@compiled
def _survey(values: Any) -> Any:
    low = high = np.int64(values[0])
    for i in range(len(values)):
        value = np.int64(values[i])
        low = min(low, value)
        high = max(high, value)
    return low, high


@compiled
def _survey_there(values: Any, bitmap: Any) -> Any:
    low, high = np.int64((1 << 63) - 1), np.int64(-(1 << 63))
    for i in range(len(values)):
        if bitmap[i >> 3] >> (i & 7) & 1:
            value = np.int64(values[i])
            low = min(low, value)
            high = max(high, value)
    return low, high


@compiled
def _dense(values: Any, bitmap: Any, out: Any) -> None:
    at = 0
    for i in range(len(values)):
        out[at] = values[i]
        at += bitmap[i >> 3] >> (i & 7) & 1


@compiled
def _ranks(values: Any, low: Any, out: Any) -> int:
    if len(out) <= 64:
        # Bits of one word are set for several values at a time.
        seen = np.int64(0)
        for i in range(len(values)):
            seen |= np.int64(1) << np.int64(values[i]) - low
        for value in range(len(out)):
            out[value] = seen >> value & 1
    else:
        for i in range(len(values)):
            out[np.int64(values[i]) - low] = 1
    n = 0
    for value in range(len(out)):
        occurs = out[value]
        out[value] = n if occurs else -1
        n += occurs
    return n


@compiled
def _ranked(values: Any, low: Any, numbers: Any, out: Any) -> None:
    for i in range(len(values)):
        out[i] = numbers[np.int64(values[i]) - low]


@compiled
def alike(places: Any, data: Any) -> bool:
    """Whether all strings, given by where each begins among bytes and the last ends, are the same."""
    length = places[1] - places[0]
    for i in range(1, len(places) - 1):
        if places[i + 1] - places[i] != length:
            return False
    # All bytes are those that stand a length before; several are compared at a time.
    for begin in range(places[0] + length, places[-1], _COMPARED):
        end = min(begin + _COMPARED, places[-1])
        some, before, differs = data[begin:end], data[begin - length : end - length], np.uint8(0)
        for k in range(len(some)):
            differs |= some[k] ^ before[k]
        if differs:
            return False
    return True


@inlined
def _put(value: Any, width: int, words: Any, at: int, held: Any, n_bits: int) -> Any:
    """Put bits behind others; gives the place of the word that is not yet full, what it holds, and how many bits."""
    value = np.uint64(value)
    held |= value << np.uint64(n_bits)
    n_bits += width
    if n_bits >= 64:
        words[at] = held
        at += 1
        n_bits -= 64
        # What did not fit into the 64 bits; a shift by all of them would be undefined.
        held = value >> np.uint64(width - n_bits) if n_bits else _NOTHING
    return at, held, n_bits


@inlined
def _pack(values: Any, width: int, words: Any, at: int, held: Any, n_bits: int) -> Any:
    """Put numbers of *width* bits, as `_put` does; several at a time where they fit a word, which is half the work."""
    once, i = np.uint64(width), 0
    if width <= 16:
        twice, thrice = np.uint64(2 * width), np.uint64(3 * width)
        while i + 4 <= len(values):
            pair = np.uint64(values[i]) | np.uint64(values[i + 1]) << once
            value = pair | np.uint64(values[i + 2]) << twice | np.uint64(values[i + 3]) << thrice
            at, held, n_bits = _put(value, 4 * width, words, at, held, n_bits)
            i += 4
    elif width <= 32:
        while i + 2 <= len(values):
            value = np.uint64(values[i]) | np.uint64(values[i + 1]) << once
            at, held, n_bits = _put(value, 2 * width, words, at, held, n_bits)
            i += 2
    while i < len(values):
        at, held, n_bits = _put(values[i], width, words, at, held, n_bits)
        i += 1
    return at, held, n_bits


@compiled
def _packed(values: Any, width: int, words: Any) -> None:
    """Write numbers of *width* bits, one behind the other, and zeros behind them."""
    at, held, _ = _pack(values, width, words, 0, _NOTHING, 0)
    words[at] = held
    for rest in range(at + 1, len(words)):
        words[rest] = _NOTHING


@inlined
def _put_varint(number: Any, words: Any, at: int, held: Any, n_bits: int) -> Any:
    rest = np.uint64(number)
    while rest > np.uint64(127):
        at, held, n_bits = _put(rest & np.uint64(127) | np.uint64(128), 8, words, at, held, n_bits)
        rest >>= np.uint64(7)
    return _put(rest, 8, words, at, held, n_bits)


@inlined
def _width(number: Any) -> Any:
    """How many bits a number needs."""
    n, rest = 0, np.uint64(number)
    for half in (32, 16, 8, 4, 2, 1):
        if rest >> np.uint64(half):
            rest >>= np.uint64(half)
            n += half
    return n + (rest > _NOTHING)


@compiled
def _differences(values: Any, steps: Any, words: Any) -> int:
    """Write the blocks behind the head, each in *steps* first; gives how many bytes they take."""
    at, held, n_bits, first = 0, _NOTHING, 0, 1
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
        # The last miniblock is padded to its full length, the ones that it does not reach are of no bits.
        for i in range(n, -(-n // _MINI) * _MINI):
            steps[i] = 0
        at, held, n_bits = _put_varint((least << 1) ^ (least >> 63), words, at, held, n_bits)
        widths = _NOTHING
        for mini in range(MINIBLOCKS):
            most = np.int64(0)
            for i in range(mini * _MINI, min((mini + 1) * _MINI, n)):
                most |= steps[i]
            widths |= np.uint64(_width(most)) << np.uint64(8 * mini)
        at, held, n_bits = _put(widths, 8 * MINIBLOCKS, words, at, held, n_bits)
        for mini in range(-(-n // _MINI)):
            width = int(widths >> np.uint64(8 * mini) & np.uint64(255))
            if width:
                some = steps[mini * _MINI : (mini + 1) * _MINI]
                at, held, n_bits = _pack(some, width, words, at, held, n_bits)
        first += n
    words[at] = held
    return 8 * at + n_bits // 8


@njit(cache=True, nogil=True)
def interleave(data: Any, offsets: Any, lengths: Any, starts: Any, out: Any) -> None:
    """Put each length, four bytes with the least first, in front of its bytes."""
    for i in range(len(lengths)):
        at, length = starts[i], lengths[i]
        for k in range(4):
            out[at + k] = length >> (8 * k) & 0xFF
        for k in range(length):
            out[at + 4 + k] = data[offsets[i] + k]
