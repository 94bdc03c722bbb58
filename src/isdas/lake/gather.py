"""
Grouping briefs: the compiled centre of every fold, part by part, so that its tables fit the processor's cache.

`isdas.lake.group` does the same for rows of full width.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.lake.brief import PACKED_BITS, PARTS, ROW, Meaning
from isdas.lake.sighted import NARROW
from isdas.model.pooled import pooled

_Ints = npt.NDArray[np.int64]
Span = tuple[int, int]
Runs = Iterable[tuple[npt.NDArray[Any], _Ints]]
"""Rows of a span of parts, and where each part begins among them: int64[parts + 1]."""

_PART_BITS = 32 - (PARTS - 1).bit_length()
"""So many low bits of IPv4 sources differ within a part."""

_BLOCK = 1 << 16
"""How many groups are put into one array: two megabytes, which stay in the cache for what is done with them next."""

_LARGE = 1 << 15
"""Parts with more rows than that are split by a hash: their tables would not fit the second level of the cache."""

_SPLIT_ROWS = 1 << 13
"""About how many rows the pieces then have."""

_FEW = 48
"""So few are sorted by insertion."""


def gather(
    read: Callable[[Span], Runs],
    sizes: _Ints,
    meaning: Meaning,
    wanted: npt.NDArray[np.bool_],
    *,
    turns: int,
    threads: int,
) -> list[npt.NDArray[Any]]:
    """
    The groups of all rows with the same source and what is packed beside it, in the order of their sources.

    Some at a time, NARROW[g] each; sources of one are beyond those of the one before.

    Args:
        read: gives the rows of a span of parts; called from several threads.
        sizes: int64[PARTS], how many rows each part has.
        meaning: what the labels of the rows stand for; groups have the coarse ones.
        wanted: bool[labels], whether rows of a label are to be grouped.
        turns: how many spans a thread works through, so that only so many of the rows are in memory at once.
        threads: how many spans at a time.
    """
    edges = _edges(sizes, turns * threads)
    coarse = np.where(wanted, meaning.coarse, -1)
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda span: _groups(list(read(span)), span, meaning, coarse), pairwise(edges))
        return [groups for some in found for groups in some]


def _edges(sizes: _Ints, n: int) -> list[int]:
    """Where *n* spans with about as many rows each begin and end."""
    ends = np.cumsum(sizes)
    inner = np.searchsorted(ends, ends[-1] * np.arange(1, n) // n, side="left") + 1
    return [0, *np.minimum(inner, PARTS).tolist(), PARTS]


def _groups(
    runs: Sequence[tuple[npt.NDArray[Any], _Ints]], span: Span, meaning: Meaning, coarse: _Ints
) -> list[npt.NDArray[Any]]:
    """The groups of the rows of one span."""
    begins = np.zeros(span[1] - span[0] + 1, np.int64)
    for _, starts in runs:
        begins += starts - starts[0]
    held, at = pooled(int(begins[-1]), ROW), begins[:-1].copy()
    for rows, starts in runs:
        _collect(rows, starts, at, held)
    largest = int(np.diff(begins).max(initial=0))
    found, other = pooled(largest, NARROW), pooled(largest if largest > _LARGE else 0, ROW)
    places = pooled(2 * largest, np.int64).reshape(2, largest)
    blocks, part, ready = [], 0, 0
    while part < len(begins) - 1:
        out = pooled(min(len(held), max(_BLOCK, ready)), NARROW)
        part, ready, n = _group(held, begins, coarse, meaning.counted, found, places, other, part, ready, out)
        blocks.append(out[:n])
    return blocks


@njit(cache=True, nogil=True)
def _collect(rows: Any, starts: Any, at: Any, held: Any) -> None:
    """Put the rows of each part behind those that are there."""
    for part in range(len(at)):
        begin, n = starts[part], starts[part + 1] - starts[part]
        held[at[part] : at[part] + n] = rows[begin : begin + n]
        at[part] += n


@njit(cache=True, nogil=True)
def _group(
    held: Any,
    begins: Any,
    coarse: Any,
    counted: Any,
    found: Any,
    places: Any,
    other: Any,
    first_part: Any,
    ready: Any,
    out: Any,
) -> Any:
    """
    Group part by part until there is no room for the groups of one.

    Args:
        found, places, other: room for the groups of a part, twice their places, and the rows of a large part.
        first_part: where to begin.
        ready: how many groups of that part are in *found* already; 0 if it has not been grouped yet.

    Returns:
        The part that is next and how many groups of it are found, which there was no room for; how many groups are
        in *out*.
    """
    most = min(np.int64(len(found)), np.int64(_LARGE))
    tables = np.empty(_slots(2 * most), np.int32), np.empty(_slots(4 * most), np.int64)
    n, g = np.int64(ready), np.int64(0)
    for part in range(first_part, len(begins) - 1):
        if n == 0:
            n, tables = _group_part(held[begins[part] : begins[part + 1]], other, tables, coarse, counted, found)
        if g + n > len(out):
            return part, n, g
        _put_in_order(found[:n], places, out[g : g + n])
        g += n
        n = np.int64(0)
    return len(begins) - 1, n, g


@njit(cache=True, nogil=True)
def _group_part(rows: Any, other: Any, tables: Any, coarse: Any, counted: Any, found: Any) -> Any:
    """Group a part, in pieces if it is large; gives how many groups are found and the tables, grown if need be."""
    table, members = tables
    pieces = np.array([0, len(rows)])
    if len(rows) > _LARGE:
        pieces = _split(rows, coarse, other)
        rows = other
    n = np.int64(0)
    for piece in range(len(pieces) - 1):
        some = rows[pieces[piece] : pieces[piece + 1]]
        slots, room = _slots(2 * len(some)), _slots(4 * len(some))
        if slots > len(table):
            table, members = np.empty(slots, np.int32), np.empty(room, np.int64)
        n = _group_some(some, table[:slots], members[:room], coarse, counted, found, n)
    return n, (table, members)


@njit(cache=True, nogil=True)
def _slots(n: Any) -> Any:
    """A power of two that is at least *n*, for a table."""
    slots = np.int64(16)
    while slots < n:
        slots *= 2
    return slots


@njit(cache=True, nogil=True)
def _packed(c: Any, coarse: Any) -> Any:
    """What is packed beside a source, with its coarse label; less than zero if the row is not wanted."""
    return coarse[c >> PACKED_BITS] << PACKED_BITS | c & ((np.int64(1) << PACKED_BITS) - 1)


@njit(cache=True, nogil=True)
def _split(rows: Any, coarse: Any, other: Any) -> Any:
    """Put rows into pieces by a hash of source and what is packed beside it; gives where each begins."""
    bits = np.uint64(1)
    while len(rows) >> bits > _SPLIT_ROWS:
        bits += np.uint64(1)
    shift = np.uint64(64) - bits
    begins = np.zeros((1 << bits) + 1, np.int64)
    for i in range(len(rows)):
        packed = _packed(rows[i].c, coarse)
        if packed >= 0:
            begins[(_mix(rows[i].source, packed) >> shift) + np.uint64(1)] += 1
    for piece in range(len(begins) - 1):
        begins[piece + 1] += begins[piece]
    at = begins[:-1].copy()
    for i in range(len(rows)):
        packed = _packed(rows[i].c, coarse)
        if packed >= 0:
            piece = _mix(rows[i].source, packed) >> shift
            other[at[piece]] = rows[i]
            at[piece] += 1
    return begins


@njit(cache=True, nogil=True)
def _group_some(rows: Any, table: Any, members: Any, coarse: Any, counted: Any, found: Any, begin: Any) -> Any:
    """Group some rows behind the groups that there are, which have other keys; gives how many there are then."""
    table[:] = -1
    members[:] = -1
    slots, member_slots = np.uint64(len(table) - 1), np.uint64(len(members) - 1)
    g = np.int64(begin)
    for i in range(len(rows)):
        row = rows[i]
        packed, source, time = _packed(row.c, coarse), row.source, row.time
        if packed < 0:
            continue
        at = _mix(source, packed) >> np.uint64(20) & slots
        while True:
            group = np.int64(table[at])
            if group < 0:
                group = g
                g += 1
                table[at] = group
                one = found[group]
                one.key, one.source, one.first, one.last = packed, source, time, time
                one.packets, one.members = np.int64(row.packets), np.uint32(0)
                break
            one = found[group]
            if one.source == source and one.key == packed:
                one.first = min(one.first, time)
                one.last = max(one.last, time)
                one.packets += np.int64(row.packets)
                break
            at = (at + np.uint64(1)) & slots
        if counted[row.c >> PACKED_BITS]:
            # There are fewer than 2**31 groups, so group and member fill one number.
            pair = group << 32 | np.int64(row.member)
            at = np.uint64(pair) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(38) & member_slots
            while members[at] >= 0 and members[at] != pair:
                at = (at + np.uint64(1)) & member_slots
            if members[at] < 0:
                members[at] = pair
                found[group].members += np.uint32(1)
    return g


@njit(cache=True, nogil=True)
def _put_in_order(found: Any, places: Any, out: Any) -> None:
    """Put the groups of a part in the order of their sources, which differ in few bits only."""
    n, here, there = len(found), places[0], places[1]
    for i in range(n):
        # Source and place fill one number, which is sorted as such.
        here[i] = np.int64(found[i].source & np.uint32((1 << _PART_BITS) - 1)) << 32 | i
    if n < _FEW:
        for i in range(1, n):
            this, at = here[i], i
            while at and here[at - 1] > this:
                here[at] = here[at - 1]
                at -= 1
            here[at] = this
    else:
        for shift in range(32, 32 + _PART_BITS, 8):
            _sort_by_byte(here, there, n, shift)
            here, there = there, here
    for i in range(n):
        out[i] = found[here[i] & 0xFFFFFFFF]


@njit(cache=True, nogil=True)
def _sort_by_byte(here: Any, there: Any, n: Any, shift: Any) -> None:
    """Sort numbers by eight of their bits; those with the same keep their order."""
    begins = np.zeros(257, np.int64)
    for i in range(n):
        begins[(here[i] >> shift & 255) + 1] += 1
    for byte in range(255):
        begins[byte + 1] += begins[byte]
    for i in range(n):
        byte = here[i] >> shift & 255
        there[begins[byte]] = here[i]
        begins[byte] += 1


@njit(cache=True, nogil=True)
def _mix(source: Any, c: Any) -> Any:
    """A hash of a source and what is packed beside it."""
    x = np.uint64(source) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(c) * np.uint64(0xC2B2AE3D27D4EB4F)
    x = (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return x ^ (x >> np.uint64(32))
