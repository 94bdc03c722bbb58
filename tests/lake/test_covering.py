"""Tests of isdas.lake.covering: coverage that segments state, folded with coverage that is inferred."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.lake.engine import DuckEngine
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry
from isdas.lake.records import Statement
from isdas.lake.verify import Difference, verify
from isdas.model.packets import Packets
from isdas.model.time import from_micros

Make = Callable[..., Packets]
Do = Callable[..., Any]

HOUR_US = 3_600_000_000
BASE = 475_200
SPOOL = "0123456789abcdef"
CAPTURE = 8191


def hour(number: int) -> Any:
    """The start of an hour after the first of the tests."""
    return from_micros((BASE + number) * HOUR_US)


def entry(sequence: int, start: float, end: float, **changes: Any) -> Entry:
    """A segment of a sensor between two hours after the first."""
    times = (round((BASE + start) * HOUR_US), round((BASE + end) * HOUR_US))
    return replace(Entry(1, "live", SPOOL, sequence, b"d" * 32, b"c" * 32, *times, 0, addresses=1), **changes)


@pytest.fixture(name="send")
def _send(packets_of: Make) -> Do:
    def send(lake: Lake, *segments: tuple[Entry, Sequence[float]], fold: bool = True) -> None:
        """Admit segments with packets at some hours as one group, and fold."""
        with lake.admission() as admission:
            entries = []
            for one, times in segments:
                positions = (one.sequence << 32) + np.arange(len(times))
                sources = 1 + one.sequence * 100 + np.arange(len(times))
                packets = packets_of(times, source=sources, sensor=one.name, intake=one.intake, position=positions)
                admission.add(packets)
                hours, n = np.unique(BASE + np.floor(times).astype(int), return_counts=True)
                counted = dict(zip(hours.tolist(), n.tolist(), strict=True))
                received = len(times) + sum(one.dropped.values())
                entries.append(replace(one, packets=len(times), received=received, hours=counted))
            admission.finish_segments(entries)
        if fold:
            lake.fold()

    return send


def coverage(lake: Lake, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of the coverage table, by sensor and hour."""
    columns = ", ".join(names or ("sensor", "hour", "seconds", "received", "basis"))
    rows = lake.ask(f"SELECT {columns} FROM coverage ORDER BY sensor, hour", "coverage").to_pylist()
    return [tuple(row.values()) for row in rows]


def test_coverage_is_what_the_segments_observed(lake: Lake, send: Do) -> None:
    """Seconds are those of the stretches, also in an hour without a packet; drops, addresses and the clock are told."""
    send(
        lake,
        (entry(0, 0.0, 0.5, offset_s=-2.5, addresses=4), [0.1, 0.2]),
        (entry(1, 0.75, 1.25, dropped={"kernel": 3, "ring": 4}), [0.8]),
        (entry(2, 3.0, 3.125), []),
    )
    columns = ("hour", "seconds", "addresses", "received", "dropped", "clock_offset_s", "capabilities", "basis")
    assert coverage(lake, *columns) == [
        (hour(0), 2700.0, 4, 3, 0, -2.5, CAPTURE, "stated"),
        (hour(1), 900.0, 1, 0, 7, None, CAPTURE, "stated"),
        (hour(3), 450.0, 1, 0, 0, None, CAPTURE, "stated"),
    ]
    assert verify(lake) == []


def test_silence_alone_is_folded(lake: Lake, send: Do) -> None:
    """A group without a single packet brings coverage all the same, and a second fold has nothing to do."""
    send(lake, (entry(0, 5.0, 5.5), []))
    assert coverage(lake) == [("live", hour(5), 1800.0, 0, "stated")]
    versions = lake.versions()
    assert lake.fold() == 0
    assert lake.versions() == versions


def test_late_segments_fold_their_hour_again(lake: Lake, send: Do) -> None:
    """What comes days late adds to its hour; what was there stays."""
    send(lake, (entry(1, 0.5, 1.0), [0.6]))
    send(lake, (entry(2, 80.0, 80.5), [80.1]))
    send(lake, (entry(0, 0.25, 0.75), [0.3, 0.7]))
    assert coverage(lake) == [("live", hour(0), 2700.0, 3, "stated"), ("live", hour(80), 1800.0, 1, "stated")]
    assert verify(lake) == []


def test_other_sensors_keep_their_rhythm(lake: Lake, send: Do, packets_of: Make, take: Do) -> None:
    """Coverage that is inferred is the same with a live sensor beside it as without."""
    files = packets_of(np.arange(0.05, 60, 0.1), source=np.arange(600))
    take(lake, ("1", files))
    before = coverage(lake)
    send(lake, (entry(0, 10.0, 10.5), [10.1]), (entry(1, 90.0, 90.5), []))
    assert [row for row in coverage(lake) if row[0] == "alpha"] == before


def test_a_sensor_may_have_files_too(lake: Lake, send: Do, packets_of: Make, take: Do, everything: Do) -> None:
    """Hours of files are inferred, those of segments stated, and both stay so when folded anew."""
    old = packets_of(np.arange(0.05, 20, 0.05), source=np.arange(399), sensor="live")
    take(lake, ("1", old))
    send(lake, (entry(0, 30.0, 31.0), [30.5]), (entry(1, 31.0, 31.5), []))
    send(lake, (entry(2, 5.0, 5.5), [5.1]))
    basis = {at: kind for _, at, _, _, kind in coverage(lake)}
    assert {at for at, kind in basis.items() if kind == "stated"} == {hour(5), hour(30), hour(31)}
    assert [(s, n) for _, at, s, n, _ in coverage(lake) if at == hour(5)] == [(1800.0, 21)]
    before = everything(lake)
    lake.fold(everything=True)
    assert everything(lake) == before
    assert verify(lake) == []


