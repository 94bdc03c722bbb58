"""
Who sends: a request is believed if an active sensor's key has signed it, and it has not come before.

Whoever else it is learns nothing, and is counted.
"""

import threading
from collections import deque
from dataclasses import dataclass

from isdas.hub.turned_away import TurnedAway
from isdas.lake.sensors import ACTIVE, ROTATED, WAITING, Key, Sensors
from isdas.transport.protocol import ROTATE, SEGMENTS, SELF, Request

_ALLOWED = {SEGMENTS: {ACTIVE}, SELF: {ACTIVE, WAITING}, ROTATE: {ACTIVE, ROTATED}}
"""What keys may ask for, by their states."""

_REMEMBERED = 256
"""How many requests of a key are remembered. An older one that comes again brings nothing that is not known."""


@dataclass(frozen=True, slots=True)
class Sender:
    """
    Somebody who is believed.

    Attributes:
        key: the key that signed.
        request: what was signed.
        seen_from: the address that it came from.
    """

    key: Key
    request: Request
    seen_from: str = ""


class Senders:
    """Tells who sends."""

    def __init__(self, sensors: Sensors) -> None:
        self._sensors = sensors
        self._lock = threading.Lock()
        self._seen: dict[str, deque[str]] = {}

    def expected(self, request: Request) -> Key:
        """
        The key that a request names, before its body is read.

        Raises:
            TurnedAway: nobody has it, or it may not ask for this.
        """
        key = self._sensors.key(request.key)
        if key is None:
            raise TurnedAway(401, "unknown-key")
        if key.state not in _ALLOWED[request.path]:
            # Of a waiting key only a proposed name is known, which anybody can propose.
            raise TurnedAway(403, f"{key.state}-key", "" if key.sensor is None else key.name)
        return key

    def believed(self, request: Request, body: bytes, seen_from: str = "") -> Sender:
        """
        Who signed a request with its body.

        Raises:
            TurnedAway: nobody did, or it came before.
        """
        key = self.expected(request)
        if not request.believed(key.public, body):
            raise TurnedAway(401, "bad-signature", "" if key.sensor is None else key.name)
        with self._lock:
            seen = self._seen.setdefault(key.fingerprint, deque(maxlen=_REMEMBERED))
            if request.nonce in seen:
                raise TurnedAway(401, "replayed", "" if key.sensor is None else key.name)
            seen.append(request.nonce)
        return Sender(key, request, seen_from)
