"""Tests of isdas.lake.coarsen: what tables become of it is tested in test_rollup."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.lake.coarsen import coarsen, dealt, sketches
from isdas.lake.sighted import NARROW, widened
from isdas.lake.sketch import hashes
from isdas.model.address import MAPPED

N_KEYS, N_GROUPS = 6, 3
GROUP = np.array([0, 1, 2, 0, 1, 2])
ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, N_KEYS - 1), st.integers(1, 9)), min_size=1, max_size=60)


def parts_of(rows: list[tuple[int, int, int]], cut: int) -> list[np.ndarray]:
    """Records of (source, key, packets) in the order of their sources, cut into two between sources."""
    out = np.zeros(len(rows), NARROW)
    for at, (source, key, packets) in enumerate(sorted(rows)):
        out[at] = (key, packets, source, at, at + 1, 1)
    at = int(np.searchsorted(out["source"], cut))
    return [out[:at], out[at:]]


@given(ROWS, st.integers(0, 10), st.booleans())
def test_groups_are_those_of_plain_counting(rows: list[tuple[int, int, int]], cut: int, wide: bool) -> None:
    """Packets are summed, times bounded and sources counted once for each group, in parts and widths of any kind."""
    parts = [widened(part) if wide else part for part in parts_of(rows, cut)]
    found, fresh = coarsen(parts, GROUP, N_GROUPS)
    expected: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for at, (source, key, packets) in enumerate(sorted(rows)):
        expected[int(GROUP[key])].append((source, packets, at))
    for group, seen in expected.items():
        told = (found.packets[group], found.first[group], found.last[group], found.sources[group])
        assert tuple(map(int, told)) == (
            sum(packets for _, packets, _ in seen),
            min(at for *_, at in seen),
            max(at for *_, at in seen) + 1,
            len({source for source, *_ in seen}),
        )
    kept: Any = sketches(parts, fresh, GROUP, found.sources)
    for group, seen in expected.items():
        low = np.array(sorted({source for source, *_ in seen}), np.int64) | MAPPED
        assert sorted(kept[group].as_py()) == sorted(hashes(np.zeros_like(low), low).tolist())


@pytest.mark.parametrize("wide", [False, True])
def test_dealing_keeps_the_order_of_sources_within_blocks(wide: bool) -> None:
    """Every sighting comes once, by block and then by source."""
    rng = np.random.default_rng(1)
    rows = [(int(s), int(k), 1) for s, k in zip(rng.integers(0, 99, 500), rng.integers(0, N_KEYS, 500), strict=True)]
    parts = [widened(part) if wide else part for part in parts_of(rows, 50)]
    found = dealt(parts, GROUP, N_GROUPS)
    keys = list(zip(GROUP[found["key"]].tolist(), found["low" if wide else "source"].tolist(), strict=True))
    assert keys == sorted(keys)
    assert sorted(found.tolist()) == sorted(np.concatenate(parts).tolist())


def test_no_sightings_are_no_groups() -> None:
    """Without parts there is nothing to deal and nothing to sum."""
    none = np.empty(0, np.int64)
    assert len(dealt([], none, 0)) == 0
    assert len(coarsen([], none, 0)[0].packets) == 0
