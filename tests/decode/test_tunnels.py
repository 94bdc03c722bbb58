"""
What the payloads of packets say about packets inside them.
"""

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.decode import tunnels
from isdas.decode.config import Config
from isdas.decode.packets import decode

ALWAYS = Config(tunnels="always")
ETHER = bytes(12) + b"\x08\x00"
TEREDO = bytes.fromhex("20010000") + bytes(12)


def _inner(build: Any) -> bytes:
    packet: bytes = build.ip4(build.tcp(payload=b"inside"), ttl=33)
    return packet


def _udp(port: int, payload: bytes, source_port: int = 4000) -> bytes:
    return struct.pack("!HHHH", source_port, port, 8 + len(payload), 0) + payload


GRE = {
    "gre": "00000800",
    "gre, checksum": "8000080000000000",
    "gre, key": "2000080000000007",
    "gre, sequence": "1000080000000007",
    "gre, all": "b0000800000000000000000700000001",
    "gre, route": "4000080000000000" + "0800 0004 0a000001" + "0000 0000",
    "gre, bridged": "00006558" + ETHER.hex(),
    "gre, labels": "00008847" + "00012140",
    "gre, vlan": "00008100" + "00050800",
    "gre, metadata": "00008909" + "0800010100010000",
    "gre, redirected": "0000883e",
    "gre, redirected 2": "0000883e" + "00000000",
    "gre, ppp": "0000880b" + "ff030021",
    "gre, service": "0000894f" + "0fc20201" + "00000000",
    "gre, wireless": "00009000" + "0802" + bytes(22).hex() + "aaaa030000000800",
    "erspan, I": "000088be" + ETHER.hex(),
    "erspan, II": "100088be00000001" + "1000000000000000" + ETHER.hex(),
    "erspan, III": "100022eb00000001" + "200000000000000000000000" + ETHER.hex(),
    "erspan, III, more": "100022eb00000001" + "200000000000000000000001" + bytes(8).hex() + ETHER.hex(),
    "erspan, III, IP": "100022eb00000001" + "200000000000000000000800",
    "pptp": "2001880b00000001" + "ff030021",
    "pptp, all": "3081880b000000010000000100000002" + "21",
}
"""Headers of GRE before an IPv4 packet."""

UDP = {
    "vxlan": (4789, "0800000000000700" + ETHER.hex()),
    "vxlan, old port": (8472, "0800000000000700" + ETHER.hex()),
    "vxlan, general": (4790, "0c00000100000700"),
    "vxlan, general, bridged": (4790, "0800000300000700" + ETHER.hex()),
    "vxlan, general, service": (4790, "0c00000400000700" + "0fc20201" + "00000000"),
    "vxlan, general, labels": (4790, "0c00000500000700" + "00012140"),
    "geneve": (6081, "0000655800000700" + ETHER.hex()),
    "geneve, options": (6081, "0100080000000700" + "00000000"),
    "gtp": (2152, "30ff002000000001"),
    "gtp, numbered": (2152, "32ff002000000001" + "00010000"),
    "gtp, extended": (2152, "34ff002000000001" + "00000085" + "01001000"),
    "l2tp": (1701, "0002" + "00010002" + "ff030021"),
    "l2tp, all": (1701, "4a02" + "0040" + "00010002" + "00000000" + "0002aaaa" + "0021"),
    "tzsp": (37008, "01000001" + "01" + ETHER.hex()),
    "tzsp, tags": (37008, "01000001" + "00" + "0a01cc" + "01" + ETHER.hex()),
    "tzsp, wireless": (37008, "01000012" + "01" + "0802" + bytes(22).hex() + "aaaa030000000800"),
    "mpls": (6635, "00012140"),
    "gre": (4754, "00000800"),
}
"""Ports of UDP, and headers of what goes there before an IPv4 packet."""

OTHERS = {
    "ipip": (4, ""),
    "ah": (51, "0401000000000007" + "00000001"),
    "etherip": (97, "3000" + ETHER.hex()),
    "mpls": (137, "00012140"),
    "ethernet": (143, ETHER.hex()),
}
"""IP protocols, and headers of theirs before an IPv4 packet."""


def _check(build: Any, outer: bytes, name: str) -> None:
    """The packet inside is told as if it had come alone, but for where it came in and out of what."""
    packets, tally = decode(build.frames([build.eth(outer)]), ALWAYS)
    [row] = packets.table.to_pylist()
    [plain] = decode(build.frames([build.eth(_inner(build))]), ALWAYS)[0].table.to_pylist()
    assert tally.as_dict() == {"read": 1, "stored": 1, "refused": {}, "warnings": {}}
    told = {"tunnel": name.partition(",")[0], "outer_source_high": 0, "outer_source_low": 0xFFFFC0000201}
    assert row == {**plain, **told}


@pytest.mark.parametrize("name", GRE)
def test_inside_gre(build: Any, name: str) -> None:
    """GRE with any of its fields, PPTP, bridged and mirrored frames give the packet inside."""
    _check(build, build.ip4(bytes.fromhex(GRE[name]) + _inner(build), 47), name)


@pytest.mark.parametrize("name", UDP)
def test_inside_udp(build: Any, name: str) -> None:
    """What tunnels over UDP is known by its port and gives the packet inside."""
    port, header = UDP[name]
    _check(build, build.ip4(_udp(port, bytes.fromhex(header) + _inner(build)), 17), name)


