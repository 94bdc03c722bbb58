"""Tests of isdas.lake.behind."""

import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from isdas.lake.behind import Behind
from isdas.lake.delta import Table
from isdas.lake.tables import spec
from isdas.model.errors import LakeError

NAMES = ("counts", "activity")


@pytest.fixture(name="tables")
def _tables(tmp_path: Path) -> dict[str, Table]:
    return {name: Table(tmp_path, spec(name)) for name in NAMES}


def hours(first: int, n: int = 1) -> np.ndarray:
    """Some hours one after another."""
    return (np.datetime64("2024-03-01T00", "h") + np.arange(first, first + n)).astype("datetime64[us]")


def rows(name: str, first: int, port: int) -> pa.Table:
    """One row of a table in an hour, told from others by its port."""
    schema = spec(name).schema
    known = {"hour": pa.array(hours(first)).cast(schema.field("hour").type), "port": pa.array([port], pa.int32())}
    return pa.table({field.name: known.get(field.name, pa.nulls(1, field.type)) for field in schema})


def ports(table: Table) -> list[int]:
    """The ports of all rows, by hour."""
    start, end = np.datetime64("2024-01-01", "us"), np.datetime64("2025-01-01", "us")
    found = pa.concat_tables(table.read(table.files(), ["hour", "port"], start, end))
    return found.sort_by("hour").column("port").to_pylist()


def test_rows_are_replaced_in_the_order_in_which_they_were_handed_over(tables: dict[str, Table]) -> None:
    """Of several rows for an hour the last stand, in every table, with what was to be recorded."""
    with Behind(tables, threads=2) as behind:
        for port in range(1, 6):
            make = {name: lambda name=name, port=port: rows(name, port % 2, port) for name in NAMES}
            behind.replace(hours(port % 2), make, {"folded": port})
        behind.settle()
    assert [ports(tables[name]) for name in NAMES] == [[4, 5], [4, 5]]
    assert [tables[name].transaction("folded") for name in NAMES] == [5, 5]


def test_one_table_does_not_wait_for_another(tables: dict[str, Table]) -> None:
    """What follows from one table can be done while the rows of another are not even made."""
    go_on = threading.Event()

    def late() -> pa.Table:
        assert go_on.wait(60)
        return rows("activity", 0, 7)

    with Behind(tables, threads=2) as behind:
        behind.replace(hours(0), {"counts": lambda: rows("counts", 0, 7), "activity": late}, {})
        behind.settle("counts")
        assert (ports(tables["counts"]), tables["activity"].files()) == ([7], [])
        go_on.set()
    assert ports(tables["activity"]) == [7]


def test_what_goes_wrong_is_told_and_leaves_the_rest(tables: dict[str, Table]) -> None:
    """An error comes out where somebody waits; what was handed over besides is in the tables at the end."""

    def broken() -> pa.Table:
        raise LakeError("the disk is full")

    def fold() -> None:
        with Behind(tables, threads=1) as behind:
            behind.replace(hours(0), {"counts": broken, "activity": lambda: rows("activity", 0, 1)}, {})
            behind.replace(hours(1), {name: lambda name=name: rows(name, 1, 2) for name in NAMES}, {})
            behind.settle()

    with pytest.raises(LakeError, match="full"):
        fold()
    assert (ports(tables["counts"]), ports(tables["activity"])) == ([2], [1, 2])


def test_one_thread_writes_one_table_after_another(tables: dict[str, Table]) -> None:
    """With a single thread rows are made in the order in which they are told, each when those before are written."""
    seen: list[tuple[str, int]] = []

    def make(name: str, first: int) -> pa.Table:
        seen.append((name, sum(len(table.files()) for table in tables.values())))
        return rows(name, first, first)

    with Behind(tables, threads=1) as behind:
        for first in (0, 1):
            behind.replace(hours(first), {name: lambda name=name, first=first: make(name, first) for name in NAMES}, {})
    assert [name for name, _ in seen] == ["counts", "activity", "counts", "activity"]
    assert [files for _, files in seen][:2] == [0, 1]
