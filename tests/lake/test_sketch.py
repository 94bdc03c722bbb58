"""Tests of isdas.lake.sketch."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.lake import sketch

Ints = npt.NDArray[np.int64]


def of(*groups: Ints, k: int = sketch.K) -> pa.ListArray:
    """One sketch for each group of IPv4 sources."""
    low = np.concatenate([np.asarray(g, np.int64) for g in groups]) if groups else np.empty(0, np.int64)
    starts = np.r_[0, np.cumsum([len(g) for g in groups])][:-1].astype(np.int64)
    return sketch.build(starts, sketch.hashes(np.zeros_like(low), low), k)


def sources(seed: int, n: int) -> Ints:
    """Distinct sources, as regular as the addresses of a scanned network."""
    return seed * (1 << 24) + np.arange(n, dtype=np.int64)


@pytest.mark.parametrize("n", [1, 2, 10, sketch.K - 1])
def test_small_numbers_are_exact(n: int) -> None:
    """Fewer sources than the sketch holds are counted exactly."""
    assert sketch.estimate(of(sources(n, n))).tolist() == [n]


def test_large_numbers_are_estimated_without_bias() -> None:
    """Over 200 sets of each size, the mean error is small and its spread is that of the theory."""
    for n in (sketch.K, 1000, 20_000):
        found = sketch.estimate(of(*(sources(seed, n) for seed in range(200))))
        errors = found / n - 1
        bound = 1 / np.sqrt(sketch.K - 2)
        assert abs(errors.mean()) < 4 * bound / np.sqrt(200)
        assert errors.std() < 1.25 * bound


def test_a_sketch_is_the_smallest_hashes() -> None:
    """A large group keeps the k smallest hashes of its sources, a small one all of them."""
    large, small = sources(1, 5000), sources(2, 7)
    found = of(large, small).to_pylist()
    assert set(found[0]) == set(np.sort(sketch.hashes(np.zeros_like(large), large))[: sketch.K].tolist())
    assert set(found[1]) == set(sketch.hashes(np.zeros_like(small), small).tolist())


@given(st.lists(st.lists(st.integers(0, 60), unique=True), min_size=1, max_size=6), st.integers(2, 9), st.data())
def test_the_union_is_the_sketch_of_all(groups: list[list[int]], k: int, data: st.DataObject) -> None:
    """Sketches put together are the sketch of all their sources, in any grouping."""
    group = data.draw(st.lists(st.integers(0, 2), min_size=len(groups), max_size=len(groups)))
    arrays = [np.array(g, np.int64) for g in groups]
    together: list[Any] = [
        sorted({s for g, at in zip(groups, group, strict=True) if at == i for s in g}) for i in range(3)
    ]
    expected = of(*(np.array(each, np.int64) for each in together), k=k)
    found = sketch.union(of(*arrays, k=k), np.array([*group]), k)
    wanted = [set(each) for each in expected.to_pylist()][: max(group) + 1]
    assert [set(each) for each in found.to_pylist()] == wanted
    estimates = sketch.estimate(found, k).tolist()
    assert estimates == sketch.estimate(expected, k).tolist()[: len(estimates)]


def test_nothing_is_no_sketch() -> None:
    """No groups make no sketches, and no sketches no union."""
    empty = of()
    assert len(empty) == 0
    assert len(sketch.union(empty, np.empty(0, np.int64))) == 0
    assert sketch.estimate(empty).tolist() == []


def test_hashes_use_both_halves() -> None:
    """IPv6 sources that differ in one half only have different hashes, spread over all 64 bits."""
    n = 10_000
    ones, zeros = np.arange(n, dtype=np.int64), np.zeros(n, np.int64)
    found = np.concatenate([sketch.hashes(ones, zeros), sketch.hashes(zeros, ones)[1:]])
    assert len(np.unique(found)) == 2 * n - 1
    bits = (found.view(np.uint64)[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 0.02
