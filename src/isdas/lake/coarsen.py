"""
Sightings to the rows of coarser tables, in which every source counts once, and to the order of their own table.

Sightings come in parts, in the order of their sources; what a sighting belongs to is told by its key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.lake import sketch
from isdas.lake.sighted import NARROW, sources
from isdas.model.pooled import pooled

_Ints = npt.NDArray[np.int64]
Parts = Sequence[npt.NDArray[Any]]
"""Records of `isdas.lake.sighted`; sources of a part are beyond those of the one before."""


@dataclass(frozen=True, slots=True)
class Coarse:
    """
    Groups of sightings, one entry a group.

    Attributes:
        packets: their sum.
        first, last: the first and last time, microseconds since the hour began.
        sources: how many distinct ones.
    """

    packets: _Ints
    first: _Ints
    last: _Ints
    sources: _Ints


_PACKETS, _FIRST, _LAST, _SOURCES, _HIGH, _LOW = range(6)


def coarsen(parts: Parts, group: _Ints, n_groups: int) -> tuple[Coarse, list[npt.NDArray[np.bool_]]]:
    """
    The groups of sightings.

    Args:
        parts: the sightings.
        group: int64[keys], the group of each key.
        n_groups: how many groups; none is empty.

    Returns:
        The groups, and for each part bool[n], whether a sighting is the first of its source in its group.
    """
    sums = np.zeros((n_groups, 6), np.int64)
    fresh = []
    for rows in parts:
        fresh.append(_sum(rows, *sources(rows), group, sums))
    columns = (np.ascontiguousarray(sums[:, field]) for field in (_PACKETS, _FIRST, _LAST, _SOURCES))
    return Coarse(*columns), fresh


def sketches(parts: Parts, fresh: Sequence[npt.NDArray[np.bool_]], group: _Ints, n_sources: _Ints) -> Any:
    """The sketch of the sources of each group; arguments as for and from `coarsen`."""
    starts = np.cumsum(n_sources) - n_sources
    at, hashes = starts.copy(), pooled(int(n_sources.sum()), np.int64)
    for rows, which in zip(parts, fresh, strict=True):
        _collect(rows, which, sketch.hashes(*sources(rows)), group, at, hashes)
    return sketch.build(starts, hashes)


def dealt(parts: Parts, block: _Ints, n_blocks: int) -> npt.NDArray[Any]:
    """
    The sightings by their block, in each block in the order that they are in.

    Args:
        parts: the sightings.
        block: int64[keys], the block of each key.
        n_blocks: how many blocks.
    """
    at = np.zeros(n_blocks + 1, np.int64)
    for rows in parts:
        _count(rows, block, at)
    np.cumsum(at, out=at)
    out = pooled(int(at[-1]), parts[0].dtype if parts else NARROW)
    for rows in parts:
        _deal(rows, block, at, out)
    return out


@njit(cache=True, nogil=True)
def _count(rows: Any, block: Any, at: Any) -> None:
    """Count the rows of each block, one place further than the block's own."""
    for i in range(len(rows)):
        at[block[rows[i].key] + 1] += 1


@njit(cache=True, nogil=True)
def _deal(rows: Any, block: Any, at: Any, out: Any) -> None:
    """Put each row at the next place of its block."""
    for i in range(len(rows)):
        of = block[rows[i].key]
        out[at[of]] = rows[i]
        at[of] += 1


@njit(cache=True, nogil=True)
def _sum(rows: Any, high: Any, low: Any, group: Any, sums: Any) -> Any:
    """Put sightings to the sums of their groups; gives which are the first of their source in theirs."""
    fresh = np.empty(len(rows), np.bool_)
    for i in range(len(rows)):
        row = rows[i]
        of = sums[group[row.key]]
        first, last = np.int64(row.first), np.int64(row.last)
        fresh[i] = of[_SOURCES] == 0 or of[_LOW] != low[i] or of[_HIGH] != high[i]
        of[_FIRST] = min(of[_FIRST], first) if of[_SOURCES] else first
        of[_LAST] = max(of[_LAST], last) if of[_SOURCES] else last
        of[_PACKETS] += row.packets
        of[_SOURCES] += fresh[i]
        of[_HIGH], of[_LOW] = high[i], low[i]
    return fresh


@njit(cache=True, nogil=True)
def _collect(rows: Any, which: Any, values: Any, group: Any, at: Any, out: Any) -> None:
    """Put the values that count at the next places of their groups."""
    for i in range(len(rows)):
        if which[i]:
            of = group[rows[i].key]
            out[at[of]] = values[i]
            at[of] += 1
