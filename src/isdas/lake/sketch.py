"""
Bottom-k sketches: distinct sources of an hour that can still be counted together with other hours.

A sketch holds the k smallest 64-bit hashes of the sources. Up to k sources it is exact; beyond that the k-th hash
tells how densely they lie (Bar-Yossef et al., RANDOM 2002; Beyer et al., SIGMOD 2007), with a relative standard
error of 1 / sqrt(k - 2). Union is: all hashes together, the k smallest again.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

K = 256
"""How many hashes a sketch holds; 6.3 % standard error beyond that many sources."""

_Ints = npt.NDArray[np.int64]
_SPAN = 2.0**64


def hashes(high: _Ints, low: _Ints) -> _Ints:
    """A well-mixed 64-bit hash of addresses (splitmix64 finaliser; Steele et al., OOPSLA 2014)."""
    mixed = _mix(high.view(np.uint64) + np.uint64(0x9E3779B97F4A7C15))
    return _mix(mixed ^ low.view(np.uint64)).view(np.int64)


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def build(group_starts: npt.NDArray[Any], high: _Ints, low: _Ints, k: int = K) -> pa.ListArray:
    """
    One sketch per group of rows.

    Args:
        group_starts: int64[g], first row of each group; groups are contiguous and hold distinct sources.
        high, low: int64[n], the sources.
    """
    found = hashes(high, low)
    sizes = np.diff(np.r_[group_starts, len(found)])
    group = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((found, group))
    rank = np.arange(len(found)) - np.repeat(np.asarray(group_starts), sizes)
    kept = rank < k
    offsets = np.r_[0, np.cumsum(np.minimum(sizes, k))].astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(found[order][kept]))


def union(sketches: list[_Ints], k: int = K) -> _Ints:
    """The sketch of all sources of several sketches together."""
    return np.unique(np.concatenate(sketches))[:k] if sketches else np.empty(0, np.int64)


def estimate(sketch: _Ints, k: int = K) -> float:
    """How many distinct sources a sketch stands for; exact below *k*."""
    if len(sketch) < k:
        return float(len(sketch))
    return (k - 1) / ((float(np.max(sketch)) + _SPAN / 2) / _SPAN)
