"""
The groups of sources that were found on each day; a day that is grouped again is replaced.

Who is in them is kept for the latest days only, as hashes, since it is large.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import JSON, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from isdas.lake.database import Database, Row
from isdas.model.source_group import SourceGroup

MEMBERS_DAYS = 28
"""So many days it is known who was in a group: the week before a surge, and the days that it is looked into."""


class _GroupRow(Row):
    """A group of sources on one day."""

    __tablename__ = "source_groups"
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    sources: Mapped[int]
    found: Mapped[dict[str, Any]] = mapped_column(JSON)


class _GroupedDayRow(Row):
    """A day that was grouped, also if nothing was found."""

    __tablename__ = "grouped_days"
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    sources: Mapped[int]


class _MembersRow(Row):
    """Who is in the groups of a day: hashes of sources, ascending, and the place of each one's group among *names*."""

    __tablename__ = "source_group_members"
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    names: Mapped[list[str]] = mapped_column(JSON)
    hashes: Mapped[bytes]
    places: Mapped[bytes]


@dataclass(frozen=True, slots=True)
class Members:
    """
    Who is in the groups of a day.

    Attributes:
        names: the groups.
        hashes: int64[n], of the sources that are in one (`lake.sketch.hashes`).
        places: int32[n], the place of each one's group among *names*.
    """

    names: tuple[str, ...]
    hashes: npt.NDArray[np.int64]
    places: npt.NDArray[np.int32]

    def of(self, hashes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """int64[k]: the place of the group of each source, -1 for those in none."""
        if not len(self.hashes):
            return np.full(len(hashes), -1, np.int64)
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[at] == hashes, self.places[at], -1).astype(np.int64)


def put(
    database: Database, day: date, groups: Iterable[SourceGroup], sources: int, members: Members | None = None
) -> None:
    """
    Keep the groups of a day in which so many sources were seen, instead of those kept for it before.

    Args:
        members: who is in them; kept for the MEMBERS_DAYS latest days that were grouped.
    """
    with database.writing() as session:
        if members is not None:
            _put_members(session, day.isoformat(), members)
        session.execute(delete(_GroupRow).where(_GroupRow.day == day.isoformat()))
        session.merge(_GroupedDayRow(day=day.isoformat(), sources=sources))
        for group in groups:
            session.add(_GroupRow(day=group.day, name=group.name, sources=group.sources, found=group.as_dict()))


def _put_members(session: Session, day: str, members: Members) -> None:
    order = np.argsort(members.hashes)
    hashes = members.hashes[order].astype("<i8").tobytes()
    places = members.places[order].astype("<i4").tobytes()
    session.merge(_MembersRow(day=day, names=list(members.names), hashes=hashes, places=places))
    session.flush()
    kept = session.scalars(select(_MembersRow.day).order_by(_MembersRow.day.desc()).limit(MEMBERS_DAYS)).all()
    session.execute(delete(_MembersRow).where(_MembersRow.day.not_in(kept)))


def members(database: Database, day: date) -> Members | None:
    """Who is in the groups of a day; None if that is not kept."""
    with database.reading() as session:
        row = session.get(_MembersRow, day.isoformat())
        if row is None:
            return None
        return Members(tuple(row.names), np.frombuffer(row.hashes, "<i8"), np.frombuffer(row.places, "<i4"))


def named(database: Database, name: str) -> list[SourceGroup]:
    """A group on all its days, oldest first."""
    rows = select(_GroupRow).where(_GroupRow.name == name).order_by(_GroupRow.day)
    with database.reading() as session:
        return [SourceGroup.from_dict(row.found) for row in session.scalars(rows)]


def on(database: Database, day: date) -> list[SourceGroup]:
    """The groups kept for a day, the largest first."""
    rows = select(_GroupRow).where(_GroupRow.day == day.isoformat()).order_by(_GroupRow.sources.desc(), _GroupRow.name)
    with database.reading() as session:
        return [SourceGroup.from_dict(row.found) for row in session.scalars(rows)]


def before(database: Database, day: date, days: int) -> list[SourceGroup]:
    """The groups kept for so many days before a day, oldest first."""
    low, high = (day - timedelta(days=days)).isoformat(), day.isoformat()
    rows = select(_GroupRow).where(_GroupRow.day >= low, _GroupRow.day < high).order_by(_GroupRow.day, _GroupRow.name)
    with database.reading() as session:
        return [SourceGroup.from_dict(row.found) for row in session.scalars(rows)]


def grouped(database: Database) -> dict[date, int]:
    """The days that were grouped, with their sources."""
    with database.reading() as session:
        rows = session.scalars(select(_GroupedDayRow).order_by(_GroupedDayRow.day))
        return {date.fromisoformat(row.day): row.sources for row in rows}
