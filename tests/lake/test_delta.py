"""Tests of isdas.lake.delta."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from isdas.lake.delta import DataFile, Table
from isdas.lake.lake import Lake
from isdas.lake.tables import TableSpec, spec
from isdas.model.errors import LakeError
from isdas.model.packets import Packets

Make = Callable[..., Packets]
Do = Callable[..., Any]
CHILD = Path(__file__).parent / "child.py"
HOUR_US = 3_600_000_000


def small() -> TableSpec:
    """A table of an hour and a value, by month."""
    schema = pa.schema([("hour", pa.timestamp("us", tz="UTC")), ("value", pa.int64())])
    return TableSpec("small", "a value", "for ever", "hour", "month", schema, ("hour",))


def rows(values: dict[int, int]) -> pa.Table:
    """Rows by hour."""
    hours = pa.array([h * HOUR_US for h in values], pa.timestamp("us", tz="UTC"))
    return pa.table({"hour": hours, "value": pa.array(list(values.values()), pa.int64())}, schema=small().schema)


def hours(*numbers: int) -> Any:
    """The starts of hours."""
    return np.array(numbers, "datetime64[h]").astype("datetime64[us]")


def content(table: Table) -> dict[int, int]:
    """The values by hour, as any reader of Delta Lake finds them."""
    found = DeltaTable(str(table.path)).to_pyarrow_table(columns=["hour", "value"])
    micros = found.column("hour").cast(pa.int64()).to_pylist()
    return dict(sorted((us // HOUR_US, v) for us, v in zip(micros, found.column("value").to_pylist(), strict=True)))


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A table with hours 0 to 3 of 1970 and one of the next month."""
    made = Table(tmp_path, small())
    made.commit(made.write(rows({0: 10, 1: 11, 2: 12, 3: 13, 800: 99})))
    return made


def test_rows_are_split_by_month(table: Table) -> None:
    """Each month has a file of its own that knows its extent."""
    assert [f.path.split("/")[0] for f in table.files()] == ["month=1970-02-01", "month=1970-01-01"] or [
        f.path.split("/")[0] for f in table.files()
    ] == ["month=1970-01-01", "month=1970-02-01"]
    assert {(f.rows, str(f.low), str(f.high)) for f in table.files()} == {
        (4, "1970-01-01T00:00:00.000000", "1970-01-01T03:00:00.000000"),
        (1, "1970-02-03T08:00:00.000000", "1970-02-03T08:00:00.000000"),
    }


def test_rows_in_no_order_are_split_all_the_same(tmp_path: Path) -> None:
    """Rows need not come sorted by time."""
    made = Table(tmp_path, small())
    made.commit(made.write(rows({800: 1, 0: 2, 801: 3, 1: 4})))
    assert sorted(f.rows for f in made.files()) == [2, 2]
    assert content(made) == {0: 2, 1: 4, 800: 1, 801: 3}


def test_replacing_an_hour_keeps_the_others(table: Table) -> None:
    """Rows of the given hours are exchanged, in one commit; all others stay, and files of other months too."""
    version, untouched = table.version, max(table.files(), key=lambda f: f.low)
    table.replace(hours(1, 2), rows({1: 111}))
    assert content(table) == {0: 10, 1: 111, 3: 13, 800: 99}
    assert table.version == version + 1
    assert untouched in table.files()


def test_replacing_by_nothing_deletes(table: Table) -> None:
    """Hours without new rows end up empty; a month that loses all its rows has no file any more."""
    table.replace(hours(800), rows({}))
    assert content(table) == {0: 10, 1: 11, 2: 12, 3: 13}
    assert len(table.files()) == 1


def test_replacing_by_other_types_casts(table: Table) -> None:
    """New rows may have other widths and zones of time; they are stored as the table's."""
    new = pa.table({"value": pa.array([7], pa.int32()), "hour": pa.array([0], pa.timestamp("us", tz="Asia/Tokyo"))})
    table.replace(hours(0), new)
    assert content(table)[0] == 7


def test_an_earlier_version_lists_its_files(table: Table) -> None:
    """The files of a version are the same whenever they are asked for."""
    version, before = table.version, table.files()
    table.replace(hours(0), rows({0: 1}))
    assert table.files(version=version) == before
    assert table.files() != before
    with pytest.raises(LakeError, match="cannot read"):
        table.files(version=99)


