"""
Grouping many rows by an exact key of three integers: the compiled centre of every fold.

Rows are first parted by a hash of their key, so that the tables of one part fit the processor's cache, and parts are
independent, so that every core has its own.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

_Ints = npt.NDArray[np.int64]

_PART_ROWS = 1 << 14
"""About how many rows make a part; their tables take about a megabyte."""

_FIELDS = 9

UNCOUNTED = np.int64(1) << 62
"""Bit of the capability mask of a row whose member is not counted as one."""


@dataclass(frozen=True, slots=True)
class Rows:
    """
    What is to be grouped.

    Attributes:
        a, b, c: int64[n], the key.
        first, last: int64[n], times.
        packets: int64[n], weights.
        mask: int64[n], capabilities, with UNCOUNTED where the member is not known.
        low, high: int64[n], the member, of which each group counts the distinct ones.
    """

    a: _Ints
    b: _Ints
    c: _Ints
    first: _Ints
    last: _Ints
    packets: _Ints
    mask: _Ints
    low: _Ints
    high: _Ints


@dataclass(frozen=True, slots=True)
class Groups:
    """
    One entry a group, in no particular order.

    Attributes:
        a, b, c: int64[g], the key.
        first, last: the first and last time.
        packets: the sum.
        mask: the capabilities that all rows had.
        members: how many distinct members were counted.
    """

    a: _Ints
    b: _Ints
    c: _Ints
    first: _Ints
    last: _Ints
    packets: _Ints
    mask: _Ints
    members: _Ints

    def __len__(self) -> int:
        return len(self.a)


@njit(cache=True, nogil=True)
def _mix(a: Any, b: Any, c: Any) -> Any:
    x = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(c) * np.uint64(0xC2B2AE3D27D4EB4F)
    x = (x ^ (x >> np.uint64(29)) ^ np.uint64(b)) * np.uint64(0xBF58476D1CE4E5B9)
    return x ^ (x >> np.uint64(32))


@njit(cache=True, nogil=True)
def _count(a: Any, b: Any, c: Any, parts: Any, low_part: int, begins: Any) -> None:
    """Count the rows of each part from *low_part* on, one place further than the part's own."""
    n_parts = len(begins) - 1
    for i in range(len(a)):
        of = np.int64(_mix(a[i], b[i], c[i]) & parts) - low_part
        if 0 <= of < n_parts:
            begins[of + 1] += 1


@njit(cache=True, nogil=True)
def _scatter(fields: Any, parts: Any, low_part: int, at: Any, held: Any) -> None:
    """Bring the rows of each part together: the next one of a part goes to its place in *at*."""
    a, b, c, first, last, packets, mask, low, high = fields
    for i in range(len(a)):
        of = np.int64(_mix(a[i], b[i], c[i]) & parts) - low_part
        if 0 <= of < len(at):
            row = held[at[of]]
            at[of] += 1
            row[0] = a[i]
            row[1] = b[i]
            row[2] = c[i]
            row[3] = first[i]
            row[4] = last[i]
            row[5] = packets[i]
            row[6] = mask[i]
            row[7] = low[i]
            row[8] = high[i]


@njit(cache=True, nogil=True)
def _group_part(held: Any, n: int, table: Any, members: Any, out: Any, g: int) -> int:
    """Group one part's rows behind the *g* groups that there are; gives how many there are then."""
    table[:] = -1
    members[:] = -1
    slots = np.uint64(len(table) - 1)
    begin = g
    for j in range(n):
        row = held[j]
        at = _mix(row[0], row[1], row[2]) >> np.uint64(24) & slots
        while True:
            group = table[at]
            if group < 0:
                table[at] = g
                found = out[g]
                for k in range(7):
                    found[k] = row[k]
                found[6] |= UNCOUNTED
                found[7] = 0
                group = g
                g += 1
                break
            found = out[group]
            if found[0] == row[0] and found[1] == row[1] and found[2] == row[2]:
                found[3] = min(found[3], row[3])
                found[4] = max(found[4], row[4])
                found[5] += row[5]
                found[6] &= row[6] | UNCOUNTED
                break
            at = (at + np.uint64(1)) & slots
        if row[6] & UNCOUNTED:
            continue
        at = _mix(row[7], row[8], group - begin) >> np.uint64(24) & slots
        while members[at] >= 0:
            other = held[members[at]]
            # The group of an earlier row is in its first field, which is not needed any more.
            if other[7] == row[7] and other[8] == row[8] and other[0] == group:
                break
            at = (at + np.uint64(1)) & slots
        if members[at] < 0:
            members[at] = j
            out[group, 7] += 1
        row[0] = group
    return g


@njit(cache=True, nogil=True)
def _group_parts(held: Any, begins: Any) -> Any:
    """Group every part: int64[g, 8], the attributes of `Groups`."""
    largest = np.int64(0)
    for part in range(len(begins) - 1):
        largest = max(largest, begins[part + 1] - begins[part])
    table, members = np.empty(_slots(largest), np.int32), np.empty(_slots(largest), np.int32)
    out = np.empty((len(held), 8), np.int64)
    g = 0
    for part in range(len(begins) - 1):
        begin, n = begins[part], begins[part + 1] - begins[part]
        if n:
            slots = _slots(n)
            g = _group_part(held[begin : begin + n], n, table[:slots], members[:slots], out, g)
    return out[:g].copy()


@njit(cache=True, nogil=True)
def _slots(n: Any) -> Any:
    """The size of a table for *n* entries."""
    slots = np.int64(16)
    while slots < 2 * n:
        slots *= 2
    return slots


def group(pieces: Sequence[Rows], *, threads: int) -> Groups:
    """The groups of all rows with the same key (a, b, c), wherever in the pieces they are."""
    n_parts = 1 << max(0, sum(len(piece.a) for piece in pieces) // _PART_ROWS).bit_length()
    threads = max(1, min(threads, n_parts))
    spans = list(pairwise(n_parts * t // threads for t in range(threads + 1)))
    if threads == 1:
        found = [_group(pieces, n_parts, *span) for span in spans]
    else:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(lambda span: _group(pieces, n_parts, *span), spans))
    columns = np.concatenate(found).T
    return Groups(*(np.ascontiguousarray(column) for column in columns))


def _group(pieces: Sequence[Rows], n_parts: int, low_part: int, high_part: int) -> _Ints:
    """The groups of the rows that fall into parts low_part to high_part."""
    parts = np.uint64(n_parts - 1)
    begins = np.zeros(high_part - low_part + 1, np.int64)
    for piece in pieces:
        _count(piece.a, piece.b, piece.c, parts, low_part, begins)
    begins = np.cumsum(begins)
    held = np.empty((int(begins[-1]), _FIELDS), np.int64)
    at = begins[:-1].copy()
    for piece in pieces:
        _scatter(tuple(getattr(piece, name) for name in piece.__slots__), parts, low_part, at, held)
    return np.asarray(_group_parts(held, begins))
