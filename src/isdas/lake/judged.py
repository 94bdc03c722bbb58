"""
What was judged of single rises, kept so that one that nothing has changed since need not be judged again.

It also tells which surge a rise belongs to that is called no more in the period that is looked at.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from isdas.lake.checkpoints import changed_since
from isdas.lake.database import Database, Row

KEPT_HOURS = 60 * 24
"""So long after a surge was over its rises are kept: another of the same cause comes within days or is another."""

_BEFORE_ALL = -(1 << 40)


class _JudgedRow(Row):
    """A rise as it was judged last: hours since 1970, what it was judged from, and the surge that it belongs to."""

    __tablename__ = "judged_rises"
    identifier: Mapped[str] = mapped_column(String(100), primary_key=True)
    change: Mapped[str] = mapped_column(String(10), primary_key=True)
    surge: Mapped[str] = mapped_column(String(100), index=True)
    hour: Mapped[int] = mapped_column(index=True)
    until: Mapped[int]
    known: Mapped[int]
    basis: Mapped[str]
    stale: Mapped[bool]
    found: Mapped[dict[str, Any]] = mapped_column(JSON)
    networks: Mapped[bytes]
    weights: Mapped[bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """
    A rise as it was judged last.

    Attributes:
        surge: the identifier of the surge that it belongs to, which may be that of an earlier rise.
        hour: of its detection, since 1970.
        until: the hour when it was over, or until which it may last.
        known: the first hour that the judgement knows nothing of.
        basis: a digest of what it was judged from, but for the tables.
        found: the surge of this rise alone, as its dictionary.
        networks: int64[n] as bytes, and float64[n] *weights*: who made it.
        stale: whether hours that it was judged from may have changed since.
    """

    surge: str
    hour: int
    until: int
    known: int
    basis: str
    found: dict[str, Any]
    networks: bytes
    weights: bytes
    stale: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What makes it itself: its own identifier and what changed."""
        return str(self.found["identifier"]), str(self.found["change"])


class JudgedRises:
    """The judged rises of one data directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def within(self, first: int, end: int) -> dict[tuple[str, str], Kept]:
        """Those called in some hours (half-open), by their keys."""
        with self._database.reading() as session:
            rows = session.scalars(select(_JudgedRow).where(_JudgedRow.hour >= first, _JudgedRow.hour < end))
            return {kept.key: kept for kept in map(_kept, rows)}

    def before(self, hour: int, *, lasting: int, known: int) -> list[Kept]:
        """
        Those called before an hour that belong to surges of which one lasted until *lasting* at least.

        Args:
            known: nothing that knows of this hour or a later one.
        """
        with self._database.reading() as session:
            named = select(_JudgedRow.surge).where(_JudgedRow.hour < hour, _JudgedRow.until >= lasting)
            rows = session.scalars(
                select(_JudgedRow)
                .where(_JudgedRow.hour < hour, _JudgedRow.known <= known, _JudgedRow.surge.in_(named))
                .order_by(_JudgedRow.hour, _JudgedRow.identifier)
            )
            return [_kept(row) for row in rows]

    def stale_from(self) -> int | None:
        """The hour of the first rise that was judged from hours that may have changed since; None if there is none."""
        with self._database.reading() as session:
            return session.scalar(select(func.min(_JudgedRow.hour)).where(_JudgedRow.stale))

    def newest(self) -> int:
        """The first hour that no judgement knows of; a time before all if there is none."""
        with self._database.reading() as session:
            last = session.scalar(select(func.max(_JudgedRow.known)))
            return _BEFORE_ALL if last is None else last

    def put(self, judged: Iterable[Kept], version: int, *, gone: Collection[tuple[str, str]] = ()) -> None:
        """
        Keep what was judged.

        Args:
            judged: what was judged anew, or belongs to another surge than before.
            version: of coverage, as it was read.
            gone: the keys of rises that are called no more.
        """
        with self._database.writing() as session:
            for identifier, change in gone:
                session.execute(
                    delete(_JudgedRow).where(_JudgedRow.identifier == identifier, _JudgedRow.change == change)
                )
            for kept in judged:
                # Who judged before a fold that was committed meanwhile has judged something else.
                stale = kept.stale or changed_since(session, version, kept.known)
                session.merge(_row(kept, stale=stale))
            session.flush()
            _forget(session)

    def touched(self, session: Session, hour: int) -> None:
        """Say, within the transaction that says so of checkpoints, that hours from *hour* on may change."""
        session.execute(update(_JudgedRow).where(_JudgedRow.known > hour).values(stale=True))


def _row(kept: Kept, *, stale: bool) -> _JudgedRow:
    identifier, change = kept.key
    return _JudgedRow(
        identifier=identifier,
        change=change,
        surge=kept.surge,
        hour=kept.hour,
        until=kept.until,
        known=kept.known,
        basis=kept.basis,
        stale=stale,
        found=kept.found,
        networks=kept.networks,
        weights=kept.weights,
    )


def _kept(row: _JudgedRow) -> Kept:
    return Kept(
        row.surge, row.hour, row.until, row.known, row.basis, row.found, row.networks, row.weights, stale=row.stale
    )


def _forget(session: Session) -> None:
    """Forget surges that have long been over."""
    last = session.scalar(select(func.max(_JudgedRow.known)))
    if last is not None:
        over = select(_JudgedRow.surge).group_by(_JudgedRow.surge)
        over = over.having(func.max(_JudgedRow.until) < last - KEPT_HOURS)
        session.execute(delete(_JudgedRow).where(_JudgedRow.surge.in_(over)))
