"""
The thread that sends: segments to the hub, and each hour the question how the sensor stands there.

Nothing waits for it. Without an enrolment there is none, and segments wait in the spool.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from isdas.model.errors import ConfigError, IsdasError
from isdas.sensor.enrolled import Enrolled, replace
from isdas.sensor.place import Place
from isdas.sensor.rotation import finish
from isdas.transport.ask import Unanswered, standing
from isdas.transport.beacon import SECRET_BYTES, Recogniser
from isdas.transport.clock import Clock
from isdas.transport.keys import Key
from isdas.transport.proof import Proof
from isdas.transport.spool import Spool
from isdas.transport.upload import Client, Uploader

_ASK_AGAIN_S = 60.0
_ASK_US = 3600 * 1_000_000
_FAREWELL_US = 5_000_000


@dataclass(slots=True)
class Sending:
    """
    Segments on their way to the hub.

    Attributes:
        place: where the sensor's things are.
        enrolled: which hub.
        spool: what waits.
        clock: tells the time.
        rate_bytes: how much is sent in a second at most.
        keyed: is given the key when it has been rotated.
        recognised: is given the means to know the hub's beacons; None if it sends none.
    """

    place: Place
    enrolled: Enrolled
    spool: Spool
    clock: Clock
    rate_bytes: float
    keyed: Callable[[Key], None] = lambda key: None
    recognised: Callable[[Recogniser | None], None] = lambda recogniser: None
    stop: threading.Event = field(default_factory=threading.Event)
    uploader: Uploader = field(init=False)
    trouble: str = ""
    state: str = ""
    _client: Client = field(init=False)
    _recogniser: Recogniser | None = None
    _ask_us: int = 0
    _noted: int = -1

    def __post_init__(self) -> None:
        self._client = self.enrolled.client(self.place)
        self.uploader = Uploader(
            self.spool,
            self.place.current_key(),
            self._client,
            Proof(self.place.receipts),
            self.clock,
            hub=self.enrolled.public,
            rate_bytes=self.rate_bytes,
        )
        self._know(self._remembered())

    def run(self) -> None:
        """Send until `stop` is set."""
        with self._client:
            # A change of the key that broke off would keep the hub from knowing this sensor.
            finish(self.place, clock=self.clock)
            while not self.stop.is_set():
                self._take_key()
                self._ask()
                self._remember()
                self.stop.wait(self.uploader.step())
            self._farewell()
        self._remember()

    def _farewell(self) -> None:
        """Send what was sealed last, as long as the hub takes it at once; what is left goes after the next start."""
        until_us = self.clock.running_us() + _FAREWELL_US
        left = len(self.spool) + 1
        while 0 < len(self.spool) < left and not self.uploader.sending.failures and self.clock.running_us() < until_us:
            left = len(self.spool)
            self.uploader.step()

    def told(self) -> dict[str, Any]:
        """How it goes, for the status."""
        sending = self.uploader.sending
        return {
            "hub": self.enrolled.url,
            "name": self.enrolled.name,
            "state": self.state,
            "results": dict(sending.results),
            "requests": dict(sending.requests),
            "sent_bytes": sending.sent_bytes,
            "succeeded_us": sending.succeeded_us,
            "failures": sending.failures,
            "trouble": self.trouble or sending.trouble,
        }

    def _take_key(self) -> None:
        """Sign with the key that there is now: somebody may have rotated it."""
        try:
            key = self.place.current_key()
        except ConfigError as error:
            # With the key before it segments are still admitted.
            self.trouble = str(error)
            return
        self.trouble = ""
        if key.fingerprint != self.uploader.key.fingerprint:
            self.uploader.key = key
            self.keyed(key)

    def _ask(self) -> None:
        """Ask the hub how this sensor stands, each hour; as long as it does not answer, with each attempt to send."""
        now_us = self.clock.running_us()
        if now_us < self._ask_us:
            return
        self._ask_us = now_us + round(_ASK_AGAIN_S * 1e6)
        try:
            said = standing(self._client, self.uploader.key, sent_us=self.clock.realtime_us())
        except (Unanswered, IsdasError):
            # The attempts to send tell what is wrong.
            return
        self._ask_us = now_us + _ASK_US
        self.state = said.state
        secret = _secret(said.beacon)
        if secret != (self._recogniser.secret if self._recogniser else None):
            self._know(Recogniser(secret) if secret else None)

    def _know(self, recogniser: Recogniser | None) -> None:
        self._recogniser, self._noted = recogniser, -1
        self.recognised(recogniser)

    def _remember(self) -> None:
        """Keep the number of the last beacon, so that a copy of it is none after a restart."""
        recogniser = self._recogniser
        if recogniser is None or recogniser.last == self._noted:
            return
        said = {"secret": recogniser.secret.hex(), "last": recogniser.last}
        try:
            replace(self.place.beacon, orjson.dumps(said))
            self._noted = recogniser.last
        except ConfigError as error:
            self.trouble = str(error)

    def _remembered(self) -> Recogniser | None:
        try:
            said = orjson.loads(self.place.beacon.read_bytes())
            return Recogniser(bytes.fromhex(said["secret"]), int(said["last"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _secret(said: dict[str, Any] | None) -> bytes | None:
    """The secret in the hub's settings for beacons; None if there is none that can be used."""
    try:
        found = bytes.fromhex(str((said or {})["secret"]))
    except (KeyError, ValueError):
        return None
    return found if len(found) == SECRET_BYTES else None
