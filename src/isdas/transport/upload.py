"""
Upload: the segments of a spool to the hub, until it has them.

One `Uploader.step` is one exchange. It never waits itself: it says how long to wait, so that a week without a hub can
be lived through in a test, and a sensor can stop at any moment.
"""

import ssl
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from isdas.model.errors import ConfigError
from isdas.transport import protocol
from isdas.transport.clock import Clock
from isdas.transport.keys import Key
from isdas.transport.proof import Proof
from isdas.transport.protocol import Answer, Misunderstood, Request, Result, signed_request
from isdas.transport.receipt import Receipt
from isdas.transport.segment import digest
from isdas.transport.spool import Spool

Client = httpx.Client
"""What asks the hub: from `connect`."""

FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 300.0
"""After the first failure and after many, the longest time until the next attempt; the time itself is random (full
jitter), so that sensors which lost the hub together do not come back together."""

LATER_S = 60.0
"""When a segment is sent again that the hub does not take now, or that stands in the way of the others."""

_PATIENCE = 3
"""After so many failures fewer segments are sent together: one that is too large for the line, or that something on
the way cannot bear, must not keep the others."""

_GENERAL = {"401", "403", "429", "503", "ConnectError", "ConnectTimeout", "ProxyError", "disk"}
"""Failures that have nothing to do with what was sent."""

_NEAREST = 8
_SLOWEST_US = 10_000_000
_ANSWER_BYTES = 1 << 20
_ANSWER_S = 120.0


