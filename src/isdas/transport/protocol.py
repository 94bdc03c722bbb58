"""
What sensors and the hub say to each other: paths, signed requests, and the bodies of requests and answers.

docs/reference/protocol.md tells it in full. Nothing here opens a connection.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson
from blake3 import blake3

from isdas.transport.keys import Key, signed
from isdas.transport.receipt import Receipt
from isdas.transport.segment import MOST_BYTES

ENROL = "/sensor/v1/enrol"
SELF = "/sensor/v1/self"
SEGMENTS = "/sensor/v1/segments"
ROTATE = "/sensor/v1/rotate"
AUTHORITY = "/sensor/v1/authority"
"""The certificate of the hub's own authority, for those who were told its fingerprint; asked for by GET, unsigned."""

MOST_SEGMENTS = 64
"""The most segments in one request."""

MOST_BODY_BYTES = MOST_BYTES + 4 * MOST_SEGMENTS
"""The largest body of a request; segments go together as long as there is room."""

KEY, SENT, EPOCH, OFFSETS, NONCE, SIGNATURE = (
    "isdas-key",
    "isdas-sent",
    "isdas-clock-epoch",
    "isdas-clock-offsets",
    "isdas-nonce",
    "isdas-signature",
)
"""The headers of a signed request."""

State = Literal["admitted", "known", "refused", "later"]
STATES: tuple[State, ...] = ("admitted", "known", "refused", "later")

_LENGTH_BYTES = 4


class Misunderstood(ValueError):
    """A request or an answer that is not of the form it should have."""


@dataclass(frozen=True, slots=True)
class Request:
    """
    A signed request.

    Attributes:
        method, path: such as POST and SEGMENTS.
        key: fingerprint of the key that signs it.
        sent_us: when, microseconds since 1970 by the sensor's clock.
        epoch: how many jumps of the clock the sensor's spool has seen.
        nonce: 32 random hexadecimal digits, new for each request.
        offsets_us: hub minus sensor for the clock of some epochs, as far as that was measured; by the size of the jumps
            since, that of an earlier epoch is known when that of the present one is.
        signature: of all of it and the body.
    """

    method: str
    path: str
    key: str
    sent_us: int
    epoch: int
    nonce: str
    offsets_us: Mapping[int, int] = field(default_factory=dict)
    signature: bytes = b""

    def believed(self, public: bytes, body: bytes) -> bool:
        """Whether the key with 32 public bytes has signed it with that body."""
        return signed(public, self.signature, self._content(body))

    def headers(self) -> dict[str, str]:
        """The headers to send."""
        return {
            KEY: self.key,
            SENT: str(self.sent_us),
            EPOCH: str(self.epoch),
            OFFSETS: self._offsets(),
            NONCE: self.nonce,
            SIGNATURE: self.signature.hex(),
        }

    def _offsets(self) -> str:
        return ",".join(f"{epoch}:{offset_us}" for epoch, offset_us in sorted(self.offsets_us.items()))

    def _content(self, body: bytes) -> bytes:
        clock = (self.sent_us, self.epoch, self._offsets())
        said = ("isdas request", self.method, self.path, self.key, *clock, self.nonce)
        return "\n".join([*map(str, said), blake3(body).hexdigest()]).encode()


def signed_request(
    key: Key,
    method: str,
    path: str,
    body: bytes,
    *,
    sent_us: int,
    epoch: int = 0,
    offsets_us: Mapping[int, int] | None = None,
) -> Request:
    """A new request, signed."""
    request = Request(method, path, key.fingerprint, sent_us, epoch, secrets.token_hex(16), offsets_us or {})
    return replace(request, signature=key.sign(request._content(body)))


