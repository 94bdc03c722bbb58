"""
What a search over the tables has remembered, kept so that the next one need not begin anew.

A checkpoint tells of all hours before its own. One that was made from hours that have since been folded again is not
given out any more; everything here can be lost and is then made again. Does not know what is in a checkpoint.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pyarrow as pa
from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from isdas.lake.database import Database, Row
from isdas.lake.mishap import telling

DAYS, WEEKS = 7, 10
"""So many of the latest checkpoints are kept, and before them one a week, so many of these."""

_WEEK_HOURS = 7 * 24


class _CheckpointRow(Row):
    """A checkpoint: the first hour that it knows nothing of (since 1970), what it was made from, and its file."""

    __tablename__ = "checkpoints"

    hour: Mapped[int] = mapped_column(primary_key=True)
    reaches: Mapped[int]
    version: Mapped[int]
    name: Mapped[str]


class _RefoldedRow(Row):
    """A fold that may have changed hours from *hour* on, and the version of coverage that it replaced."""

    __tablename__ = "refolded"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    version: Mapped[int]
    hour: Mapped[int]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """
    A checkpoint that may be believed.

    Attributes:
        hour: the first hour that it knows nothing of, since 1970.
        path: its file.
    """

    hour: int
    path: Path

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Read it; the file may be gone (OSError), where another process has made room."""
        with pa.input_stream(str(self.path), compression="zstd") as stream:
            yield stream


class Checkpoints:
    """The checkpoints of one data directory."""

    def __init__(
        self, folder: Path, database: Database, also: Callable[[Session, int], None] = lambda session, hour: None
    ) -> None:
        """*also* is told, in the same transaction, of each hour from which on something may change."""
        self._folder = folder
        self._database = database
        self._also = also

    def upto(self, hour: int, *, since: int) -> list[Checkpoint]:
        """
        Those that know of no hour from *hour* on and remember what was found from *since* on; newest first.
        """
        with self._database.reading() as session:
            rows = session.scalars(
                select(_CheckpointRow)
                .where(_CheckpointRow.hour <= hour, _CheckpointRow.reaches <= since)
                .order_by(_CheckpointRow.hour.desc())
            ).all()
            return [Checkpoint(row.hour, self._folder / row.name) for row in rows if _holds(session, row)]

    def put(self, hour: int, reaches: int, version: int, write: Callable[[Any], None]) -> bool:
        """
        Keep what *write* writes, unless the tables have changed meanwhile; whether it was kept.

        Args:
            hour: the first hour that it knows nothing of.
            reaches: the first hour of which it still tells what was found.
            version: of coverage, as it was read.
            write: writes it to a stream.
        """
        with telling("keep a checkpoint in", self._folder):
            self._folder.mkdir(exist_ok=True)
            with NamedTemporaryFile("wb", dir=self._folder, suffix=".search", delete=False) as file:
                draft = Path(file.name)
                try:
                    with pa.CompressedOutputStream(file, "zstd") as stream:
                        write(stream)
                except BaseException:
                    draft.unlink()
                    raise
        row = _CheckpointRow(hour=hour, reaches=reaches, version=version, name=draft.name)
        with self._database.writing() as session:
            held = _holds(session, row)
            if held:
                session.merge(row)
                session.flush()
                _thin(session)
            names = set(session.scalars(select(_CheckpointRow.name)))
        self._sweep(names)
        return held

    def refolded(self, hour: int, version: int) -> None:
        """
        Say, before it is committed, that a fold may change hours from *hour* on.

        Args:
            hour: since 1970.
            version: of coverage, which the fold replaces.
        """
        with self._database.writing() as session:
            said = _RefoldedRow.version <= version, _RefoldedRow.hour >= hour
            session.execute(delete(_RefoldedRow).where(*said))
            session.add(_RefoldedRow(version=version, hour=hour))
            self._also(session, hour)

    def forget(self) -> None:
        """Forget all checkpoints."""
        with self._database.writing() as session:
            session.execute(delete(_CheckpointRow))
        self._sweep(set())

    def _sweep(self, names: set[str]) -> None:
        """Delete the files of checkpoints that are not kept any more."""
        for path in self._folder.glob("*.search"):
            if path.name not in names:
                with suppress(OSError):
                    path.unlink()


def _holds(session: Session, row: _CheckpointRow) -> bool:
    """Whether no fold since it was made may have changed an hour that it knows of."""
    return not changed_since(session, row.version, row.hour)


def changed_since(session: Session, version: int, hour: int) -> bool:
    """Whether a fold since some version of coverage may have changed hours before *hour*."""
    later = select(_RefoldedRow).where(_RefoldedRow.version >= version, _RefoldedRow.hour < hour)
    return session.scalars(later.limit(1)).first() is not None


def _thin(session: Session) -> None:
    """Keep some of the latest, and some weekly ones before them."""
    rows = session.scalars(select(_CheckpointRow).order_by(_CheckpointRow.hour.desc())).all()
    rows = [row for row in rows if _holds(session, row)]
    weekly = {row.hour // _WEEK_HOURS: row.hour for row in rows[DAYS:]}  # the first of each week is the last here
    hours = [row.hour for row in rows[:DAYS]] + list(weekly.values())[:WEEKS]
    session.execute(delete(_CheckpointRow).where(_CheckpointRow.hour.not_in(hours)))
    oldest = min((row.version for row in rows if row.hour in hours), default=0)
    session.execute(delete(_RefoldedRow).where(_RefoldedRow.version < oldest))
