"""Tests of isdas.hub.work."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from isdas.config import Config
from isdas.hub.schedule import Stopped
from isdas.hub.work import Work
from isdas.lake.lake import Lake
from isdas.lake.refusals import add, refused
from isdas.lake.verify import verify
from isdas.model.surge import Surge

AFTER = datetime(2008, 10, 8, 3, 20, tzinfo=UTC)


@pytest.fixture
def work(tmp_path: Path, filled: Path) -> Work:
    """The work over two days of 2008, and where its words go."""
    shutil.copytree(filled, tmp_path / "data")
    data = tmp_path / "data"
    return Work(Lake(data, patience_s=60), Lake(data), Config(), threading.Event(), [].append)


def test_everything_done_again_changes_nothing(work: Work) -> None:
    """Each task may run at any time: the second time it finds what the first has left."""
    tasks = {task.name: task for task in work.tasks()}
    assert list(tasks) == ["fold", "look", "sources", "expire", "compact", "verify"]
    first = {name: dict(task.work(AFTER)) for name, task in tasks.items()}
    again = {name: dict(task.work(AFTER)) for name, task in tasks.items()}
    assert first["look"] == again["look"]
    assert again["fold"] == {"hours": 0, "files_merged": 0}
    assert again["compact"] == {"segments_gathered": 0, "files_merged": 0}
    assert again["verify"] == first["verify"] == {"differences": 0, "segments_missing": 0}


def test_surges_are_looked_for_in_closed_hours(work: Work, make_surge: Callable[..., Surge]) -> None:
    """What was found before the weeks at hand stays; within them only what is found now does; the open hour waits."""
    old = make_surge(identifier="old", detected_at=AFTER - timedelta(days=20))
    false = make_surge(identifier="false", detected_at=AFTER - timedelta(days=2))
    opening = make_surge(identifier="open", detected_at=AFTER)
    work.writer.records.put_surges([old, false, opening])
    found = work.look(AFTER)
    kept = {surge.identifier for surge in work.reader.records.surges()}
    assert kept >= {"old", "open"}
    assert "false" not in kept
    assert len(kept) == found["surges"] + 2


def test_a_stop_ends_the_fold_between_hours(work: Work) -> None:
    """A fold that is asked to stop does so at a commit; what it left is done by the next."""
    work.stop.set()
    with pytest.raises(Stopped):
        work.writer.fold(everything=True, progress=lambda done, of: _stop())
    assert work.writer.fold() == 0
    assert verify(work.reader) == []


def _stop() -> None:
    raise Stopped


def test_differences_are_told(work: Work) -> None:
    """The night's reconciliation says in the log what differs, and how much more there is."""
    told: list[str] = []
    work = replace(work, told=told.append)
    table = work.writer.table("packets")
    table.commit([], removes=table.files())
    found = work.verify(AFTER)
    assert found["differences"] > 20
    assert len(told) == 21
    assert "stored = packets" in told[0]
    assert "differences more: `isdas lake verify`" in told[-1]


def test_retention_also_forgets_old_refusals(work: Work) -> None:
    """What was turned away longer ago than sightings are kept is forgotten."""
    database, hour = work.writer.records.database, int(AFTER.timestamp()) // 3600
    add(database, {("alpha", "too-old", hour): 1, ("alpha", "bad-header", hour - 401 * 24): 1})
    found = work.expire(AFTER)
    assert found == {"packets_rows": 0, "sightings_rows": 0}
    assert [one.reason for one in refused(database)] == ["too-old"]


def test_the_night_is_that_of_the_zone(work: Work) -> None:
    """What is nightly is due at the hour that the settings name, in their zone."""
    due: dict[str, Any] = {task.name: task.when.after(AFTER) for task in work.tasks()}
    # 03:15 in Tokyo.
    assert due["compact"] == datetime(2008, 10, 8, 18, 15, tzinfo=UTC)
    assert due["fold"] == due["look"] == datetime(2008, 10, 8, 4, 5, tzinfo=UTC)