def read_request(method: str, path: str, headers: Mapping[str, str]) -> Request:
    """
    What the headers of a request say, not yet believed.

    Raises:
        Misunderstood: one is missing or not of its form.
    """
    try:
        key, nonce = headers[KEY], headers[NONCE]
        signature = bytes.fromhex(headers[SIGNATURE])
        sent_us, epoch = _natural(headers[SENT]), _natural(headers[EPOCH])
        offsets_us = dict(map(_offset, filter(None, headers[OFFSETS].split(","))))
    except (KeyError, ValueError) as error:
        raise Misunderstood(f"the request is not signed as requests are: {error}") from error
    if len(key) != 32 or len(nonce) != 32 or not (key + nonce).isalnum():
        raise Misunderstood("key and nonce have 32 digits each")
    return Request(method, path, key, sent_us, epoch, nonce, offsets_us, signature)


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(f"{text[:20]!r} is no number")
    return int(text)


def _offset(text: str) -> tuple[int, int]:
    epoch, _, offset = text.partition(":")
    return _natural(epoch), -_natural(offset[1:]) if offset.startswith("-") else _natural(offset)


def pack_segments(segments: Iterable[bytes]) -> bytes:
    """The body of a request with some segments."""
    return b"".join(len(each).to_bytes(_LENGTH_BYTES, "little") + each for each in segments)


def unpack_segments(body: bytes) -> list[bytes]:
    """
    The segments in a body.

    Raises:
        Misunderstood: there are too many, none, or the body ends within one.
    """
    found: list[bytes] = []
    at = 0
    while at < len(body):
        size = int.from_bytes(body[at : at + _LENGTH_BYTES], "little")
        at += _LENGTH_BYTES
        if at + size > len(body) or len(found) == MOST_SEGMENTS:
            raise Misunderstood("the body ends within a segment, or has too many")
        found.append(body[at : at + size])
        at += size
    if not found:
        raise Misunderstood("there is no segment in the body")
    return found


@dataclass(frozen=True, slots=True)
class Result:
    """
    What became of one segment.

    Attributes:
        digest: of its bytes, by which the sensor knows it.
        state: ``admitted`` and ``known``: it is in; ``later``: keep it and send it again; ``refused``: never.
        reason: why, for those that are not in.
        receipt: for those that are; None for one that came in so long ago that its row is gone.
    """

    digest: str
    state: State
    reason: str = ""
    receipt: Receipt | None = None

    def as_dict(self) -> dict[str, object]:
        """The form that is sent."""
        receipt = None if self.receipt is None else self.receipt.as_dict()
        return {"digest": self.digest, "state": self.state, "reason": self.reason, "receipt": receipt}

    @classmethod
    def from_dict(cls, said: Any) -> "Result":
        """
        From that form.

        Raises:
            Misunderstood: it is none.
        """
        match said:
            case {"digest": str(digest), "state": str(state), "reason": str(reason), "receipt": receipt} if (
                state in STATES
            ):
                try:
                    believed = None if receipt is None else Receipt.from_dict(receipt)
                except ValueError as error:
                    raise Misunderstood(str(error)) from error
                return cls(digest, state, reason, believed)
        raise Misunderstood("the answer tells of no segment")


