"""
How a sensor says it is doing.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from isdas.model.errors import NotFound
from isdas.sensor.status import lines, read, troubles, weight, write

NOW = 1_800_000_000_000_000


def said(**changes: Any) -> dict[str, Any]:
    """A status of a sensor with which all is well."""
    sending = {
        "hub": "https://hub.example", "results": {"admitted": 3}, "requests": {"ok": 3}, "sent_bytes": 100,
        "succeeded_us": NOW - 5, "failures": 0, "trouble": "",
    }  # fmt: skip
    status = {
        "state": "running", "told_us": NOW - 3_000_000, "uptime_s": 60, "input": "eth0", "interface_up": True,
        "networks": 1, "addresses": 1, "received": 12, "packets": 9, "own": 1, "refused": {"not-ip": 2}, "odd": {},
        "dropped": {}, "last_us": NOW - 9, "sealed_us": NOW - 7, "waiting_bytes": 0, "disk": "", "offset_s": -0.25,
        "jumps": 0, "freezes": 0, "segments": 3, "sending": sending, "heard": 12,
        "spool": {"next": 3, "segments": 1, "bytes": 2_000_000, "limit_bytes": 1_000_000_000},
        **weight(),
    }  # fmt: skip
    return {**status, **changes}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The file is replaced as a whole, and nothing else is left in the folder."""
    path = tmp_path / "status.json"
    for packets in (1, 2):
        write(path, said(packets=packets))
        assert read(path)["packets"] == packets
    assert [each.name for each in tmp_path.iterdir()] == ["status.json"]


def test_no_status_says_what_to_do(tmp_path: Path) -> None:
    """Where no sensor has run, or the file is none, that is said."""
    with pytest.raises(NotFound, match="isdas sensor run"):
        read(tmp_path / "status.json")
    (tmp_path / "status.json").write_text("half of {")
    with pytest.raises(NotFound, match="cannot be read"):
        read(tmp_path / "status.json")


def test_nothing_is_wrong_with_a_sensor_that_is_well() -> None:
    """And what it says is said in words."""
    assert troubles(said(), NOW) == []
    shown = dict(lines(said()))
    assert shown["refused"] == "not-ip 2"
    assert shown["dropped"] == "none"
    assert shown["last packet"] == "2027-01-15T07:59:59Z"
    assert "-0.250 s" in shown["clock"]
    assert "admitted 3" in shown["sent"]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"state": "stopped"}, "does not run"),
        ({"told_us": NOW - 120_000_000}, "told nothing for 120 s"),
        ({"interface_up": False}, "eth0 is down"),
        ({"networks": 0}, "monitors no address"),
        ({"disk": "the disk is full: x"}, "disk is full"),
        ({"sending": None}, "sends to no hub"),
        ({"sending": {**said()["sending"], "trouble": "ConnectError", "failures": 4}}, r"ConnectError \(4 attempts"),
        ({"dropped": {"kernel": 5}}, r"5 packets were dropped \(kernel\)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said(changes: dict[str, Any], text: str) -> None:
    """Each trouble has a sentence."""
    (trouble,) = troubles(said(**changes), NOW)
    assert re.search(text, trouble)
