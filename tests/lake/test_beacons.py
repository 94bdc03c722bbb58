"""Tests of isdas.lake.beacons."""

from pathlib import Path

import pytest

from isdas.lake.audit import deeds
from isdas.lake.beacons import Aim, add_sent, aim, aims, end, seen, sent, tell
from isdas.lake.database import Database
from isdas.lake.gathering import gather
from isdas.lake.ledger import Entry, Ledger

HOUR_US = 3_600_000_000
BASE = 475_200


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """An empty record database."""
    return Database(tmp_path / "records.sqlite")


def test_a_sensor_keeps_its_secret(database: Database) -> None:
    """Settings may change, the secret that the sensor was told stays; off, it is gone."""
    aim(database, Aim(7, b"first", "", 1000, 60.0), "alpha", "hana")
    aim(database, Aim(7, b"second", "192.0.2.1", 2000, 90.0), "alpha", "hana")
    assert aims(database) == [Aim(7, b"first", "192.0.2.1", 2000, 90.0)]
    end(database, 7, "alpha", "jiro")
    assert aims(database) == []
    trail = deeds(database, "alpha")
    assert [(deed.who, deed.what) for deed in trail] == [("hana", "beacon on")] * 2 + [("jiro", "beacon off")]
    assert "192.0.2.1" not in str([deed.as_dict() for deed in trail])


def test_a_sensor_is_told_before_it_is_sent_any(database: Database) -> None:
    """Only when the sensor has asked is it known to know its secret; new settings do not change that."""
    assert tell(database, 7) is None
    aim(database, Aim(7, b"first", "", 1000, 60.0), "alpha", "hana")
    assert [one.told for one in aims(database)] == [False]
    assert tell(database, 7) == Aim(7, b"first", "", 1000, 60.0)
    aim(database, Aim(7, b"second", "", 2000, 60.0), "alpha", "hana")
    assert aims(database) == [Aim(7, b"first", "", 2000, 60.0, told=True)]


def test_what_was_sent_adds_up(database: Database) -> None:
    """Counts of the same sensor and hour are added."""
    add_sent(database, {(7, BASE): 2, (8, BASE + 1): 1})
    add_sent(database, {(7, BASE): 3})
    add_sent(database, {})
    assert sent(database, since_hour=0) == {(7, BASE): 5, (8, BASE + 1): 1}
    assert sent(database, since_hour=BASE + 1) == {(8, BASE + 1): 1}


def test_what_was_seen_is_what_segments_say(database: Database) -> None:
    """Beacons are told in the hour in which their segment ends, before and after its row was gathered."""
    ledger = Ledger(database)
    entries = [
        Entry(
            7, "alpha", "0" * 16, n, b"d" * 32, b"c" * 32, start, start + 60_000_000, 0,
            received=n + 1, refused={"beacon": n, "unwanted": 1},
        )
        for n, start in enumerate([BASE * HOUR_US, BASE * HOUR_US + 60_000_000, (BASE + 1) * HOUR_US - 30_000_000])
    ]  # fmt: skip
    ledger.intend(1, entries)
    expected = {(7, BASE): 1, (7, BASE + 1): 2}
    assert seen(database, since_hour=BASE) == expected
    assert seen(database, since_hour=BASE + 1) == {(7, BASE + 1): 2}
    gathered = gather(database, upto=1, before_us=1)
    assert sum(gathered) > 0
    assert seen(database, since_hour=BASE) == expected
