"""Tests of isdas.enrich.tool."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.tool import TOOLS, tool
from isdas.model.columns import Capability
from isdas.model.packets import Packets

Make = Callable[..., Packets]
TARGET = 192 << 24 | 2 << 8 | 1
"""192.0.2.1, the destination of the packets here."""

SYN: dict[str, Any] = {"flags": 2, "ip_id": 1, "tcp_sequence": 99, "port": 23}


def of(packets: Packets) -> str | None:
    """The tool of the only packet."""
    [found] = tool(packets).to_pylist()
    return None if found is None else str(found)


def masscan_id(sequence: int, port: int) -> int:
    """What masscan puts into the identification."""
    return (TARGET ^ port ^ sequence) & 0xFFFF


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ""),
        ({"ip_id": 54321}, "zmap"),
        ({"ip_id": 54320}, ""),
        ({"ip_id": masscan_id(99, 23)}, "masscan"),
        ({"ip_id": masscan_id(99, 23) ^ 1}, ""),
        ({"tcp_sequence": 0xDEADBEEF, "ip_id": masscan_id(0xDEADBEEF, 23)}, "masscan"),
        ({"tcp_sequence": TARGET}, "mirai-like"),
        ({"tcp_sequence": TARGET, "port": 37215, "ip_id": 54321}, "mirai-like"),
        ({"tcp_sequence": TARGET - 1}, ""),
    ],
)
def test_fingerprints(tcp: Make, changes: dict[str, Any], expected: str) -> None:
    """ZMap's fixed identification, masscan's cookie (masked to 16 bits) and the Mirai family's sequence number."""
    assert of(tcp(**{**SYN, **changes})) == expected


@pytest.mark.parametrize("flags", [0, 1, 4, 16, 18, 20])
def test_only_syns_bear_fingerprints(tcp: Make, flags: int) -> None:
    """A packet that is no SYN names no tool, whatever its numbers are."""
    assert of(tcp(**{**SYN, "flags": flags, "ip_id": 54321})) == ""


def test_ecn_does_not_hide_a_fingerprint(tcp: Make) -> None:
    """A SYN that offers ECN is a SYN."""
    assert of(tcp(**{**SYN, "flags": 2 | 64 | 128, "ip_id": 54321})) == "zmap"


def test_other_protocols_name_no_tool(udp: Make, icmp: Make) -> None:
    """The rules are of TCP SYNs alone."""
    assert of(udp(53413, ip_id=54321)) == ""
    assert of(icmp(8, ip_id=54321)) == ""


@pytest.mark.parametrize(
    "hidden", [Capability.IP_ID, Capability.SEQUENCE, Capability.TCP_FLAGS, Capability.DESTINATION]
)
def test_what_could_not_be_seen_is_null(tcp: Make, hidden: Capability) -> None:
    """Where the input cannot show one of the fields the tool is not known, which is not the same as none."""
    capabilities = int(Capability.CAPTURE & ~hidden)
    assert of(tcp(**{**SYN, "ip_id": 54321}, capabilities=capabilities)) is None
    assert of(tcp(**SYN, capabilities=0)) is None


def test_ipv6_cannot_show_a_tool(tcp: Make) -> None:
    """IPv6 has no identification, so a packet over it can neither bear nor lack these fingerprints."""
    packets = tcp(2, source="2001:db8::9", destination="2001:db8::1:1", tcp_sequence=0x10001, ip_id=None)
    assert of(packets) is None


def test_a_cut_header_shows_no_tool(tcp: Make) -> None:
    """A capture that was cut before the flags shows nothing."""
    assert of(tcp(None, ip_id=54321)) is None


def test_a_random_packet_seldom_matches() -> None:
    """Of a million SYNs with random numbers about 15 match each 16-bit rule, and none the 32-bit one."""
    rng, n = np.random.default_rng(8), 1_000_000
    values = {
        "capabilities": int(Capability.CAPTURE),
        "ip_version": 4,
        "protocol": 6,
        "tcp_flags": 2,
        "destination_low": 0xFFFF << 32 | rng.integers(0, 1 << 32, n),
        "port": rng.integers(0, 1 << 16, n).astype(np.int32),
        "tcp_sequence": rng.integers(0, 1 << 32, n),
        "ip_id": rng.integers(0, 1 << 16, n).astype(np.int32),
    }
    found = tool(Packets.of(values, n)).value_counts().to_pylist()
    counts = {pair["values"]: pair["counts"] for pair in found}
    assert 2 < counts["zmap"] < 40
    assert 2 < counts["masscan"] < 40
    assert counts.get("mirai-like", 0) <= 1


@given(seed=st.integers(0, 2**32), n=st.integers(0, 50))
def test_every_packet_has_a_known_tool_or_null(random_packets: Make, seed: int, n: int) -> None:
    """Whatever the columns say, the tool is one of those there are, empty or null."""
    assert set(tool(random_packets(seed, n)).to_pylist()) <= {*TOOLS, None}