def connect(hub: str, *, ca: Path | None = None, proxy: str | None = None, timeout_s: float = 30.0) -> Client:
    """
    A client for a hub; proxies of the environment count unless one is given.

    Raises:
        ConfigError: the address is no URL, or the certificate is none.
    """
    try:
        url = httpx.URL(hub)
    except httpx.InvalidURL as error:
        raise ConfigError(f"the hub {hub!r} is no URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError(f"the hub {hub!r} is no URL such as https://hub.example:8446")
    try:
        verify = ssl.create_default_context(cafile=None if ca is None else str(ca))
        return Client(base_url=url, verify=verify, proxy=proxy, timeout=timeout_s)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{ca} is no certificate: {error}") from error
    except (httpx.InvalidURL, ValueError) as error:
        raise ConfigError(f"the proxy {proxy!r} is no URL: {error}") from error


@dataclass(slots=True)
class Offset:
    """
    Hub minus sensor, as NTP measures it (RFC 5905, section 8): of the last exchanges the fastest tells best.

    Attributes:
        epoch: of the clock that was compared.
    """

    epoch: int = -1
    _found: list[tuple[int, int]] = field(default_factory=list)

    def add(self, epoch: int, sent_us: int, received_us: int, answered_us: int, back_us: int) -> None:
        """Take in the four times of an exchange: sent and back by the sensor's clock, the others by the hub's."""
        if epoch != self.epoch:
            self.epoch, self._found = epoch, []
        delay_us = (back_us - sent_us) - (answered_us - received_us)
        if 0 <= delay_us < _SLOWEST_US:
            self._found.append((delay_us, ((received_us - sent_us) + (answered_us - back_us)) // 2))
            del self._found[:-_NEAREST]

    def us(self, epoch: int) -> int | None:
        """The offset for the clock of an epoch; None if it was not measured."""
        return min(self._found)[1] if self._found and epoch == self.epoch else None


@dataclass(slots=True)
class Sending:
    """
    How it goes.

    Attributes:
        results: segments by state, those that are refused as ``refused:reason``; and ``unproven``, those whose receipt
            found no room.
        requests: exchanges by outcome: ok, the status of the answer, or the kind of failure.
        sent_bytes: of all requests.
        succeeded_us: when the hub last answered as it should, by the sensor's clock; None if it never did.
        failures: attempts since then.
        trouble: what went wrong last; empty if nothing did.
    """

    results: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    sent_bytes: int = 0
    succeeded_us: int | None = None
    failures: int = 0
    trouble: str = ""


class Uploader:
    """
    Sends what a spool holds: the newest hour first, what is older in the gaps.

    Attributes:
        key: signs the requests; may be replaced by the one that follows it.
        offset: of the clock.
        sending: how it goes.
    """

    def __init__(
        self,
        spool: Spool,
        key: Key,
        client: Client,
        proof: Proof,
        clock: Clock,
        *,
        hub: bytes | None = None,
        rate_bytes: float = 1e6,
        seed: int | None = None,
    ) -> None:
        """
        Ready to send.

        Args:
            spool: where segments wait.
            key: signs the requests.
            client: from `connect`.
            proof: where receipts are kept.
            clock: tells the time.
            hub: public key of the hub; receipts that it has not signed are not believed. None believes all.
            rate_bytes: how many bytes are sent in a second, in the long run.
            seed: of the waiting times.
        """
        self._spool, self._client, self._proof, self._clock = spool, client, proof, clock
        self.key = key
        self._hub = hub
        self._rate = rate_bytes
        self._random = np.random.default_rng(seed)
        self._not_before: dict[int, int] = {}
        self._most = protocol.MOST_SEGMENTS
        self.offset = Offset()
        self.sending = Sending()

    @property
    def offset_s(self) -> float | None:
        """Hub minus sensor, if it was measured since the clock was last set."""
        us = self.offset.us(self._spool.epoch)
        return None if us is None else us / 1e6

    def step(self) -> float:
        """Send some segments, if any wait; how many seconds to wait before the next step."""
        batch: list[tuple[int, bytes]] = []
        try:
            batch = self._batch()
            if not batch:
                return min(1.0, self._soonest_s())
            body = protocol.pack_segments(data for _, data in batch)
            answer = self._exchange(body)
            by_digest = {result.digest: result for result in answer.results}
            self._settle([(sequence, by_digest.get(digest(data))) for sequence, data in batch])
        except _Failed as failed:
            return self._failed(failed, batch)
        except OSError as error:
            return self._failed(_Failed("disk", f"the spool's disk: {error.strerror or error}"), batch)
        self._most = min(self._most * 2, protocol.MOST_SEGMENTS)
        return len(body) / self._rate

    def _batch(self) -> list[tuple[int, bytes]]:
        now, size = self._clock.running_us(), 0
        self._not_before = {sequence: at for sequence, at in self._not_before.items() if at > now}
        found: list[tuple[int, bytes]] = []
        for sequence in self._spool.waiting():
            if sequence in self._not_before:
                continue
            data = self._spool.read(sequence)
            if data is None:
                continue
            size += len(data) + 4
            if found and size > min(protocol.MOST_BODY_BYTES, max(self._rate * 10, 1 << 16)):
                break
            found.append((sequence, data))
            if len(found) == self._most:
                break
        return found

    def _soonest_s(self) -> float:
        now = self._clock.running_us()
        return min((max(at - now, 1000) / 1e6 for at in self._not_before.values()), default=1.0)

    def _exchange(self, body: bytes) -> Answer:
        epoch, known_us = self._spool.epoch, self.offset.us(self._spool.epoch)
        sent_us, running_us = self._clock.realtime_us(), self._clock.running_us()
        offsets = {} if known_us is None else self._spool.offsets_us(known_us)
        path = protocol.SEGMENTS
        request = signed_request(self.key, "POST", path, body, sent_us=sent_us, epoch=epoch, offsets_us=offsets)
        self.sending.sent_bytes += len(body)
        answer = self._answered(request, body)
        back_us = self._clock.realtime_us()
        # A clock that is set meanwhile would be measured wrong.
        steady = abs((back_us - sent_us) - (self._clock.running_us() - running_us)) < _SLOWEST_US // 100
        if steady and epoch == self._spool.epoch:
            self.offset.add(epoch, sent_us, answer.received_us, answer.sent_us, back_us)
        self.sending.requests["ok"] += 1
        self.sending.failures, self.sending.trouble = 0, ""
        self.sending.succeeded_us = back_us
        return answer

    def _answered(self, request: Request, body: bytes) -> Answer:
        headers = {**request.headers(), "content-type": "application/octet-stream"}
        try:
            with self._client.stream("POST", request.path, content=body, headers=headers) as reply:
                if reply.status_code != 200:
                    wait = reply.headers.get("retry-after", "")
                    raise _Failed(str(reply.status_code), _said(reply.status_code), _seconds(wait))
                return Answer.from_json(self._whole(reply))
        except httpx.HTTPError as error:
            raise _Failed(type(error).__name__, str(error) or type(error).__name__) from error
        except Misunderstood as error:
            raise _Failed("misunderstood", str(error)) from error

    def _whole(self, reply: httpx.Response) -> bytes:
        """The body of an answer, if it is not too large and does not trickle for ever."""
        until_us = self._clock.running_us() + round(_ANSWER_S * 1e6)
        body = b""
        for part in reply.iter_bytes():
            body += part
            if len(body) > _ANSWER_BYTES:
                raise _Failed("misunderstood", "the answer does not end")
            if self._clock.running_us() > until_us:
                raise _Failed("ReadTimeout", "the answer comes too slowly")
        return body

    def _failed(self, failed: "_Failed", batch: Sequence[tuple[int, bytes]]) -> float:
        sending = self.sending
        sending.requests[failed.kind] += 1
        sending.failures += 1
        sending.trouble = failed.message
        if failed.kind == "413" or (sending.failures > _PATIENCE and failed.kind not in _GENERAL):
            if len(batch) == 1:
                self._later(batch[0][0], failed.message)
            self._most = max(len(batch) // 2, 1)
        ceiling = min(FIRST_WAIT_S * 2.0 ** min(sending.failures - 1, 30), LONGEST_WAIT_S)
        return failed.wait_s + float(self._random.uniform(0.1, ceiling))

    def _settle(self, results: Sequence[tuple[int, Result | None]]) -> None:
        taken = [(s, r) for s, r in results if r is not None and r.state in ("admitted", "known") and self._proven(r)]
        # First the receipts: what is deleted is proven to be elsewhere. On a full disk they find room only afterwards,
        # and if they do not, the hub still has the segments and can be asked for what it signed.
        receipts = [result.receipt for _, result in taken if result.receipt is not None]
        kept = self._kept(receipts)
        for sequence, result in taken:
            self._spool.acknowledge(sequence)
            self.sending.results[result.state] += 1
            self._not_before.pop(sequence, None)
        if not kept and not self._kept(receipts):
            self.sending.results["unproven"] += len(receipts)
        settled = {sequence for sequence, _ in taken}
        for sequence, other in results:
            if sequence in settled:
                continue
            if other is not None and other.state == "refused":
                self._refused(sequence, other.reason)
            else:
                self._later(sequence, _why_later(other))

    def _kept(self, receipts: Sequence[Receipt]) -> bool:
        try:
            self._proof.add(receipts)
        except OSError:
            return False
        return True

    def _refused(self, sequence: int, reason: str) -> None:
        name = "".join(c for c in reason if c.isalnum() or c == "-")[:40] or "unsaid"
        self._spool.refuse(sequence, name)
        self.sending.results[f"refused:{name}"] += 1
        self.sending.trouble = f"refused: {name}"
        self._not_before.pop(sequence, None)

    def _later(self, sequence: int, reason: str) -> None:
        self.sending.results["later"] += 1
        self.sending.trouble = f"later: {reason or 'unsaid'}"
        self._not_before[sequence] = self._clock.running_us() + round(LATER_S * 1e6)

    def _proven(self, result: Result) -> bool:
        """Whether the hub has signed that it has just this segment; of very old ones it has no receipts any more."""
        receipt = result.receipt
        if receipt is None:
            return result.state == "known"
        return receipt.digest == result.digest and (self._hub is None or receipt.believed(self._hub))


class _Failed(Exception):
    """
    An exchange that came to nothing.

    Attributes:
        kind: for the counter.
        message: for people.
        wait_s: how long the hub wants to be left alone.
    """

    def __init__(self, kind: str, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.kind, self.message, self.wait_s = kind, message, wait_s


def _said(status: int) -> str:
    match status:
        case 401 | 403:
            return f"the hub does not know this sensor's key, or takes nothing from it ({status})"
        case 503:
            return "the hub has no room at present (503)"
    return f"the hub answers {status}"


def _why_later(result: Result | None) -> str:
    if result is None:
        return "the hub says nothing of it"
    return "the receipt is not the hub's" if result.state in ("admitted", "known") else result.reason


def _seconds(text: str) -> float:
    return min(float(text), LONGEST_WAIT_S) if text.isascii() and text.isdigit() else 0.0
