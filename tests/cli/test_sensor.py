"""``isdas sensor``."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isdas.sensor.place import Place
from isdas.transport.keys import Key

Isdas = Callable[..., Any]


def test_a_sensor_is_enrolled_approved_and_gets_another_key(isdas: Isdas, hub: Any, tmp_path: Path) -> None:
    """By the commands at both ends, with the fingerprint that both show."""
    here, there = ("--data", tmp_path / "box"), ("--data", hub.data)
    shown = isdas("fleet", "ca", "127.0.0.1", *there).err
    found = re.search(r"[0-9a-f]{64}", shown)
    assert found
    token = isdas("fleet", "token", "--name", "tokyo-1", *there).out.strip()
    asked = ("sensor", "enroll", hub.url, "--token", token, "--ca-fingerprint", found[0], *here)
    said = isdas(*asked, "--no-wait")
    assert said.status == 0
    digits = said.out.strip()
    assert digits == Place.of(tmp_path / "box").current_key().fingerprint
    assert " ".join(re.findall("....", digits)) in said.err
    assert "isdas fleet approve" in said.err
    assert token not in said.out + said.err
    waiting = json.loads(isdas("fleet", "keys", "--waiting", "--json", *there).out)
    assert [key["fingerprint"] for key in waiting] == [digits]
    assert isdas("fleet", "approve", digits, *there).status == 0
    again = isdas(*asked, "--json")
    assert json.loads(again.out) == {"fingerprint": digits, "state": "active", "name": "tokyo-1"}

    changed = json.loads(isdas("sensor", "rotate", "--json", *here).out)
    assert changed["old"] == digits
    assert isdas("sensor", "rotate", *here).out.strip() not in (digits, changed["new"])
    assert isdas("sensor", "receipts", "--json", *here).out == "[]\n"


def test_what_is_wrong_is_one_line(isdas: Isdas, hub: Any, tmp_path: Path) -> None:
    """And the exit status is 2."""
    here = ("--data", tmp_path / "box")
    for command in ("rotate", "receipts"):
        said = isdas("sensor", command, *here)
        assert (said.status, said.out) == (2, "")
        assert len(said.err.splitlines()) == 1
    said = isdas("sensor", "enroll", hub.url, "--token", "guessed", "--ca", hub.ca, *here)
    assert said.status == 2
    assert "does not take this token" in said.err
    assert "sensor enroll" in isdas("sensor", "receipts", *here).err


def test_broken_receipts_are_shown(isdas: Isdas, hub: Any, tmp_path: Path) -> None:
    """The exit status says so."""
    from isdas.transport.proof import Proof
    from isdas.transport.receipt import Receipt, sign

    here, box = ("--data", tmp_path / "box"), Place.of(tmp_path / "box")
    assert isdas("sensor", "enroll", hub.url, "--token", hub.token(), "--ca", hub.ca, "--no-wait", *here).status == 0
    forged = sign(Receipt("k" * 32, "0" * 16, 3, "0" * 64, "1" * 64, 5), Key.make())
    Proof(box.receipts).add([forged])
    said = isdas("sensor", "receipts", *here)
    assert said.status == 1
    assert "broken" in said.out
    assert "the receipt of segment 3 of 0000000000000000: not signed by the hub" in said.err
    [shown] = json.loads(isdas("sensor", "receipts", "--json", *here).out)
    assert (shown["wrong"], shown["sound"]) == ([3], False)


@pytest.mark.parametrize("address", ["hub.example/x", "http://hub.example"])
def test_tokens_go_nowhere_else(address: str, isdas: Isdas, tmp_path: Path) -> None:
    """Neither to half an address nor in the open; nothing is made for it."""
    said = isdas("sensor", "enroll", address, "--token", "t", "--data", tmp_path / "box")
    assert said.status == 2
    assert not (tmp_path / "box").exists()


def test_how_a_sensor_is_doing(isdas: Isdas, tmp_path: Path) -> None:
    """Where none has run that is said; what the last one told is shown, and with a trouble the status is 1."""
    data = ("--data", tmp_path)
    said = isdas("sensor", "status", *data)
    assert (said.status, said.out) == (2, "")
    assert "no sensor has run here yet" in said.err
    place = Place.of(tmp_path)
    place.make()
    told = {
        "state": "stopped", "told_us": 1_800_000_000_000_000, "input": "eth0", "interface_up": True, "networks": 1,
        "addresses": 1, "uptime_s": 60, "received": 12, "packets": 9, "own": 1, "refused": {"not-ip": 2}, "dropped": {},
        "last_us": 0, "sealed_us": 0, "spool": {"next": 0, "segments": 0, "bytes": 0, "limit_bytes": 1},
        "jumps": 0, "offset_s": None, "memory_bytes": 1, "cpu_s": 0.5, "disk": "", "sending": None,
    }  # fmt: skip
    place.status.write_text(json.dumps(told))
    said = isdas("sensor", "status", *data)
    assert said.status == 1
    assert "not-ip 2" in said.out
    assert "does not run since 2027-01-15" in said.err
    found = json.loads(isdas("sensor", "status", "--json", *data).out)
    assert found["packets"] == 9
    assert len(found["troubles"]) == 2


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ((), "set sensor.interface"),
        (("--captures", "nowhere"), "sensor.addresses must say"),
        (("--captures", "nowhere", "--addresses", "192.0.2.1"), "no such folder"),
        (("--interface", "lo", "--addresses", "192.0.2.1,x"), "'x' is not a network"),
        (("--interface", "lo"), "no key"),
    ],
    ids=["nothing", "captures", "folder", "network", "key"],
)
def test_a_sensor_that_cannot_run_says_why(options: tuple[str, ...], text: str, isdas: Isdas, tmp_path: Path) -> None:
    """One line, and 2."""
    said = isdas("sensor", "run", *options, "--data", tmp_path)
    assert (said.status, said.out) == (2, "")
    assert text in said.err
    assert said.err.count("\n") == 1
