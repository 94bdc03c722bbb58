"""
Which sensors are sent beacons, and how many were sent and seen.

What was seen is what segments say: they count beacons under a reason of their own.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import LargeBinary, delete, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Mapped, mapped_column

from isdas.lake.audit import note
from isdas.lake.database import Database, Row
from isdas.lake.ledger import LONGEST_US
from isdas.model.time import HOUR_US

REASON = "beacon"
"""Under which segments count the beacons that the sensor left out of its packets."""

_SEEN = """
    SELECT sensor, end_us / :hour AS hour, sum(json_extract(refused, '$.beacon')) AS n FROM segments
    WHERE start_us >= :since - :longest AND json_extract(refused, '$.beacon') > 0 GROUP BY 1, 2
    UNION ALL
    SELECT sensor, hour, sum(json_extract(refused, '$.beacon')) AS n FROM segment_hours
    WHERE hour >= :since / :hour AND json_extract(refused, '$.beacon') > 0 GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Aim:
    """
    That a sensor is sent beacons.

    Attributes:
        sensor: its number.
        secret: by which it knows them.
        address: where to; empty for the address that it sends from. Private.
        port: the UDP port.
        every_s: how often, seconds.
        told: whether the sensor has asked and knows the secret; before that it would count beacons.
    """

    sensor: int
    secret: bytes
    address: str
    port: int
    every_s: float
    told: bool = False


class AimRow(Row):
    """That a sensor is sent beacons."""

    __tablename__ = "beacon_aims"
    sensor: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[str]
    port: Mapped[int]
    every_s: Mapped[float]
    told: Mapped[bool]


class SentRow(Row):
    """How many beacons a sensor was sent in an hour."""

    __tablename__ = "beacons_sent"
    sensor: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]


def aims(database: Database) -> list[Aim]:
    """Every sensor that is sent beacons, by number."""
    with database.reading() as session:
        rows = session.scalars(select(AimRow).order_by(AimRow.sensor))
        return [Aim(row.sensor, row.secret, row.address, row.port, row.every_s, row.told) for row in rows]


def aim(database: Database, wanted: Aim, name: str, who: str) -> None:
    """Send a sensor beacons from now on, or otherwise than before; it keeps a secret that it has."""
    with database.writing() as session:
        row = session.get(AimRow, wanted.sensor) or AimRow(sensor=wanted.sensor, secret=wanted.secret, told=False)
        row.address, row.port, row.every_s = wanted.address, wanted.port, wanted.every_s
        session.add(row)
        note(session, who, "beacon on", name, {"every_s": f"{wanted.every_s:g}"})


def tell(database: Database, sensor: int) -> Aim | None:
    """What a sensor that asks is told of its beacons, which may be sent from then on; None if it is sent none."""
    found = next((one for one in aims(database) if one.sensor == sensor), None)
    if found is not None and not found.told:
        with database.writing() as session:
            row = session.get(AimRow, sensor)
            if row is not None:
                row.told = True
    return found


def end(database: Database, sensor: int, name: str, who: str) -> None:
    """Send a sensor no more beacons."""
    with database.writing() as session:
        session.execute(delete(AimRow).where(AimRow.sensor == sensor))
        note(session, who, "beacon off", name)


def add_sent(database: Database, counts: Mapping[tuple[int, int], int]) -> None:
    """Add to how many were sent, by sensor and hour since 1970."""
    rows = [{"sensor": sensor, "hour": hour, "count": n} for (sensor, hour), n in counts.items()]
    if rows:
        statement = insert(SentRow)
        more = {"count": SentRow.count + statement.excluded.count}
        with database.writing() as session:
            session.execute(statement.on_conflict_do_update(set_=more), rows)


def sent(database: Database, *, since_hour: int) -> Counter[tuple[int, int]]:
    """How many beacons were sent, by sensor and hour, from an hour on."""
    with database.reading() as session:
        rows = session.execute(select(SentRow.sensor, SentRow.hour, SentRow.count).where(SentRow.hour >= since_hour))
        return Counter({(sensor, hour): n for sensor, hour, n in rows})


def seen(database: Database, *, since_hour: int) -> Counter[tuple[int, int]]:
    """How many beacons sensors saw, by sensor and hour, from an hour on."""
    told = {"hour": HOUR_US, "since": since_hour * HOUR_US, "longest": LONGEST_US}
    found: Counter[tuple[int, int]] = Counter()
    with database.reading() as session:
        for sensor, hour, n in session.execute(text(_SEEN), told):
            if hour >= since_hour:
                found[sensor, hour] += n
    return found
