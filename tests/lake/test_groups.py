"""Tests of isdas.lake.groups."""

from collections.abc import Callable
from typing import Any

import pytest

from isdas.lake.audit import deeds
from isdas.lake.groups import groups, join, leave, members
from isdas.lake.lake import Lake
from isdas.lake.sensors import WAITING, Key
from isdas.model.errors import IsdasError, NotFound
from isdas.model.packets import Packets

Do = Callable[..., Any]


def enrol(lake: Lake, digit: str, name: str, group: str) -> None:
    """Have a sensor of a group."""
    key = Key(digit * 32, digit.encode() * 32, WAITING, None, name, (group,), "1.0", "2026-01-01T00:00:00Z")
    with lake.records.database.writing() as session:
        lake.sensors.wait(session, key)
    lake.sensors.approve(digit * 32, "hana", replace=False)


@pytest.fixture
def fleet(lake: Lake, packets_of: Callable[..., Packets], take: Do) -> Lake:
    """Two sensors known from files, alpha and beta, and one that is enrolled and was renamed, tokyo-1 to tokyo-2."""
    take(lake, ("1", packets_of([0.1])), ("2", packets_of([0.1], sensor="beta")))
    enrol(lake, "a", "tokyo-1", "domestic")
    lake.sensors.rename("tokyo-1", "tokyo-2", "hana")
    return lake


def test_sensors_of_both_kinds_share_groups(fleet: Lake) -> None:
    """A group has enrolled sensors under all names they had, and sensors from files; a sensor has several groups."""
    assert groups(fleet) == {"domestic": ["tokyo-1", "tokyo-2"]}
    join(fleet, "domestic", ["alpha"], "hana")
    join(fleet, "partner-x", ["beta", "tokyo-2"], "hana")
    assert groups(fleet) == {"domestic": ["alpha", "tokyo-1", "tokyo-2"], "partner-x": ["beta", "tokyo-1", "tokyo-2"]}
    assert members(fleet, ["domestic", "partner-x"]) == ("alpha", "beta", "tokyo-1", "tokyo-2")
    assert fleet.sensors.sensor("tokyo-2").groups == ("domestic", "partner-x")


def test_who_leaves_is_out(fleet: Lake) -> None:
    """Leaving ends membership; a group without sensors is none; who leaves twice is out still."""
    join(fleet, "domestic", ["alpha"], "hana")
    for _ in range(2):
        leave(fleet, "domestic", ["alpha", "tokyo-1"], "jiro")
        assert groups(fleet) == {}
    with pytest.raises(NotFound, match=r"no sensor is in the group 'domestic'.*group add"):
        members(fleet, ["domestic"])


def test_joining_twice_is_joining_once(fleet: Lake) -> None:
    """A sensor is in a group or it is not."""
    for _ in range(2):
        join(fleet, "domestic", ["alpha", "tokyo-2"], "hana")
    assert groups(fleet) == {"domestic": ["alpha", "tokyo-1", "tokyo-2"]}


def test_unknown_names_change_nothing(fleet: Lake) -> None:
    """A slip of the pen in one of several names puts none of them into the group; so does a name that is none."""
    with pytest.raises(NotFound, match="no sensor 'alhpa'"):
        join(fleet, "domestic", ["alpha", "alhpa"], "hana")
    with pytest.raises(IsdasError, match="is no name"):
        join(fleet, "Domestic!", ["alpha"], "hana")
    assert groups(fleet) == {"domestic": ["tokyo-1", "tokyo-2"]}
    with pytest.raises(NotFound, match="there are domestic"):
        members(fleet, ["domestik"])


def test_the_trail_says_who(fleet: Lake) -> None:
    """Who put a sensor into a group, or took it out, is in the audit trail."""
    join(fleet, "domestic", ["alpha"], "hana")
    leave(fleet, "domestic", ["alpha"], "jiro")
    found = [(deed.who, deed.what, deed.details) for deed in deeds(fleet.records.database, "alpha")]
    assert found == [
        ("hana", "group add", {"group": "domestic"}),
        ("jiro", "group remove", {"group": "domestic"}),
    ]


def test_groups_give_names(lake: Lake) -> None:
    """A group stands for the present and former names of its sensors."""
    sensors = lake.sensors
    for digit, name, group in (("a", "x", "domestic"), ("b", "y", "overseas"), ("c", "z", "domestic")):
        enrol(lake, digit, name, group)
    sensors.rename("z", "zz", "hana")
    sensors.regroup("y", ["overseas", "partner-x"], "hana")
    assert members(lake, ["domestic"]) == ("x", "z", "zz")
    assert members(lake, ["partner-x", "domestic"]) == ("x", "y", "z", "zz")
    with pytest.raises(NotFound, match="'nobody'"):
        members(lake, ["domestic", "nobody"])
