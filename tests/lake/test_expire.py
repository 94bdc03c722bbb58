"""Tests of isdas.lake.expire, and of what the lake does with hours whose rows are gone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isdas.lake.config import Config
from isdas.lake.expire import ALWAYS, edge, let_go
from isdas.lake.lake import Lake
from isdas.lake.query import series
from isdas.lake.verify import verify
from isdas.model.packets import Packets
from isdas.model.time import moment

Make = Callable[..., Packets]
Do = Callable[..., Any]
CONFIG = Config(threads=1, packets_days=2, sightings_days=4)
LATER = datetime(2030, 1, 1, tzinfo=UTC)
DAY = 24


@pytest.fixture
def week(tmp_path: Path, packets_of: Make, take: Do) -> Lake:
    """A lake with a packet in every second hour of seven days, from the Monday 2024-03-18 on."""
    lake = Lake(tmp_path / "data", CONFIG)
    for day in range(7):
        hours = np.arange(0, DAY, 2) + DAY * day + 0.5
        take(lake, (str(day), packets_of(hours, source=np.arange(len(hours)) % 3)))
    return lake


def days_of(lake: Lake, name: str) -> list[str]:
    """The first and the last day of a table."""
    files = lake.files(name)
    return [str(min(f.low for f in files))[:10], str(max(f.high for f in files))[:10]]


def test_tables_are_kept_as_long_as_the_settings_say(week: Lake, rows_of: Do) -> None:
    """Packets of two whole days before the last stay, sightings of four, and counts, activity and coverage of all."""
    before = {name: rows_of(week, name) for name in ("counts", "activity", "coverage")}
    packets, sightings = week.expire(LATER)
    assert (packets.table, packets.rows, sightings.table, sightings.rows) == ("packets", 48, "sightings", 24)
    assert days_of(week, "packets") == ["2024-03-22", "2024-03-24"]
    assert days_of(week, "sightings") == ["2024-03-20", "2024-03-24"]
    assert {name: rows_of(week, name) for name in before} == before
    assert verify(week) == []
    assert week.fold() == 0


def test_a_second_time_changes_nothing(week: Lake) -> None:
    """What is gone is gone: expiring again removes nothing and commits nothing."""
    week.expire(LATER)
    versions = week.versions()
    assert [gone.files for gone in week.expire(LATER)] == [0, 0]
    assert week.versions() == versions


def test_a_dry_run_tells_the_same_and_removes_nothing(week: Lake, everything: Do) -> None:
    """What would go is what goes, in files, rows and bytes."""
    before, versions = everything(week), week.versions()
    said = week.expire(LATER, dry_run=True)
    assert (everything(week), week.versions()) == (before, versions)
    assert week.expire(LATER) == said
    assert all(gone.size > 0 for gone in said)


def test_zero_is_for_ever(week: Lake, everything: Do) -> None:
    """Tables whose days are 0 lose nothing."""
    before = everything(week)
    for_ever = Lake(week.path, replace(CONFIG, packets_days=0, sightings_days=0))
    assert [(gone.before, gone.files) for gone in for_ever.expire(LATER)] == [(None, 0), (None, 0)]
    assert everything(for_ever) == before


def test_days_are_counted_from_the_data_or_from_now(week: Lake) -> None:
    """An archive is not older for lying there; but what lies in the future does not make the present old."""
    assert [gone.rows for gone in week.expire(datetime(2024, 3, 20, 12, tzinfo=UTC), dry_run=True)] == [0, 0]
    first = week.expire(datetime(2024, 3, 21, 12, tzinfo=UTC), dry_run=True)
    assert [gone.rows for gone in first] == [12, 0]
    assert [gone.rows for gone in week.expire(LATER, dry_run=True)] == [48, 24]


def test_what_is_not_folded_does_not_go(week: Lake, packets_of: Make, admit: Do) -> None:
    """Packets that came since the last fold are folded before they are removed."""
    admit(week, "late", packets_of([0.25] * 5, source=np.arange(100, 105)))
    week.expire(LATER)
    total = week.ask("SELECT CAST(sum(packets) AS BIGINT) AS n FROM counts", "counts")["n"][0].as_py()
    assert total == 7 * 12 + 5


def test_late_packets_of_expired_hours(week: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """
    Hours without packets but with sightings, and hours without either, take late packets up: nothing that was counted
    is lost, nothing is counted twice, whenever the next fold or expiry comes.
    """
    week.expire(LATER)
    # A day with sightings (2024-03-20), a day without (2024-03-18), each with a source that was there and a new one.
    for turn, new in enumerate((50, 60)):
        hours = [0.5, 0.6, 2 * DAY + 0.5, 2 * DAY + 0.6]
        take(week, (f"late-{turn}", packets_of(hours, source=np.array([0, new, 0, new]))))
        found = series(week, period_of("2024-03-18", "2024-03-20"), measure="packets", bin_hours=24).values[0]
        assert found.tolist() == [14 + 2 * turn, 12, 14 + 2 * turn]
        assert verify(week) == []
        week.expire(LATER)
        assert verify(week) == []
    sources = series(week, period_of("2024-03-18", "2024-03-20"), measure="sources", bin_hours=24).values[0]
    assert sources.tolist() == [5, 3, 5]


def test_late_packets_in_both_kinds_of_hours_and_an_open_one(week: Lake, packets_of: Make, take: Do) -> None:
    """One intake over the edges of both tables is folded as if each hour had come alone."""
    week.expire(LATER)
    hours = [h + 0.75 for h in range(0, 7 * DAY, 6)]
    take(week, ("all", packets_of(hours, source=77)))
    assert verify(week) == []
    total = week.ask("SELECT CAST(sum(packets) AS BIGINT) AS n FROM counts", "counts")["n"][0].as_py()
    assert total == 7 * 12 + len(hours)


def test_rebuilding_leaves_what_cannot_be_rebuilt(week: Lake, rows_of: Do) -> None:
    """A rebuild makes the hours anew that packets hold, and keeps those of which they are gone."""
    week.expire(LATER)
    before = {name: rows_of(week, name) for name in ("sightings", "counts", "activity", "coverage")}
    # From the first to the last packet of each of three days.
    assert week.fold(everything=True) == 3 * 23
    assert {name: rows_of(week, name) for name in before} == before


def test_a_lake_that_was_cut_off_between_the_tables(week: Lake, rows_of: Do) -> None:
    """Where a crash left the packets removed alone, the next fold has nothing to do, and the next expiry has."""
    counts = rows_of(week, "counts")
    packets = week.table("packets")
    old = [f for f in packets.files() if f.high < np.datetime64("2024-03-22")]
    packets.commit([], removes=old, transactions={"let-go": int(np.datetime64("2024-03-22", "h").astype(int))})
    again = Lake(week.path, CONFIG)
    assert again.fold() == 0
    assert [gone.files > 0 for gone in again.expire(LATER)] == [False, True]
    assert rows_of(again, "counts") == counts
    assert verify(again) == []


def test_edges_are_whole_days() -> None:
    """Days are counted back from the instant, and its day goes or stays as a whole."""
    upto = datetime(2024, 3, 24, 22, 30, tzinfo=UTC)
    assert edge(2, upto) == moment(datetime(2024, 3, 22, tzinfo=UTC))
    assert edge(2, upto - timedelta(hours=23)) == moment(datetime(2024, 3, 21, tzinfo=UTC))
    assert edge(0, upto) is None


def test_nothing_was_let_go_of_a_new_table(lake: Lake) -> None:
    """A table that never lost rows holds all that ever was in it; an empty lake has nothing to lose."""
    assert let_go(lake.table("sightings")) == ALWAYS
    assert [gone.rows for gone in lake.expire(LATER)] == [0, 0]
