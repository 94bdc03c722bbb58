"""Tests of isdas.lake.recorded."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from isdas.lake.recorded import Recorded

N = 7


@pytest.fixture
def table(tmp_path: Path) -> DeltaTable:
    """A table whose commit *i* records version *i* of ``last`` and 1 of ``only-i``."""
    path = str(tmp_path / "table")
    for i in range(N):
        recorded = [Transaction("last", i), Transaction(f"only-{i}", 1)]
        properties = CommitProperties(app_transactions=recorded)
        write_deltalake(path, pa.table({"a": [i]}), mode="append", commit_properties=properties)
    return DeltaTable(path)


def log_of(table: DeltaTable) -> Path:
    """The folder of the log."""
    return Path(table.table_uri.removeprefix("file://")) / "_delta_log"


def test_it_says_what_the_library_says(table: DeltaTable) -> None:
    """All transactions of a log are what the library answers one by one."""
    recorded = Recorded(log_of(table))
    recorded.advance(table.version())
    for name in ("last", "never", *(f"only-{i}" for i in range(N))):
        assert recorded.get(name) == table.transaction_version(name)


def test_it_goes_no_further_than_asked(table: DeltaTable) -> None:
    """Up to version 3 nothing of version 4 is known; going on brings it."""
    recorded = Recorded(log_of(table))
    recorded.advance(3)
    assert (recorded.get("last"), recorded.get("only-4")) == (3, None)
    recorded.advance(4)
    assert (recorded.get("last"), recorded.get("only-4")) == (4, 1)
    recorded.advance(2)
    assert recorded.get("last") == 4


@pytest.mark.parametrize("reached", [None, 1, N - 1], ids=["new", "behind", "up-to-date"])
def test_checkpoints_stand_for_what_was_cleaned_up(table: DeltaTable, reached: int | None) -> None:
    """Where commits have been deleted the checkpoint after them tells what they recorded."""
    recorded = Recorded(log_of(table))
    if reached is not None:
        recorded.advance(reached)
    table.create_checkpoint()
    write_deltalake(table, pa.table({"a": [9]}), mode="append")
    for i in range(N):
        (log_of(table) / f"{i:020d}.json").unlink()
    recorded.advance(N)
    assert (recorded.get("last"), recorded.get("only-0"), recorded.get(f"only-{N - 1}")) == (N - 1, 1, 1)


def test_a_log_with_a_hole_is_an_error(table: DeltaTable) -> None:
    """A missing commit without a checkpoint after it is told, not passed over."""
    (log_of(table) / f"{3:020d}.json").unlink()
    with pytest.raises(FileNotFoundError, match="no commit 3"):
        Recorded(log_of(table)).advance(N - 1)
    with pytest.raises(FileNotFoundError):
        Recorded(log_of(table) / "nowhere").advance(0)
