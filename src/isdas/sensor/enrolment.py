"""
How a sensor is enrolled: it makes its key, shows the fingerprint, and waits until somebody at the hub has compared it.

The token lets the key wait, and is kept nowhere. The key never leaves the sensor.
"""

import ssl
from collections.abc import Callable
from dataclasses import replace as changed
from pathlib import Path
from urllib.parse import urlsplit

from isdas import __version__
from isdas.model.errors import ConfigError, IsdasError
from isdas.sensor.enrolled import Enrolled, replace
from isdas.sensor.place import Place
from isdas.transport.ask import Unanswered, authority, enrol, standing
from isdas.transport.clock import Clock, SystemClock
from isdas.transport.keys import Key
from isdas.transport.protocol import Enrolment

WAITING, ACTIVE = "waiting", "active"
ASK_AGAIN_S = 5.0
"""How often the hub is asked whether the key was approved."""

_LOCAL = {"127.0.0.1", "::1", "localhost"}


def enroll(
    place: Place,
    hub: str,
    token: str,
    *,
    name: str = "",
    ca: Path | None = None,
    ca_fingerprint: str | None = None,
    proxy: str = "",
) -> tuple[Key, str]:
    """
    Have this sensor's key wait for approval; the key, and how it stands with the hub.

    The same may be asked again if the answer was lost.

    Args:
        place: where the sensor's files are to lie.
        hub: such as https://hub.example:8446, or hub.example:8446.
        token: one-time, from ``isdas fleet token``.
        name: proposed to the operator.
        ca: certificate (PEM) of the hub's own authority.
        ca_fingerprint: SHA-256 of that certificate, which is then taken from the hub.
        proxy: through which the hub is reached.

    Raises:
        ConfigError: an argument is wrong, or the sensor belongs to another hub.
        IsdasError: the hub cannot be reached, or does not want it.
    """
    url = address(hub)
    place.make()
    _check_hub(place, url)
    _trust(place, url, ca, ca_fingerprint, proxy)
    key = _key(place)
    asking = Enrolled(url, "00" * 32, proxy=proxy)
    with asking.client(place) as client:
        try:
            said = enrol(client, Enrolment(token, key.public, name, __version__), key)
        except Unanswered as refusal:
            if refusal.status == 403:
                raise IsdasError(
                    "the hub does not take this token, or this sensor's key: a token is good for one sensor and a few "
                    f"days, and a key that was revoked never again (move {place.key} away to have a new one made)"
                ) from refusal
            raise
    changed(asking, hub=said.hub.hex(), name=said.name).save(place)
    return key, said.state


def approved(place: Place, *, wait: Callable[[float], object], clock: Clock | None = None) -> str:
    """
    Wait until the key is approved; what the hub calls the sensor.

    Args:
        wait: waits so many seconds.
        clock: tells the time.

    Raises:
        IsdasError: it was rejected.
    """
    enrolled, key = Enrolled.load(place), place.current_key()
    clock = clock or SystemClock()
    with enrolled.client(place) as client:
        while True:
            try:
                said = standing(client, key, sent_us=clock.realtime_us())
            except Unanswered as refusal:
                # A hub that is away for a moment comes back; one that does not know the key any more has rejected it.
                if refusal.status in (401, 403):
                    raise IsdasError(f"the hub has rejected the key {spaced(key.fingerprint)}") from refusal
            else:
                if said.state == ACTIVE:
                    changed(enrolled, name=said.name).save(place)
                    return said.name
            wait(ASK_AGAIN_S)


def address(hub: str) -> str:
    """
    The URL of a hub.

    Raises:
        ConfigError: it is none, or would send tokens in the open.
    """
    url = hub if "://" in hub else f"https://{hub}"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ConfigError(f"{hub!r} is no address of a hub: {error}") from error
    if not parts.hostname or parts.scheme not in ("https", "http") or parts.path.strip("/") or parts.query:
        raise ConfigError(f"{hub!r} is no address of a hub, such as https://hub.example:8446")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise ConfigError(f"{hub!r} would be sent the token in the open: use https")
    return url.rstrip("/")


def spaced(fingerprint: str) -> str:
    """A fingerprint as people compare it: in fours."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def _check_hub(place: Place, url: str) -> None:
    if place.hub.exists() and Enrolled.load(place).url != url:
        there = Enrolled.load(place).url
        raise ConfigError(f"this sensor is enrolled with {there}; move {place.folder} away to enrol it with {url}")


def _trust(place: Place, url: str, ca: Path | None, fingerprint: str | None, proxy: str) -> None:
    """Keep the certificate of the hub's own authority, if it has one."""
    if ca is not None and fingerprint is not None:
        raise ConfigError("give --ca or --ca-fingerprint, not both")
    if fingerprint is not None:
        replace(place.authority, authority(url, fingerprint, proxy=proxy or None))
    elif ca is not None:
        try:
            pem = ca.read_bytes()
        except OSError as error:
            raise ConfigError(f"{ca} cannot be read: {error.strerror}") from error
        try:
            ssl.create_default_context(cadata=pem.decode("ascii"))
        except (ssl.SSLError, ValueError) as error:
            raise ConfigError(f"{ca} holds no certificate in PEM") from error
        replace(place.authority, pem)


def _key(place: Place) -> Key:
    if not place.key.exists():
        Key.make().save(place.key)
    return place.current_key()
