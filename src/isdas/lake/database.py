"""
The record database: one SQLite file in the data directory, and the transactions on it.

What the rows mean is said by `lake.records`, `lake.sensors` and their siblings; all their tables lie in one file, so
that what belongs together is written together.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from isdas.lake.mishap import telling


class Row(DeclarativeBase):
    """What every table of records is made from."""


class Database:
    """
    The records of one data directory; made on first use.

    Raises:
        LakeError: the file cannot be opened, or is no database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with telling("open the records at", path):
            self._engine = _connected(path)
            self._make()

    def _make(self) -> None:
        """Make the tables of the modules that are loaded; those of others when they are."""
        self._made = len(Row.metadata.tables)
        if not set(Row.metadata.tables) <= set(inspect(self._engine).get_table_names()):
            with self._engine.connect() as connection:
                # All in one go to the disk; and of several processes the first makes them while the others wait.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                Row.metadata.create_all(connection)
                connection.commit()
        self._widen()

    def _widen(self) -> None:
        """Give tables of an earlier version the columns that came since; those have a default in the database."""
        present = inspect(self._engine)
        for table in Row.metadata.tables.values():
            names = {column["name"] for column in present.get_columns(table.name)}
            for column in table.columns:
                if column.name in names or column.server_default is None:
                    continue
                kind = column.type.compile(self._engine.dialect)
                default = column.server_default.arg  # type: ignore[attr-defined]
                added = f'ALTER TABLE "{table.name}" ADD COLUMN "{column.name}" {kind} NOT NULL DEFAULT \'{default}\''
                # Another process may be first.
                with suppress(OperationalError), self._engine.begin() as connection:
                    connection.execute(text(added))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        if self._made != len(Row.metadata.tables):
            self._make()
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only asks."""
        with telling("read the records at", self.path), self._session() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are there, all of them and through a power cut, when the block is left."""
        with telling("write to the records at", self.path), self._session() as session, session.begin():
            yield session


def _connected(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _: object) -> None:
        # A reader never waits for the writer, and a commit survives a crash of the process.
        connection.execute("PRAGMA busy_timeout=10000")
        # Where another process is changing the mode this is refused at once, and need not be done.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode=WAL")
        # A commit also survives a power cut: sensors delete what the ledger says was admitted.
        connection.execute("PRAGMA synchronous=FULL")

    return engine
