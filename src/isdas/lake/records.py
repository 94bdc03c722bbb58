"""
Records that are not analytics: what was taken in, the surges and the alerts. SQLite in the data directory.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from isdas.lake import surge_sources
from isdas.lake.database import Database, Row
from isdas.lake.opinions import OpinionRow, carry
from isdas.model.alert import Alert
from isdas.model.errors import NotFound
from isdas.model.opinion import successor
from isdas.model.source_sketch import SourceSketch
from isdas.model.surge import Surge
from isdas.model.time import Period, iso, now


@dataclass(frozen=True, slots=True)
class Statement:
    """
    What an input says about its own coverage.

    Attributes:
        sensor: whose coverage.
        start, end: the stretch observed, UTC.
        received, dropped: packets as the capturing program counted them.
    """

    sensor: str
    start: datetime
    end: datetime
    received: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Intake:
    """
    One file or segment on its way in.

    Attributes:
        identity: what makes it itself, such as ``blake3:...`` of its content.
        name: where it came from, for people.
        format: the format it was read as.
        read, stored: records, as in `model.tally.Tally`.
        refused, warnings: by reason.
        statements: what it says of its coverage.
        contents: a second identity, which the same packets have in another file; empty if nobody says.
    """

    identity: str
    name: str
    format: str
    read: int = 0
    stored: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    contents: str = ""


class _IntakeRow(Row):
    """A file that was taken in, or was about to be."""

    __tablename__ = "intakes"
    identity: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str]
    format: Mapped[str]
    taken_at: Mapped[str]
    read: Mapped[int]
    stored: Mapped[int]
    refused: Mapped[dict[str, int]] = mapped_column(JSON)
    warnings: Mapped[dict[str, int]] = mapped_column(JSON)
    statements: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class _SurgeRow(Row):
    """A surge that was found."""

    __tablename__ = "surges"
    identifier: Mapped[str] = mapped_column(String(100), primary_key=True)
    detected_at: Mapped[str] = mapped_column(index=True)
    found: Mapped[dict[str, Any]] = mapped_column(JSON)


class _AlertRow(Row):
    """An alert."""

    __tablename__ = "alerts"
    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    surge: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    document: Mapped[str]


class Records:
    """The record database of one data directory; made on first use."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self._path = path
        self._reading, self._writing = self.database.reading, self.database.writing

    def intend(self, intakes: Iterable[Intake]) -> None:
        """
        Write down what is about to be committed.

        An intake counts only if the packets table holds its transaction, so one written down by a process that
        died before its commit is overwritten by the next attempt.
        """
        with self._writing() as session:
            for intake in intakes:
                session.merge(_intake_row(intake))

    def intakes(self) -> list[Intake]:
        """All intakes ever intended, in the order of their identities."""
        with self._reading() as session:
            rows = session.scalars(select(_IntakeRow).order_by(_IntakeRow.identity))
            return [_intake(row) for row in rows]

    def intake(self, identity: str) -> Intake | None:
        """One intake, if it was ever intended."""
        with self._reading() as session:
            row = session.get(_IntakeRow, identity)
            return None if row is None else _intake(row)

    def put_surges(
        self, surges: Iterable[Surge], *, looked: Period | None = None, joined: Mapping[str, str] | None = None
    ) -> None:
        """
        Keep surges; one that is there already is replaced by what is known now.

        Args:
            looked: the period in which these are all that is to be found. Others detected in it are forgotten, unless
                an alert tells of them or somebody said something of them; what was said goes with a rise that is found
                under another identifier now.
            joined: of what is a part of one of these, whenever it was detected, the identifier and that of the surge.
                It is forgotten in the same way.
        """
        surges = list(surges)
        with self._writing() as session:
            if looked is not None:
                _let_go(session, surges, looked, joined or {})
            for surge in surges:
                found = surge.as_dict()
                session.merge(
                    _SurgeRow(identifier=surge.identifier, detected_at=str(found["detected_at"]), found=found)
                )

    def put_sketches(self, sketches: Mapping[str, SourceSketch]) -> None:
        """Keep who the new sources of surges were, and forget those of surges that are not kept any more."""
        with self._reading() as session:
            kept = set(session.scalars(select(_SurgeRow.identifier)))
        surge_sources.put(self.database, sketches, surges=kept)

    def surges(self) -> list[Surge]:
        """All surges kept, by the hour of detection."""
        with self._reading() as session:
            rows = session.scalars(select(_SurgeRow).order_by(_SurgeRow.detected_at, _SurgeRow.identifier))
            return [Surge.from_dict(row.found) for row in rows]

    def surge(self, identifier: str) -> Surge:
        """
        The surge called *identifier*.

        Raises:
            NotFound: there is none.
        """
        with self._reading() as session:
            row = session.get(_SurgeRow, identifier)
            if row is None:
                raise NotFound(f"no surge {identifier!r}; `isdas surges` lists those found")
            return Surge.from_dict(row.found)

    def put_alert(self, alert: Alert) -> None:
        """Keep an alert under its number."""
        with self._writing() as session:
            session.merge(
                _AlertRow(
                    number=alert.number,
                    surge=alert.surge,
                    state=alert.state,
                    document=json.dumps(alert.as_dict(), ensure_ascii=False),
                )
            )

    def alerts(self) -> list[Alert]:
        """All alerts, by number."""
        with self._reading() as session:
            rows = session.scalars(select(_AlertRow).order_by(_AlertRow.number))
            return [Alert.from_dict(json.loads(row.document)) for row in rows]

    def alert(self, number: str) -> Alert:
        """
        The alert with *number*.

        Raises:
            NotFound: there is none.
        """
        with self._reading() as session:
            row = session.get(_AlertRow, number)
            if row is None:
                raise NotFound(f"no alert {number!r}; `isdas alert list` shows those there are")
            return Alert.from_dict(json.loads(row.document))


