"""
Segments: sealed, numbered, signed batches of packets as bytes, with what the sensor says of the stretch they are from.

The form is in docs/reference/protocol.md.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import orjson
from blake3 import blake3

from isdas.model.errors import InputRefused
from isdas.model.packets import Packets
from isdas.transport.body import BadBody, UnknownColumn, pack, unpack
from isdas.transport.keys import SIGNATURE_BYTES, Key, signed

MAGIC = b"ISDASEG1"
SCHEMA = 1
MOST_BYTES = 8 << 20
"""The largest segment."""

MOST_PACKETS = 1 << 20
"""The most packets in one."""

_LENGTH_BYTES = 4
_MOST_HEADER_BYTES = 1 << 18
_LARGEST = 1 << 62
_SPOOL = re.compile(r"[0-9a-f]{16}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[\x21-\x7e]{1,80}")
_LOST_FIELDS = 6


class SegmentRefused(InputRefused):
    """Bytes that are no segment that can be taken; its ``reason`` is one of REASONS."""


REASONS = (
    "not-a-segment",
    "too-large",
    "truncated",
    "bad-header",
    "unsupported-schema",
    "unknown-key",
    "bad-signature",
    "bad-body",
)


@dataclass(frozen=True, slots=True)
class Header:
    """
    What a sensor says of a segment. Times are microseconds since 1970 by the sensor's clock.

    received = packets + sum(refused) + own + sum(dropped).

    Attributes:
        key: fingerprint of the key that signs.
        spool, sequence: which of the sensor's segments.
        software: the version that sealed it.
        start_us, end_us: the stretch observed.
        sealed_us: when it was sealed.
        clock_epoch: how many jumps of the clock the spool has seen.
        clock_offset_s: hub minus sensor; None if not measured since the last jump.
        addresses: how many are monitored.
        packets: how many it holds.
        received: how many frames the kernel had for the sensor, those that were dropped included.
        dropped: by cause: kernel, ring, spool.
        refused, odd: as in `model.tally.Tally`; odd ones are packets too.
        own: packets of the sensor's own traffic, left out.
        lost: what the full spool evicted since the last segment, as [first sequence, last sequence, segments, packets,
            start_us, end_us].
        spool_bytes, spool_segments: how much waits to be sent.
        uptime_s: how long the sensor has been running.
        columns: description of the body's columns.
        raw_bytes: size of the body before compression.
        body_bytes, body_blake3: size and digest of the body.
        schema: version of this form.
    """

    key: str
    spool: str
    sequence: int
    software: str
    start_us: int
    end_us: int
    sealed_us: int
    clock_epoch: int = 0
    clock_offset_s: float | None = None
    addresses: int = 0
    packets: int = 0
    received: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    odd: dict[str, int] = field(default_factory=dict)
    own: int = 0
    lost: list[list[int]] = field(default_factory=list)
    spool_bytes: int = 0
    spool_segments: int = 0
    uptime_s: int = 0
    columns: list[list[Any]] = field(default_factory=list)
    raw_bytes: int = 0
    body_bytes: int = 0
    body_blake3: str = ""
    schema: int = SCHEMA

    @property
    def accounted(self) -> int:
        """How much of what was received is told of."""
        return self.packets + sum(self.refused.values()) + self.own + sum(self.dropped.values())

    @property
    def balanced(self) -> bool:
        """Whether that is all of it."""
        return self.received == self.accounted


def seal(packets: Packets, header: Header, key: Key) -> bytes:
    """
    The bytes of a segment; what the header says of key, packets and body is filled in.

    Raises:
        ValueError: the header does not account for all that was received, or there are too many packets.
    """
    described, raw_bytes, body = pack(packets)
    said = asdict(header) | {
        "key": key.fingerprint,
        "packets": len(packets),
        "columns": described,
        "raw_bytes": raw_bytes,
        "body_bytes": len(body),
        "body_blake3": blake3(body).hexdigest(),
    }
    if fault := _fault(said):
        raise ValueError(f"a segment cannot be sealed: {fault}")
    text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    content = MAGIC + len(text).to_bytes(_LENGTH_BYTES, "little") + text + body
    if len(content) + SIGNATURE_BYTES > MOST_BYTES:
        raise ValueError(f"a segment of {len(content)} bytes is too large")
    return content + key.sign(content)


def read_header(data: bytes) -> Header:
    """
    What a segment says of itself, not yet believed: neither signature nor body are looked at.

    Raises:
        SegmentRefused: ``not-a-segment``, ``too-large``, ``truncated``, ``bad-header`` or ``unsupported-schema``.
    """
    if len(data) > MOST_BYTES:
        raise SegmentRefused("too-large", f"{len(data)} bytes are too many for a segment")
    if not data.startswith(MAGIC):
        raise SegmentRefused("not-a-segment", f"a segment does not begin with {data[: len(MAGIC)]!r}")
    said = _said(data)
    if said.get("schema") != SCHEMA:
        raise SegmentRefused("unsupported-schema", f"a segment of schema {str(said.get('schema'))[:20]}, not {SCHEMA}")
    if fault := _fault(said):
        raise SegmentRefused("bad-header", fault)
    header = Header(**said)
    if len(data) < _body_at(data) + header.body_bytes + SIGNATURE_BYTES:
        raise SegmentRefused("truncated", f"the segment ends after {len(data)} bytes, within its body or signature")
    return header


def unseal(data: bytes, public_of: Callable[[str], bytes | None]) -> tuple[Header, Packets]:
    """
    A segment's header and packets.

    Args:
        data: any bytes.
        public_of: gives the public key with a fingerprint, None if nobody has it.

    Raises:
        SegmentRefused: for any of REASONS.
    """
    header = read_header(data)
    public = public_of(header.key)
    if public is None:
        raise SegmentRefused("unknown-key", f"nobody has the key {header.key}")
    at = _body_at(data)
    end = at + header.body_bytes
    if len(data) != end + SIGNATURE_BYTES or not signed(public, data[end:], data[:end]):
        raise SegmentRefused("bad-signature", f"the signature is not that of the key {header.key}")
    body = data[at:end]
    if blake3(body).hexdigest() != header.body_blake3:
        raise SegmentRefused("bad-body", "the body is not the one that the header tells of")
    try:
        return header, unpack(header.columns, header.raw_bytes, header.packets, body)
    except UnknownColumn as error:
        raise SegmentRefused("unsupported-schema", str(error)) from error
    except BadBody as error:
        raise SegmentRefused("bad-body", str(error)) from error


def digest(data: bytes) -> str:
    """What a segment's bytes are known by: 64 hexadecimal digits of BLAKE3."""
    return blake3(data).hexdigest()