def test_written_files_are_invisible_until_committed(table: Table) -> None:
    """What was written and discarded leaves no trace, in the table or on disk."""
    before = content(table), sorted(table.path.rglob("*.parquet"))
    actions = table.write(rows({5: 1}))
    assert content(table) == before[0]
    table.discard(actions)
    assert (content(table), sorted(table.path.rglob("*.parquet"))) == before


def test_committed_files_are_never_discarded(table: Table) -> None:
    """Files that a commit names stay, even if somebody thinks that the commit had failed."""
    actions = table.write(rows({5: 1}))
    table.commit(actions)
    table.discard(actions)
    assert content(table)[5] == 1


def test_a_failure_after_the_commit_is_none(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """If only what follows a commit fails, such as a checkpoint, the rows are in and nothing is raised."""
    actions, commit = table.write(rows({5: 1})), DeltaTable.create_write_transaction

    def failing(*arguments: Any, **named: Any) -> None:
        commit(*arguments, **named)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(DeltaTable, "create_write_transaction", failing)
    table.commit(actions, transactions={"a": 3})
    assert content(table)[5] == 1
    assert table.transaction("a") == 3


def test_a_failed_commit_leaves_the_table(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the commit itself fails, its files are deleted and the error names the table."""
    before = content(table), sorted(table.path.rglob("*.parquet"))

    def failing(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(DeltaTable, "create_write_transaction", failing)
    with pytest.raises(LakeError, match=r"cannot commit to .*small"):
        table.commit(table.write(rows({5: 1})))
    assert (content(table), sorted(table.path.rglob("*.parquet"))) == before


def test_transactions_are_seen_by_others(table: Table) -> None:
    """What is recorded with a commit is seen by another opener, at once or after a refresh."""
    other = Table(table.path.parent, small())
    table.commit([], transactions={"reader": 5, "intake:ü \"'": 1})
    table.commit([], transactions={"reader": 6})
    assert other.transaction("reader") is None
    other.refresh()
    for each in (table, other, Table(table.path.parent, small())):
        assert (each.transaction("reader"), each.transaction("intake:ü \"'"), each.transaction("no")) == (6, 1, None)


def test_compaction_changes_files_not_rows(table: Table) -> None:
    """Many small files become one a month, with the same rows and extents that hold them."""
    for hour in range(4, 9):
        table.commit(table.write(rows({hour: hour})))
    before = content(table)
    assert table.compact()["numFilesRemoved"] == 6
    assert content(table) == before
    assert len(table.files()) == 2
    assert all(f.low <= f.high for f in table.files())


def test_vacuum_removes_orphans_of_crashes(table: Table) -> None:
    """A week-old file that no commit names is deleted; young ones and those of the table stay."""
    before, kept = content(table), set(table.path.rglob("*.parquet"))
    orphans = [table.path / action.path for action in table.write(rows({6: 1, 900: 2}))]
    assert table.vacuum() == 0
    assert all(path.exists() for path in orphans)
    for path in orphans:
        os.utime(path, (1, 1))
    assert table.vacuum() == 2
    assert set(table.path.rglob("*.parquet")) == kept
    assert content(table) == before


def test_a_column_is_added_to_old_files(table: Table) -> None:
    """A table that is opened with one more column has it: null in old rows, kept when hours are replaced."""
    wider = replace(small(), schema=small().schema.append(pa.field("colour", pa.string())))
    assert not table.widened
    opened = Table(table.path.parent, wider)
    assert opened.widened
    new = rows({0: 1}).append_column("colour", pa.array(["red"]))
    opened.replace(hours(0), new)
    found = DeltaTable(str(table.path)).to_pyarrow_table(columns=["value", "colour"]).to_pylist()
    assert sorted((r["value"], r["colour"] or "") for r in found) == [
        (1, "red"),
        (11, ""),
        (12, ""),
        (13, ""),
        (99, ""),
    ]
    assert Table(table.path.parent, wider).version == opened.version


def test_a_column_of_another_type_is_told(table: Table) -> None:
    """A table whose column has another type than the program's is refused by name, with both types."""
    other = replace(small(), schema=pa.schema([("hour", pa.timestamp("us", tz="UTC")), ("value", pa.string())]))
    with pytest.raises(LakeError, match=r"small: column value is .*long.*expected .*string"):
        Table(table.path.parent, other)


@pytest.mark.parametrize("text", [b"", b"{", b'{"add": 5}\n', b"\xff\xfe\x00", b'{"commitInfo":{}}\n'])
def test_a_broken_log_is_told(table: Table, text: bytes) -> None:
    """A log that cannot be understood gives an error that names the table."""
    for commit in (table.path / "_delta_log").glob("*.json"):
        commit.write_bytes(text)
    with pytest.raises(LakeError, match=r"cannot \w+ .*small"):
        Table(table.path.parent, small()).files()


@pytest.mark.parametrize("content", [None, b"", b"no parquet at all"], ids=["missing", "empty", "text"])
def test_a_broken_file_is_told_by_name(table: Table, content: bytes | None) -> None:
    """A missing or broken file ends a replacement with an error that names it; the table stays."""
    [file] = [f for f in table.files() if f.rows == 4]
    path = table.path / file.path
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    before = table.files()
    with pytest.raises(LakeError, match=path.name):
        table.replace(hours(1), rows({1: 5}))
    assert table.files() == before


def test_a_file_in_the_place_of_a_table_is_told(tmp_path: Path) -> None:
    """Where a table's folder should be there is a file: the error names it."""
    (tmp_path / "small").write_text("in the way")
    with pytest.raises(LakeError, match=r"cannot open .*small"):
        Table(tmp_path, small())


def test_files_meet_a_stretch() -> None:
    """A file meets a half-open stretch if it may hold rows of it."""
    file = DataFile("a", 2, np.datetime64("2024-01-01T02", "us"), np.datetime64("2024-01-01T05", "us"))
    ends = [("00", "02", False), ("00", "03", True), ("05", "06", True), ("06", "09", False), ("03", "04", True)]
    for start, end, expected in ends:
        assert file.meets(np.datetime64(f"2024-01-01T{start}"), np.datetime64(f"2024-01-01T{end}")) is expected


def test_files_are_zstandard_parquet(table: Table) -> None:
    """Any reader of Parquet finds the declared types and compressed columns."""
    import pyarrow.parquet as pq

    table.commit(table.write(rows({hour: hour**2 % 97 for hour in range(12_000, 12_500)})))
    path = table.path / max(table.files(), key=lambda file: file.rows).path
    assert pq.read_metadata(path).row_group(0).column(1).compression == "ZSTD"
    assert pq.read_schema(path).types == small().schema.types


def test_every_table_of_the_lake_is_readable_by_others(lake: Lake, random_packets: Make, take: Do, rows_of: Do) -> None:
    """A reader of Delta Lake that knows nothing of us finds the rows of each table."""
    take(lake, ("1", random_packets(1)))
    for name in ("packets", "sightings", "counts", "activity", "coverage"):
        found = DeltaTable(str(lake.table(name).path)).to_pyarrow_table()
        assert found.num_rows == len(rows_of(lake, name))
        assert set(found.column_names) == {*spec(name).schema.names, spec(name).partition}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits on file sizes are set in a child process of a POSIX system")
def test_a_file_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    """Where files cannot grow, taking in ends in an error, the tables stay, and the next try succeeds."""
    done = subprocess.run([sys.executable, CHILD, "full", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_full_disk_leaves_whole_tables(tmp_path: Path) -> None:
    """On a disk of 3 MB: taking in until it is full ends in an error; what is there can be read and reconciles."""
    mount = f'mount -t tmpfs -o size=3m tmpfs "{tmp_path}" 2>/dev/null || exit 77'
    script = f'{mount}; exec "{sys.executable}" "{CHILD}" small "{tmp_path}"'
    unshare = ["unshare", "--mount", "sh", "-c", script]
    try:
        done = subprocess.run(unshare, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare on this system, so no small disk can be made for the test alone")
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("a small disk can only be made by root")
    assert done.returncode == 0, done.stderr