def _let_go(session: Session, found: Sequence[Surge], looked: Period, joined: Mapping[str, str]) -> None:
    """Forget what a look does not find any more; what was told or judged stays, and says so in its history."""
    told, judged = set(session.scalars(select(_AlertRow.surge))), set(session.scalars(select(OpinionRow.surge)))
    within = (_SurgeRow.detected_at > iso(looked.start)) & (_SurgeRow.detected_at <= iso(looked.end))
    present, before = {surge.identifier: surge for surge in found}, set(session.scalars(select(_SurgeRow.identifier)))
    parts = _SurgeRow.identifier.in_(joined)
    for row in session.scalars(select(_SurgeRow).where(within | parts)).all():
        if row.identifier in present:
            continue
        surge = Surge.from_dict(row.found)
        now_called = present.get(joined.get(row.identifier, "")) or successor(surge, found)
        # What was there beside it before is another surge, of which nothing was said.
        renamed = now_called is not None and now_called.identifier not in before
        if now_called is not None and renamed:
            carry(session, row.identifier, now_called.identifier)
        if row.identifier in told or (row.identifier in judged and not renamed):
            row.found = _gone(surge, now_called).as_dict()
        else:
            session.delete(row)


def _gone(surge: Surge, now_called: Surge | None) -> Surge:
    what = f"a new look finds it as {now_called.identifier}" if now_called else "a new look does not find it any more"
    if surge.history and surge.history[-1][1] == what:
        return surge
    return replace(surge, history=(*surge.history, (iso(now()), what)))


def _intake_row(intake: Intake) -> _IntakeRow:
    said = [
        {
            "sensor": s.sensor,
            "start": s.start.isoformat(),
            "end": s.end.isoformat(),
            "received": s.received,
            "dropped": s.dropped,
        }
        for s in intake.statements
    ]
    return _IntakeRow(
        identity=intake.identity,
        name=intake.name,
        format=intake.format,
        taken_at=iso(now()),
        read=intake.read,
        stored=intake.stored,
        refused=intake.refused,
        warnings=intake.warnings,
        statements=said,
    )


def _intake(row: _IntakeRow) -> Intake:
    said = tuple(
        Statement(
            s["sensor"],
            datetime.fromisoformat(s["start"]),
            datetime.fromisoformat(s["end"]),
            s["received"],
            s["dropped"],
        )
        for s in row.statements
    )
    return Intake(row.identity, row.name, row.format, row.read, row.stored, row.refused, row.warnings, said)
