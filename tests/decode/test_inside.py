"""
Carriers and tunnels one inside the other, and when a tunnel is taken off.
"""

import struct
from typing import Any, Literal

import numpy as np
import pytest

from isdas.decode.config import Config
from isdas.decode.inside import MOST_TUNNELS, name_of
from isdas.decode.packets import decode
from isdas.decode.tunnels import NAMES
from isdas.model.address import halves

ALWAYS = Config(tunnels="always")
GRE = bytes.fromhex("00000800")
BRIDGED = bytes.fromhex("00006558")
VXLAN = struct.pack("!HHHHII", 4000, 4789, 0, 0, 0x08000000, 7 << 8)
OURS = np.array([(*halves("198.51.100.0"), -1, -256)], np.int64)
"""198.51.100.0/24, where the builders send IPv4 packets."""


def _told(build: Any, *frames: bytes, config: Config = ALWAYS, ours: Any = None) -> list[tuple[int, str]]:
    """The protocol of each packet and the tunnels it was in."""
    packets, tally = decode(build.frames(frames), config, ours)
    assert tally.reconciles
    return [(row["protocol"], row["tunnel"]) for row in packets.table.to_pylist()]


def test_every_tunnel_has_a_name_of_its_own() -> None:
    """No two tunnels share a name, and all fit a label."""
    assert len(set(NAMES)) == len(NAMES) <= 32
    assert name_of(0) == ""
    assert name_of(5 << 5 | 12) == "gre/vxlan"


def test_tunnels_in_tunnels(build: Any) -> None:
    """The names of tunnels stand in the order in which they are taken off."""
    inner = build.ip4(build.tcp())
    in_vxlan = build.ip4(VXLAN + build.eth(inner), 17)
    in_gre = build.ip4(BRIDGED + build.eth(in_vxlan, tags=[0x8100]), 47)
    in_ipv6 = build.ip6(in_gre, 4)
    assert _told(build, build.eth(in_vxlan), build.eth(in_gre), build.eth(in_ipv6, 0x86DD)) == [
        (6, "vxlan"),
        (6, "gre/vxlan"),
        (6, "4in6/gre/vxlan"),
    ]


def test_carriers_in_tunnels_and_tunnels_in_carriers(build: Any) -> None:
    """A tag of a switch is passed on either side of a tunnel."""
    tag = bytes(4) + b"\x08\x00"
    inside = build.ip4(BRIDGED + build.eth(tag + build.ip4(build.tcp()), 0x8926), 47)
    refused = build.ip4(BRIDGED + build.eth(bytes(4) + b"\x08\x06" + bytes(28), 0x8926), 47)
    frames = [build.eth(tag + inside, 0x8926), build.eth(tag + refused, 0x8926), build.eth(refused)]
    assert _told(build, *frames) == [(6, "gre"), (47, ""), (47, "")]


@pytest.mark.parametrize("depth", range(1, 8))
def test_no_more_than_four_tunnels_are_taken_off(build: Any, depth: int) -> None:
    """The fifth tunnel is the packet."""
    packet = build.ip4(build.tcp())
    for _ in range(depth):
        packet = build.ip4(packet, 4)
    taken = min(depth, MOST_TUNNELS)
    assert _told(build, build.eth(packet)) == [(6 if taken == depth else 4, "/".join(["ipip"] * taken))]


def test_many_headers_end(build: Any, rows: Any) -> None:
    """A frame of nothing but tags is refused before long."""
    tag = bytes(4) + b"\x89\x26"
    assert rows(build.eth(tag * 30 + bytes(4) + b"\x08\x00" + build.ip4(build.tcp()), 0x8926))[1].refused == {
        "not-ip": 1
    }


