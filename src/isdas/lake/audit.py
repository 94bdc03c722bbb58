"""
The audit trail: who did what to the fleet, when. Rows are added and never changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import JSON, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from isdas.lake.database import Database, Row
from isdas.model.time import iso, now


@dataclass(frozen=True, slots=True)
class Deed:
    """
    One row of the trail.

    Attributes:
        at: ISO instant.
        who: the person, or the key, that did it.
        what: a verb, such as ``approve``.
        subject: the sensor or the key it was done to.
        details: what else there is to know; never a secret.
    """

    at: str
    who: str
    what: str
    subject: str
    details: dict[str, str]

    def as_dict(self) -> dict[str, object]:
        """The form that ``--json`` prints."""
        return {"at": self.at, "who": self.who, "what": self.what, "subject": self.subject, "details": self.details}


class AuditRow(Row):
    """What somebody did to the fleet."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[str]
    who: Mapped[str]
    what: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, str]] = mapped_column(JSON)


def note(session: Session, who: str, what: str, subject: str, details: Mapping[str, str] | None = None) -> None:
    """Add a deed, in the transaction of the deed itself."""
    session.add(AuditRow(at=iso(now()), who=who, what=what, subject=subject, details=dict(details or {})))


def deeds(database: Database, subject: str | None = None, *, limit: int = 1000) -> list[Deed]:
    """The last deeds, the oldest of them first; all of them or those done to one subject."""
    rows = select(AuditRow).order_by(AuditRow.number.desc()).limit(limit)
    if subject is not None:
        rows = rows.where(AuditRow.subject == subject)
    with database.reading() as session:
        found = [Deed(r.at, r.who, r.what, r.subject, r.details) for r in session.scalars(rows)]
    return found[::-1]
