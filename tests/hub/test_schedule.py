"""Tests of isdas.hub.schedule."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from simulated_clock import Simulated

from isdas.hub.schedule import Every, Found, Hourly, Nightly, Schedule, Stopped, Task
from isdas.lake.database import Database
from isdas.lake.parts import Part, Parts
from isdas.model.errors import LakeError

BEGIN = datetime(2026, 3, 1, 10, 0, 30, tzinfo=UTC)


Log = list[tuple[str, datetime]]


def done(tasks: Callable[[Log], list[Task]], folder: Path, **after: float) -> tuple[Log, dict[str, Part], list[str]]:
    """What is done in a simulated stretch, as (name, instant), then the parts by name, then what was told."""
    log: Log = []
    told: list[str] = []
    parts = Parts(Database(folder / "records.sqlite"))
    clock = Simulated(BEGIN, BEGIN + timedelta(**after))
    Schedule(tasks(log), parts, clock, threading.Event(), told.append).run()
    return log, {part.name: part for part in parts.all()}, told


def noting(log: Log, name: str) -> Callable[[datetime], Found]:
    """Work that notes that it was done."""

    def work(at: datetime) -> Found:
        log.append((name, at))
        return {"at": at.hour}

    return work


def test_hours_and_nights(tmp_path: Path) -> None:
    """In two days what is hourly is done 48 times at its minute, what is nightly twice, in the order given."""

    def tasks(log: Log) -> list[Task]:
        night = Nightly(3, 5, ZoneInfo("Asia/Tokyo"))
        return [Task("fold", Hourly(5), noting(log, "fold")), Task("compact", night, noting(log, "compact"))]

    log, parts, told = done(tasks, tmp_path, days=2)
    folds = [at for name, at in log if name == "fold"]
    assert len(folds) == 48
    assert {at.minute for at in folds} == {5}
    assert [at for name, at in log if name == "compact"] == [datetime(2026, 3, d, 18, 5, tzinfo=UTC) for d in (1, 2)]
    # Both were due at the same instant.
    assert [name for name, at in log if at == datetime(2026, 3, 1, 18, 5, tzinfo=UTC)] == ["fold", "compact"]
    assert {name: (part.state, part.runs) for name, part in parts.items()} == {
        "fold": ("stopped", 48),
        "compact": ("stopped", 2),
    }
    assert told == []


def test_what_fails_stops_nothing_else(tmp_path: Path) -> None:
    """A part that always fails is tried each time and says why; the one after it is done as ever."""

    def broken(at: datetime) -> Found:
        raise LakeError("the disk is full") if at.hour % 2 else ValueError("a defect")

    def tasks(log: Log) -> list[Task]:
        return [Task("expire", Hourly(), broken), Task("look", Hourly(), noting(log, "look"))]

    log, parts, told = done(tasks, tmp_path, hours=4)
    assert len(log) == 4
    assert (parts["expire"].runs, parts["expire"].failures) == (4, 4)
    assert parts["expire"].error in {"the disk is full", "ValueError: a defect"}
    assert (parts["look"].runs, parts["look"].failures, parts["look"].error) == (4, 0, "")
    # A mishap is one line; a defect comes with the place in the code.
    assert sum("Traceback" in line for line in told) == 2
    assert told.count("expire: the disk is full") == 2


def test_at_once_and_every(tmp_path: Path) -> None:
    """A task may be due at the start, and then each so many seconds."""

    def tasks(log: Log) -> list[Task]:
        return [Task("beacon", Every(600), noting(log, "beacon"), at_once=True)]

    log, _, _ = done(tasks, tmp_path, hours=1)
    assert [at for _, at in log] == [BEGIN + timedelta(minutes=10 * i) for i in range(6)]


def test_what_is_done_all_the_time_is_seldom_written_down(tmp_path: Path) -> None:
    """A quiet task is done each time and noted each ten minutes; its failures, and what follows them, at once."""
    parts = Parts(Database(tmp_path / "r.sqlite"))
    seen: list[tuple[int, str]] = []

    def work(at: datetime) -> Found:
        (part,) = parts.all()
        seen.append((part.runs, part.error))
        if len(seen) == 50:
            raise LakeError("no network")
        return {}

    tasks = [Task("beacons", Every(15), work, at_once=True, quiet=True)]
    Schedule(tasks, parts, Simulated(BEGIN, BEGIN + timedelta(minutes=30)), threading.Event()).run()
    assert len(seen) == 120
    # Noted at the start and after ten minutes; then the failure; then the success after it.
    assert [seen[i] for i in (0, 1, 40, 41, 49, 50, 51)] == [
        (0, ""), (1, ""), (1, ""), (2, ""), (2, ""), (3, "no network"), (4, ""),
    ]  # fmt: skip
    (part,) = parts.all()
    assert (part.failures, part.error) == (1, "")


def test_missed_hours_are_done_once(tmp_path: Path) -> None:
    """Work that takes three hours is due once afterwards, not three times."""
    log: list[datetime] = []
    clock = Simulated(BEGIN, BEGIN + timedelta(hours=8))

    def long(at: datetime) -> Found:
        log.append(at)
        clock.at += timedelta(hours=3)
        return {}

    stop = threading.Event()
    Schedule([Task("look", Hourly(10), long)], Parts(Database(tmp_path / "r.sqlite")), clock, stop).run()
    assert [at.hour for at in log] == [10, 13, 16]


def test_stopping_is_no_failure(tmp_path: Path) -> None:
    """Work that stops because it is asked to counts neither as done nor as failed, and nothing is begun after it."""
    stop = threading.Event()
    parts = Parts(Database(tmp_path / "r.sqlite"))
    log: Log = []

    def stopping(at: datetime) -> Found:
        stop.set()
        raise Stopped

    tasks = [Task("fold", Every(1), stopping, at_once=True), Task("look", Every(1), noting(log, "look"), at_once=True)]
    Schedule(tasks, parts, Simulated(BEGIN, BEGIN), stop).run()
    assert log == []
    assert {p.name: (p.state, p.runs, p.failures) for p in parts.all()} == {
        "fold": ("stopped", 0, 0),
        "look": ("stopped", 0, 0),
    }


def test_work_is_done_where_nothing_can_be_noted(tmp_path: Path) -> None:
    """A record database that cannot be written is told, and keeps no part from its work."""
    blocked = Database(tmp_path / "r.sqlite")
    log: Log = []
    told: list[str] = []
    with blocked.writing() as session:
        session.connection().exec_driver_sql("DROP TABLE parts")
    Schedule(
        [Task("expire", Every(60), noting(log, "expire"), at_once=True)],
        Parts(blocked),
        Simulated(BEGIN, BEGIN + timedelta(seconds=90)),
        threading.Event(),
        told.append,
    ).run()
    assert len(log) == 2
    assert all("parts" in line for line in told)
    assert told


@pytest.mark.parametrize(
    ("zone", "when", "due"),
    [
        ("Europe/Berlin", "2026-03-28T02:30:00+01:00", "2026-03-29T01:30:00+00:00"),
        ("Europe/Berlin", "2026-10-25T00:00:00+02:00", "2026-10-25T00:30:00+00:00"),
        ("UTC", "2026-01-01T02:29:59+00:00", "2026-01-01T02:30:00+00:00"),
    ],
    ids=["no such time that night", "that time twice", "a second before"],
)
def test_nights_in_which_clocks_change(zone: str, when: str, due: str) -> None:
    """Each night has one instant, also where 02:30 does not exist or exists twice."""
    found = Nightly(2, 30, ZoneInfo(zone)).after(datetime.fromisoformat(when).astimezone(UTC))
    assert found == datetime.fromisoformat(due)
    assert Nightly(2, 30, ZoneInfo(zone)).after(found) - found >= timedelta(hours=22)