@pytest.mark.parametrize("name", OTHERS)
def test_inside_ip(build: Any, name: str) -> None:
    """IP in IP, an authentication header, Ethernet and labels in IP give the packet inside."""
    protocol, header = OTHERS[name]
    _check(build, build.ip4(bytes.fromhex(header) + _inner(build), protocol), name)


@pytest.mark.parametrize(
    ("outer", "inner", "name"), [(4, 6, "6in4"), (6, 4, "4in6"), (6, 6, "6in6")], ids=["6in4", "4in6", "6in6"]
)
def test_versions_inside_each_other(build: Any, outer: int, inner: int, name: str) -> None:
    """Either version of IP goes in either."""
    inside = build.ip4(build.udp(), 17) if inner == 4 else build.ip6(build.udp(), 17)
    protocol = 4 if inner == 4 else 41
    frame = build.eth(build.ip4(inside, protocol)) if outer == 4 else build.eth(build.ip6(inside, protocol), 0x86DD)
    [row] = decode(build.frames([frame]), ALWAYS)[0].table.to_pylist()
    assert (row["ip_version"], row["protocol"], row["port"], row["tunnel"]) == (inner, 17, 1434, name)
    assert row["outer_source_high"] == (0 if outer == 4 else 0x20010DB800000000)


@pytest.mark.parametrize(
    "header", ["", "00010000" + bytes(9).hex(), "00010204" + bytes(15).hex() + "0000" + bytes(6).hex()]
)
@pytest.mark.parametrize("ports", [(4000, 3544), (3544, 4000)])
def test_teredo(build: Any, header: str, ports: tuple[int, int]) -> None:
    """A Teredo packet is known by its port and an address of Teredo's; from the server's port it comes bare."""
    inside = struct.pack("!IHBB", 6 << 28, 8, 17, 9) + TEREDO + bytes(16) + build.udp()
    frame = build.eth(build.ip4(_udp(ports[1], bytes.fromhex(header) + inside, ports[0]), 17))
    [row] = decode(build.frames([frame]), ALWAYS)[0].table.to_pylist()
    bare = ports[1] == 3544 or not header
    assert (row["tunnel"], row["port"]) == (("teredo", 1434) if bare else ("", 4000))


@pytest.mark.parametrize(
    ("protocol", "payload"),
    [
        (47, "0002080045"),
        (47, "0000080145"),
        (47, "000088cc45"),
        (47, "0001880b00000001"),
        (47, "200188be00000001"),
        (47, "100088be0000000100"),
        (47, "100022eb0000000110"),
        (47, "4000"),
        (51, "06010000"),
        (51, "04"),
        (97, "2000"),
        (4, ""),
        (4, "44"),
        (41, "45" + bytes(60).hex()),
    ],
)
def test_what_is_no_tunnel_is_a_packet(build: Any, protocol: int, payload: str) -> None:
    """Where nothing that can be read is inside, the packet stands as it came, and nothing is refused or warned of."""
    frame = build.eth(build.ip4(bytes.fromhex(payload), protocol))
    packets, tally = decode(build.frames([frame]), ALWAYS)
    [row] = packets.table.to_pylist()
    assert (row["protocol"], row["tunnel"], row["outer_source_low"]) == (protocol, "", None)
    assert (row["payload"] or b"").hex() == payload[:48]
    assert tally.as_dict() == {"read": 1, "stored": 1, "refused": {}, "warnings": {}}


@pytest.mark.parametrize(
    ("port", "header"),
    [
        (4789, "0000000000000700" + ETHER.hex()),
        (4790, "0c00000900000700"),
        (6081, "4000080000000700"),
        (6081, "000088cc00000700"),
        (2152, "10ff002000000001"),
        (2152, "3001002000000001"),
        (3544, "4500"),
        (3544, "6000" + bytes(60).hex()),
        (1701, "c802001400000000"),
        (1701, "0003" + "00010002"),
        (1701, "0202" + "00010002" + "ffff"),
        (37008, "02000001" + "01" + ETHER.hex()),
        (37008, "01000009" + "01" + ETHER.hex()),
        (6635, "00012140" + "10"),
    ],
)
def test_what_comes_to_a_tunnels_port_need_be_none(build: Any, port: int, header: str) -> None:
    """A datagram to the port of a tunnel whose header or content does not fit is a datagram to that port."""
    frame = build.eth(build.ip4(_udp(port, bytes.fromhex(header) + bytes.fromhex("44") + bytes(40)), 17))
    packets, tally = decode(build.frames([frame]), ALWAYS)
    assert packets.table.select(["port", "tunnel"]).to_pylist() == [{"port": port, "tunnel": ""}]
    assert not tally.refused


@given(
    st.sampled_from([4, 17, 41, 47, 51, 97, 137, 143]),
    st.sampled_from([1701, 2152, 3544, 4754, 4789, 4790, 6081, 6635, 8472, 37008, 1]),
    st.binary(max_size=60),
)
def test_any_bytes_may_be_in_a_tunnel(protocol: int, port: int, data: bytes) -> None:
    """What is said to be inside begins within the payload, and is of a tunnel with a name."""
    one = (np.array([value], kind) for value, kind in ((4, np.int16), (protocol, np.int16), (port, np.int32)))
    source_port, at, held = np.array([3544], np.int32), np.zeros(1, np.int64), np.array([len(data)], np.int32)
    buffer = np.frombuffer(data or b"\0", np.uint8)
    [begin], _, [name] = tunnels.take_off(buffer, *one, source_port, at, held)
    assert begin == -1 or (0 <= begin <= len(data) and tunnels.NAMES[name])
