"""Tests of isdas.lake.coarsen."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isdas.lake.coarsen import by_group, coarsen
from isdas.lake.group import Groups

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 4), st.integers(1, 9)), max_size=60)


@given(ROWS)
def test_groups_are_those_of_plain_counting(rows: list[tuple[int, int, int, int]]) -> None:
    """Packets are summed and sources counted once for each block and label, whatever the order of labels."""
    rows = sorted(rows, key=lambda row: (row[0], row[2]))
    block, label, source, packets = (np.array(c, np.int64) for c in (zip(*rows, strict=True) if rows else [()] * 4))
    none = np.zeros(len(rows), np.int64)
    times = np.arange(len(rows))
    sightings = Groups(source, none, block << 8 | label, times, times, packets, none | 5, none)
    found, of, fresh = coarsen(sightings, block, label)
    expected: dict[int, tuple[int, set[int]]] = {}
    for b, few, s, p in rows:
        total, seen = expected.get(b << 8 | few, (0, set()))
        expected[b << 8 | few] = (total + p, seen | {s})
    told = zip(found.c.tolist(), found.packets.tolist(), found.members.tolist(), strict=True)
    assert {c: (p, m) for c, p, m in told} == {c: (p, len(s)) for c, (p, s) in expected.items()}
    starts, order = by_group(of, fresh, len(found))
    for c, start, n in zip(found.c.tolist(), starts.tolist(), found.members.tolist(), strict=True):
        assert set(source[order[start : start + n]].tolist()) == expected[c][1]
