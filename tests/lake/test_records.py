"""Tests of isdas.lake.records."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from isdas.lake.records import Intake, Records, Statement
from isdas.model.alert import Alert, AlertText, Claim
from isdas.model.errors import LakeError, NotFound
from isdas.model.surge import Guard, RegionShare, Surge
from isdas.model.time import Period

AT = datetime(2008, 10, 30, 13, 0, tzinfo=UTC)

STATEMENT = Statement("東京-1", AT + timedelta(microseconds=1), AT + timedelta(microseconds=999_999), 12, 3)
INTAKE = Intake(
    "blake3:00", "a 'quoted' name.pcap", "pcapng", 10, 7, {"not-ip": 3}, {"short-tcp": 1}, (STATEMENT, STATEMENT)
)
SURGE = Surge(
    identifier="445-tcp-2008103013",
    port="445/tcp",
    ports=("445/tcp", "139/tcp"),
    verdict="broad",
    detected_at=AT,
    onset_at=AT,
    onset_low_at=AT - timedelta(hours=2),
    onset_high_at=AT,
    ended_at=None,
    window_hours=6,
    regions=(RegionShare("JP", 0.5), RegionShare("CN", 0.25)),
    mainly=("JP", "CN"),
    sources=100,
    packets=300,
    baseline=12.5,
    observed=90,
    factor=7.2,
    score=9.125,
    sensors_rising=10,
    sensors_live=12,
    tools=(("zmap", 0.5),),
    guards=(Guard("without-top-source", True, 8.5, "It stands."),),
    basis={"versions": {"counts": 3}},
)
ALERT = Alert(
    "ISDAS-AT-2008-0001",
    SURGE.identifier,
    "draft",
    date(2008, 11, 4),
    date(2008, 11, 5),
    (AlertText("ja", "445/tcp のスキャン増加", "本文\n"), AlertText("en", "Rise", "Body\n")),
    (Claim("observed", "It rose.", "isdas series"),),
    ("isdas/2008/x.png",),
)


@pytest.fixture
def reopened(tmp_path: Path) -> Callable[[], Records]:
    """The records of one file, opened anew each time."""
    return lambda: Records(tmp_path / "records.sqlite")


def test_an_intake_comes_back_as_it_was(reopened: Callable[[], Records]) -> None:
    """Everything of an intake is kept, statements to the microsecond and names in any script."""
    reopened().intend([INTAKE])
    assert reopened().intakes() == [INTAKE]
    assert reopened().intake("blake3:00") == INTAKE
    assert reopened().intake("blake3:01") is None


def test_intending_again_overwrites(reopened: Callable[[], Records]) -> None:
    """The last word about an identity counts; others stay, in the order of identities."""
    reopened().intend([replace(INTAKE, identity="b"), replace(INTAKE, identity="a")])
    reopened().intend([replace(INTAKE, identity="b", stored=6, statements=())])
    assert [(i.identity, i.stored, len(i.statements)) for i in reopened().intakes()] == [("a", 7, 2), ("b", 6, 0)]


def test_a_surge_comes_back_as_it_was(reopened: Callable[[], Records]) -> None:
    """A surge is the same after a round trip; found again, it is replaced."""
    reopened().put_surges([SURGE])
    assert reopened().surges() == [SURGE]
    later = replace(SURGE, ended_at=AT + timedelta(days=1))
    reopened().put_surges([later])
    assert reopened().surge(SURGE.identifier) == later
    assert len(reopened().surges()) == 1


def test_surges_come_by_the_hour_of_detection(reopened: Callable[[], Records]) -> None:
    """Surges are listed by when they could be called, then by identifier."""
    early = replace(SURGE, identifier="z", detected_at=AT - timedelta(hours=1))
    reopened().put_surges([replace(SURGE, identifier="b"), early, replace(SURGE, identifier="a")])
    assert [s.identifier for s in reopened().surges()] == ["z", "a", "b"]


def test_looking_again_forgets_what_is_no_longer_found(reopened: Callable[[], Records]) -> None:
    """What a new look at a period does not find is forgotten, unless it lies elsewhere or an alert tells of it."""
    period = Period(AT - timedelta(hours=6), AT + timedelta(hours=6), ZoneInfo("UTC"))
    before = replace(SURGE, identifier="before", detected_at=period.start)
    gone, told = replace(SURGE, identifier="gone"), replace(SURGE, identifier="told")
    reopened().put_surges([before, gone, told])
    reopened().put_alert(replace(ALERT, surge="told"))
    reopened().put_surges([SURGE], looked=period)
    assert {s.identifier for s in reopened().surges()} == {"before", "told", SURGE.identifier}


def test_what_joined_another_surge_is_told_under_its_name(reopened: Callable[[], Records]) -> None:
    """A part of another surge is forgotten whenever it was told, and says what it is now if an alert tells of it."""
    period = Period(AT - timedelta(hours=6), AT + timedelta(hours=6), ZoneInfo("UTC"))
    long_ago = {name: replace(SURGE, identifier=name, detected_at=AT - timedelta(days=20)) for name in "abc"}
    reopened().put_surges(long_ago.values())
    reopened().put_alert(replace(ALERT, surge="b"))
    joined = {"a": SURGE.identifier, "b": SURGE.identifier, "never told": SURGE.identifier}
    reopened().put_surges([SURGE], looked=period, joined=joined)
    kept = {surge.identifier: surge for surge in reopened().surges()}
    assert kept.keys() == {"b", "c", SURGE.identifier}
    assert kept["c"] == long_ago["c"]
    assert kept["b"].history[-1][1] == f"a new look finds it as {SURGE.identifier}"


def test_an_alert_comes_back_as_it_was(reopened: Callable[[], Records]) -> None:
    """An alert is the same after a round trip, in every language; a new state replaces the old."""
    reopened().put_alert(ALERT)
    assert reopened().alert(ALERT.number) == ALERT
    reopened().put_alert(replace(ALERT, state="published"))
    assert [a.state for a in reopened().alerts()] == ["published"]


@pytest.mark.parametrize("name", ["x", "", "'; DROP TABLE surges; --"])
def test_what_is_not_there_is_told(reopened: Callable[[], Records], name: str) -> None:
    """An unknown surge or alert is not found, with a hint where to look; no name does harm."""
    reopened().put_surges([SURGE])
    with pytest.raises(NotFound, match="isdas surges"):
        reopened().surge(name)
    with pytest.raises(NotFound, match="isdas alert list"):
        reopened().alert(name)
    assert len(reopened().surges()) == 1


def test_a_reader_does_not_wait_for_a_writer(reopened: Callable[[], Records]) -> None:
    """Two openers read and write in turns."""
    one, other = reopened(), reopened()
    one.intend([INTAKE])
    assert other.intakes() == [INTAKE]
    other.put_surges([SURGE])
    assert one.surges() == [SURGE]


def test_a_broken_database_is_told(tmp_path: Path) -> None:
    """A file that is no database, or a folder in its place, is an error that names it."""
    path = tmp_path / "records.sqlite"
    path.write_bytes(b"this is no database at all, whatever its name says")
    with pytest.raises(LakeError, match=r"cannot open the records at .*records.sqlite: file is not a database"):
        Records(path)
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(LakeError, match=r"folder.sqlite: unable to open"):
        Records(tmp_path / "folder.sqlite")


def test_a_database_that_breaks_later_is_told(reopened: Callable[[], Records], tmp_path: Path) -> None:
    """If the database is destroyed while it is open, reading it is an error that names it."""
    records = reopened()
    records.intend([INTAKE])
    for path in tmp_path.glob("records.sqlite*"):
        path.write_bytes(b"\0" * 8192)
    with pytest.raises(LakeError, match=r"cannot read the records at .*records.sqlite"):
        reopened_or(records)


def reopened_or(records: Records) -> None:
    """Read with an open connection, then with a new one."""
    records.intakes()
    Records(records._path).intakes()
