"""
How many sources two crowds have in common, estimated from the smallest hashes of each (bottom-k sketches).

Exact while both are smaller than a sketch; beyond, the smallest hashes of both together are a random sample of the
union (Broder 1997; Beyer et al. 2007), and what is estimated from a sample has an interval.
"""

from collections.abc import Collection
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isdas.detect.day_sources import Ints, address_hashes
from isdas.model.address import is_ipv4
from isdas.model.source_sketch import SourceSketch

SIZE = 256
"""Hashes in a sketch."""

_Z = NormalDist().inv_cdf(0.95)


class Shared(NamedTuple):
    """Share of the smaller of two crowds that is in both, 0 to 1, and the ends of its 90 % interval."""

    share: float
    low: float
    high: float


def smallest(hashes: npt.NDArray[np.uint64]) -> tuple[int, ...]:
    """The sketch of distinct hashes: 52 of their 64 bits, enough to tell SIZE apart, which JSON keeps exactly."""
    return tuple(int(h) for h in np.sort(hashes >> np.uint64(12))[:SIZE])


def sketch(high: Ints, low: Ints) -> SourceSketch:
    """
    The sketch of distinct sources.

    Args:
        high, low: int64[n], halves of their addresses.
    """
    prefixes = np.stack([high & -(1 << 16), np.where(is_ipv4(high, low), low & -256, 0)])
    networks = np.unique(prefixes, axis=1)
    return SourceSketch(
        len(low), networks.shape[1], smallest(address_hashes(high, low)), smallest(address_hashes(*networks))
    )


def shared(mine: Collection[int], n_mine: int, theirs: Collection[int], n_theirs: int) -> Shared:
    """
    What two crowds share, from the sketch and the size of each.

    A crowd that is a small part of a large one is hard to see in a sketch, and the interval is then wide.
    """
    both_sketches = set(mine) & set(theirs)
    union = sorted({*mine, *theirs})
    exact = n_mine <= len(mine) and n_theirs <= len(theirs)
    sample = union if exact else union[:SIZE]
    if not sample:
        return Shared(0.0, 0.0, 0.0)
    hits, k = sum(h in both_sketches for h in sample), len(sample)
    low, high = (hits / k, hits / k) if exact else _wilson(hits, k)
    return Shared(*(_of_smaller(jaccard, n_mine, n_theirs) for jaccard in (hits / k, low, high)))


def _of_smaller(jaccard: float, n: int, m: int) -> float:
    return min(1.0, jaccard / (1 + jaccard) * (n + m) / max(min(n, m), 1))


def _wilson(hits: int, k: int) -> tuple[float, float]:
    share, z2 = hits / k, _Z * _Z
    middle, half = (share + z2 / (2 * k)) / (1 + z2 / k), _Z * sqrt(share * (1 - share) / k + z2 / (4 * k * k))
    return (max(0.0, middle - half / (1 + z2 / k)) if hits else 0.0), min(1.0, middle + half / (1 + z2 / k))
