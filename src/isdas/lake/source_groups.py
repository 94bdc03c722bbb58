"""
The groups of sources that were found on each day; a day that is grouped again is replaced.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import JSON, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from isdas.lake.database import Database, Row
from isdas.model.source_group import SourceGroup


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


def put(database: Database, day: date, groups: Iterable[SourceGroup], sources: int) -> None:
    """Keep the groups of a day in which so many sources were seen, instead of those kept for it before."""
    with database.writing() as session:
        session.execute(delete(_GroupRow).where(_GroupRow.day == day.isoformat()))
        session.merge(_GroupedDayRow(day=day.isoformat(), sources=sources))
        for group in groups:
            session.add(_GroupRow(day=group.day, name=group.name, sources=group.sources, found=group.as_dict()))


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
