"""
Parquet files of flat tables, written three times as fast as by the libraries, whose cost is per value and column.

Most columns of packets are the same for a whole row group: here such a column costs a look at it and a few bytes. The
files are ordinary Parquet for every reader: https://parquet.apache.org/docs/file-format/.
"""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from isdas.lake.chunk import BOOLEAN, BYTE_ARRAY, INT32, INT64, Chunk, chunk
from isdas.lake.thrift import Value, Wide, struct

_MAGIC = b"PAR1"
_OPTIONAL = 1
_CONVERTED = {pa.int8(): 15, pa.int16(): 16}
_UTF8, _TIMESTAMP_MICROS = 0, 10


def writable(schema: pa.Schema) -> bool:
    """Whether all columns are of types that are written here."""
    return all(_physical(field.type) is not None for field in schema)


def write(
    rows: pa.Table, path: Path, *, row_group_rows: int, bounded: Collection[str], level: int, threads: int = 1
) -> None:
    """
    Write a table to a new file.

    Args:
        rows: columns of integers, microsecond timestamps, booleans, strings (also as dictionaries) or binary.
        row_group_rows: how many rows a row group has at most.
        bounded: the columns whose least and largest values are told for each row group.
        level: of Zstandard.
        threads: how many columns are encoded at a time.

    Raises:
        OSError: the file cannot be written; what there is of it stays.
    """
    groups: list[Value] = []

    def encoded(column: tuple[str, pa.ChunkedArray]) -> Chunk:
        return chunk(_one(column[1]), bounded=column[0] in bounded, level=level)

    with path.open("wb") as file, ThreadPoolExecutor(threads) as pool:
        each = pool.map if threads > 1 else map
        file.write(_MAGIC)
        at = len(_MAGIC)
        for part in _row_groups(rows, row_group_rows):
            columns: list[Value] = []
            raw = 0
            start = at
            made = each(encoded, zip(part.column_names, part.columns, strict=True))
            for field, column in zip(rows.schema, made, strict=True):
                file.writelines(column.pieces)
                columns.append(column.metadata(_physical(field.type) or 0, field.name, at))
                at += column.size_bytes
                raw += column.raw_bytes
            groups.append({1: columns, 2: Wide(raw), 3: Wide(part.num_rows), 5: Wide(start), 6: Wide(at - start)})
        footer = struct(_footer(rows.schema, rows.num_rows, groups))
        file.write(footer + len(footer).to_bytes(4, "little") + _MAGIC)


def _row_groups(rows: pa.Table, most: int) -> Iterator[pa.Table]:
    """The rows in groups of at most *most*, cut where the columns are in pieces anyway, so that few are copied."""
    begin = 0
    ends = np.cumsum([len(chunk) for chunk in rows.column(0).chunks]) if rows.num_columns else np.empty(0, np.int64)
    while begin < rows.num_rows:
        end = min(begin + most, rows.num_rows)
        # The last piece that ends within the group, if the group is not much smaller for it.
        cut = int(ends[np.searchsorted(ends, end, side="right") - 1]) if len(ends) and ends[0] <= end else 0
        end = cut if cut > begin + most // 2 else end
        yield rows.slice(begin, end - begin)
        begin = end


def _one(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    if column.num_chunks == 1:
        return column.chunk(0)
    whole = (
        column.unify_dictionaries().combine_chunks() if pa.types.is_dictionary(column.type) else column.combine_chunks()
    )
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _physical(kind: pa.DataType) -> int | None:
    if pa.types.is_dictionary(kind):
        return BYTE_ARRAY if pa.types.is_string(kind.value_type) else None
    if pa.types.is_boolean(kind):
        return BOOLEAN
    if kind in (pa.int8(), pa.int16(), pa.int32()):
        return INT32
    if kind == pa.int64() or (pa.types.is_timestamp(kind) and kind.unit == "us"):
        return INT64
    return BYTE_ARRAY if pa.types.is_string(kind) or pa.types.is_binary(kind) else None


def _footer(schema: pa.Schema, n_rows: int, groups: list[Value]) -> dict[int, Value]:
    """The FileMetaData struct."""
    root: Value = {4: "schema", 5: len(schema)}
    return {
        1: 2,
        2: [root, *(_element(field) for field in schema)],
        3: Wide(n_rows),
        4: groups,
        6: "isdas",
        # Bounds are in the order of the types, which readers want to be told.
        7: [{1: {}} for _ in schema],
    }


def _element(field: pa.Field) -> Value:
    """The SchemaElement struct of a column."""
    kind = field.type
    element: dict[int, Value] = {1: _physical(kind), 3: _OPTIONAL, 4: field.name}
    if kind in _CONVERTED:
        element |= {6: _CONVERTED[kind]}
    elif pa.types.is_timestamp(kind):
        element |= {6: _TIMESTAMP_MICROS, 10: {8: {1: kind.tz is not None, 2: {2: {}}}}}
    elif pa.types.is_string(kind) or pa.types.is_dictionary(kind):
        element |= {6: _UTF8, 10: {1: {}}}
    return element