def _body_at(data: bytes) -> int:
    at = len(MAGIC) + _LENGTH_BYTES
    return at + int.from_bytes(data[len(MAGIC) : at], "little")


def _said(data: bytes) -> dict[str, Any]:
    at, end = len(MAGIC) + _LENGTH_BYTES, _body_at(data)
    if end - at > _MOST_HEADER_BYTES:
        raise SegmentRefused("bad-header", f"a header of {end - at} bytes is too long")
    if len(data) < end:
        raise SegmentRefused("truncated", f"the segment ends after {len(data)} bytes, within its header")
    try:
        said = orjson.loads(data[at:end])
    except orjson.JSONDecodeError as error:
        raise SegmentRefused("bad-header", f"the header is no JSON: {error}") from error
    if not isinstance(said, dict):
        raise SegmentRefused("bad-header", "the header is no JSON object")
    return said


_PATTERNS = {"key": _KEY, "spool": _SPOOL, "software": _NAME, "body_blake3": _DIGEST}
_COUNTS = {"dropped", "refused", "odd"}
_NUMBERS = {f.name for f in fields(Header)} - _PATTERNS.keys() - _COUNTS - {"clock_offset_s", "lost", "columns"}
_LONGEST_OFFSET_S = 1e10


def _fault(said: dict[str, Any]) -> str:
    """What is wrong with a header; empty if nothing is."""
    if said.keys() != {f.name for f in fields(Header)}:
        return "the header has other fields than headers have"
    for name, pattern in _PATTERNS.items():
        if not isinstance(said[name], str) or not pattern.fullmatch(said[name]):
            return f"{name} is not what it should be"
    for name in _NUMBERS:
        if not _number(said[name]):
            return f"{name} is no number from 0 to 2**62"
    for name in _COUNTS:
        counts = said[name]
        if not isinstance(counts, dict) or not all(_NAME.fullmatch(k) and _number(v) for k, v in counts.items()):
            return f"{name} are not counts by name"
    return _fault_within(said)


def _fault_within(said: dict[str, Any]) -> str:
    offset = said["clock_offset_s"]
    if offset is not None and not (isinstance(offset, float | int) and abs(offset) < _LONGEST_OFFSET_S):
        return "clock_offset_s is no number of seconds"
    if not isinstance(said["lost"], list) or not all(_lost(each) for each in said["lost"]):
        return "lost are not stretches that were evicted"
    if not isinstance(said["columns"], list):
        return "columns are no list"
    if said["end_us"] < said["start_us"]:
        return "the stretch ends before it begins"
    if said["packets"] > MOST_PACKETS:
        return f"more than {MOST_PACKETS} packets"
    header = Header(**said)
    if not header.balanced:
        return f"received {header.received} is not packets + refused + own + dropped, {header.accounted}"
    return ""


def _number(value: Any) -> bool:
    return type(value) is int and 0 <= value < _LARGEST


def _lost(each: Any) -> bool:
    return isinstance(each, list) and len(each) == _LOST_FIELDS and all(_number(value) for value in each)
