"""
The fleet: how every sensor is doing, and what is wrong with it by name.

Reads only, and says nothing of addresses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from isdas.hub.beacon import Loss, losses
from isdas.hub.config import Config
from isdas.hub.normal import HOURS_BACK, Against, Normal, normal
from isdas.lake.groups import groups
from isdas.lake.lake import Lake
from isdas.lake.refusals import refused
from isdas.lake.sensors import ACTIVE, Sensor
from isdas.lake.vitals import Hours, evicted, hours, last_hours, neighbours
from isdas.model.errors import NotFound
from isdas.model.time import HOUR_US, Period, from_micros, iso

SILENT, DRIFTING, FLOODED, QUIET, OWN_SUBNET, LOSING, CLONED, FULL = (
    "silent",
    "drifting",
    "flooded",
    "quiet",
    "sees-only-its-own-subnet",
    "losing",
    "cloned-key",
    "full-spool",
)
TROUBLES = {
    SILENT: "Nothing has come from it for longer than hub.silent_minutes.",
    DRIFTING: "Its clock is off by more than two seconds; times are put right, but it should be set.",
    FLOODED: "It hears ten times as much as is normal for it, or more.",
    QUIET: "It hears a fifth of what is normal for it, or less.",
    OWN_SUBNET: "Nearly all its sources are from its own /16: what comes from elsewhere is filtered before it.",
    LOSING: "More than one packet in a thousand was dropped on the last day.",
    CLONED: "In the last week two with its key have sent: somebody has a copy.",
    FULL: "Its spool was full on the last day and evicted segments that were never sent.",
}
"""What can be wrong with a sensor, and what that means."""

_CLOCK_S = 2.0
_DROPPED_SHARE = 0.001
_FLOOD, _HUSH, _SURPRISE = 10.0, 0.2, 6.0
_NEAR_SHARE, _LEAST_SOURCES = 0.9, 20
_CLONES = {"two-sensors-one-key", "sequence-conflict"}
_DAY = 24
_WEEK = 7 * _DAY


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How one sensor is doing.

    Attributes:
        name: as in the tables.
        state: active, revoked, retired, or ``files`` for one that is only known from files.
        groups: what it belongs to.
        last_heard_at: ISO instant of its last segment, or the end of the last hour that its files tell of.
        coverage_day, coverage_week: which share it observed of the last 24 and 168 hours, as far as it was there.
        packets_day, dropped_day: what came, and was dropped, in the last 24 hours.
        against: its last day and hour against its own normal; None if it is too new.
        clock_offset_s: hub minus sensor, if it is known.
        software: version.
        spool_bytes, spool_segments: how much waits to be sent.
        evicted_day: segments that its full spool evicted in the last 24 hours.
        uptime_s: since it was started.
        beacons: what became of those of the last day; None if it is sent none.
        troubles: what is wrong, by name.
    """

    name: str
    state: str
    groups: tuple[str, ...]
    last_heard_at: str | None
    coverage_day: float
    coverage_week: float
    packets_day: int
    dropped_day: int
    against: Normal | None = None
    clock_offset_s: float | None = None
    software: str = ""
    spool_bytes: int | None = None
    spool_segments: int | None = None
    evicted_day: int = 0
    uptime_s: int | None = None
    beacons: Loss | None = None
    troubles: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas fleet list --json`` prints."""
        day = None if self.against is None else self.against.day
        return {
            "name": self.name,
            "state": self.state,
            "groups": list(self.groups),
            "last_heard_at": self.last_heard_at,
            "coverage_day": round(self.coverage_day, 4),
            "coverage_week": round(self.coverage_week, 4),
            "packets_day": self.packets_day,
            "dropped_day": self.dropped_day,
            "normal_packets": None if day is None else round(day.expected, 1),
            "against_normal": None if day is None else round(day.ratio, 3),
            "clock_offset_s": self.clock_offset_s,
            "software": self.software,
            "spool_bytes": self.spool_bytes,
            "spool_segments": self.spool_segments,
            "evicted_day": self.evicted_day,
            "uptime_s": self.uptime_s,
            "beacons_sent": None if self.beacons is None else self.beacons.sent,
            "beacon_loss": None if self.beacons is None else self.beacons.share,
            "troubles": list(self.troubles),
        }


@dataclass(frozen=True, slots=True)
class _Known:
    """What is asked of the tables and the ledger for all sensors at once."""

    at: datetime
    config: Config
    of: Mapping[str, Hours]
    near: Mapping[str, tuple[int, int]]
    evicted: Mapping[int, tuple[int, int]]
    beacons: Mapping[int, Loss]
    cloned: frozenset[str]
    groups: Mapping[str, Sequence[str]]
    last: Mapping[str, int]

    @property
    def hour(self) -> int:
        """The hour at hand, since 1970."""
        return int(self.at.timestamp()) // 3600


def fleet(lake: Lake, at: datetime, config: Config) -> list[Standing]:
    """How every sensor is doing at an instant, those in trouble first, then by name."""
    known = _known(lake, at, config)
    enrolled = lake.sensors.all()
    taken = {name for sensor in enrolled for name in (sensor.name, *sensor.former)}
    found = [_enrolled(sensor, known) for sensor in enrolled]
    found += [_from_files(name, known) for name in known.last if name not in taken]
    return sorted(found, key=lambda one: (not one.troubles, one.name))


def standing(lake: Lake, name: str, at: datetime, config: Config) -> Standing:
    """
    How one sensor is doing.

    Raises:
        NotFound: there is no sensor of this name, now or formerly.
    """
    former = {old: sensor.name for sensor in lake.sensors.all() for old in sensor.former}
    for one in fleet(lake, at, config):
        if one.name == former.get(name, name):
            return one
    raise NotFound(f"no sensor {name!r}; `isdas fleet list` shows those there are")


def _known(lake: Lake, at: datetime, config: Config) -> _Known:
    database, day_ago = lake.records.database, at - timedelta(days=1)
    back = Period(at - timedelta(hours=HOURS_BACK + _WEEK), at + timedelta(hours=1), ZoneInfo("UTC"))
    week_ago = (int(at.timestamp()) - _WEEK * 3600) // 3600
    cloned = {one.sensor for one in refused(database, since_hour=week_ago) if one.reason in _CLONES}
    members: dict[str, list[str]] = {}
    for group, names in groups(lake).items():
        for name in names:
            members.setdefault(name, []).append(group)
    return _Known(
        at,
        config,
        hours(lake, back),
        neighbours(lake, Period(day_ago, at, ZoneInfo("UTC"))),
        evicted(database, round(day_ago.timestamp() * 1e6)),
        losses(lake, at),
        frozenset(cloned),
        members,
        last_hours(lake),
    )


def _enrolled(sensor: Sensor, known: _Known) -> Standing:
    names = (sensor.name, *sensor.former)
    told = sensor.told
    mine = _joined([known.of[name] for name in names if name in known.of])
    there_s = datetime.fromisoformat(sensor.enrolled_at).timestamp()
    day, week = (_covered(mine, known.at, span, there_s) for span in (_DAY, _WEEK))
    packets, dropped = _sums(mine, known.hour)
    against = None if mine is None else normal(*_closed(mine, known.hour))
    offset_s = _number(told.get("clock_offset_s"))
    lost = known.evicted.get(sensor.number, (0, 0))[0]
    troubles: list[str] = []
    if sensor.state == ACTIVE:
        near = [known.near[name] for name in names if name in known.near]
        troubles = [
            *([SILENT] if _silent(sensor, known) else []),
            *([DRIFTING] if offset_s is not None and abs(offset_s) > _CLOCK_S else []),
            *_heard_troubles(against, packets, dropped, (sum(n for n, _ in near), sum(n for _, n in near))),
            *([CLONED] if set(names) & known.cloned else []),
            *([FULL] if lost else []),
        ]
    return Standing(
        sensor.name,
        sensor.state,
        sensor.groups,
        sensor.last_heard_at,
        day,
        week,
        packets,
        dropped,
        against,
        offset_s,
        str(told.get("software") or ""),
        _whole(told.get("spool_bytes")),
        _whole(told.get("spool_segments")),
        lost,
        _whole(told.get("uptime_s")),
        known.beacons.get(sensor.number),
        tuple(troubles),
    )


def _from_files(name: str, known: _Known) -> Standing:
    """A sensor of files: it is not silent when no file comes, and nobody knows its clock."""
    mine = known.of.get(name)
    packets, dropped = _sums(mine, known.hour)
    against = None if mine is None else normal(*_closed(mine, known.hour))
    recent = known.last[name] >= known.hour - _DAY
    near = known.near.get(name, (0, 0))
    return Standing(
        name,
        "files",
        tuple(known.groups.get(name, ())),
        iso(from_micros((known.last[name] + 1) * HOUR_US)),
        _covered(mine, known.at, _DAY),
        _covered(mine, known.at, _WEEK),
        packets,
        dropped,
        against,
        troubles=tuple(_heard_troubles(against, packets, dropped, near)) if recent else (),
    )


def _heard_troubles(against: Normal | None, packets: int, dropped: int, near: tuple[int, int]) -> list[str]:
    """What is wrong by what a sensor hears."""
    found = []
    if against is not None and any(_unlike(each, _FLOOD) for each in (against.day, against.hour)):
        found.append(FLOODED)
    if against is not None and _unlike(against.day, _HUSH):
        found.append(QUIET)
    if near[0] >= _LEAST_SOURCES and near[1] >= _NEAR_SHARE * near[0]:
        found.append(OWN_SUBNET)
    if dropped > _DROPPED_SHARE * (packets + dropped):
        found.append(LOSING)
    return found


def _unlike(one: Against, factor: float) -> bool:
    """Whether packets are as many times what is normal, or as few, and not by chance."""
    if factor > 1:
        return one.ratio >= factor and one.score >= _SURPRISE
    return one.ratio <= factor and one.score <= -_SURPRISE


def _silent(sensor: Sensor, known: _Known) -> bool:
    last = datetime.fromisoformat(sensor.last_heard_at or sensor.enrolled_at)
    return (known.at - last.astimezone(UTC)).total_seconds() > 60 * known.config.silent_minutes


def _joined(parts: Sequence[Hours]) -> Hours | None:
    """Hours under several names as one; those in which the sensor was renamed count once, with the sums of both."""
    if not parts:
        return None
    together = np.concatenate([part.hour for part in parts])
    hour, of = np.unique(together, return_inverse=True)

    def summed(name: str) -> Any:
        return np.bincount(of, np.concatenate([getattr(part, name) for part in parts]))

    seconds = np.minimum(summed("seconds"), 3600.0)
    return Hours(hour, seconds, summed("packets").astype(np.int64), summed("dropped").astype(np.int64))


def _closed(mine: Hours, hour: int) -> tuple[Any, Any, Any]:
    """The hours before the one at hand, of which not all segments have come."""
    closed = mine.hour < hour
    return mine.hour[closed], mine.packets[closed], mine.seconds[closed]


def _covered(mine: Hours | None, at: datetime, span: int, there_s: float = 0.0) -> float:
    """
    Which share of the last hours before the one at hand was observed, or of the time since a sensor was there.

    Args:
        span: how many hours.
        there_s: when the sensor was enrolled, seconds since 1970; if it was heard before, it counts from then on. One
            that has not been there before the hour at hand is judged by that.
    """
    if mine is None or not len(mine.hour):
        return 0.0
    hour, first = int(at.timestamp()) // 3600, int(mine.hour[0])
    begin_s = max((hour - span) * 3600, there_s if there_s < (first + 1) * 3600 else first * 3600)
    end_s = hour * 3600 if begin_s < hour * 3600 else at.timestamp()
    within = (mine.hour >= begin_s // 3600) & (mine.hour * 3600 < end_s)
    return min(float(mine.seconds[within].sum()) / max(end_s - begin_s, 1.0), 1.0)


def _sums(mine: Hours | None, hour: int) -> tuple[int, int]:
    """Packets and drops of the last day."""
    if mine is None:
        return 0, 0
    within = mine.hour >= hour - _DAY
    return int(mine.packets[within].sum()), int(mine.dropped[within].sum())


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None
