"""How much two crowds share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.detect.overlap import SIZE, shared, sketch
from isdas.model.source_sketch import SourceSketch


def _crowd(first: int, n: int) -> SourceSketch:
    """So many IPv4 sources from the first on, each of its own /24."""
    low = ((0xFFFF << 32) | (np.arange(first, first + n) << 8) | 7).astype(np.int64)
    return sketch(np.zeros(n, np.int64), low)


@given(st.integers(0, 200), st.integers(1, 200), st.integers(0, 400))
def test_small_crowds_are_compared_exactly(n: int, m: int, shift: int) -> None:
    """While both fit into a sketch the share is the true one, without an interval."""
    a, b = _crowd(0, n), _crowd(shift, m)
    both = len(set(range(n)) & set(range(shift, shift + m)))
    found = shared(a.by_source, a.sources, b.by_source, b.sources)
    assert found.share == found.low == found.high == pytest.approx(both / max(min(n, m), 1))


def test_the_interval_of_large_crowds_holds_the_truth() -> None:
    """Of 200 pairs of thousands of sources nine in ten intervals hold the true share, and none is certain."""
    rng, held = np.random.default_rng(3), 0
    for _ in range(200):
        n, m = rng.integers(1000, 8000, 2).tolist()
        both = int(rng.integers(0, min(n, m)))
        first = int(rng.integers(0, 1 << 20))
        a, b = _crowd(first, n), _crowd(first + n - both, m)
        found = shared(a.by_source, n, b.by_source, m)
        held += found.low <= both / min(n, m) <= found.high
        assert found.low <= found.share <= found.high
    assert 170 <= held <= 195


def test_networks_are_counted_apart_from_sources() -> None:
    """The next address of each /24 is another source of the same network; IPv6 goes by /48."""
    high = np.array([0, 0, 0x2001_0DB8_0001_0000, 0x2001_0DB8_0001_0005], np.int64)
    low = np.array([(0xFFFF << 32) | 0x0A000001, (0xFFFF << 32) | 0x0A000002, 1, 2], np.int64)
    found = sketch(high, low)
    assert (found.sources, found.networks, len(found.by_source), len(found.by_network)) == (4, 2, 4, 2)
    other = sketch(high[:1], low[:1] + 9)
    assert shared(found.by_source, 4, other.by_source, 1).share == 0
    assert shared(found.by_network, 2, other.by_network, 1).share == 1


def test_nobody_shares_nothing() -> None:
    """Empty crowds have sketches too, and large ones have small sketches."""
    none = _crowd(0, 0)
    assert (none.sources, none.networks, none.by_source) == (0, 0, ())
    assert shared(none.by_source, 0, none.by_source, 0) == (0, 0, 0)
    assert len(_crowd(0, 5000).by_source) == SIZE
