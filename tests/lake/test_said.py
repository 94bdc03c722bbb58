"""Tests of isdas.lake.said."""

from pathlib import Path

import numpy as np
import pytest
from ledger_packets import packets_of_spools

from isdas.lake.database import Database
from isdas.lake.ledger import Entry, Ledger
from isdas.lake.said import Said, names, said, touched

HOUR_US = 3_600_000_000
BASE = 475_200
AT = BASE * HOUR_US
SPOOL = "0123456789abcdef"


def entry(sequence: int, start: float, end: float, **changes: object) -> Entry:
    """A segment of alpha between two hours after the first."""
    times = int(AT + start * HOUR_US), int(AT + end * HOUR_US)
    return Entry(1, "alpha", SPOOL, sequence, b"d" * 32, b"c" * 32, *times, 0, **changes)  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A ledger with three groups: two stretches that overlap, one over the end of an hour, one long after."""
    made = Database(tmp_path / "records.sqlite")
    ledger = Ledger(made)
    ledger.intend(1, [entry(0, 0.0, 0.5, packets=5, addresses=2), entry(1, 0.25, 0.75, addresses=1, offset_s=-3.0)])
    ledger.intend(2, [entry(2, 0.9, 1.1, dropped={"kernel": 4, "ring": 1}, offset_s=1.0)])
    ledger.intend(3, [entry(3, 50.0, 50.5, packets=7, hours={BASE + 50: 7})])
    return made


def test_overlapping_stretches_count_once(database: Database) -> None:
    """Seconds are those of the union; a segment over the end of an hour is split; drops are told where it ends."""
    assert said(database, 2) == [
        Said("alpha", BASE, pytest.approx(0.85 * 3600), 2, 0, -3.0, 5),
        Said("alpha", BASE + 1, pytest.approx(360.0), None, 5, 1.0, 0),
    ]


def test_only_hours_at_hand_are_told(database: Database) -> None:
    """Asked for some hours, the answer is of these alone, and the same as that for all."""
    whole = said(database, 3)
    assert [s.hour for s in whole] == [BASE, BASE + 1, BASE + 50]
    assert said(database, 3, np.array([BASE + 1, BASE + 50])) == whole[1:]
    assert said(database, 3, np.empty(0, np.int64)) == []


def test_groups_that_were_not_committed_say_nothing(database: Database) -> None:
    """What is in the ledger beyond the last group counts nowhere."""
    assert [s.hour for s in said(database, 1)] == [BASE]
    assert packets_of_spools(database, 1) == {f"segment:alpha/{SPOOL}": 5}
    assert packets_of_spools(database, 3) == {f"segment:alpha/{SPOOL}": 12}


def test_new_groups_touch_hours(database: Database) -> None:
    """The hours that groups observed are known, those without packets too."""
    assert touched(database, 0, 3).tolist() == [BASE, BASE + 1, BASE + 50]
    assert touched(database, 2, 3).tolist() == [BASE + 50]
    assert touched(database, 1, 2).tolist() == [BASE, BASE + 1]
    assert touched(database, 3, 3).tolist() == []


def test_sensors_that_state_their_coverage_are_named(database: Database) -> None:
    """A sensor is one of them from its first segment on."""
    assert names(database) == {"alpha"}
