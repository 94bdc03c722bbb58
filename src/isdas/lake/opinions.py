"""
What analysts said of surges; rows are added and never changed, and the latest counts.
"""

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from isdas.lake.database import Database, Row
from isdas.model.errors import IsdasError
from isdas.model.opinion import OPINIONS, Opinion
from isdas.model.time import iso, now


class OpinionRow(Row):
    """What somebody said of a surge."""

    __tablename__ = "opinions"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[str]
    surge: Mapped[str] = mapped_column(String(100), index=True)
    opinion: Mapped[str]
    who: Mapped[str]
    note: Mapped[str]
    verdict: Mapped[str] = mapped_column(server_default="")
    of: Mapped[str] = mapped_column(server_default="")


def say(database: Database, surge: str, opinion: str, who: str, note: str = "", *, verdict: str = "") -> Opinion:
    """
    Write down what somebody says of a surge.

    Args:
        verdict: what it is called now; it stays what was judged, whatever a later look calls it.

    Raises:
        IsdasError: it is none of OPINIONS.
    """
    if opinion not in OPINIONS:
        raise IsdasError(f"{opinion!r} is no opinion: say {', '.join(OPINIONS)}")
    said = Opinion(iso(now()), surge, opinion, who, note, verdict)
    with database.writing() as session:
        session.add(OpinionRow(at=said.at, surge=surge, opinion=opinion, who=who, note=note, verdict=verdict))
    return said


def said(database: Database, surge: str | None = None) -> list[Opinion]:
    """Everything that was said, or of one surge, oldest first."""
    rows = select(OpinionRow).order_by(OpinionRow.number)
    if surge is not None:
        rows = rows.where(OpinionRow.surge == surge)
    with database.reading() as session:
        return [_opinion(row) for row in session.scalars(rows)]


def latest(database: Database) -> dict[str, Opinion]:
    """The latest opinion by surge."""
    return {opinion.surge: opinion for opinion in said(database)}


def carry(session: Session, old: str, new: str) -> None:
    """Let what was said of a surge last hold for the identifier under which it is found now, unless more was said."""
    mine, other = _last(session, old), _last(session, new)
    if mine is None or (other is not None and other.at >= mine.at):
        return
    values = {name: getattr(mine, name) for name in ("at", "opinion", "who", "note", "verdict")}
    session.add(OpinionRow(surge=new, of=old, **values))


def _last(session: Session, surge: str) -> OpinionRow | None:
    rows = select(OpinionRow).where(OpinionRow.surge == surge).order_by(OpinionRow.number.desc()).limit(1)
    return session.scalar(rows)


def _opinion(row: OpinionRow) -> Opinion:
    return Opinion(row.at, row.surge, row.opinion, row.who, row.note, row.verdict, row.of)
