"""``isdas fleet list|show|group|beacon``."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isdas.cli import fleet_list
from isdas.hub import beacon
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry
from isdas.lake.refusals import add
from isdas.lake.sensors import WAITING, Heard, Key
from isdas.model.time import now

Isdas = Callable[..., Any]


@pytest.fixture
def data(tmp_path: Path, filled: Path) -> Path:
    """Two quiet days of 2008 from files, and one enrolled sensor that was just heard."""
    shutil.copytree(filled, tmp_path / "data")
    lake = Lake(tmp_path / "data")
    key = Key("a" * 32, b"a" * 32, WAITING, None, "tokyo-1", ("domestic",), "1.0", "2026-01-01T00:00:00Z")
    with lake.records.database.writing() as session:
        lake.sensors.wait(session, key)
    lake.sensors.approve("a" * 32, "hana", replace=False)
    told = {"software": "1.2", "clock_offset_s": 4.5, "spool_bytes": 900, "spool_segments": 3, "uptime_s": 86400}
    lake.sensors.heard({1: Heard(round(now().timestamp() * 1e6), told, "192.0.2.77")})
    return tmp_path / "data"


def test_defaults_are_those_of_the_hub() -> None:
    """What the command line repeats is what the hub says."""
    assert (fleet_list.EVERY_S, fleet_list.PORT) == (beacon.EVERY_S, beacon.PORT)


def test_the_fleet_is_listed(isdas: Isdas, data: Path) -> None:
    """Every sensor has a line, those in trouble first; as data it has the documented keys and no address."""
    said = isdas("fleet", "list", "--data", data)
    lines = said.out.splitlines()
    assert len(lines) == 1 + 1 + 12
    assert lines[1].split()[:2] == ["tokyo-1", "active"]
    assert lines[1].endswith("drifting")
    told = json.loads(isdas("fleet", "list", "--json", "--data", data).out)
    assert {one["state"] for one in told} == {"active", "files"}
    keys = {
        "name", "state", "groups", "last_heard_at", "coverage_day", "coverage_week", "packets_day", "dropped_day",
        "normal_packets", "against_normal", "clock_offset_s", "software", "spool_bytes", "spool_segments",
        "evicted_day", "uptime_s", "beacons_sent", "beacon_loss", "troubles",
    }  # fmt: skip
    assert set(told[0]) == keys
    assert "192.0.2" not in said.out + json.dumps(told)
    troubled = json.loads(isdas("fleet", "list", "--troubled", "--json", "--data", data).out)
    assert [one["name"] for one in troubled] == ["tokyo-1"]


def test_one_sensor_is_told_in_full(isdas: Isdas, data: Path) -> None:
    """What is wrong is explained, and what was refused is counted; a name that there is not is an error."""
    add(Lake(data).records.database, {("tokyo-1", "bad-header", 1): 3})
    said = isdas("fleet", "show", "tokyo-1", "--data", data).out
    for part in ("drifting: Its clock is off", "+4.500 s", "3 segments, 900 bytes wait", "3 bad-header", "domestic"):
        assert part in said
    told = json.loads(isdas("fleet", "show", "tokyo-1", "--json", "--data", data).out)
    assert (told["refused"], told["holes"]) == ({"bad-header": 3}, [])
    wrong = isdas("fleet", "show", "tokio-1", "--data", data)
    assert wrong.status == 2
    assert "isdas fleet list" in wrong.err


def test_groups_are_made_and_asked(isdas: Isdas, data: Path) -> None:
    """Sensors of both kinds are put into a group and taken out; questions and the list can be asked of it."""
    assert isdas("fleet", "group", "add", "abroad", "bangkok", "tokyo-1", "--data", data).status == 0
    told = json.loads(isdas("fleet", "group", "list", "--json", "--data", data).out)
    assert told == {"abroad": ["bangkok", "tokyo-1"], "domestic": ["tokyo-1"]}
    assert "bangkok tokyo-1" in isdas("fleet", "group", "list", "--data", data).out
    listed = json.loads(isdas("fleet", "list", "--group", "abroad", "--json", "--data", data).out)
    assert {one["name"] for one in listed} == {"bangkok", "tokyo-1"}
    by = json.loads(isdas("series", "--by", "sensor", "--group", "abroad", "--json", "--data", data).out)
    assert [one["key"] for one in by["series"]] == ["bangkok"]
    assert isdas("fleet", "group", "remove", "abroad", "bangkok", "tokyo-1", "--data", data).status == 0
    assert isdas("top", "ports", "--group", "abroad", "--data", data).status == 2
    assert isdas("fleet", "group", "add", "abroad", "nobody", "--data", data).status == 2


def test_beacons_are_turned_on_and_off(isdas: Isdas, data: Path) -> None:
    """An operator asks for beacons sensor by sensor; of one that is none, or too often, nothing comes."""
    at = ("--data", data)
    assert isdas("fleet", "beacon", "tokyo-1", "--every", "60", *at).status == 0
    lake = Lake(data)
    assert beacon.settings_of(lake, 1) is not None
    assert isdas("fleet", "beacon", "tokyo-1", "--off", *at).status == 0
    assert beacon.settings_of(lake, 1) is None
    assert isdas("fleet", "beacon", "tokyo-1", "--every", "1", *at).status == 2
    assert isdas("fleet", "beacon", "bangkok", *at).status == 2


def test_the_account_of_a_sensor(isdas: Isdas, data: Path) -> None:
    """Hour by hour what was captured and what became of it, as a table and as data; by default of the last day."""
    at = 1_223_348_400_000_000
    one = Entry(1, "tokyo-1", "0" * 16, 0, b"d" * 32, b"c" * 32, at, at + 60_000_000, at, received=9, own=9)
    with Lake(data).admission() as admission:
        admission.finish_segments([one])
    period = ("--from", "2008-10-07", "--to", "2008-10-07", "--data", data)
    (told,) = json.loads(isdas("fleet", "account", "--json", *period).out)
    assert (told["sensor"], told["hour"], told["captured"], told["own"]) == ("tokyo-1", "2008-10-07T03:00:00Z", 9, 9)
    lines = isdas("fleet", "account", "tokyo-1", *period).out.splitlines()
    assert [line.split()[:2] for line in lines] == [["sensor", "hour"], ["tokyo-1", "2008-10-07T03:00:00Z"]]
    assert json.loads(isdas("fleet", "account", "--json", "--data", data).out) == []
    assert isdas("fleet", "account", "nobody", *period).status == 2
