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

from isdas.model.dense import Numbers

_Ints = npt.NDArray[np.int64]
_NULL = object()
_CODE_BITS = 32


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
