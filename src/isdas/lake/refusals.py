"""
How often what was sent to the hub was turned away: by sensor, reason and hour.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Mapped, mapped_column

from isdas.lake.database import Database, Row

NOBODY = ""
"""In the place of a sensor's name, where it is not known who sent it."""

Refusal = tuple[str, str, int]
"""The sensor's name or `NOBODY`, the reason, and the hour since 1970."""


@dataclass(frozen=True, slots=True)
class Refused:
    """
    What was turned away.

    Attributes:
        sensor: the sensor's name, or `NOBODY`.
        reason: a fixed short name (docs/reference/reasons.md).
        count: how often.
        last_hour: the last hour since 1970 in which that happened.
    """

    sensor: str
    reason: str
    count: int
    last_hour: int


class RefusalRow(Row):
    """How often something was turned away for one reason in one hour."""

    __tablename__ = "sensor_refusals"
    sensor: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]


def add(database: Database, counts: Mapping[Refusal, int]) -> None:
    """Add to the counts."""
    rows = [dict(zip(("sensor", "reason", "hour"), key, strict=True), count=n) for key, n in Counter(counts).items()]
    if rows:
        statement = insert(RefusalRow)
        more = {"count": RefusalRow.count + statement.excluded.count}
        with database.writing() as session:
            session.execute(statement.on_conflict_do_update(set_=more), rows)


def refused(database: Database, *, since_hour: int = 0) -> list[Refused]:
    """What was turned away since an hour, by sensor and reason."""
    r = RefusalRow
    rows = select(r.sensor, r.reason, func.sum(r.count), func.max(r.hour)).where(r.hour >= since_hour)
    with database.reading() as session:
        found = session.execute(rows.group_by(r.sensor, r.reason).order_by(r.sensor, r.reason))
        return [Refused(*row) for row in found]


def forget(database: Database, *, before_hour: int) -> None:
    """Let go of what was counted before an hour."""
    with database.writing() as session:
        session.execute(delete(RefusalRow).where(RefusalRow.hour < before_hour))
