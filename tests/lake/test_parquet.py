"""Tests of isdas.lake.parquet: what is written is read back by the libraries."""

import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.lake.parquet import writable, write

TIME = pa.timestamp("us", tz="UTC")
_BOUNDS = {pa.int8(): 7, pa.int16(): 15, pa.int32(): 31, pa.int64(): 63}


def integers(kind: pa.DataType) -> st.SearchStrategy[int]:
    """Integers of a type: constant ones, few, small steps, and all."""
    top = 1 << _BOUNDS[kind]
    return st.integers(-top, top - 1) | st.integers(0, 3) | st.sampled_from([0, 1, 100])


def columns() -> st.SearchStrategy[pa.Table]:
    """Tables of all types that are written, with and without nulls."""
    moments = st.datetimes(
        datetime.datetime(1970, 1, 1), datetime.datetime(2200, 1, 1), timezones=st.just(datetime.UTC)
    )
    kinds: dict[pa.DataType, st.SearchStrategy[Any]] = {kind: integers(kind) for kind in _BOUNDS}
    kinds |= {TIME: moments, pa.bool_(): st.booleans(), pa.string(): st.text(max_size=5), pa.binary(): st.binary()}

    def table(n: int) -> st.SearchStrategy[pa.Table]:
        def column(kind: pa.DataType) -> st.SearchStrategy[pa.Array]:
            value = kinds[kind]
            lists = st.lists(value, min_size=n, max_size=n) | value.map(lambda v: [v] * n)
            return (lists | st.lists(value | st.none(), min_size=n, max_size=n)).map(lambda v: pa.array(v, kind))

        return st.tuples(*(column(kind) for kind in kinds)).map(
            lambda arrays: pa.table({str(kind): array for kind, array in zip(kinds, arrays, strict=True)})
        )

    return st.integers(1, 40).flatmap(table)


def read_by_duckdb(path: Path) -> pa.Table:
    """The same file through another reader."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection.sql(f"SELECT * FROM '{path}'").to_arrow_table()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large])
@given(columns(), st.integers(1, 50))
def test_two_readers_read_what_was_written(tmp_path: Path, table: pa.Table, group: int) -> None:
    """Every type, with any nulls, in any row groups, comes back as it was from two other implementations."""
    path = tmp_path / "rows.parquet"
    encoded = table.set_column(6, "string", table.column("string").dictionary_encode())
    for rows in (table, encoded):
        write(rows, path, row_group_rows=group, bounded=table.column_names, level=3)
        back = pq.read_table(path)
        assert back.schema.field(TIME.__str__()).type == TIME
        for name in table.column_names:
            assert back.column(name).cast(table.schema.field(name).type).equals(table.column(name)), name
            other = read_by_duckdb(path).column(name).cast(table.schema.field(name).type)
            assert other.combine_chunks().equals(table.column(name).combine_chunks()), name


@pytest.mark.parametrize("spread", [1, 2, 300, 70_000, 1 << 20, 1 << 31, 1 << 40, (1 << 63) - 1])
def test_long_columns_of_any_spread(tmp_path: Path, spread: int) -> None:
    """Dictionaries, narrow and wide, and differences over many blocks and row groups hold every value."""
    rng = np.random.default_rng(spread % 1000)
    values = rng.integers(-spread // 2, spread // 2 + 1, 70_001)
    missing = rng.random(len(values)) < 0.2
    arrays = {"all": pa.array(values), "some": pa.array(values, mask=missing), "sorted": pa.array(np.sort(values))}
    if spread <= 1 << 31:
        arrays["narrow"] = pa.array(np.clip(values, -(1 << 31), (1 << 31) - 1).astype(np.int32))
    table = pa.table(arrays)
    write(table, tmp_path / "rows.parquet", row_group_rows=30_000, bounded=["all"], level=1)
    assert pq.read_table(tmp_path / "rows.parquet").equals(table)
    assert read_by_duckdb(tmp_path / "rows.parquet").combine_chunks().equals(table.combine_chunks())


def test_bounds_are_told_where_asked_for(tmp_path: Path) -> None:
    """Row groups say their least and largest value and their nulls, so that readers can pass them over."""
    table = pa.table({"hour": pa.array([5, 3, None, 9, 8, 8]), "other": pa.array([1, 2, 3, 4, 5, 6])})
    write(table, tmp_path / "rows.parquet", row_group_rows=3, bounded=["hour"], level=3)
    groups = [pq.read_metadata(tmp_path / "rows.parquet").row_group(i) for i in range(2)]
    told = [(g.column(0).statistics.min, g.column(0).statistics.max, g.column(0).statistics.null_count) for g in groups]
    assert told == [(3, 5, 1), (8, 9, 0)]
    assert not groups[0].column(1).statistics.has_min_max


def test_row_groups_end_where_pieces_end(tmp_path: Path) -> None:
    """Rows that come in pieces of nearly a row group each are not put together anew; small pieces are."""
    for sizes, groups in (([90, 90, 95], [90, 90, 95]), ([10] * 20, [100, 100]), ([250], [100, 100, 50])):
        pieces = [pa.table({"a": pa.array(np.arange(size))}) for size in sizes]
        write(pa.concat_tables(pieces), tmp_path / "rows.parquet", row_group_rows=100, bounded=[], level=3)
        about = pq.read_metadata(tmp_path / "rows.parquet")
        assert [about.row_group(i).num_rows for i in range(about.num_row_groups)] == groups


def test_other_types_are_left_to_others() -> None:
    """Lists and floating point numbers are not written here, and that is said before."""
    assert writable(pa.schema([("a", pa.int8()), ("b", TIME), ("c", pa.dictionary(pa.int32(), pa.string()))]))
    assert not writable(pa.schema([("a", pa.list_(pa.int64()))]))
    assert not writable(pa.schema([("a", pa.float64())]))
