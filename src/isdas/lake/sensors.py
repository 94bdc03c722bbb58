"""
The sensors and their keys, as the hub knows them.

Addresses of sensors are kept here and go nowhere else. What an operator or a sensor does is said to the audit trail
in the same transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from isdas.lake.audit import note
from isdas.lake.database import Database, Row
from isdas.model.errors import IsdasError, NotFound
from isdas.model.time import from_micros, iso, now

WAITING, ACTIVE, REVOKED, RETIRED, ROTATED = "waiting", "active", "revoked", "retired", "rotated"
"""The states of keys; sensors are active, revoked or retired. A rotated key has been followed by another."""

_NAME = "a name has 1 to 60 of the characters a-z, 0-9, - and ., and begins with a letter or digit"


@dataclass(frozen=True, slots=True)
class Key:
    """
    A sensor's public key.

    Attributes:
        fingerprint: the first 32 hex digits of BLAKE3 of the key.
        public: the 32 bytes.
        state: waiting, active, rotated, revoked or retired.
        sensor: number of the sensor; None while it waits.
        name: the sensor's name, or the one that is proposed for it.
        groups: the sensor's groups, or those that are proposed.
        software: version that the sensor said at enrolment.
        made_at, ended_at: ISO instants.
        follower: the key that it was rotated to.
    """

    fingerprint: str
    public: bytes
    state: str
    sensor: int | None
    name: str
    groups: tuple[str, ...]
    software: str
    made_at: str
    ended_at: str | None = None
    follower: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas fleet keys --json`` prints."""
        return {
            "fingerprint": self.fingerprint,
            "state": self.state,
            "name": self.name,
            "groups": list(self.groups),
            "software": self.software,
            "made_at": self.made_at,
            "ended_at": self.ended_at,
            "follower": self.follower,
        }


@dataclass(frozen=True, slots=True)
class Sensor:
    """
    A sensor of the fleet.

    Attributes:
        number: what it is known by in the ledger; never changes.
        name: as in the tables, from its last renaming on.
        state: active, revoked or retired.
        groups: what it belongs to, such as ``domestic``.
        former: the names it had before.
        enrolled_at: ISO instant.
        first_heard_at, last_heard_at: ISO instants of segments; None before the first.
        told: what the last segment's header said of the sensor (software, spool_bytes, uptime_s, ...).
        seen_from: the address that it last sent from. Private.
    """

    number: int
    name: str
    state: str
    groups: tuple[str, ...]
    former: tuple[str, ...]
    enrolled_at: str
    first_heard_at: str | None
    last_heard_at: str | None
    told: dict[str, object]
    seen_from: str

    def as_dict(self) -> dict[str, object]:
        """What may be printed; the address it sends from is left out."""
        return {
            "name": self.name,
            "state": self.state,
            "groups": list(self.groups),
            "former": list(self.former),
            "enrolled_at": self.enrolled_at,
            "first_heard_at": self.first_heard_at,
            "last_heard_at": self.last_heard_at,
            "told": self.told,
        }


@dataclass(frozen=True, slots=True)
class Heard:
    """
    That a sensor was heard.

    Attributes:
        at_us: when, by the hub's clock.
        told: what its segment said of itself.
        seen_from: the address it sent from.
    """

    at_us: int
    told: Mapping[str, object]
    seen_from: str = ""


class SensorRow(Row):
    """A sensor."""

    __tablename__ = "sensors"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    groups: Mapped[list[str]] = mapped_column(JSON)
    former: Mapped[list[str]] = mapped_column(JSON)
    enrolled_at: Mapped[str]
    first_heard_at: Mapped[str | None]
    last_heard_at: Mapped[str | None]
    told: Mapped[dict[str, object]] = mapped_column(JSON)
    seen_from: Mapped[str]


class KeyRow(Row):
    """The public key of a sensor."""

    __tablename__ = "sensor_keys"
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[bytes]
    state: Mapped[str] = mapped_column(index=True)
    sensor: Mapped[int | None] = mapped_column(ForeignKey("sensors.number"), index=True)
    name: Mapped[str]
    groups: Mapped[list[str]] = mapped_column(JSON)
    software: Mapped[str]
    made_at: Mapped[str]
    ended_at: Mapped[str | None]
    follower: Mapped[str | None]


