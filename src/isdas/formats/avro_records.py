"""
The compiled reading of Avro records: one block of them to columns of integers.

It reads what a plan names and steps over the rest; it does not know schemas, containers or what a number means.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

VARINT, BYTES, FIXED, VARINTS = range(4)
"""How a field is encoded: a number, a length and bytes, bytes of a known size, an array of numbers."""

KIND, SLOT, NULL, SIZE = range(4)
"""
The columns of a plan: how the field is encoded; where its value goes, or NO_SLOT; which branch of its union is null,
NO_UNION if it is none, or NO_NULL; the size of a FIXED.
"""

NO_SLOT, NO_UNION, NO_NULL = -1, -1, -2

MOST_ITEMS = 5
"""How many items of an array are kept; the length tells how many there were."""

ABSENT = -(1 << 63)
"""The value of a field that is null."""

_FAIL = -1
_LONGEST = 10


@njit(cache=True, nogil=True)
def _varint(data: Any, at: int, end: int) -> Any:
    """A zigzag varint (Avro 1.11, binary encoding) at *at*: the value, and where it ends, or _FAIL."""
    if at >= end:
        return np.int64(0), _FAIL
    byte = np.int64(data[at])
    if byte < 0x80:
        # Most numbers are that short.
        return byte >> 1 ^ -(byte & 1), at + 1
    raw, shift = np.uint64(byte & 0x7F), np.uint64(7)
    for i in range(at + 1, min(end, at + _LONGEST)):
        byte = np.int64(data[i])
        raw |= np.uint64(byte & 0x7F) << shift
        if byte < 0x80:
            return np.int64(raw >> np.uint64(1)) ^ -np.int64(raw & np.uint64(1)), i + 1
        shift += np.uint64(7)
    return np.int64(0), _FAIL


@njit(cache=True, nogil=True)
def _after(data: Any, at: int, end: int) -> Any:
    """Where a length and the bytes after it end, or _FAIL."""
    length, at = _varint(data, at, end)
    if at == _FAIL or length < 0 or length > end - at:
        return _FAIL
    return at + length


@njit(cache=True, nogil=True)
def _items(data: Any, at: int, end: int, kept: Any) -> Any:
    """The first items of an array of numbers into *kept*; how many there are, and where it ends, or _FAIL."""
    n = np.int64(0)
    while True:
        count, at = _varint(data, at, end)
        if at == _FAIL or count == 0:
            return n, at
        if count < 0:
            # A negative count is followed by the size of the items in bytes.
            count = -count
            _, at = _varint(data, at, end)
        if at == _FAIL or count < 0 or count > end - at:
            return n, _FAIL
        for _ in range(count):
            item, at = _varint(data, at, end)
            if at == _FAIL:
                return n, _FAIL
            if n < MOST_ITEMS:
                kept[n] = item
            n += 1


@njit(cache=True, nogil=True)
def decode_records(
    data: npt.NDArray[np.uint8],
    count: int,
    plan: npt.NDArray[np.int64],
    values: npt.NDArray[np.int64],
    items: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    row: int,
) -> tuple[int, int]:
    """
    Read up to *count* records from the beginning of *data*.

    Args:
        data: the decompressed block.
        plan: int64[fields, 4], the fields of a record in the writer's order.
        values: int64[slots, n], what numbers go into, from *row* on.
        items, lengths: int64[slots, n, MOST_ITEMS] and int64[slots, n], what arrays go into.

    Returns:
        How many records could be read, and where the last of them ends.
    """
    at = 0
    spare = np.empty(MOST_ITEMS, np.int64)
    for i in range(count):
        after = _record(data, at, plan, values, items, lengths, row + i, spare)
        if after == _FAIL:
            return i, at
        at = after
    return count, at


@njit(cache=True, nogil=True)
def _record(data: Any, at: int, plan: Any, values: Any, items: Any, lengths: Any, row: int, spare: Any) -> Any:
    """One record into *row*; where it ends, or _FAIL."""
    end = data.shape[0]
    for f in range(plan.shape[0]):
        kind, slot = plan[f, KIND], plan[f, SLOT]
        absent = False
        if plan[f, NULL] != NO_UNION:
            branch, at = _varint(data, at, end)
            if at == _FAIL or branch < 0 or branch > 1:
                return _FAIL
            absent = branch == plan[f, NULL]
        if kind == VARINT:
            value = np.int64(ABSENT)
            if not absent:
                value, at = _varint(data, at, end)
            if slot != NO_SLOT:
                values[slot, row] = value
        elif kind == VARINTS:
            n = np.int64(0)
            if not absent:
                n, at = _items(data, at, end, spare if slot == NO_SLOT else items[slot, row])
            if slot != NO_SLOT:
                lengths[slot, row] = n
        elif not absent:
            at = _after(data, at, end) if kind == BYTES else at + plan[f, SIZE]
        if at == _FAIL or at > end:
            return _FAIL
    return at
