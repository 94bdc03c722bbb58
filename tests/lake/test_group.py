"""Tests of isdas.lake.group."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.lake.group import UNCOUNTED, Groups, Rows, group

SMALL = st.integers(-2, 2)
ROWS = st.lists(st.tuples(SMALL, SMALL, SMALL, st.integers(0, 9), st.integers(1, 3), st.booleans(), SMALL, SMALL))


def rows_of(values: list[tuple[Any, ...]]) -> Rows:
    """Rows from tuples of key, time, weight, whether the member is known, and member."""
    table = np.array([[int(v) for v in row] for row in values], np.int64).reshape(-1, 8)
    a, b, c, time, weight, known, low, high = (np.ascontiguousarray(column) for column in table.T)
    return Rows(a, b, c, time, time + 1, weight, np.where(known == 1, 7, 3 | UNCOUNTED), low, high)


def plainly(values: list[tuple[Any, ...]]) -> dict[tuple[int, ...], tuple[int, ...]]:
    """The groups by the plainest way there is."""
    found: dict[tuple[int, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row in values:
        found[row[:3]].append(row)
    return {
        key: (
            min(r[3] for r in rows),
            max(r[3] for r in rows) + 1,
            sum(r[4] for r in rows),
            7 if all(r[5] for r in rows) else 3,
            len({r[6:] for r in rows if r[5]}),
        )
        for key, rows in found.items()
    }


def as_dict(groups: Groups) -> dict[tuple[int, ...], tuple[int, ...]]:
    """Groups in the form of `plainly`."""
    keys = zip(groups.a.tolist(), groups.b.tolist(), groups.c.tolist(), strict=True)
    mask = (groups.mask & ~UNCOUNTED).tolist()
    columns = (groups.first.tolist(), groups.last.tolist(), groups.packets.tolist(), mask, groups.members.tolist())
    found = dict(zip(keys, zip(*columns, strict=True), strict=True))
    assert len(found) == len(groups)
    return found


@given(ROWS, st.integers(1, 3))
def test_groups_are_what_a_dictionary_gives(values: list[tuple[Any, ...]], threads: int) -> None:
    """Key, extent, sum, common capabilities and distinct members, whatever the rows and their pieces."""
    middle = len(values) // 2
    pieces = [rows_of(values[:middle]), rows_of(values[middle:])]
    assert as_dict(group(pieces, threads=threads)) == plainly(values)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_many_parts_give_the_same(threads: int) -> None:
    """Rows enough for several parts, with heavy and light keys, are grouped alike by any number of threads."""
    rng = np.random.default_rng(3)
    n = 70_000
    heavy = np.where(rng.random(n) < 0.5, 0, rng.integers(0, 9_000, n))
    columns = [heavy, rng.integers(0, 2, n), rng.integers(0, 3, n), np.arange(n), np.ones(n), rng.integers(0, 2, n)]
    values = [tuple(row) for row in np.stack([*columns, rng.integers(0, 50, n), np.zeros(n)], 1).astype(int).tolist()]
    assert as_dict(group([rows_of(values)], threads=threads)) == plainly(values)
