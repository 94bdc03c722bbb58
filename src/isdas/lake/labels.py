"""
Labels as small numbers: a row's hour, sensor and dimensions become one integer that groups can be made by.

Each column is chained to those before it, (number so far, code of the value) to the next number; so numbers stay
dense however many columns there are, and the values can be had back from them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

_Ints = npt.NDArray[np.int64]
_NULL = object()
_CODE_BITS = 32
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
            at = (np.uint64(pair) * _FIBONACCI) >> np.uint64(20) & mask
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


class Labels:
    """
    Numbers for tuples of values, one value of each of some columns.

    Args:
        names: the columns; those that vary least first, since a prefix that is constant in a batch costs nothing.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._values: dict[str, dict[Any, int]] = {name: {} for name in names}
        self._chain = {name: Numbers() for name in names}

    def __len__(self) -> int:
        return len(self._chain[self.names[-1]])

    def of(self, table: pa.Table) -> _Ints:
        """int64[n]: the number of each row of *table*, which has the columns as Arrow arrays."""
        numbers = np.zeros(1, np.int64)
        for name in self.names:
            codes = self._codes(name, table.column(name))
            # A row's number and a column's code fit a half each; one of the two may be a constant of length 1.
            numbers = self._chain[name].of(numbers << _CODE_BITS | codes)
        return numbers if len(numbers) == table.num_rows else np.repeat(numbers, table.num_rows)

    def _codes(self, name: str, column: pa.ChunkedArray) -> _Ints:
        array = column.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = array.chunk(0) if array.num_chunks else pa.array([], column.type)
        if not isinstance(array, pa.DictionaryArray):
            array = array.dictionary_encode()
        known = self._values[name]
        codes = [known.setdefault(value, len(known)) for value in array.dictionary.to_pylist()]
        if array.null_count:
            codes.append(known.setdefault(_NULL, len(known)))
        translation = np.array(codes, np.int64)
        if len(translation) == 1:
            return translation
        indices = array.indices.fill_null(len(translation) - 1) if array.null_count else array.indices
        return np.asarray(translation[indices.to_numpy(zero_copy_only=False)])

    def table(self, schema: pa.Schema) -> pa.Table:
        """The values that each number stands for, one row a number; *schema* gives the types."""
        numbers = np.arange(len(self), dtype=np.int64)
        columns = {}
        for name in reversed(self.names):
            pairs = self._chain[name].known[numbers]
            values = [None if value is _NULL else value for value in self._values[name]]
            kind = schema.field(name).type
            columns[name] = pa.array(values, kind).take(pa.array(pairs & (1 << _CODE_BITS) - 1))
            numbers = pairs >> _CODE_BITS
        return pa.table({name: columns[name] for name in self.names})
