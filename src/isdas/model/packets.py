"""
Packets: header columns of many packets on Arrow, checked against the one column table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.model import columns

MOST_PACKETS = 1 << 40
"""The most packets that one record may stand for: eight million of such records can be summed in 64 bits."""

_LABEL = pa.dictionary(pa.int32(), pa.string())


def in_memory(type_: pa.DataType) -> pa.DataType:
    """The type a column has while it travels: strings are dictionaries, everything else as at rest."""
    return _LABEL if pa.types.is_string(type_) else type_


@dataclass(frozen=True, slots=True)
class Packets:
    """
    A batch of packets as an Arrow table with exactly the columns of the column table, in its order.

    Stages take Packets and return new Packets; none changes the number or the order of the rows.
    """

    table: pa.Table

    @classmethod
    def of(cls, values: Mapping[str, Any], n_rows: int) -> "Packets":
        """
        Make packets from some columns; the others are null, or computed where the column table says how.

        Args:
            values: column name to Arrow array, numpy array, or one scalar that all rows share.
            n_rows: the length that every array must have.

        Raises:
            KeyError: a name that the column table does not have.
            ValueError: an array of another length.
        """
        kinds = {spec.name: in_memory(spec.type) for spec in columns.COLUMNS}
        arrays = {name: _array(value, kinds[name], n_rows) for name, value in values.items()}
        return cls._whole(arrays, n_rows)

    @classmethod
    def _whole(cls, given: Mapping[str, pa.Array | pa.ChunkedArray], n_rows: int) -> "Packets":
        """Packets of some columns, each of its type; the others null or computed."""
        arrays: dict[str, pa.Array | pa.ChunkedArray] = {}
        for spec in columns.COLUMNS:
            array = given.get(spec.name)
            if array is None and spec.compute is not None:
                array = _array(spec.compute(pa.table(arrays)), in_memory(spec.type), n_rows)
            elif array is None:
                array = _nulls(in_memory(spec.type), n_rows)
            if len(array) != n_rows:
                raise ValueError(f"column {spec.name} has {len(array)} rows, expected {n_rows}")
            arrays[spec.name] = array
        return cls(pa.Table.from_arrays(list(arrays.values()), list(arrays)))

    @classmethod
    def concat(cls, batches: Iterable["Packets"]) -> "Packets":
        """All batches one after another."""
        tables = [batch.table for batch in batches]
        if not tables:
            return cls.of({}, 0)
        return cls(pa.concat_tables(tables).unify_dictionaries())

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def with_columns(self, values: Mapping[str, Any]) -> "Packets":
        """The same packets with some columns replaced, and those that are computed from others recomputed."""
        specs = {spec.name: spec for spec in columns.COLUMNS}
        new = {name: _array(value, in_memory(specs[name].type), len(self)) for name, value in values.items()}
        held = zip(self.table.column_names, self.table.columns, strict=True)
        kept = {name: array for name, array in held if specs[name].compute is None}
        return Packets._whole({**kept, **new}, len(self))

    def in_own_memory(self) -> "Packets":
        """The same packets, copied: columns may be stretches of far longer ones, all of which is kept with them."""
        # What is put together from two stretches is copied, at a tenth of what picking rows costs.
        return Packets(pa.concat_tables([self.table.slice(0, 1), self.table.slice(1)]).combine_chunks())

    def words(self, name: str) -> set[str]:
        """The strings that occur in a column."""
        found: set[str] = set()
        for chunk in self.table.column(name).chunks:
            # With a single word, as most columns have that come from one file, no row need be looked at.
            alike = len(chunk.dictionary) == 1 and len(chunk) > chunk.null_count
            there = chunk.dictionary if alike else chunk.unique().drop_null()
            found.update(there.to_pylist())
        return found

    def numpy(self, name: str, null: int | float = 0) -> npt.NDArray[Any]:
        """One numeric column as a numpy array, nulls replaced by *null*; no copy where none is needed."""
        chunked = self.table.column(name)
        if chunked.null_count:
            chunked = chunked.fill_null(null)
        array = chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = array.chunk(0) if array.num_chunks else pa.array([], chunked.type)
        return np.asarray(array.to_numpy(zero_copy_only=False))


_NULLS: dict[pa.DataType, pa.Array] = {}


def _nulls(kind: pa.DataType, n_rows: int) -> pa.Array:
    """A column of nulls; the longest of each type is kept, since most batches lack the same columns."""
    kept = _NULLS.get(kind)
    if kept is None or len(kept) < n_rows:
        kept = _NULLS[kind] = pa.nulls(n_rows, kind)
    return kept.slice(0, n_rows)


def _array(value: Any, kind: pa.DataType, n_rows: int) -> pa.Array | pa.ChunkedArray:
    if isinstance(value, str):
        value = constant(value, n_rows)
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return value if value.type == kind else value.cast(kind)
    if np.isscalar(value):
        return pa.array(np.full(n_rows, value), kind)
    array = pa.array(value)
    return array if array.type == kind else array.cast(kind)


_zeros = pa.array([], pa.int32())


def constant(label: str, n_rows: int) -> pa.DictionaryArray:
    """A string column in which every row says the same, at four bytes a row."""
    global _zeros
    zeros = _zeros
    if len(zeros) < n_rows:
        # The longest so far serves all that follow.
        _zeros = zeros = pa.array(np.zeros(n_rows, np.int32))
    return pa.DictionaryArray.from_arrays(zeros.slice(0, n_rows), pa.array([label], pa.string()), safe=False)


def labels(codes: npt.NDArray[np.integer[Any]], names: Iterable[str]) -> pa.DictionaryArray:
    """A string column from integer codes into *names*, without a copy if they are int32; a negative code is null."""
    spelled = pa.array(list(names), pa.string())
    low, high = (int(codes.min()), int(codes.max())) if len(codes) else (0, -1)
    if high >= len(spelled):
        raise IndexError(f"code {high} of {len(spelled)} names")
    indices = pa.array(codes.astype(np.int32, copy=False), mask=codes < 0 if low < 0 else None)
    # Looked at already, in a tenth of the time.
    return pa.DictionaryArray.from_arrays(indices, spelled, safe=False)
