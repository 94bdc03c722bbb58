"""
Dense numbers for integers: what is sparse becomes an index.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

_Ints = npt.NDArray[np.int64]
_FIBONACCI = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _number(pairs: Any, table: Any, known: Any, n_known: int, out: Any) -> int:
    """Number each pair, new ones from *n_known* on; gives how many are known, or minus one minus the row it got to."""
    mask = np.uint64(len(table) - 1)
    last, number = np.int64(-1), np.int64(-1)
    for i in range(len(pairs)):
        pair = pairs[i]
        if pair != last:
            if 2 * (n_known + 1) > len(table) or n_known == len(known):
                return -1 - n_known
            # Keys that differ in their upper half only must not share a place: that is what labels are numbered by.
            mixed = np.uint64(pair) ^ np.uint64(pair) >> np.uint64(29)
            at = (mixed * _FIBONACCI) >> np.uint64(32) & mask
            while table[at] >= 0 and known[table[at]] != pair:
                at = (at + np.uint64(1)) & mask
            if table[at] < 0:
                table[at] = n_known
                known[n_known] = pair
                n_known += 1
            last, number = pair, table[at]
        out[i] = number
    return n_known


class Numbers:
    """Dense numbers for non-negative integers, in the order in which they are first seen."""

    def __init__(self) -> None:
        self._table = np.full(1 << 12, -1, np.int32)
        self._known = np.empty(1 << 11, np.int64)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    @property
    def known(self) -> _Ints:
        """int64[n]: what each number stands for."""
        return self._known[: self._n]

    def of(self, pairs: _Ints) -> _Ints:
        """The numbers of some integers; new ones get new numbers."""
        out = np.empty(len(pairs), np.int64)
        while (n := _number(pairs, self._table, self._known, self._n, out)) < 0:
            self._grow(-1 - n)
        self._n = n
        return out

    def _grow(self, n: int) -> None:
        known = np.empty(4 * len(self._known), np.int64)
        known[:n] = self._known[:n]
        self._table = np.full(4 * len(self._table), -1, np.int32)
        self._known, self._n = known, 0
        _number(known[:n].copy(), self._table, self._known, 0, np.empty(n, np.int64))
        self._n = n
