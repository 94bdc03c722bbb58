"""``isdas fleet``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isdas.hub.authority import Papers
from isdas.hub.enrolment import enrol
from isdas.hub.turned_away import TurnedAway
from isdas.lake.lake import Lake
from isdas.transport.keys import Key
from isdas.transport.protocol import Enrolment

Isdas = Callable[..., Any]


def come(data: Path, token: str, key: Key, name: str = "") -> None:
    """Come to the hub with a token and a key."""
    enrol(Lake(data), Enrolment(token, key.public, name, "1.0"))


def test_a_sensor_from_token_to_retirement(isdas: Isdas, tmp_path: Path) -> None:
    """A token is made, spent once, the key approved by its fingerprint, renamed, replaced, revoked and retired."""
    at = ("--data", tmp_path)
    token = isdas("fleet", "token", "--name", "tokyo-1", "--group", "domestic", *at).out.strip()
    key = Key.make()
    come(tmp_path, token, key)
    with pytest.raises(TurnedAway, match="bad-token"):
        come(tmp_path, token, Key.make())
    [waiting] = json.loads(isdas("fleet", "keys", "--waiting", "--json", *at).out)
    assert (waiting["fingerprint"], waiting["name"]) == (key.fingerprint, "tokyo-1")
    shown = isdas("fleet", "keys", *at).out.splitlines()[1]
    digits = shown.split()[:8]
    assert "".join(digits) == key.fingerprint
    assert isdas("fleet", "approve", *digits, *at).err == "tokyo-1 may send\n"
    [sensor] = Lake(tmp_path).sensors.all()
    assert (sensor.name, sensor.state, sensor.groups) == ("tokyo-1", "active", ("domestic",))
    assert isdas("fleet", "keys", "--waiting", "--json", *at).out == "[]\n"

    assert isdas("fleet", "rename", "tokyo-1", "tokyo-2", *at).status == 0
    again = json.loads(isdas("fleet", "token", "--json", "--days", "1", *at).out)
    other = Key.make()
    come(tmp_path, again["token"], other, "tokyo-2")
    assert isdas("fleet", "approve", other.fingerprint, *at).status == 2
    assert isdas("fleet", "approve", other.fingerprint, "--replace", *at).status == 0
    states = {k["fingerprint"]: k["state"] for k in json.loads(isdas("fleet", "keys", "--json", *at).out)}
    assert states == {key.fingerprint: "revoked", other.fingerprint: "active"}
    assert isdas("fleet", "revoke", "tokyo-2", *at).status == 0
    assert isdas("fleet", "retire", "tokyo-2", *at).status == 0

    told = json.loads(isdas("fleet", "audit", "--json", *at).out)
    whats = ["token", "enrol", "approve", "rename", "token", "enrol", "approve", "revoke", "retire"]
    assert [deed["what"] for deed in told] == whats
    assert token not in json.dumps(told)
    assert len(isdas("fleet", "audit", "tokyo-2", *at).out.splitlines()) == 1 + 5


def test_a_key_is_turned_away(isdas: Isdas, tmp_path: Path) -> None:
    """A key whose fingerprint is not the sensor's is rejected, and is not approved by mistake afterwards."""
    at = ("--data", tmp_path)
    key = Key.make()
    come(tmp_path, isdas("fleet", "token", *at).out.strip(), key, "x")
    assert isdas("fleet", "reject", key.fingerprint[:12], *at).status == 0
    said = isdas("fleet", "approve", key.fingerprint, *at)
    assert said.status == 2
    assert "isdas fleet keys" in said.err


@pytest.mark.parametrize(
    "words", [["revoke", "x"], ["retire", "x"], ["rename", "x", "y"], ["approve", "12345678"], ["reject", "12345678"]]
)
def test_what_is_not_there_is_told(isdas: Isdas, tmp_path: Path, words: list[str]) -> None:
    """A sensor or key that is not there is misuse, told in one line."""
    Lake(tmp_path)
    said = isdas("fleet", *words, "--data", tmp_path)
    assert said.status == 2
    assert len(said.err.splitlines()) == 1


def test_names_are_looked_at_before_a_token_is_made(isdas: Isdas, tmp_path: Path) -> None:
    """A token for what is no name is not made."""
    assert isdas("fleet", "token", "--name", "Tokyo 1", "--data", tmp_path).status == 2
    assert isdas("fleet", "token", "--group", "Domestic!", "--data", tmp_path).status == 2
    assert isdas("fleet", "audit", "--json", "--data", tmp_path).out == "[]\n"


def test_papers_are_made_with_one_command(isdas: Isdas, tmp_path: Path) -> None:
    """The authority's certificate is where the command says; a second call renews under the same authority."""
    said = isdas("fleet", "ca", "hub.example", "192.0.2.7", "--data", tmp_path)
    papers = Papers.of(tmp_path)
    assert said.out == f"{papers.authority}\n"
    assert "hub.example, 192.0.2.7" in said.err
    before = papers.authority.read_bytes(), papers.certificate.read_bytes()
    assert isdas("fleet", "ca", "hub.example", "--data", tmp_path).status == 0
    assert papers.authority.read_bytes() == before[0]
    assert papers.certificate.read_bytes() != before[1]


def test_given_papers_are_taken(isdas: Isdas, tmp_path: Path) -> None:
    """A certificate from elsewhere needs its key; names and a given certificate contradict each other."""
    isdas("fleet", "ca", "hub.example", "--data", tmp_path / "elsewhere")
    there = Papers.of(tmp_path / "elsewhere")
    at = ("--data", tmp_path / "here")
    assert isdas("fleet", "ca", "--certificate", there.certificate, *at).status == 2
    assert isdas("fleet", "ca", "x", "--certificate", there.certificate, "--key", there.key, *at).status == 2
    assert isdas("fleet", "ca", *at).status == 2
    said = isdas("fleet", "ca", "--certificate", there.certificate, "--key", there.key, *at)
    assert (said.status, said.out) == (0, "")
    assert "hub.example" in said.err
