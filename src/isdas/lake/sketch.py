"""
Bottom-k sketches: distinct sources of an hour that can still be counted together with other hours.

A sketch holds the k smallest 64-bit hashes of the sources. With fewer than k it is exact; from there on the k-th hash
tells how densely they lie (Bar-Yossef et al., RANDOM 2002; Beyer et al., SIGMOD 2007), with a relative standard
error of 1 / sqrt(k - 2). Union is: all hashes together, the k smallest again.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

K = 256
"""How many hashes a sketch holds; 6.3 % standard error from that many sources on."""

_Ints = npt.NDArray[np.int64]
_SPAN = 2.0**64


def hashes(high: _Ints, low: _Ints) -> _Ints:
    """A well-mixed 64-bit hash of addresses (splitmix64 finaliser; Steele et al., OOPSLA 2014)."""
    out = np.empty(len(low), np.int64)
    _hashes(np.ascontiguousarray(high), np.ascontiguousarray(low), out)
    return out


@njit(cache=True, nogil=True)
def _hashes(high: Any, low: Any, out: Any) -> None:
    for i in range(len(out)):
        out[i] = np.int64(_mix(_mix(np.uint64(high[i]) + np.uint64(0x9E3779B97F4A7C15)) ^ np.uint64(low[i])))


@njit(cache=True, nogil=True)
def _mix(x: Any) -> Any:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def build(starts: _Ints, found: _Ints, k: int = K) -> pa.ListArray:
    """
    One sketch per group: the k smallest of its hashes; small groups stay as they are.

    Args:
        starts: int64[g], where each group begins.
        found: int64[n], the `hashes` of distinct sources, those of a group together.
    """
    sizes = np.diff(np.r_[starts, len(found)])
    offsets = np.r_[0, np.cumsum(np.minimum(sizes, k))].astype(np.int32)
    kept = np.empty(int(offsets[-1]), np.int64)
    _smallest(found, starts, sizes, offsets, kept)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(kept))


@njit(cache=True, nogil=True)
def _smallest(found: Any, starts: Any, sizes: Any, offsets: Any, kept: Any) -> None:
    """Fill the places of each group with its smallest hashes, as many as there are places."""
    for group in range(len(sizes)):
        hashes_, room = found[starts[group] : starts[group] + sizes[group]], offsets[group + 1] - offsets[group]
        if room < len(hashes_):
            hashes_ = np.partition(hashes_, room - 1)[:room]
        kept[offsets[group] : offsets[group + 1]] = hashes_


def union(sketches: pa.ListArray, group: _Ints, k: int = K) -> pa.ListArray:
    """
    Sketches put together: for each group, the sketch of all its sources.

    Args:
        sketches: of any sizes up to *k*.
        group: int64[n], which group each of the sketches belongs to, from 0.
    """
    flat = sketches.flatten().to_numpy()
    of = np.repeat(group, pc.list_value_length(sketches).to_numpy())
    order = np.lexsort((flat, of))
    flat, of = flat[order], of[order]
    fresh = np.ones(len(flat), np.bool_)
    fresh[1:] = (flat[1:] != flat[:-1]) | (of[1:] != of[:-1])
    starts = np.searchsorted(of[fresh], np.arange(int(group.max(initial=-1)) + 1))
    return build(starts, flat[fresh], k)


def estimate(sketches: pa.ListArray, k: int = K) -> npt.NDArray[np.float64]:
    """How many distinct sources each sketch stands for; exact below *k*."""
    sizes = pc.list_value_length(sketches).to_numpy()
    counted = sizes.astype(np.float64)
    full = np.flatnonzero(sizes >= k)
    if len(full):
        flat, starts = sketches.flatten().to_numpy(), np.r_[0, np.cumsum(sizes)[:-1]]
        largest = np.array([flat[starts[i] : starts[i] + sizes[i]].max() for i in full.tolist()])
        counted[full] = (k - 1) / ((largest.astype(np.float64) + _SPAN / 2) / _SPAN)
    return np.asarray(counted)
