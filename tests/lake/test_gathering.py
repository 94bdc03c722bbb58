"""Tests of isdas.lake.gathering."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_packets import packets_of_spools
from sqlalchemy import select

from isdas.lake.database import Database
from isdas.lake.gathering import gather, united
from isdas.lake.ledger import Entry, HourRow, Known, Ledger, RunRow
from isdas.lake.said import said

HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000
BASE = 475_200
AT = BASE * HOUR_US
SPOOL = "0123456789abcdef"


def entry(sequence: int, minutes: float = 1, **changes: object) -> Entry:
    """Some minutes of sensor 1."""
    start = AT + int(sequence * minutes * MINUTE_US)
    end = start + int(minutes * MINUTE_US)
    made = Entry(1, "alpha", SPOOL, sequence, b"d" * 32, b"c" * 32, start, end, 0, packets=2, received=3, own=1)
    return replace(made, hours={start // HOUR_US: 2}, **changes)  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """An empty record database."""
    return Database(tmp_path / "records.sqlite")


def test_old_rows_become_few(database: Database) -> None:
    """A day of minutes becomes 24 rows and one interval; the last segment keeps its row, because a chain follows it."""
    ledger = Ledger(database)
    for group in range(4):
        ledger.intend(group + 1, [entry(n) for n in range(group * 360, group * 360 + 360)])
    assert sum(gather(database, upto=4, before_us=1)) == 1439
    with database.reading() as session:
        assert len(list(session.scalars(select(HourRow)))) == 24
        assert [(run.first, run.last) for run in session.scalars(select(RunRow))] == [(0, 1438)]
    assert ledger.known([(1, SPOOL, 17), (1, SPOOL, 1439), (1, SPOOL, 1440)]) == {
        (1, SPOOL, 17): Known(),
        (1, SPOOL, 1439): Known(b"d" * 32, b"c" * 32, 0),
    }
    assert ledger.head(1, SPOOL) == b"c" * 32
    assert sum(gather(database, upto=4, before_us=1)) == 0


def test_only_what_is_old_and_folded_is_gathered(database: Database) -> None:
    """Segments of later groups, and those admitted since, keep their rows."""
    ledger = Ledger(database)
    ledger.intend(1, [entry(0, admitted_us=5), entry(1, admitted_us=50)])
    ledger.intend(2, [entry(2, admitted_us=5)])
    assert sum(gather(database, upto=1, before_us=10)) == 1
    assert [k for k, known in ledger.known((1, SPOOL, n) for n in range(3)).items() if known.digest is None] == [
        (1, SPOOL, 0)
    ]


def test_holes_stay_holes(database: Database) -> None:
    """Sequences that never came are not known, however often intervals are merged."""
    ledger = Ledger(database)
    for group, sequences in enumerate([(0, 1, 5), (6, 9), (2, 8), (20,)], start=1):
        ledger.intend(group, [entry(n) for n in sequences])
        sum(gather(database, upto=group, before_us=1))
    with database.reading() as session:
        assert [(run.first, run.last) for run in session.scalars(select(RunRow))] == [(0, 2), (5, 6), (8, 9)]
    known = ledger.known((1, SPOOL, n) for n in range(25))
    assert [n for n in range(25) if (1, SPOOL, n) in known] == [0, 1, 2, 5, 6, 8, 9, 20]


def test_other_spools_are_still_seen(database: Database) -> None:
    """What a second spool observes at the same time is found although the first one's rows were gathered."""
    ledger = Ledger(database)
    ledger.intend(1, [entry(0), entry(1)])
    sum(gather(database, upto=1, before_us=1))
    assert ledger.elsewhere(1, "f" * 16, AT + 10, AT + 20) == [(SPOOL, AT, AT + MINUTE_US)]


stretches = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 50)), min_size=1, max_size=25)


@settings(max_examples=25)
@given(stretches, st.integers(1, 25), st.integers(0, 3))
def test_gathering_changes_nothing_that_is_said(found: list[tuple[int, int]], size: int, late: int) -> None:
    """Seconds, drops, addresses, offsets and packets of every hour are the same before and after, however often."""
    entries = [
        Entry(
            1 + n % 2,
            "ab"[n % 2],
            SPOOL,
            n,
            b"d" * 32,
            b"c" * 32,
            AT + start * MINUTE_US,
            AT + (start + length) * MINUTE_US,
            0,
            packets=n,
            received=2 * n,
            dropped={"kernel": n},
            addresses=n % 3 or None,
            offset_s=None if n % 4 else float(n),
            hours={BASE + start // 60: n},
        )
        for n, (start, length) in enumerate(found)
    ]
    with TemporaryDirectory() as folder:
        database = Database(Path(folder) / "records.sqlite")
        ledger = Ledger(database)
        groups = [entries[at : at + size] for at in range(0, len(entries), size)]
        for number, group in enumerate(groups, start=1):
            ledger.intend(number, group)
        before, packets = said(database, 99), packets_of_spools(database, 99)
        sum(gather(database, upto=max(1, len(groups) - late), before_us=1))
        sum(gather(database, upto=99, before_us=1))
        assert said(database, 99) == before
        assert packets_of_spools(database, 99) == packets
        some = np.array([BASE, BASE + 2, BASE + 3], np.int64)
        assert said(database, 99, some) == [s for s in before if s.hour in some]


@given(stretches)
def test_united_stretches_cover_the_same_minutes(found: list[tuple[int, int]]) -> None:
    """Every minute that lay in a stretch lies in exactly one afterwards."""
    few = united([start, start + length] for start, length in found)
    minutes = Counter(m for start, end in few for m in range(start, end))
    assert set(minutes) == {m for start, length in found for m in range(start, start + length)}
    assert set(minutes.values()) == {1}