def test_statements_of_files_hold_beside_segments(lake: Lake, send: Do, packets_of: Make, admit: Do) -> None:
    """A capture of a sensor that states its stretch, and segments of the same sensor: the longer one of each hour."""
    send(lake, (entry(0, 2.0, 2.5), [2.1]))
    statement = Statement("live", hour(1), hour(3), dropped=5)
    admit(lake, "1", packets_of([1.5], sensor="live"), statements=(statement,))
    lake.fold()
    assert coverage(lake) == [("live", hour(1), 3600.0, 1, "stated"), ("live", hour(2), 3600.0, 1, "stated")]


def test_a_fold_looks_at_the_hours_at_hand_only(lake: Lake, send: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    """With thirty hours of history, the fold of one more reads the counts and coverage of that one."""
    for at in range(30):
        send(lake, (entry(at, at, at + 0.5), [at + 0.1]))
    read: list[int] = []
    original = DuckEngine.query

    def query(self: DuckEngine, statement: str, tables: Any, frames: Any = None) -> Any:
        read.extend(len(files) for table, files in tables.values() if table.spec.name in {"counts", "coverage"})
        return original(self, statement, tables, frames)

    monkeypatch.setattr(DuckEngine, "query", query)
    send(lake, (entry(200, 200.0, 200.5), [200.1]))
    assert read
    assert sum(read) <= 3
    assert len(coverage(lake)) == 31


segments = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 60), st.booleans(), st.lists(st.integers(0, 59), max_size=3)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=10)
@given(segments, st.integers(1, 5), st.integers(0, 2))
def test_folding_step_by_step_is_folding_anew(found: Any, size: int, files: int) -> None:
    """Any segments and files in any order: the tables are those that a rebuild gives, and seconds are of the union."""
    from isdas.lake.config import Config

    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder), Config(threads=1))
        made = _made(found)
        for at in range(0, len(made), size):
            _SEND(lake, *made[at : at + size])
            if at < files:
                _TAKE(lake, (str(at), _PACKETS_OF([at + 0.5, at + 3.2], sensor=("live", "other")[at % 2])))
        before = _EVERYTHING(lake)
        lake.fold(everything=True)
        assert _EVERYTHING(lake) == before
        assert verify(lake) == []
        minutes = {
            (e.name, start) for e, _ in made for start in range(e.start_us // 60_000_000, e.end_us // 60_000_000)
        }
        stated = [row for row in coverage(lake) if row[4] == "stated"]
        assert sum(row[2] for row in stated) == pytest.approx(60.0 * len(minutes))


def _made(found: Any) -> list[tuple[Entry, list[float]]]:
    made: list[tuple[Entry, list[float]]] = []
    for start, minutes, other, at in found:
        name = "beside" if other else "live"
        n = sum(one.name == name for one, _ in made)
        times = sorted(start + (m % minutes + 0.5) / 60 for m in at)
        made.append((entry(n, start, start + minutes / 60, name=name, sensor=1 + other), times))
    return made


_SEND: Do
_TAKE: Do
_EVERYTHING: Do
_PACKETS_OF: Make


@pytest.fixture(autouse=True)
def _ways(send: Do, take: Do, everything: Do, packets_of: Make) -> None:
    # Hypothesis runs a test many times with the same fixtures, and these hold nothing.
    global _SEND, _TAKE, _EVERYTHING, _PACKETS_OF
    _SEND, _TAKE, _EVERYTHING, _PACKETS_OF = send, take, everything, packets_of


def test_gathered_segments_cover_the_same(lake: Lake, send: Do, everything: Do) -> None:
    """After the ledger's rows were gathered a rebuild gives the same tables, and late segments add to them."""
    send(lake, *((entry(n, n / 10, n / 10 + 0.05), [n / 10 + 0.01]) for n in range(30)))
    before = everything(lake)
    assert lake.gather_segments(1) == 29
    lake.fold(everything=True)
    assert everything(lake) == before
    assert verify(lake) == []
    send(lake, (entry(40, 0.025, 0.2), []))
    assert coverage(lake)[0][2] == pytest.approx(3600 * (0.2 + 8 * 0.05))


def test_packets_that_segments_did_not_bring_are_found(lake: Lake, send: Do, packets_of: Make) -> None:
    """Rows too many or too few of a spool are a difference that names it."""
    send(lake, (entry(0, 0.0, 0.5), [0.1, 0.2]))
    table = lake.table("packets")
    table.commit(table.write(packets_of([0.3], sensor="live", intake=entry(0, 0, 1).intake).table))
    lake.fold()
    where = f"live spool {SPOOL} sequence 0 (2024-03-18T00:00:00Z)"
    assert verify(lake) == [Difference(where, "admitted = stored", 2, 3)]
    assert re.fullmatch("segment:[a-z0-9.-]+/[0-9a-f]{16}", entry(0, 0, 1).intake)
