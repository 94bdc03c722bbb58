"""Tests of isdas.lake.sensors."""

from pathlib import Path

import pytest

from isdas.lake.audit import deeds
from isdas.lake.database import Database
from isdas.lake.sensors import ACTIVE, RETIRED, REVOKED, ROTATED, WAITING, Heard, Key, Sensors, checked_name
from isdas.model.errors import IsdasError, NotFound


@pytest.fixture
def sensors(tmp_path: Path) -> Sensors:
    """A fleet of nobody."""
    return Sensors(Database(tmp_path / "records.sqlite"))


def wait(sensors: Sensors, digit: str, name: str = "", groups: tuple[str, ...] = ()) -> str:
    """The fingerprint of a key that waits."""
    key = Key(digit * 32, digit.encode() * 32, WAITING, None, name, groups, "1.0", "2026-01-01T00:00:00Z")
    with sensors.database.writing() as session:
        sensors.wait(session, key)
    return key.fingerprint


def approve(sensors: Sensors, digit: str, name: str, **more: object) -> str:
    """A new key, approved for a sensor."""
    fingerprint = wait(sensors, digit)
    sensors.approve(fingerprint, "hana", name=name, **{"replace": False, **more})  # type: ignore[arg-type]
    return fingerprint


def state(sensors: Sensors, fingerprint: str) -> str:
    """The state of a key."""
    key = sensors.key(fingerprint)
    assert key is not None
    return key.state


def test_a_key_waits_until_it_is_approved(sensors: Sensors) -> None:
    """Enrolled, a key waits; approved, it speaks for a sensor with the name and groups that were proposed."""
    fingerprint = wait(sensors, "a", "tokyo-1", ("domestic",))
    assert state(sensors, fingerprint) == WAITING
    assert sensors.all() == []
    assert sensors.approve("AAAA AAAA", "hana", replace=False) == "tokyo-1"
    key, [sensor] = sensors.key(fingerprint), sensors.all()
    assert key is not None
    assert (key.state, key.sensor, key.public) == (ACTIVE, sensor.number, b"a" * 32)
    assert (sensor.name, sensor.state, sensor.groups) == ("tokyo-1", ACTIVE, ("domestic",))
    assert sensors.key("f" * 32) is None


def test_what_the_operator_says_comes_before_what_was_proposed(sensors: Sensors) -> None:
    """Name and groups given at approval hold."""
    wait(sensors, "a", "tokyo-1", ("domestic",))
    assert sensors.approve("a" * 8, "hana", name="osaka-1", groups=["partner-x"], replace=False) == "osaka-1"
    assert sensors.sensor("osaka-1").groups == ("partner-x",)


@pytest.mark.parametrize("given", ["aaaaaaa", "b" * 32, "", "%%%%%%%%", "a_______"])
def test_only_a_waiting_key_is_approved(sensors: Sensors, given: str) -> None:
    """Too few digits, another key or a pattern approve nothing."""
    wait(sensors, "a", "tokyo-1")
    with pytest.raises(NotFound, match="isdas fleet keys"):
        sensors.approve(given, "hana", replace=False)


def test_a_key_is_turned_away(sensors: Sensors) -> None:
    """A rejected key is revoked and can no longer be approved."""
    fingerprint = wait(sensors, "a", "tokyo-1")
    assert sensors.reject("a" * 10, "hana") == fingerprint
    assert state(sensors, fingerprint) == REVOKED
    with pytest.raises(NotFound):
        sensors.approve(fingerprint, "hana", replace=False)


def test_a_sensor_has_one_key_unless_it_is_replaced(sensors: Sensors) -> None:
    """A second key for a name needs to be asked for, and then ends the first."""
    first, second = approve(sensors, "a", "tokyo-1"), wait(sensors, "b")
    with pytest.raises(IsdasError, match="--replace"):
        sensors.approve(second, "hana", name="tokyo-1", replace=False)
    sensors.approve(second, "hana", name="tokyo-1", replace=True)
    assert (state(sensors, first), state(sensors, second)) == (REVOKED, ACTIVE)
    assert len(sensors.all()) == 1


@pytest.mark.parametrize("what", [REVOKED, RETIRED])
def test_an_ended_sensor_has_no_key(sensors: Sensors, what: str) -> None:
    """Revoked or retired, a sensor and its keys, rotated ones too, are that."""
    old = approve(sensors, "a", "tokyo-1")
    assert sensors.rotate(old, "b" * 32, b"b" * 32)
    sensors.end("tokyo-1", "hana", what)
    assert [key.state for key in sensors.every_key()] == [what, what]
    assert sensors.sensor("tokyo-1").state == what
    assert not sensors.rotate("b" * 32, "c" * 32, b"c" * 32)