class Sensors:
    """The sensors of one record database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def key(self, fingerprint: str) -> Key | None:
        """One key, with the present name of its sensor."""
        with self.database.reading() as session:
            row = session.get(KeyRow, fingerprint)
            return None if row is None else _key(session, row)

    def every_key(self) -> list[Key]:
        """All keys, in the order in which they came."""
        with self.database.reading() as session:
            rows = session.scalars(select(KeyRow).order_by(KeyRow.made_at, KeyRow.fingerprint))
            return [_key(session, row) for row in rows]

    def all(self) -> list[Sensor]:
        """All sensors, by name."""
        with self.database.reading() as session:
            return [_sensor(row) for row in session.scalars(select(SensorRow).order_by(SensorRow.name))]

    def sensor(self, name: str) -> Sensor:
        """
        The sensor of a name, present or former.

        Raises:
            NotFound: there is none.
        """
        with self.database.reading() as session:
            return _sensor(_named(session, name))

    def approve(self, fingerprint: str, who: str, *, name: str = "", groups: Iterable[str] = (), replace: bool) -> str:
        """
        Let a waiting key speak for a sensor; the sensor's name.

        Args:
            fingerprint: of the key, or its first digits.
            who: the person who has compared the fingerprint.
            name: of the sensor; without it the one that was proposed.
            groups: of the sensor; without any those that were proposed.
            replace: whether the key may take the place of those that a sensor of this name has.

        Raises:
            NotFound: no such key is waiting.
            IsdasError: the name is taken or is none.
        """
        with self.database.writing() as session:
            key = _waiting(session, fingerprint)
            called = checked_name(name or key.name)
            row = session.scalar(select(SensorRow).where(SensorRow.name == called))
            if row is not None and not replace:
                raise IsdasError(f"there is a sensor {called} already: --name gives another, --replace ends its keys")
            if row is None:
                _check_free(session, called)
                row = _new(called)
                session.add(row)
                session.flush()
            row.groups = sorted(set(groups) or {*row.groups, *key.groups})
            row.state = ACTIVE
            _end_keys(session, row.number, REVOKED)
            key.state, key.sensor, key.name, key.groups = ACTIVE, row.number, called, row.groups
            note(session, who, "approve", called, {"key": key.fingerprint, "groups": ",".join(row.groups)})
            return called

    def reject(self, fingerprint: str, who: str) -> str:
        """
        Turn a waiting key away; its whole fingerprint.

        Raises:
            NotFound: no such key is waiting.
        """
        with self.database.writing() as session:
            key = _waiting(session, fingerprint)
            key.state, key.ended_at = REVOKED, iso(now())
            note(session, who, "reject", key.fingerprint)
            return key.fingerprint

    def end(self, name: str, who: str, state: str) -> None:
        """
        Revoke (its key is in wrong hands) or retire (it has done its work) a sensor; its packets stay.

        Raises:
            NotFound: there is no such sensor.
        """
        with self.database.writing() as session:
            row = _named(session, name)
            row.state = state
            _end_keys(session, row.number, state)
            note(session, who, {REVOKED: "revoke", RETIRED: "retire"}[state], row.name)

    def rename(self, name: str, new: str, who: str) -> None:
        """
        Call a sensor otherwise from now on; what is in the tables keeps the name it came in with.

        Raises:
            NotFound: there is no such sensor.
            IsdasError: the new name is taken or is none.
        """
        with self.database.writing() as session:
            row = _named(session, name)
            called = checked_name(new)
            if called not in row.former:
                _check_free(session, called)
            note(session, who, "rename", called, {"from": row.name})
            row.former = [each for each in [*row.former, row.name] if each != called]
            row.name = called

    def regroup(self, name: str, groups: Iterable[str], who: str) -> None:
        """
        Say which groups a sensor belongs to.

        Raises:
            NotFound: there is no such sensor.
            IsdasError: a group has no name that can be one.
        """
        wanted = sorted({checked_name(group) for group in groups})
        with self.database.writing() as session:
            row = _named(session, name)
            row.groups = wanted
            note(session, who, "regroup", row.name, {"groups": ",".join(wanted)})

    def wait(self, session: Session, key: Key) -> None:
        """Keep a new key until somebody approves it, in the transaction that spends its token."""
        groups = list(key.groups)
        session.add(
            KeyRow(
                fingerprint=key.fingerprint,
                public=key.public,
                state=WAITING,
                sensor=None,
                name=key.name,
                groups=groups,
                software=key.software,
                made_at=key.made_at,
                ended_at=None,
                follower=None,
            )
        )
        note(session, f"key {key.fingerprint}", "enrol", key.name or key.fingerprint)

    def rotate(self, old: str, fingerprint: str, public: bytes) -> bool:
        """
        Let a new key follow the one of an active sensor; whether it does, also if it did before.

        What was sealed with the old key and is still in the spool is admitted further on.
        """
        with self.database.writing() as session:
            row = session.get(KeyRow, old)
            if row is None:
                return False
            if row.state == ROTATED:
                return row.follower == fingerprint
            if row.state != ACTIVE or session.get(KeyRow, fingerprint) is not None:
                return False
            at = iso(now())
            row.state, row.ended_at, row.follower = ROTATED, at, fingerprint
            session.add(
                KeyRow(
                    fingerprint=fingerprint,
                    public=public,
                    state=ACTIVE,
                    sensor=row.sensor,
                    name=row.name,
                    groups=row.groups,
                    software=row.software,
                    made_at=at,
                    ended_at=None,
                    follower=None,
                )
            )
            note(session, f"key {old}", "rotate", row.name, {"to": fingerprint})
            return True

    def heard(self, heard: Mapping[int, Heard]) -> None:
        """Note when sensors were last heard and what they said of themselves."""
        with self.database.writing() as session:
            for number, one in heard.items():
                row = session.get(SensorRow, number)
                if row is not None:
                    row.last_heard_at = iso(from_micros(one.at_us))
                    row.first_heard_at = row.first_heard_at or row.last_heard_at
                    row.told = _newer(row.told, one.told)
                    row.seen_from = one.seen_from or row.seen_from


def _newer(present: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, object]:
    """
    What is to be kept of what a sensor told: the newest, as backlog comes after it; ``lost`` is a sum of all.
    """
    lost = [a + b for a, b in zip(present.get("lost", (0, 0)), told.get("lost", (0, 0)), strict=True)]
    older = present.get("spool") == told.get("spool") and present.get("sequence", -1) > told.get("sequence", -1)
    return {**(present if older else told), "lost": lost}


def checked_name(name: str) -> str:
    """
    The name of a sensor or a group.

    Raises:
        IsdasError: it is none; the message says what one is.
    """
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    if not 1 <= len(name) <= 60 or not set(name) <= allowed or name[0] in "-.":
        raise IsdasError(f"{name!r} is no name: {_NAME}")
    return name


def _waiting(session: Session, fingerprint: str) -> KeyRow:
    wanted = fingerprint.replace(" ", "").replace(":", "").lower()
    rows = select(KeyRow).where(KeyRow.state == WAITING, KeyRow.fingerprint.startswith(wanted, autoescape=True))
    found = list(session.scalars(rows.limit(2)))
    if len(wanted) < 8 or not found:
        raise NotFound(f"no key {fingerprint!r} is waiting: `isdas fleet keys` lists them; eight digits are needed")
    if len(found) > 1:
        raise IsdasError(f"{fingerprint} begins the fingerprints of several keys: write more of it")
    return found[0]


def _named(session: Session, name: str) -> SensorRow:
    row = session.scalar(select(SensorRow).where(SensorRow.name == name))
    if row is None:
        row = next((r for r in session.scalars(select(SensorRow)) if name in r.former), None)
    if row is None:
        raise NotFound(f"no sensor {name!r}; `isdas fleet list` shows those there are")
    return row


def _check_free(session: Session, name: str) -> None:
    """Refuse a name that a sensor has or had: its packets are under it."""
    for row in session.scalars(select(SensorRow)):
        if name == row.name or name in row.former:
            raise IsdasError(f"the name {name} is or was that of a sensor")


def _new(name: str) -> SensorRow:
    return SensorRow(
        name=name,
        state=ACTIVE,
        groups=[],
        former=[],
        enrolled_at=iso(now()),
        first_heard_at=None,
        last_heard_at=None,
        told={},
        seen_from="",
    )


def _end_keys(session: Session, sensor: int, state: str) -> None:
    """End the keys that speak for a sensor, those too that were followed by others."""
    present = KeyRow.state.in_([ACTIVE, ROTATED])
    session.execute(update(KeyRow).where(KeyRow.sensor == sensor, present).values(state=state, ended_at=iso(now())))


def _key(session: Session, row: KeyRow) -> Key:
    sensor = None if row.sensor is None else session.get(SensorRow, row.sensor)
    name, groups = (row.name, row.groups) if sensor is None else (sensor.name, sensor.groups)
    return Key(
        row.fingerprint,
        row.public,
        row.state,
        row.sensor,
        name,
        tuple(groups),
        row.software,
        row.made_at,
        row.ended_at,
        row.follower,
    )


def _sensor(row: SensorRow) -> Sensor:
    return Sensor(
        row.number,
        row.name,
        row.state,
        tuple(row.groups),
        tuple(row.former),
        row.enrolled_at,
        row.first_heard_at,
        row.last_heard_at,
        row.told,
        row.seen_from,
    )
