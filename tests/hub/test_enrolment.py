"""Tests of isdas.hub.enrolment; over HTTP they are in test_api."""

import pytest

from isdas.hub.enrolment import enrol, make_token, rotate
from isdas.hub.sender import Sender
from isdas.hub.turned_away import TurnedAway
from isdas.lake.lake import Lake
from isdas.model.errors import IsdasError
from isdas.transport.keys import Key
from isdas.transport.protocol import ROTATE, Enrolment, Rotation, signed_request


def come(lake: Lake, token: str, key: Key, name: str = "") -> str:
    """The state after a key came with a token."""
    return enrol(lake, Enrolment(token, key.public, name, "1.0"))


@pytest.mark.parametrize(
    ("proposed", "hint", "expected"),
    [("tokyo-1", "me", "tokyo-1"), ("", "me", "me"), ("", "Me & You", ""), ("", "", "")],
    ids=str,
)
def test_what_the_operator_proposes_comes_first(lake: Lake, proposed: str, hint: str, expected: str) -> None:
    """A sensor's wish for a name counts where the token says none, and only if it is a name."""
    key = Key.make()
    assert come(lake, make_token(lake, "hana", name=proposed, groups=["domestic"]), key, hint) == "waiting"
    [known] = lake.sensors.every_key()
    assert (known.name, known.groups, known.software) == (expected, ("domestic",), "1.0")


def test_tokens_are_different_and_long(lake: Lake) -> None:
    """Nobody guesses a token."""
    made = {make_token(lake, "hana") for _ in range(20)}
    assert len(made) == 20
    assert min(map(len, made)) >= 26


def test_no_token_for_what_is_no_name(lake: Lake) -> None:
    """Names and groups of a token are looked at when it is made."""
    for wrong in ({"name": "Tokyo"}, {"groups": ["a b"]}):
        with pytest.raises(IsdasError, match="no name"):
            make_token(lake, "hana", **wrong)  # type: ignore[arg-type]


def test_an_approved_sensor_that_asks_again_is_told_so(lake: Lake) -> None:
    """With the token that it spent a sensor learns that it was approved meanwhile; with an expired one nothing."""
    key, token = Key.make(), make_token(lake, "hana", name="x")
    come(lake, token, key)
    lake.sensors.approve(key.fingerprint, "hana", replace=False)
    assert come(lake, token, key) == "active"
    with pytest.raises(TurnedAway, match="bad-token"):
        come(lake, make_token(lake, "hana", days=-1), Key.make())


def test_a_rotation_needs_both_keys(lake: Lake) -> None:
    """Who has not the new key cannot make it follow."""
    key, new = Key.make(), Key.make()
    come(lake, make_token(lake, "hana", name="x"), key)
    lake.sensors.approve(key.fingerprint, "hana", replace=False)
    known = lake.sensors.key(key.fingerprint)
    assert known is not None
    sender = Sender(known, signed_request(key, "POST", ROTATE, b"", sent_us=0))
    with pytest.raises(TurnedAway, match="bad-rotation"):
        rotate(lake, sender, Rotation(new.public, b"\0" * 64))
    rotate(lake, sender, Rotation.of(key, new))
    assert {k.fingerprint: k.state for k in lake.sensors.every_key()} == {
        key.fingerprint: "rotated",
        new.fingerprint: "active",
    }
