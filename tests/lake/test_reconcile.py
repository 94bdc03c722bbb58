"""Tests of isdas.lake.reconcile."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from isdas.lake import reconcile
from isdas.lake.config import Config
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry
from isdas.lake.reconcile import Hole, holes, segments
from isdas.lake.refusals import add
from isdas.lake.sensors import WAITING, Heard, Key
from isdas.lake.verify import verify
from isdas.model.packets import Packets

Make = Callable[..., Packets]
BASE, HOUR_US = 475_200, 3_600_000_000
SPOOL = "0123456789abcdef"
LONG_AFTER = 1 << 62


@pytest.fixture
def fleet(lake: Lake) -> Lake:
    """A lake with one enrolled sensor, alpha."""
    key = Key("a" * 32, b"a" * 32, WAITING, None, "alpha", (), "1.0", "2026-01-01T00:00:00Z")
    with lake.records.database.writing() as session:
        lake.sensors.wait(session, key)
    lake.sensors.approve("a" * 32, "hana", replace=False)
    return lake


@pytest.fixture
def send(packets_of: Make) -> Callable[..., None]:
    """Admits segments of alpha: minute n of the first day, with n % 4 packets each, in one group."""

    def admitted(lake: Lake, sequences: Sequence[int], **changes: Any) -> None:
        entries, batches = [], []
        for sequence in sequences:
            start = BASE * HOUR_US + sequence * 60_000_000
            n = sequence % 4
            hours = [(start + i * 1_000_000) / HOUR_US - BASE for i in range(n)]
            position = (sequence << 32) + np.arange(n)
            batches.append(packets_of(hours, intake=f"segment:alpha/{SPOOL}", position=position))
            one = Entry(
                1, "alpha", SPOOL, sequence, b"d" * 32, b"c" * 32, start, start + 60_000_000, start + 61_000_000,
                packets=n, received=n + 3, own=2, dropped={"kernel": 1}, hours={start // HOUR_US: n},
            )  # fmt: skip
            entries.append(replace(one, **changes))
        with lake.admission() as admission:
            admission.add(Packets.concat(batches))
            admission.finish_segments(entries)
        lake.refresh()

    return admitted


def test_all_is_well(fleet: Lake, send: Callable[..., None]) -> None:
    """Three hours of segments, in two groups and out of order, differ nowhere: neither fresh nor gathered nor half."""
    send(fleet, [5, 0, 1, 2, 3, 4])
    send(fleet, range(6, 180))
    assert segments(fleet) == holes(fleet) == []
    fleet.fold()
    assert verify(fleet) == []
    for minute in (70, 181):
        fleet.gather_segments((BASE * HOUR_US) + minute * 60_000_000)
        assert verify(fleet) == []
    assert holes(fleet) == []


def test_packets_that_came_since_the_fold_are_no_difference(fleet: Lake, send: Callable[..., None]) -> None:
    """While the hub is at work there are always packets that are admitted and not folded."""
    send(fleet, range(10))
    fleet.fold()
    send(fleet, range(10, 20))
    fleet.refresh()
    assert verify(fleet) == []


def test_missing_packets_are_named_by_their_segment(fleet: Lake, send: Callable[..., None]) -> None:
    """A table file that lost its packets is told segment by segment, and by hour where rows are gathered."""
    send(fleet, range(10))
    send(fleet, range(10, 14))
    fleet.fold()
    table = fleet.table("packets")
    (file,) = [f for f in table.files() if f.rows == sum(n % 4 for n in range(10, 14))]
    table.commit([], removes=[file])
    fleet.refresh()
    found = [(d.where, d.what, d.expected, d.found) for d in segments(fleet)]
    assert found == [
        (f"alpha spool {SPOOL} sequence {n} (2024-03-18T00:00:00Z)", "admitted = stored", n % 4, 0)
        for n in (10, 11, 13)
    ]
    fleet.gather_segments(LONG_AFTER)
    (by_hour,) = segments(fleet)
    assert by_hour.where == f"alpha spool {SPOOL} 2024-03-18T00:00:00Z"
    assert by_hour.expected - by_hour.found == 6


def test_packets_that_no_segment_brought(fleet: Lake, send: Callable[..., None]) -> None:
    """Packets of a segment that the ledger does not know are told by its name."""
    send(fleet, range(3))
    with fleet.records.database.writing() as session:
        session.execute(text("DELETE FROM segments WHERE sequence = 1"))
    found = [(d.where.partition(" (")[0], d.what, d.expected, d.found) for d in segments(fleet)]
    assert (f"alpha spool {SPOOL} sequence 1", "admitted = stored", 0, 1) in found
    assert (f"alpha spool {SPOOL} sequence 1", "sent = admitted", 1, 0) in found


def test_counters_that_do_not_add_up(fleet: Lake, send: Callable[..., None]) -> None:
    """A sensor that lets go of packets without a word is told segment by segment, then spool by spool."""
    send(fleet, [0, 1, 2])
    send(fleet, [3], received=99)
    (found,) = segments(fleet)
    assert found.where == f"alpha spool {SPOOL} sequence 3 (2024-03-18T00:00:00Z)"
    assert (found.what, found.expected, found.found) == ("captured = sealed + refused + own + dropped", 99, 6)
    send(fleet, [4])
    send(fleet, [5])
    fleet.fold()
    fleet.gather_segments(LONG_AFTER)
    (found,) = segments(fleet)
    assert (found.where, found.expected - found.found) == (f"alpha spool {SPOOL}, gathered hours", 93)


def test_holes_are_named(fleet: Lake, send: Callable[..., None]) -> None:
    """Sequences that never came are missing; those that the sensor says its spool evicted are lost."""
    send(fleet, [2, 3, 7, 8])
    assert holes(fleet) == [Hole("alpha", SPOOL, 4, 6, "missing"), Hole("alpha", SPOOL, 0, 1, "missing")]
    where = [d.where for d in segments(fleet)]
    assert where == [f"alpha spool {SPOOL} sequences 4 to 6", f"alpha spool {SPOOL} sequences 0 to 1"]
    send(fleet, [9], lost=[[0, 1, 2, 30, 0, 0], [5, 5, 1, 9, 0, 0]])
    found = {(hole.first, hole.last): hole.why for hole in holes(fleet)}
    assert found == {(0, 1): "lost", (5, 5): "lost", (4, 4): "missing", (6, 6): "missing"}
    fleet.fold()
    fleet.gather_segments(LONG_AFTER)
    # How many were lost is still known, and which holes there are.
    send(fleet, [10])
    assert sum(hole.segments for hole in holes(fleet) if hole.why == "lost") == 3


def test_what_waits_in_the_spool_is_no_difference(fleet: Lake, send: Callable[..., None]) -> None:
    """After an outage the newest come first: what the sensor says it still has is awaited, and no more than that."""
    send(fleet, [0, 1, 50, 51])
    fleet.sensors.heard({1: Heard(0, {"spool_segments": 48})})
    assert [(hole.segments, hole.why) for hole in holes(fleet)] == [(48, "waiting")]
    assert segments(fleet) == []
    fleet.sensors.heard({1: Heard(0, {"spool_segments": 47})})
    assert [(hole.segments, hole.why) for hole in holes(fleet)] == [(48, "missing")]


def test_what_was_refused_is_no_difference(fleet: Lake, send: Callable[..., None]) -> None:
    """A segment that the hub refused leaves a hole that is accounted for."""
    send(fleet, [0, 2])
    add(fleet.records.database, {("alpha", "bad-stretch", BASE): 1})
    assert [hole.why for hole in holes(fleet)] == ["refused"]
    assert segments(fleet) == []


def test_hours_whose_packets_are_gone_are_not_compared(tmp_path: Path, send: Callable[..., None], fleet: Lake) -> None:
    """After retention has removed packets, what remains still reconciles."""
    send(fleet, range(60 * 24 * 3))
    fleet.fold()
    short = Lake(fleet.path, Config(threads=1, packets_days=1))
    gone = short.expire(datetime(2024, 3, 21, tzinfo=UTC))
    assert gone[0].rows > 0
    assert verify(short) == []


RUNS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8)), max_size=8)


@given(RUNS, RUNS)
def test_parts_of_holes(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    """Holes without what was lost, and what was lost of them, are together the holes and have nothing in common."""
    missing = _apart(some)
    lost = _apart(others)
    rest, common = reconcile._without(missing, lost), reconcile._common(missing, lost)
    assert _members(rest) | _members(common) == _members(missing)
    assert not _members(rest) & _members(lost)
    assert _members(common) == _members(missing) & _members(lost)


def _members(runs: Sequence[tuple[int, int]]) -> set[int]:
    return {n for first, last in runs for n in range(first, last + 1)}


def _apart(runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted runs of which none meets another."""
    members = sorted(_members([(first, first + length) for first, length in runs]))
    found: list[tuple[int, int]] = []
    for n in members:
        if found and found[-1][1] == n - 1:
            found[-1] = (found[-1][0], n)
        else:
            found.append((n, n))
    return found


def test_a_hole_as_data() -> None:
    """The keys are those that `isdas lake verify --json` promises."""
    assert set(Hole("alpha", SPOOL, 0, 1, "lost").as_dict()) == {"sensor", "spool", "first", "last", "why"}
