"""
What the parts of the hub last did, so that every process, and whoever watches, can see it.

A part writes its row before and after each piece of work; nobody else changes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import JSON, select
from sqlalchemy.orm import Mapped, mapped_column

from isdas.lake.database import Database, Row
from isdas.model.time import iso, now

WAITING, WORKING, FAILING, STOPPED = "waiting", "working", "failing", "stopped"
"""The states of a part; a failing one is tried again when it is next due."""


@dataclass(frozen=True, slots=True)
class Part:
    """
    A part of the hub and what it last did.

    Attributes:
        name: such as ``fold``.
        state: waiting, working, failing or stopped.
        began_at, succeeded_at, failed_at: ISO instants; None before the first.
        due_at: when it is next due; None if it is always at work.
        error: what its last failure said; empty when it has succeeded since.
        runs, failures: how often, ever.
        seconds: how long the last success took.
        found: figures that it left behind, by name.
    """

    name: str
    state: str = WAITING
    began_at: str | None = None
    succeeded_at: str | None = None
    failed_at: str | None = None
    due_at: str | None = None
    error: str = ""
    runs: int = 0
    failures: int = 0
    seconds: float = 0.0
    found: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """The form that ``/health`` gives."""
        return {
            "state": self.state,
            "began_at": self.began_at,
            "succeeded_at": self.succeeded_at,
            "failed_at": self.failed_at,
            "due_at": self.due_at,
            "error": self.error,
            "runs": self.runs,
            "failures": self.failures,
            "seconds": round(self.seconds, 3),
            "found": self.found,
        }


class PartRow(Row):
    """A part."""

    __tablename__ = "parts"
    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    began_at: Mapped[str | None]
    succeeded_at: Mapped[str | None]
    failed_at: Mapped[str | None]
    due_at: Mapped[str | None]
    error: Mapped[str] = mapped_column(default="")
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    found: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)


class Parts:
    """The parts of one data directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Part]:
        """Every part that ever ran, by name."""
        with self._database.reading() as session:
            return [_part(row) for row in session.scalars(select(PartRow).order_by(PartRow.name))]

    def wait(self, name: str, due_at: str | None) -> None:
        """Say that a part is there and when it is due; a failure stays told until a success."""
        with self._database.writing() as session:
            row = session.get(PartRow, name) or PartRow(name=name, state=WAITING, error="")
            row.state = FAILING if row.error else WAITING
            row.due_at = due_at
            session.add(row)

    def begin(self, name: str) -> None:
        """Say that a part is at work."""
        self._set(name, state=WORKING, began_at=iso(now()))

    def succeed(self, name: str, seconds: float, found: Mapping[str, float], due_at: str | None) -> None:
        """Say that a part has done its work."""
        told = {"succeeded_at": iso(now()), "error": "", "seconds": seconds, "found": dict(found)}
        self._set(name, counts=("runs",), state=WAITING, due_at=due_at, **told)

    def fail(self, name: str, error: str, due_at: str | None) -> None:
        """Say that a part could not do its work."""
        told = {"failed_at": iso(now()), "error": error[:1000]}
        self._set(name, counts=("runs", "failures"), state=FAILING, due_at=due_at, **told)

    def stop(self, name: str) -> None:
        """Say that a part runs no more."""
        self._set(name, state=STOPPED, due_at=None)

    def _set(self, name: str, counts: tuple[str, ...] = (), **values: object) -> None:
        with self._database.writing() as session:
            row = session.get(PartRow, name) or PartRow(name=name, state=WAITING, error="", runs=0, failures=0)
            for key, value in values.items():
                setattr(row, key, value)
            for key in counts:
                setattr(row, key, (getattr(row, key) or 0) + 1)
            session.add(row)


def _part(row: PartRow) -> Part:
    return Part(
        row.name,
        row.state,
        row.began_at,
        row.succeeded_at,
        row.failed_at,
        row.due_at,
        row.error,
        row.runs,
        row.failures,
        row.seconds,
        row.found or {},
    )
