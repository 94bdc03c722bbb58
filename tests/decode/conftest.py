"""
Small builders of packets and frames, so that tests can say header by header what is in one.
"""

import struct
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from isdas.decode.packets import decode
from isdas.model.frames import Frames
from isdas.model.tally import Tally

A4, B4 = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 7])
A6, B6 = bytes.fromhex("20010db8") + bytes(11) + b"\x01", bytes.fromhex("fe80") + bytes(13) + b"\x07"


def _frames(
    data: Sequence[bytes], link: int = 1, original: int | None = None, time_us: int = 1_225_371_600_000_000
) -> Frames:
    """Frames of one link type, one second apart."""
    sizes = np.array([len(each) for each in data], np.int64)
    n = len(data)
    return Frames(
        np.frombuffer(b"".join(data) or b"\0", np.uint8),
        np.cumsum(sizes) - sizes,
        sizes.astype(np.int32),
        np.maximum(sizes, original or 0).astype(np.int32),
        time_us + np.arange(n, dtype=np.int64) * 1_000_000,
        np.full(n, link, np.int32),
        np.arange(n, dtype=np.int64),
    )


def _eth(payload: bytes, kind: int = 0x0800, tags: Sequence[int] = ()) -> bytes:
    """An Ethernet frame; *tags* are the EtherTypes of VLAN tags, outermost first."""
    kinds = [*tags, kind]
    head = bytes(12) + struct.pack("!H", kinds[0])
    return head + b"".join(struct.pack("!HH", 5, inner) for inner in kinds[1:]) + payload


def _ip4(
    payload: bytes,
    protocol: int = 6,
    *,
    options: bytes = b"",
    fragment: int = 0,
    total: int | None = None,
    ttl: int = 110,
) -> bytes:
    """An IPv4 packet; *fragment* is the 16-bit word of flags and offset."""
    size = 20 + len(options)
    stated = size + len(payload) if total is None else total
    head = struct.pack("!BBHHHBBH", 0x40 | size // 4, 0, stated, 54321, fragment, ttl, protocol, 0)
    return head + A4 + B4 + options + payload


def _ip6(payload: bytes, following: int = 6, *, length: int | None = None) -> bytes:
    """An IPv6 packet."""
    return struct.pack("!IHBB", 6 << 28, len(payload) if length is None else length, following, 64) + A6 + B6 + payload


def _tcp(flags: int = 2, options: bytes = b"", payload: bytes = b"", offset: int | None = None) -> bytes:
    """A TCP segment to port 445 with sequence number 3405691582."""
    words = 5 + len(options) // 4 if offset is None else offset
    return struct.pack("!HHIIHHI", 6000, 445, 0xCAFEBABE, 7, words << 12 | flags, 16384, 0) + options + payload


def _udp(payload: bytes = b"") -> bytes:
    """A UDP datagram to port 1434."""
    return struct.pack("!HHHH", 4000, 1434, 8 + len(payload), 0) + payload


def _icmp(kind: int = 8, code: int = 0, rest: bytes = bytes(4)) -> bytes:
    """An ICMP message."""
    return struct.pack("!BBH", kind, code, 0) + rest


@pytest.fixture(scope="session")
def build() -> SimpleNamespace:
    """The builders: eth, ip4, ip6, tcp, udp, icmp and frames."""
    return SimpleNamespace(eth=_eth, ip4=_ip4, ip6=_ip6, tcp=_tcp, udp=_udp, icmp=_icmp, frames=_frames)


@pytest.fixture(scope="session")
def rows() -> Callable[..., tuple[list[dict[str, object]], Tally]]:
    """Decode frames of one link type to a dictionary per packet, nulls included, and the tally."""

    def _rows(*data: bytes, link: int = 1, original: int | None = None) -> tuple[list[dict[str, object]], Tally]:
        packets, tally = decode(_frames(data, link, original))
        packets.table.validate(full=True)
        assert tally.reconciles
        return packets.table.to_pylist(), tally

    return _rows
