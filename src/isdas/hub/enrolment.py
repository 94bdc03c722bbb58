"""
How a sensor becomes one of ours: a one-time token lets its key wait, a person approves it, and it may change its key.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress

from isdas.hub.sender import Sender
from isdas.hub.turned_away import TurnedAway
from isdas.lake.lake import Lake
from isdas.lake.sensors import RETIRED, REVOKED, WAITING, Key, checked_name
from isdas.lake.tokens import keep, spend
from isdas.model.errors import IsdasError
from isdas.model.time import iso, now
from isdas.transport.keys import fingerprint
from isdas.transport.protocol import Enrolment, Rotation

_SECRET_BYTES = 20


def make_token(lake: Lake, who: str, *, name: str = "", groups: Sequence[str] = (), days: float = 7.0) -> str:
    """
    A new token, which is good for one sensor; it is told this once and kept nowhere.

    Args:
        who: the person who makes it.
        name, groups: proposed for the sensor.
        days: how long it is good.

    Raises:
        IsdasError: the name or a group is none.
    """
    if name:
        checked_name(name)
    token = secrets.token_urlsafe(_SECRET_BYTES)
    keep(lake.records.database, token, who, name=name, groups=[checked_name(group) for group in groups], days=days)
    return token


def enrol(lake: Lake, said: Enrolment) -> str:
    """
    Let the key of a sensor that comes with a token wait; the state of the key.

    Asked again with the same key, the answer is the same: the first may have been lost.

    Raises:
        TurnedAway: the token is unknown, expired or spent for another key, or the key is not new.
    """
    digits = fingerprint(said.public)
    present = lake.sensors.key(digits)
    if present is not None and present.state in {REVOKED, RETIRED}:
        raise TurnedAway(403, f"{present.state}-key", "" if present.sensor is None else present.name)
    with lake.records.database.writing() as session:
        token = spend(session, said.token, digits)
        if token is not None and present is None:
            name, groups, software = token.name or _hint(said.name), token.groups, said.software
            lake.sensors.wait(session, Key(digits, said.public, WAITING, None, name, groups, software, iso(now())))
    if token is None:
        raise TurnedAway(403, "bad-token")
    return WAITING if present is None else present.state


def rotate(lake: Lake, sender: Sender, said: Rotation) -> None:
    """
    Let a new key follow the one that signed the request.

    Raises:
        TurnedAway: who asks does not have the new key, or another has followed already.
    """
    proven = said.proven(sender.key.public)
    if not proven or not lake.sensors.rotate(sender.key.fingerprint, fingerprint(said.public), said.public):
        raise TurnedAway(403, "bad-rotation", sender.key.name)


def _hint(name: str) -> str:
    """The name that a sensor would like to have, if it is one."""
    with suppress(IsdasError):
        return checked_name(name)
    return ""
