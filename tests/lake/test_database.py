"""Tests of isdas.lake.database."""

from pathlib import Path

import pytest
from sqlalchemy import text

from isdas.lake.audit import deeds, note
from isdas.lake.database import Database
from isdas.model.errors import LakeError


def test_what_belongs_together_is_written_together(tmp_path: Path) -> None:
    """A block that is left by an error leaves nothing behind."""
    database = Database(tmp_path / "records.sqlite")
    with database.writing() as session:
        note(session, "hana", "token", "whole")

    def half() -> None:
        with database.writing() as session:
            note(session, "hana", "token", "half")
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert [deed.subject for deed in deeds(database)] == ["whole"]


def test_what_goes_wrong_is_told_with_the_file(tmp_path: Path) -> None:
    """What the database refuses is one error that names it."""
    database = Database(tmp_path / "records.sqlite")
    with pytest.raises(LakeError, match=r"read the records at .*records\.sqlite: no such table"):
        read(database, "SELECT 1 FROM nowhere")


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """The database is synced with each commit, and readers have its last state while others write."""
    database = Database(tmp_path / "records.sqlite")
    assert read(database, "PRAGMA synchronous") == 2
    assert read(database, "PRAGMA journal_mode") == "wal"


def read(database: Database, statement: str) -> object:
    """What a statement answers."""
    with database.reading() as session:
        return session.execute(text(statement)).scalar()


def test_tables_of_modules_that_are_loaded_later_are_made(tmp_path: Path) -> None:
    """A database that is open already gets the tables that a module brings with it."""
    from sqlalchemy.orm import Mapped, mapped_column

    from isdas.lake.database import Row

    database = Database(tmp_path / "records.sqlite")

    class LateRow(Row):
        __tablename__ = "late"
        n: Mapped[int] = mapped_column(primary_key=True)

    try:
        with database.writing() as session:
            session.add(LateRow(n=7))
        assert read(database, "SELECT n FROM late") == 7
    finally:
        Row.metadata.remove(Row.metadata.tables["late"])
