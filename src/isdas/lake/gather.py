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
from isdas.lake.group import UNCOUNTED
from isdas.model.address import MAPPED
from isdas.model.pooled import pooled
from isdas.model.time import HOUR_US

_Ints = npt.NDArray[np.int64]
Span = tuple[int, int]
Runs = Iterable[tuple[npt.NDArray[Any], _Ints]]
"""Rows of a span of parts, and where each part begins among them: int64[parts + 1]."""

SOURCE, PACKED, FIRST, LAST, PACKETS, MASK, MEMBERS = range(7)
"""The fields of a group: an IPv4 source, what is packed beside it, and as in `isdas.lake.group.Groups`."""

FIELDS = 7


def gather(
    read: Callable[[Span], Runs],
    sizes: _Ints,
    meaning: Meaning,
    wanted: npt.NDArray[np.bool_],
    *,
    turns: int,
    threads: int,
) -> list[_Ints]:
    """
    The groups of all rows with the same source and what is packed beside it, in the order of their sources.

    Some at a time, int64[g, 7] each: the fields of a group side by side, so that moving it touches one line of cache.

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
        return list(pool.map(lambda span: _groups(list(read(span)), span, meaning, coarse), pairwise(edges)))


def _edges(sizes: _Ints, n: int) -> list[int]:
    """Where *n* spans with about as many rows each begin and end."""
    ends = np.cumsum(sizes)
    inner = np.searchsorted(ends, ends[-1] * np.arange(1, n) // n, side="left") + 1
    return [0, *np.minimum(inner, PARTS).tolist(), PARTS]


def _groups(runs: Sequence[tuple[npt.NDArray[Any], _Ints]], span: Span, meaning: Meaning, coarse: _Ints) -> _Ints:
    """The groups of the rows of one span."""
    begins = np.zeros(span[1] - span[0] + 1, np.int64)
    for _, starts in runs:
        begins += starts - starts[0]
    held, at = pooled(int(begins[-1]), ROW), begins[:-1].copy()
    for rows, starts in runs:
        _collect(rows, starts, at, held)
    return np.asarray(_group(held, begins, coarse, meaning.mask, meaning.counted, meaning.hour))


@njit(cache=True, nogil=True)
def _collect(rows: Any, starts: Any, at: Any, held: Any) -> None:
    """Put the rows of each part behind those that are there."""
    for part in range(len(at)):
        begin, n = starts[part], starts[part + 1] - starts[part]
        held[at[part] : at[part] + n] = rows[begin : begin + n]
        at[part] += n


@njit(cache=True, nogil=True)
def _group(held: Any, begins: Any, coarse: Any, mask: Any, counted: Any, hour: Any) -> Any:
    """Group every part: int64[g, 7]."""
    largest = np.int64(0)
    for part in range(len(begins) - 1):
        largest = max(largest, begins[part + 1] - begins[part])
    slots = np.int64(16)
    while slots < 2 * largest:
        slots *= 2
    table, members = np.empty(slots, np.int32), np.empty(slots, np.int64)
    room = max(largest, np.int64(len(held) // 4))
    out = np.empty((room, FIELDS), np.int64)
    g = np.int64(0)
    for part in range(len(begins) - 1):
        begin, n = begins[part], begins[part + 1] - begins[part]
        if g + n > len(out):
            wider = np.empty((2 * len(out) + n, FIELDS), np.int64)
            wider[:g] = out[:g]
            out = wider
        slots = np.int64(16)
        while slots < 2 * n:
            slots *= 2
        before = g
        g = _group_part(held[begin : begin + n], table[:slots], members[:slots], coarse, mask, counted, hour, out, g)
        _sort_part(out, before, g)
    return out[:g]


@njit(cache=True, nogil=True)
def _group_part(
    rows: Any, table: Any, members: Any, coarse: Any, mask: Any, counted: Any, hour: Any, out: Any, begin: Any
) -> Any:
    """Group one part's rows behind the groups that there are; gives how many there are then."""
    table[:] = -1
    members[:] = -1
    slots = np.uint64(len(table) - 1)
    g = np.int64(begin)
    for i in range(len(rows)):
        row = rows[i]
        label = row.c >> PACKED_BITS
        of = coarse[label]
        if of < 0:
            continue
        packed = of << PACKED_BITS | row.c & ((np.int64(1) << PACKED_BITS) - 1)
        source = np.int64(row.source) | MAPPED
        time = hour[label] * HOUR_US + np.int64(row.time)
        at = _mix(source, packed) >> np.uint64(20) & slots
        while True:
            group = np.int64(table[at])
            if group < 0:
                group = g
                g += 1
                table[at] = group
                found = out[group]
                found[0], found[1], found[2], found[3] = source, packed, time, time
                found[4], found[5], found[6] = np.int64(row.packets), mask[label], 0
                break
            found = out[group]
            if found[0] == source and found[1] == packed:
                found[2] = min(found[2], time)
                found[3] = max(found[3], time)
                found[4] += np.int64(row.packets)
                found[5] &= mask[label]
                break
            at = (at + np.uint64(1)) & slots
        if counted[label]:
            # A part has fewer than 2**31 groups, so group and member fill one number.
            pair = (group - begin) << 32 | np.int64(row.member)
            at = _mix(pair, 0) >> np.uint64(20) & slots
            while members[at] >= 0 and members[at] != pair:
                at = (at + np.uint64(1)) & slots
            if members[at] < 0:
                members[at] = pair
                out[group, 6] += 1
    for each in range(begin, g):
        out[each, 5] |= UNCOUNTED
    return g


@njit(cache=True, nogil=True)
def _sort_part(out: Any, begin: Any, end: Any) -> None:
    """Put some groups in the order of their sources."""
    keys = np.empty(end - begin, np.int64)
    for i in range(len(keys)):
        # Source and place fill one number, which is sorted as such.
        keys[i] = (out[begin + i, 0] & 0xFFFFFFFF) << 31 | i
    keys.sort()
    held = out[begin:end].copy()
    for i in range(len(keys)):
        out[begin + i] = held[keys[i] & 0x7FFFFFFF]


@njit(cache=True, nogil=True)
def _mix(source: Any, c: Any) -> Any:
    """A hash of a source and what is packed beside it."""
    x = np.uint64(source) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(c) * np.uint64(0xC2B2AE3D27D4EB4F)
    x = (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return x ^ (x >> np.uint64(32))
