"""
Sightings to fewer labels: groups of sorted sightings, in which every source counts once.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.lake.gather import FIELDS
from isdas.lake.group import Groups
from isdas.model.pooled import pooled

_Ints = npt.NDArray[np.int64]


def coarsen(sightings: Groups, block: _Ints, label: _Ints) -> tuple[Groups, _Ints, npt.NDArray[np.bool_]]:
    """
    The groups of sightings with the same block and label, in the order in which they begin.

    Args:
        sightings: n of them, sorted by block and within it by source.
        block: int64[n], what a group never reaches beyond: one number for each, rising.
        label: int64[n], small numbers.

    Returns:
        The groups, with the key of their first sighting and as members their distinct sources; int64[n], the group of
        each sighting; bool[n], whether it is the first of its source in its group.
    """
    n_labels = int(label.max(initial=-1)) + 1
    of, fresh, first_rows = _assign(block, label, sightings.a, sightings.b, n_labels)
    values = (sightings.first, sightings.last, sightings.packets, sightings.mask)
    first, last, packets, mask, members = _sum(of, fresh, *values, len(first_rows))
    a, b, c = (getattr(sightings, name)[first_rows] for name in ("a", "b", "c"))
    return Groups(a, b, c, first, last, packets, mask, members), of, fresh


def by_group(of: _Ints, which: npt.NDArray[np.bool_], n_groups: int) -> tuple[_Ints, _Ints]:
    """The rows that count, those of a group together: where each group begins among them, and the rows."""
    starts = np.zeros(n_groups + 1, np.int64)
    rows = np.empty(int(which.sum()), np.int64)
    _sort(of, which, starts, rows)
    return starts[:-1], rows


def by_block(parts: Sequence[_Ints], labels: Sequence[_Ints], block: _Ints) -> tuple[Groups, _Ints]:
    """
    Groups by their block, in each block in the order that they are in.

    Args:
        parts: as from `isdas.lake.gather`, n groups in all.
        labels: for each part int64[g], small numbers.
        block: int64[labels], the block of each label.

    Returns:
        The groups, and int64[n], the block of each.
    """
    at = np.zeros(int(block.max(initial=-1)) + 2, np.int64)
    for label in labels:
        _count(label, block, at)
    np.cumsum(at, out=at)
    n = int(at[-1])
    dealt, blocks = pooled(n * FIELDS, np.int64).reshape(n, FIELDS), np.empty(n, np.int64)
    for part, label in zip(parts, labels, strict=True):
        _deal(part, label, block, at, dealt, blocks)
    return in_columns(dealt), blocks


def in_columns(rows: _Ints) -> Groups:
    """Groups as from `isdas.lake.gather`, each field a column."""
    out = tuple(np.empty(len(rows), np.int64) for _ in range(FIELDS))
    _part(rows, out)
    source, packed, *rest = out
    return Groups(source, np.zeros(len(rows), np.int64), packed, *rest)


@njit(cache=True, nogil=True)
def _count(label: Any, block: Any, at: Any) -> None:
    """Count the rows of each block, one place further than the block's own."""
    for i in range(len(label)):
        at[block[label[i]] + 1] += 1


@njit(cache=True, nogil=True)
def _deal(rows: Any, label: Any, block: Any, at: Any, dealt: Any, blocks: Any) -> None:
    """Put each row at the next place of its block."""
    for i in range(len(rows)):
        of = block[label[i]]
        to = at[of]
        at[of] = to + 1
        blocks[to] = of
        row, place = rows[i], dealt[to]
        for field in range(FIELDS):
            place[field] = row[field]


@njit(cache=True, nogil=True)
def _part(rows: Any, out: Any) -> None:
    for i in range(len(rows)):
        row = rows[i]
        for field in range(FIELDS):
            out[field][i] = row[field]


@njit(cache=True, nogil=True)
def _assign(block: Any, label: Any, a: Any, b: Any, n_labels: int) -> Any:
    n = len(block)
    of, fresh = np.empty(n, np.int64), np.empty(n, np.bool_)
    group, latest = np.full(n_labels, -1, np.int64), np.full(n_labels, -1, np.int64)
    first_rows = np.empty(n, np.int64)
    g = 0
    for i in range(n):
        at, before = label[i], latest[label[i]]
        if before < 0 or block[before] != block[i]:
            group[at] = g
            first_rows[g] = i
            g += 1
            fresh[i] = True
        else:
            fresh[i] = a[before] != a[i] or b[before] != b[i]
        of[i] = group[at]
        latest[at] = i
    return of, fresh, first_rows[:g].copy()


@njit(cache=True, nogil=True)
def _sum(of: Any, fresh: Any, first: Any, last: Any, packets: Any, mask: Any, n_groups: int) -> Any:
    begin, end = np.full(n_groups, np.int64(1) << 62), np.full(n_groups, -(np.int64(1) << 62))
    total, seen, members = np.zeros(n_groups, np.int64), np.full(n_groups, -1, np.int64), np.zeros(n_groups, np.int64)
    for i in range(len(of)):
        group = of[i]
        begin[group] = min(begin[group], first[i])
        end[group] = max(end[group], last[i])
        total[group] += packets[i]
        seen[group] &= mask[i]
        members[group] += fresh[i]
    return begin, end, total, seen, members


@njit(cache=True, nogil=True)
def _sort(of: Any, which: Any, starts: Any, rows: Any) -> None:
    for i in range(len(of)):
        starts[of[i] + 1] += which[i]
    for group in range(1, len(starts)):
        starts[group] += starts[group - 1]
    at = starts.copy()
    for i in range(len(of)):
        if which[i]:
            rows[at[of[i]]] = i
            at[of[i]] += 1
