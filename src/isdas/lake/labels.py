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

from isdas.lake.encode import survey
from isdas.model.dense import Numbers
from isdas.model.kernels import fixed

_Ints = npt.NDArray[np.int64]
_NULL = object()
_CODE_BITS = 32
_MOST_MIXED = 2.0**62


class Labels:
    """
    Numbers for tuples of values, one value of each of some columns.

    Args:
        names: the columns.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._values: dict[str, dict[Any, int]] = {name: {} for name in names}
        self._chain = {name: Numbers() for name in names}

    def __len__(self) -> int:
        return len(self._chain[self.names[-1]])

    def of(self, table: pa.Table) -> _Ints:
        """int64[n]: the number of each row of *table*, which has the columns as Arrow arrays."""
        local = [_local(table.column(name)) for name in self.names]
        distinct, which = _distinct([codes for codes, _ in local], table.num_rows)
        numbers = np.zeros(1, np.int64)
        for name, codes, (_, values) in zip(self.names, distinct, local, strict=True):
            known = self._values[name]
            translation = np.array([known.setdefault(value, len(known)) for value in values], np.int64)
            # A row's number and a column's code fit a half each; one of the two may be a constant of length 1.
            numbers = self._chain[name].of(numbers << _CODE_BITS | translation[codes])
        return numbers[which] if len(numbers) > 1 else np.repeat(numbers, table.num_rows)

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


def _local(column: pa.ChunkedArray) -> tuple[_Ints | None, list[Any]]:
    """The values of a column and which of them each row has; None where all rows have the same."""
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], column.type)
    if pa.types.is_integer(array.type) and not array.null_count:
        values = fixed(array.to_numpy())
        low, high = survey(values) if len(values) else (0, 0)
        if low == high:
            return None, [low]
        numbers = Numbers()
        codes = numbers.of(values.astype(np.int64, copy=False) - low)
        return codes, (numbers.known + low).tolist()
    if not isinstance(array, pa.DictionaryArray):
        array = array.dictionary_encode()
    values = array.dictionary.to_pylist()
    indices = array.indices
    if array.null_count:
        indices = indices.fill_null(len(values))
        values.append(_NULL)
    return _unless_constant(indices.to_numpy(zero_copy_only=False), values)


def _unless_constant(codes: Any, values: list[Any]) -> tuple[_Ints | None, list[Any]]:
    return (None, values) if len(values) == 1 else (codes, values)


def _distinct(codes: Sequence[_Ints | None], n_rows: int) -> tuple[list[_Ints], _Ints]:
    """The distinct tuples of codes, column by column, and which of them each row has."""
    mixed, sizes = np.zeros(n_rows, np.int64), []
    for column in codes:
        size = 1 if column is None or not len(column) else int(column.max()) + 1
        sizes.append(size)
        if column is not None:
            _append(mixed, column, size)
    if np.prod([float(size) for size in sizes]) >= _MOST_MIXED:
        return _distinct_slowly(codes, n_rows)
    numbers = Numbers()
    which = numbers.of(mixed)
    rest, found = numbers.known.copy(), []
    for size in reversed(sizes):
        found.append(rest % size)
        rest //= size
    return found[::-1], which


def _distinct_slowly(codes: Sequence[_Ints | None], n_rows: int) -> tuple[list[_Ints], _Ints]:
    """The same, where there are more tuples than numbers to mix them into."""
    zeros = np.zeros(n_rows, np.int64)
    rows = np.stack([zeros if column is None else column.astype(np.int64) for column in codes])
    found, which = np.unique(rows, axis=1, return_inverse=True)
    return list(found), which.reshape(-1)


@njit(cache=True, nogil=True)
def _append(mixed: Any, codes: Any, size: int) -> None:
    for i in range(len(mixed)):
        mixed[i] = mixed[i] * size + codes[i]
