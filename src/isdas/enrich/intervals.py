"""
Intervals of addresses that share none, searched by halving; IPv4 lies among IPv6 as it does in the columns.

They are made once from networks or ranges that may lie within each other; nothing is known here of what they mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.model.address import MAPPED

_Ints = npt.NDArray[np.int64]
_Halves = npt.NDArray[np.uint64]
_ALL = (1 << 64) - 1

Span = tuple[int, int, int]
"""First and last address as 128-bit numbers, and a value that is not negative."""

Ends = tuple[_Halves, _Halves, _Halves, _Halves]
"""Upper and lower halves of the first addresses, and of the last ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """
    Which value each address has.

    Attributes:
        first_high, first_low, last_high, last_low: uint64[n], halves of the first and last addresses, in order.
        values: int32[n].
    """

    first_high: _Halves
    first_low: _Halves
    last_high: _Halves
    last_low: _Halves
    values: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.values)

    def of(self, high: _Ints, low: _Ints) -> npt.NDArray[np.int32]:
        """int32[n]: the value of each address, given by its halves; -1 where it lies in no interval."""
        out = np.empty(len(low), np.int32)
        sides = (self.first_high, self.first_low, self.last_high, self.last_low)
        _search(high.astype(np.uint64), low.astype(np.uint64), *sides, self.values, out)
        return out


def whole(version: int, number: int) -> int:
    """An address of either family as a 128-bit number: IPv4 is mapped (RFC 4291, 2.5.5.2)."""
    return number | MAPPED if version == 4 else number


def from_spans(spans: Sequence[Span]) -> Intervals:
    """The intervals of some spans, of which the first that holds an address gives its value."""
    ends = [np.array([span[i] >> shift & _ALL for span in spans], np.uint64) for i in (0, 1) for shift in (64, 0)]
    values = np.array([span[2] for span in spans], np.int32)
    return from_halves((ends[0], ends[1], ends[2], ends[3]), values)


def from_halves(ends: Ends, values: npt.NDArray[np.int32]) -> Intervals:
    """The same from the halves of first and last addresses."""
    first_high, first_low, last_high, last_low = ends
    n = len(values)
    next_low = last_low + np.uint64(1)
    next_high = last_high + (next_low == 0)
    edge_high, edge_low, which = distinct(
        np.concatenate([first_high, next_high]), np.concatenate([first_low, next_low])
    )
    begin, end = which[:n], which[n:]
    # What holds the very last address ends behind all edges, not at the first.
    end = np.where((next_high == 0) & (next_low == 0), len(edge_low), end)
    codes = np.full(len(edge_low), -1, np.int32)
    _paint(begin, end, values, np.arange(len(edge_low) + 1), codes)
    fresh = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]]) if len(codes) else np.empty(0, np.int64)
    behind = np.r_[fresh[1:], len(codes)] if len(fresh) else fresh
    held = codes[fresh] >= 0
    fresh, behind = fresh[held], behind[held]
    stop_low = np.append(edge_low, np.uint64(0))[behind]
    stop_high = np.append(edge_high, np.uint64(0))[behind] - (stop_low == 0)
    return Intervals(edge_high[fresh], edge_low[fresh], stop_high, stop_low - np.uint64(1), codes[fresh])


def narrowest_first(ends: Ends) -> _Ints:
    """The order of some spans by their size, the narrowest first; of two alike the one that came first."""
    first_high, first_low, last_high, last_low = ends
    size_low = last_low - first_low
    size_high = last_high - first_high - (last_low < first_low)
    return np.lexsort((size_low, size_high))


def distinct(high: npt.NDArray[Any], low: npt.NDArray[Any]) -> tuple[Any, Any, _Ints]:
    """The distinct addresses in order and, for each row, which of them it has."""
    if not high.any():
        values, which = np.unique(low, return_inverse=True)
        return np.zeros_like(values), values, which
    order = np.lexsort((low, high))
    in_high, in_low = high[order], low[order]
    fresh = np.r_[True, (in_high[1:] != in_high[:-1]) | (in_low[1:] != in_low[:-1])]
    which = np.empty(len(order), np.int64)
    which[order] = np.cumsum(fresh) - 1
    return in_high[fresh], in_low[fresh], which


@njit(cache=True, nogil=True)
def _paint(begin: Any, end: Any, values: Any, following: Any, codes: Any) -> None:
    """Give the pieces from *begin* to *end* a value unless they have one; *following* leads over those that have."""
    for i in range(len(values)):
        at = begin[i]
        while True:
            free = at
            while following[free] != free:
                free = following[free]
            while following[at] != free:
                step = following[at]
                following[at] = free
                at = step
            if free >= end[i]:
                break
            codes[free] = values[i]
            following[free] = free + 1
            at = free


@njit(cache=True, nogil=True)
def _search(
    high: Any, low: Any, first_high: Any, first_low: Any, last_high: Any, last_low: Any, values: Any, out: Any
) -> None:
    for i in range(len(low)):
        upper, lower = high[i], low[i]
        below, above = 0, len(values)
        while below < above:
            middle = (below + above) >> 1
            if first_high[middle] < upper or (first_high[middle] == upper and first_low[middle] <= lower):
                below = middle + 1
            else:
                above = middle
        at = below - 1
        held = at >= 0 and (last_high[at] > upper or (last_high[at] == upper and last_low[at] >= lower))
        out[i] = values[at] if held else -1