def test_a_key_is_followed_by_another(sensors: Sensors) -> None:
    """Rotated once, asking again for the same follower is well, for another it is not."""
    old = approve(sensors, "a", "tokyo-1")
    assert sensors.rotate(old, "b" * 32, b"b" * 32)
    assert sensors.rotate(old, "b" * 32, b"b" * 32)
    assert not sensors.rotate(old, "c" * 32, b"c" * 32)
    assert (state(sensors, old), state(sensors, "b" * 32)) == (ROTATED, ACTIVE)
    key = sensors.key("b" * 32)
    assert key is not None
    assert key.sensor == sensors.sensor("tokyo-1").number
    assert not sensors.rotate("f" * 32, "c" * 32, b"c" * 32)
    assert not sensors.rotate("b" * 32, old, b"a" * 32)


def test_a_renamed_sensor_is_known_by_all_its_names(sensors: Sensors) -> None:
    """The number stays; old names find it, are nobody else's, and can be its own again."""
    approve(sensors, "a", "tokyo-1")
    number = sensors.sensor("tokyo-1").number
    sensors.rename("tokyo-1", "tokyo-9", "hana")
    assert sensors.sensor("tokyo-1").number == sensors.sensor("tokyo-9").number == number
    key = sensors.key("a" * 32)
    assert key is not None
    assert key.name == "tokyo-9"
    with pytest.raises(IsdasError, match="is or was"):
        approve(sensors, "b", "tokyo-1")
    sensors.rename("tokyo-9", "tokyo-1", "hana")
    assert sensors.sensor("tokyo-9").former == ("tokyo-9",)


def test_a_sensor_is_heard(sensors: Sensors) -> None:
    """What it says of itself is kept, and when; where it sends from is not among what is printed."""
    approve(sensors, "a", "tokyo-1")
    number = sensors.sensor("tokyo-1").number
    sensors.heard({number: Heard(60_000_000, {"software": "1.0"}, "192.0.2.1"), 99: Heard(0, {})})
    sensors.heard({number: Heard(120_000_000, {"software": "1.1"})})
    sensor = sensors.sensor("tokyo-1")
    assert (sensor.first_heard_at, sensor.last_heard_at) == ("1970-01-01T00:01:00Z", "1970-01-01T00:02:00Z")
    assert (sensor.told, sensor.seen_from) == ({"software": "1.1", "lost": [0, 0]}, "192.0.2.1")
    assert "192.0.2.1" not in repr(sensor.as_dict())


def test_everything_is_in_the_trail(sensors: Sensors) -> None:
    """Who did what to which sensor is told in the order in which it happened."""
    approve(sensors, "a", "x")
    sensors.rotate("a" * 32, "b" * 32, b"b" * 32)
    sensors.rename("x", "y", "taro")
    sensors.regroup("y", ["domestic"], "taro")
    sensors.end("y", "taro", REVOKED)
    wait(sensors, "c")
    sensors.reject("c" * 32, "taro")
    told = [(deed.who, deed.what, deed.subject) for deed in deeds(sensors.database)]
    assert told == [
        ("key " + "a" * 32, "enrol", "a" * 32),
        ("hana", "approve", "x"),
        ("key " + "a" * 32, "rotate", "x"),
        ("taro", "rename", "y"),
        ("taro", "regroup", "y"),
        ("taro", "revoke", "y"),
        ("key " + "c" * 32, "enrol", "c" * 32),
        ("taro", "reject", "c" * 32),
    ]


@pytest.mark.parametrize("name", ["", "A", "-x", "a b", "a/b", "x" * 61, "東京", "a'b", ".", "..", "a\n"])
def test_a_name_is_plain(name: str) -> None:
    """A name that is no name is refused with what one is; others are given back."""
    with pytest.raises(IsdasError, match="1 to 60"):
        checked_name(name)
    assert checked_name("tokyo-1.north") == "tokyo-1.north"


def test_names_nobody_has_are_not_found(sensors: Sensors) -> None:
    """Asking for, ending, renaming or regrouping a sensor that is not there says where to look."""
    for do in (
        lambda: sensors.sensor("x"),
        lambda: sensors.end("x", "hana", REVOKED),
        lambda: sensors.rename("x", "y", "hana"),
        lambda: sensors.regroup("x", [], "hana"),
    ):
        with pytest.raises(NotFound, match="isdas fleet list"):
            do()
