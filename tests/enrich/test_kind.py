"""Tests of isdas.enrich.kind."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.kind import KINDS, kind
from isdas.model.columns import Capability
from isdas.model.packets import Packets

Make = Callable[..., Packets]
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = (1 << i for i in range(9))
LOG = int(Capability.TCP | Capability.UDP | Capability.ICMP | Capability.SOURCE_PORT)


def of(packets: Packets) -> str:
    """The kind of the only packet."""
    [found] = kind(packets).to_pylist()
    return str(found)


FLAGS = {
    "SYN": (SYN, "scan"),
    "SYN with ECN set-up": (SYN | ECE | CWR, "scan"),
    "SYN with accurate ECN set-up": (SYN | ECE | CWR | AE, "scan"),
    "SYN-PSH": (SYN | PSH, "scan"),
    "SYN-URG": (SYN | URG, "scan"),
    "SYN-ACK": (SYN | ACK, "backscatter"),
    "SYN-ACK with ECN": (SYN | ACK | ECE, "backscatter"),
    "RST": (RST, "backscatter"),
    "RST-ACK": (RST | ACK, "backscatter"),
    "SYN-RST": (SYN | RST, "backscatter"),
    "ACK": (ACK, "other"),
    "PSH-ACK": (PSH | ACK, "other"),
    "FIN": (FIN, "other"),
    "FIN-ACK": (FIN | ACK, "other"),
    "SYN-FIN": (SYN | FIN, "other"),
    "FIN-PSH-URG": (FIN | PSH | URG, "other"),
    "none": (0, "other"),
    "all": (511, "backscatter"),
}


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("source", ["203.0.113.9", "2001:db8::9"], ids=["v4", "v6"])
def test_tcp_flags(tcp: Make, name: str, source: str) -> None:
    """SYN without ACK is a scan, SYN-ACK and RST answer somebody else, the rest is neither; in IPv4 and IPv6."""
    flags, expected = FLAGS[name]
    destination = "2001:db8:1::1" if ":" in source else "192.0.2.1"
    assert of(tcp(flags, source=source, destination=destination)) == expected


def test_tcp_without_flags_is_a_scan_where_nobody_could_see_them(tcp: Make) -> None:
    """A log of refused connections has no flags: its TCP counts as scans, with or without a destination."""
    assert of(tcp(None, capabilities=LOG)) == "scan"
    assert of(tcp(None, capabilities=LOG, destination=None)) == "scan"


def test_a_cut_tcp_header_is_no_scan(tcp: Make) -> None:
    """A capture that was cut before the flags shows ports and no flags: that says nothing."""
    assert of(tcp(None)) == "other"


@pytest.mark.parametrize(
    ("port", "source_port", "expected"),
    [(53413, 40_000, "scan"), (53, 40_000, "scan"), (40_000, 53, "backscatter"), (53, 53, "scan"), (0, 0, "scan"),
     (123, None, "scan"), (-1, None, "other")],
)  # fmt: skip
def test_udp(udp: Make, port: int, source_port: int | None, expected: str) -> None:
    """UDP is a scan, except what comes from the DNS port to another, and fragments without ports."""
    assert of(udp(port, source_port)) == expected


@pytest.mark.parametrize("number", range(-1, 45))
def test_icmp_types(icmp: Make, number: int) -> None:
    """Requests are scans; replies and errors are backscatter; other types are neither."""
    expected = "scan" if number in {8, 13, 15, 17} else "other"
    if number in {0, 3, 4, 5, 11, 12, 14, 16, 18}:
        expected = "backscatter"
    assert of(icmp(number)) == expected


@pytest.mark.parametrize("number", [-1, 0, 1, 2, 3, 4, 5, 8, 127, 128, 129, 130, 133, 134, 135, 136, 255])
def test_icmpv6_types(icmp: Make, number: int) -> None:
    """Echo requests are scans; errors and echo replies are backscatter; neighbour discovery is neither."""
    expected = {128: "scan", 1: "backscatter", 2: "backscatter", 3: "backscatter", 4: "backscatter", 129: "backscatter"}
    assert of(icmp(number, source="2001:db8::9", destination="2001:db8:1::1")) == expected.get(number, "other")


@pytest.mark.parametrize("protocol", [0, 2, 4, 41, 47, 50, 132, 255])
def test_other_protocols_are_neither(packet: Make, protocol: int) -> None:
    """Protocols without ports are neither scans nor backscatter."""
    assert of(packet(protocol=protocol, port=-1)) == "other"


@pytest.mark.parametrize("protocol", [6, 17, 1])
def test_later_fragments_are_neither(packet: Make, protocol: int) -> None:
    """A fragment without a transport header says nothing of its kind."""
    assert of(packet(protocol=protocol, port=-1, fragment_offset=1480)) == "other"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("0.0.0.0", "spoofed"), ("0.255.255.255", "spoofed"), ("1.0.0.0", "scan"), ("126.255.255.255", "scan"),
        ("127.0.0.1", "spoofed"), ("128.0.0.0", "scan"), ("223.255.255.255", "scan"), ("224.0.0.1", "spoofed"),
        ("255.255.255.255", "spoofed"), ("10.1.2.3", "scan"), ("192.168.1.1", "scan"), ("::1", "spoofed"),
        ("ff02::1", "spoofed"), ("fe80::1", "scan"), ("2001:db8::1", "scan"), ("100::1", "scan"),
        ("::e000:1", "scan"),
    ],
)  # fmt: skip
def test_sources_that_cannot_be(tcp: Make, source: str, expected: str) -> None:
    """This-network, loopback, multicast and reserved sources are forged, whatever the packet; private ones may be."""
    destination = "2001:db8:1::1" if ":" in source else "192.0.2.1"
    assert of(tcp(SYN, source=source, destination=destination)) == expected


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::9"])
def test_a_source_that_is_the_destination_is_forged(tcp: Make, udp: Make, icmp: Make, address: str) -> None:
    """No host sends to itself over the Internet."""
    for packets in (tcp(SYN | ACK, source=address, destination=address), udp(53, source=address, destination=address)):
        assert of(packets) == "spoofed"
    assert of(icmp(3, source=address, destination=address)) == "spoofed"


def test_addresses_that_share_a_half_are_not_the_same(tcp: Make) -> None:
    """IPv6 addresses that differ in the upper half only are two hosts."""
    assert of(tcp(SYN, source="2001:db8:1::5", destination="2001:db8:2::5")) == "scan"


def test_an_unknown_destination_is_not_the_source(udp: Make) -> None:
    """Where the destination is not known nothing is said of it."""
    assert of(udp(53413, destination=None, capabilities=LOG)) == "scan"


@given(seed=st.integers(0, 2**32), n=st.integers(0, 50))
def test_every_packet_has_a_kind(random_packets: Make, seed: int, n: int) -> None:
    """Whatever the columns say, each packet has one kind of those there are."""
    found = kind(random_packets(seed, n))
    assert found.null_count == 0
    assert set(found.to_pylist()) <= set(KINDS)


@given(seed=st.integers(0, 2**32), n=st.integers(1, 30))
def test_kinds_do_not_depend_on_the_neighbours(random_packets: Make, seed: int, n: int) -> None:
    """A packet has the same kind alone as among others."""
    packets = random_packets(seed, n)
    together = kind(packets).to_pylist()
    at = int(np.random.default_rng(seed).integers(0, n))
    assert of(Packets(packets.table.slice(at, 1))) == together[at]


def test_real_captures(shared: Path) -> None:
    """Captures of scans hold scans; one of a SYN flood's answers holds backscatter."""
    from isdas.hub.source import Source

    found: dict[str, int] = {}
    for path in sorted((shared / "corpus" / "scan").glob("*.pcap"))[:10]:
        for piece in Source(path).pieces(lambda done: None):
            for name in kind(piece()[0]).to_pylist():
                found[name] = found.get(name, 0) + 1
    assert found.get("scan", 0) > 0
    assert set(found) <= set(KINDS)