@dataclass(frozen=True, slots=True)
class Answer:
    """
    The hub's answer to segments.

    Attributes:
        received_us, sent_us: when the request came and when the answer left, microseconds since 1970 by its clock.
        results: one for each segment, in their order.
    """

    received_us: int
    sent_us: int
    results: Sequence[Result]

    def as_json(self) -> bytes:
        """The body of the answer."""
        results = [each.as_dict() for each in self.results]
        return orjson.dumps({"received_us": self.received_us, "sent_us": self.sent_us, "results": results})

    @classmethod
    def from_json(cls, body: bytes) -> "Answer":
        """
        From that body.

        Raises:
            Misunderstood: it is none.
        """
        match _json(body):
            case {"received_us": int(received), "sent_us": int(sent), "results": list(results)}:
                return cls(received, sent, [Result.from_dict(each) for each in results])
        raise Misunderstood("the answer is not of the form that answers to segments have")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """
    What a sensor says to be enrolled; nobody has approved it yet, so that it signs only with what it sends.

    Attributes:
        token: the one-time token of the operator.
        public: its public key, 32 bytes.
        name: what it would like to be called; may be empty.
        software: its version.
    """

    token: str
    public: bytes
    name: str = ""
    software: str = ""

    def as_json(self, key: Key) -> bytes:
        """The body of the request, with a signature that shows that the sensor has the key."""
        said = {"token": self.token, "public": self.public.hex(), "name": self.name, "software": self.software}
        return orjson.dumps({**said, "signature": key.sign(self._content()).hex()})

    def _content(self) -> bytes:
        return "\n".join(["isdas enrolment", self.token, self.public.hex(), self.name, self.software]).encode()

    @classmethod
    def from_json(cls, body: bytes) -> "Enrolment":
        """
        From that body.

        Raises:
            Misunderstood: it is none, or the signature is not that of the key.
        """
        match _json(body):
            case {"token": str(t), "public": str(p), "name": str(n), "software": str(s), "signature": str(signature)}:
                try:
                    said = cls(t[:200], bytes.fromhex(p), n[:80], s[:80])
                    if signed(said.public, bytes.fromhex(signature), said._content()):
                        return said
                except ValueError as error:
                    raise Misunderstood(str(error)) from error
        raise Misunderstood("the body is not of the form that enrolments have, or not signed by the key in it")


@dataclass(frozen=True, slots=True)
class Standing:
    """
    What the hub says of the sensor that asks, and of itself.

    Attributes:
        state: waiting, active, revoked or retired.
        name: what it is called; empty as long as it waits.
        hub: public key of the hub, 32 bytes, by which receipts are signed.
        received_us, sent_us: as in an Answer.
        beacon: settings for beacons; None if there are none to look for.
    """

    state: str
    name: str
    hub: bytes
    received_us: int
    sent_us: int
    beacon: dict[str, Any] | None = None

    def as_json(self) -> bytes:
        """The body of the answer."""
        said = {"state": self.state, "name": self.name, "hub": self.hub.hex(), "beacon": self.beacon}
        return orjson.dumps({**said, "received_us": self.received_us, "sent_us": self.sent_us})

    @classmethod
    def from_json(cls, body: bytes) -> "Standing":
        """
        From that body.

        Raises:
            Misunderstood: it is none.
        """
        match _json(body):
            case {
                "state": str(state),
                "name": str(name),
                "hub": str(hub),
                "received_us": int(received),
                "sent_us": int(sent),
                "beacon": dict() | None as beacon,
            }:
                try:
                    return cls(state, name, bytes.fromhex(hub), received, sent, beacon)
                except ValueError as error:
                    raise Misunderstood(str(error)) from error
        raise Misunderstood("the answer is not of the form that a sensor's standing has")


@dataclass(frozen=True, slots=True)
class Rotation:
    """
    A new key in place of the one that signs the request.

    Attributes:
        public: the new one, 32 bytes.
        proof: signature of both public keys by the new key.
    """

    public: bytes
    proof: bytes

    @classmethod
    def of(cls, old: Key, new: Key) -> "Rotation":
        """From one key to another."""
        return cls(new.public, new.sign(_rotating(old.public, new.public)))

    def proven(self, old: bytes) -> bool:
        """Whether who has the new key agrees to follow the old one."""
        return signed(self.public, self.proof, _rotating(old, self.public))

    def as_json(self) -> bytes:
        """The body of the request."""
        return orjson.dumps({"public": self.public.hex(), "proof": self.proof.hex()})

    @classmethod
    def from_json(cls, body: bytes) -> "Rotation":
        """
        From that body.

        Raises:
            Misunderstood: it is none.
        """
        match _json(body):
            case {"public": str(public), "proof": str(proof)}:
                try:
                    return cls(bytes.fromhex(public), bytes.fromhex(proof))
                except ValueError as error:
                    raise Misunderstood(str(error)) from error
        raise Misunderstood("the body is not of the form that rotations have")


def _rotating(old: bytes, new: bytes) -> bytes:
    return b"isdas rotation\n" + old + new


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Misunderstood(f"the body is no JSON: {error}") from error