@pytest.mark.parametrize(
    ("tunnels", "told"),
    [
        ("never", [(47, ""), (47, ""), (6, "")]),
        ("always", [(6, "gre"), (17, "gre"), (6, "")]),
        ("auto", [(47, ""), (17, "gre"), (6, "")]),
    ],
)
def test_a_tunnel_to_a_monitored_address_stays(
    build: Any, tunnels: Literal["auto", "always", "never"], told: list[tuple[int, str]]
) -> None:
    """By default the packet that a sensor received itself is the packet, and what others' tunnels hold is unwrapped."""
    to_us = build.ip4(GRE + build.ip4(build.tcp()), 47)
    to_others = to_us[:16] + bytes([203, 0, 113, 9]) + GRE + build.ip4(build.udp(), 17)
    frames = [build.eth(to_us), build.eth(to_others), build.eth(build.ip4(build.tcp()))]
    assert _told(build, *frames, config=Config(tunnels=tunnels), ours=OURS) == told


def test_without_monitored_addresses_every_tunnel_is_taken_off(build: Any) -> None:
    """Who does not say which addresses are monitored gets the packets inside."""
    assert _told(build, build.eth(build.ip4(GRE + build.ip4(build.tcp()), 47)), config=Config()) == [(6, "gre")]


def test_a_mirrored_scan_for_open_tunnels_stays_a_scan(build: Any) -> None:
    """What a mirror port sends is unwrapped down to what the sensor received, and no further."""
    scan = build.ip4(build.ip4(build.tcp()), 4)
    mirror = build.ip4(bytes.fromhex("000088be") + build.eth(scan), 47)
    elsewhere = mirror[:16] + bytes([203, 0, 113, 9]) + mirror[20:]
    packets, _ = decode(build.frames([build.eth(elsewhere)]), Config(), OURS)
    [row] = packets.table.to_pylist()
    assert (row["protocol"], row["tunnel"], row["outer_source_low"]) == (4, "erspan", 0xFFFFC0000201)
    assert row["payload"][:1] == b"\x45"


def test_ipv6_addresses_are_monitored_too(build: Any) -> None:
    """A tunnel to a monitored IPv6 network stays."""
    frame = build.eth(build.ip6(GRE + build.ip4(build.tcp()), 47), 0x86DD)
    ours = np.array([(*halves("fe80::"), *halves("ffff::"))], np.int64)
    assert _told(build, frame, config=Config(), ours=ours) == [(47, "")]


def test_fragments_of_a_tunnel(build: Any) -> None:
    """The first fragment shows the packet inside; a later one is a fragment of the outer packet."""
    inside = GRE + build.ip4(build.tcp(payload=bytes(80)))
    first, later = build.ip4(inside[:64], 47, fragment=0x2000), build.ip4(inside[64:], 47, fragment=8)
    assert _told(build, build.eth(first), build.eth(later)) == [(6, "gre"), (47, "")]


def test_snapped_packets_inside(build: Any) -> None:
    """What the capture kept of a packet inside is told; where its IP header is cut, the outer packet stands."""
    whole = build.eth(build.ip4(GRE + build.ip4(build.tcp(payload=bytes(100))), 47))
    frames = build.frames([whole[: 14 + 24 + 30], whole[: 14 + 24 + 19]], original=len(whole))
    packets, tally = decode(frames, ALWAYS)
    told = [(row["protocol"], row["port"], row["tcp_flags"], row["ip_length"]) for row in packets.table.to_pylist()]
    assert told == [(6, 445, None, 140), (47, -1, None, 164)]
    assert tally.warnings == {"short-tcp": 1}


def test_quoted_packets_inside(build: Any) -> None:
    """An ICMP error in a tunnel quotes as it does outside."""
    error = build.ip4(build.icmp(3, 3, bytes(4) + build.ip4(build.tcp())), 1)
    [row] = decode(build.frames([build.eth(build.ip4(GRE + error, 47))]), ALWAYS)[0].table.to_pylist()
    assert (row["protocol"], row["quoted_protocol"], row["quoted_port"], row["tunnel"]) == (1, 6, 445, "gre")
