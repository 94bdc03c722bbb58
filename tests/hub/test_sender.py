"""Tests of isdas.hub.sender."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isdas.hub.sender import Senders
from isdas.hub.turned_away import TurnedAway
from isdas.lake.lake import Lake
from isdas.lake.sensors import RETIRED
from isdas.transport.keys import Key
from isdas.transport.protocol import ROTATE, SEGMENTS, SELF

Do = Callable[..., Any]


def turned(senders: Senders, request: Any, body: bytes = b"") -> tuple[int, str, str]:
    """Status, reason and sensor of a request that is turned away."""
    with pytest.raises(TurnedAway) as told:
        senders.believed(request, body)
    return told.value.status, told.value.reason, told.value.sensor


def test_an_active_sensor_is_believed(lake: Lake, tokyo: Any) -> None:
    """A request that its key signed tells who it is, under its present name, and where it came from."""
    lake.sensors.rename("tokyo-1", "tokyo-2", "hana")
    found = Senders(lake.sensors).believed(tokyo.ask("POST", SEGMENTS, b"body"), b"body", "192.0.2.1")
    assert (found.key.name, found.key.fingerprint, found.seen_from) == ("tokyo-2", tokyo.key.fingerprint, "192.0.2.1")


def test_every_part_of_a_request_is_signed(lake: Lake, tokyo: Any) -> None:
    """With any part changed it is not believed, and the sensor whose name was used is told in the count."""
    senders, request = Senders(lake.sensors), tokyo.ask("GET", SELF)
    for changes in ({"path": ROTATE}, {"sent_us": 1}, {"epoch": 9}, {"nonce": "0" * 32}, {"offsets_us": {0: 5}}):
        assert turned(senders, replace(request, **changes)) == (401, "bad-signature", "tokyo-1")
    assert turned(senders, request, b"other") == (401, "bad-signature", "tokyo-1")
    assert senders.believed(request, b"").key.name == "tokyo-1"


def test_a_request_is_believed_once(lake: Lake, tokyo: Any) -> None:
    """The same request is not believed again, until it is so old that it is forgotten; others are in between."""
    senders, request = Senders(lake.sensors), tokyo.ask("GET", SELF)
    senders.believed(request, b"")
    assert turned(senders, request) == (401, "replayed", "tokyo-1")
    for _ in range(200):
        senders.believed(tokyo.ask("GET", SELF), b"")
    assert turned(senders, request) == (401, "replayed", "tokyo-1")
    assert sum(map(len, senders._seen.values())) <= 256


def test_what_a_key_may_ask_for_follows_from_its_state(lake: Lake, tokyo: Any, sensor_of: Do) -> None:
    """Rotated keys only rotate, ended ones nothing, unknown ones nothing."""
    senders, stranger = Senders(lake.sensors), sensor_of(0)
    assert turned(senders, stranger.ask("GET", SELF)) == (401, "unknown-key", "")
    new = Key.make()
    lake.sensors.rotate(tokyo.key.fingerprint, new.fingerprint, new.public)
    assert turned(senders, tokyo.ask("GET", SELF)) == (403, "rotated-key", "tokyo-1")
    assert senders.believed(tokyo.ask("POST", ROTATE), b"").key.state == "rotated"
    lake.sensors.end("tokyo-1", "hana", RETIRED)
    assert turned(senders, tokyo.ask("POST", ROTATE)) == (403, "retired-key", "tokyo-1")
