"""Tests of isdas.enrich.kind."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.kind import KINDS, kind
from isdas.model.address import halves
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
    "FIN": (FIN, "scan"),
    "FIN-ACK": (FIN | ACK, "other"),
    "SYN-FIN": (SYN | FIN, "scan"),
    "FIN-PSH-URG": (FIN | PSH | URG, "scan"),
    "none": (0, "scan"),
    "all": (511, "backscatter"),
}


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("source", ["203.0.113.9", "2001:db8::9"], ids=["v4", "v6"])
def test_tcp_flags(tcp: Make, name: str, source: str) -> None:
    """Without ACK and RST it is a scan; SYN-ACK and RST answer somebody else; the rest is neither; in IPv4 and IPv6."""
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
    """UDP whose payload is not held is a scan, except from the DNS port to another, and fragments without ports."""
    assert of(udp(port, source_port)) == expected


@pytest.mark.parametrize(
    ("port", "source_port", "payload", "expected"),
    [
        (40_000, 53, b"\x12\x34\x81\x80\0\1\0\1", "backscatter"),
        (53, 53, b"\x12\x34\x81\x80\0\1\0\1", "backscatter"),
        (40_000, 53, b"\x12\x34\x01\x00\0\1\0\0", "scan"),
        (6881, 51413, b"d1:ad2:id20:abcdefghij", "misdirected"),
        (5060, 5060, b"OPTIONS sip:100@192.0.2", "scan"),
        (5060, 5060, b"SIP/2.0 404 Not Found\r\n", "backscatter"),
    ],
)
def test_payloads_tell_answers_from_requests(
    udp: Make, port: int, source_port: int, payload: bytes, expected: str
) -> None:
    """Where the payload is held it decides, not the port."""
    assert of(udp(port, source_port, payload=payload, payload_length=len(payload))) == expected


@pytest.mark.parametrize(("length", "expected"), [(None, "other"), (0, "other"), (12, "misdirected")])
def test_a_connection_that_was_never_opened(tcp: Make, length: int | None, expected: str) -> None:
    """ACK with a payload belongs to somebody else's connection; without one a scan with ACK looks the same."""
    assert of(tcp(PSH | ACK, payload_length=length)) == expected


@pytest.mark.parametrize("destination", ["224.0.0.251", "239.255.255.250", "255.255.255.255", "ff02::1:2", "fe80::7"])
@pytest.mark.parametrize("source", ["", "unspecified"])
def test_what_is_for_the_link_is_misdirected(udp: Make, destination: str, source: str) -> None:
    """To a group, to all or to a neighbour, from whichever source: hosts without an address ask so for one."""
    six = ":" in destination
    sources = {"": "2001:db8::9" if six else "203.0.113.9", "unspecified": "::" if six else "0.0.0.0"}
    assert of(udp(67, 68, source=sources[source], destination=destination)) == "misdirected"


@pytest.mark.parametrize("number", range(-1, 45))
def test_icmp_types(icmp: Make, number: int) -> None:
    """Requests are scans; replies and errors are backscatter; other types are neither."""
    expected = "scan" if number in {8, 13, 15, 17, 42} else "other"
    if number in {0, 3, 4, 5, 11, 12, 14, 16, 18, 43}:
        expected = "backscatter"
    assert of(icmp(number)) == expected


@pytest.mark.parametrize("number", [-1, 0, 1, 2, 3, 4, 5, 8, 127, 128, 129, 130, 133, 134, 135, 136, 255])
def test_icmpv6_types(icmp: Make, number: int) -> None:
    """Echo requests are scans; errors and echo replies are backscatter; neighbour discovery is neither."""
    expected = {128: "scan", 1: "backscatter", 2: "backscatter", 3: "backscatter", 4: "backscatter", 129: "backscatter"}
    assert of(icmp(number, source="2001:db8::9", destination="2001:db8:1::1")) == expected.get(number, "other")


def _quoting(icmp: Make, number: int, quoted: str, destination: str, **more: object) -> str:
    high, low = halves(quoted)
    return of(icmp(number, destination=destination, quoted_source_high=high, quoted_source_low=low, **more))


def test_an_error_is_about_a_packet_of_ours(icmp: Make) -> None:
    """An error that quotes a packet from our address answers a forged one; about another's it is astray."""
    assert _quoting(icmp, 11, "44.0.0.1", "44.0.0.1") == "backscatter"
    assert _quoting(icmp, 11, "44.0.0.2", "44.0.0.1") == "misdirected"
    six = {"source": "2001:4860::9", "destination": "2400::1"}
    assert _quoting(icmp, 1, "2400::1", **six) == "backscatter"
    assert _quoting(icmp, 1, "2400:0:0:1::1", **six) == "misdirected"


def test_an_error_behind_address_translation(icmp: Make) -> None:
    """Where the destination is a private address the quoted one may be its public one."""
    assert _quoting(icmp, 3, "44.0.0.2", "10.0.0.1") == "backscatter"


def test_errors_come_from_private_routers(icmp: Make) -> None:
    """Routers are often numbered from private ranges: their errors are answers for all that."""
    assert _quoting(icmp, 11, "44.0.0.1", "44.0.0.1", source="10.255.0.1") == "backscatter"
    assert of(icmp(8, source="10.255.0.1", destination="44.0.0.1")) == "spoofed"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("9.255.255.255", "scan"), ("10.0.0.0", "spoofed"), ("10.255.255.255", "spoofed"), ("11.0.0.0", "scan"),
        ("100.63.255.255", "scan"), ("100.64.0.0", "spoofed"), ("100.127.255.255", "spoofed"), ("100.128.0.0", "scan"),
        ("169.253.0.1", "scan"), ("169.254.0.1", "spoofed"), ("169.255.0.1", "scan"), ("172.15.0.1", "scan"),
        ("172.16.0.1", "spoofed"), ("172.31.255.255", "spoofed"), ("172.32.0.0", "scan"), ("191.168.0.1", "scan"),
        ("192.0.0.1", "spoofed"), ("192.0.1.1", "scan"), ("192.0.2.1", "spoofed"), ("192.0.3.1", "scan"),
        ("192.88.99.1", "scan"), ("192.167.0.1", "scan"), ("192.168.0.1", "spoofed"), ("192.169.0.1", "scan"),
        ("198.17.0.1", "scan"), ("198.18.0.1", "spoofed"), ("198.19.255.1", "spoofed"), ("198.20.0.1", "scan"),
        ("198.51.99.1", "scan"), ("198.51.100.1", "spoofed"), ("198.51.101.1", "scan"), ("203.0.112.1", "scan"),
        ("203.0.113.1", "spoofed"), ("203.0.114.1", "scan"), ("203.1.113.1", "scan"),
        ("fbff::1", "scan"), ("fc00::1", "spoofed"), ("fdff::1", "spoofed"), ("fe00::1", "scan"), ("fe80::1", "scan"),
        ("fec0::1", "spoofed"), ("2001:db8::1", "spoofed"), ("2001:db9::1", "scan"), ("3fff:fff::1", "spoofed"),
        ("3fff:1000::1", "scan"), ("100::1", "scan"),
    ],
)  # fmt: skip
def test_sources_without_a_way_to_the_internet(tcp: Make, source: str, expected: str) -> None:
    """To an address of the Internet they are forged; in a private network, a tunnel, and without one, ordinary."""
    six = ":" in source
    assert of(tcp(SYN, source=source, destination="2400::1" if six else "44.0.0.1")) == expected
    assert of(tcp(SYN, source=source, destination="fd00::1" if six else "10.0.0.77")) == "scan"
    assert of(tcp(SYN, source=source, destination=None, capabilities=LOG)) == "scan"
    tunnelled = {"outer_source_high": 0, "outer_source_low": 1}
    assert of(tcp(SYN, source=source, destination="2400::1" if six else "44.0.0.1", **tunnelled)) == "scan"


@pytest.mark.parametrize("ttl", [1, 199, 200, 255])
@pytest.mark.parametrize("source", ["203.0.114.0", "203.0.114.255"])
def test_weak_signs_are_no_proof(tcp: Make, ttl: int, source: str) -> None:
    """A large TTL, a last octet of 0 or 255 and port 0 are what scanners and real hosts have too."""
    assert of(tcp(SYN, source=source, destination="44.0.0.1", ttl=ttl, port=0)) == "scan"


@pytest.mark.parametrize("protocol", [2, 88, 89, 103, 112])
def test_protocols_of_a_link_are_misdirected(packet: Make, protocol: int) -> None:
    """Routing and group protocols are the talk of a link that the sensor shares."""
    assert of(packet(protocol=protocol, port=-1)) == "misdirected"


@pytest.mark.parametrize("protocol", [0, 4, 41, 47, 50, 132, 255])
def test_other_protocols_are_neither(packet: Make, protocol: int) -> None:
    """Protocols without ports are neither scans nor backscatter."""
    assert of(packet(protocol=protocol, port=-1)) == "other"


@pytest.mark.parametrize("protocol", [6, 17, 1])
def test_later_fragments_are_neither(packet: Make, protocol: int) -> None:
    """A fragment without a transport header says nothing of its kind."""
    assert of(packet(protocol=protocol, port=-1, fragment_offset=1480)) == "other"


SPLINTER = {"tcp_sequence": None, "fragment_offset": 0, "more_fragments": True, "ip_header_length": 20, "ip_length": 28}
"""The first fragment of a SYN by nmap -f, as decoding gives it: ports, and no flags."""


def test_who_cuts_a_header_up_scans(tcp: Make) -> None:
    """A first fragment without flags, smaller than any network makes one, is made to get past a filter."""
    six = {"source": "2001:db8::9", "destination": "2001:db8:1::1"}
    assert of(tcp(None, **SPLINTER)) == "scan"
    assert of(tcp(None, **SPLINTER | {"ip_length": 36})) == "scan"
    assert of(tcp(None, **SPLINTER | six | {"ip_header_length": 48, "ip_length": 56})) == "scan"


def test_flags_say_what_a_splinter_is_where_they_are_shown(tcp: Make) -> None:
    """Sixteen bytes hold the flags: with them a splinter is what they say."""
    for flags, expected in ((SYN, "scan"), (SYN | ACK, "backscatter"), (RST, "backscatter"), (ACK, "other")):
        assert of(tcp(flags, **SPLINTER | {"ip_length": 36})) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"ip_length": 40},
        {"ip_length": 68},
        {"ip_length": 20},
        {"ip_header_length": 48, "ip_length": 56},
        {"more_fragments": False},
        {"more_fragments": None},
        {"ip_length": None},
        {"ip_header_length": None},
        {"port": -1, "fragment_offset": 8},
    ],
    ids=str,
)
def test_other_fragments_without_flags_are_neither(tcp: Make, change: dict[str, object]) -> None:
    """One that a network may have made, that the capture cut, that came later, or that is not shown to be one."""
    assert of(tcp(None, **SPLINTER | change)) == "other"


def test_a_splinter_that_is_forged_is_forged(tcp: Make) -> None:
    """What addresses say goes first, as for any packet."""
    assert of(tcp(None, source="127.0.0.1", **SPLINTER)) == "spoofed"
    assert of(tcp(None, source="10.0.0.1", destination="44.0.0.1", **SPLINTER)) == "spoofed"


@pytest.mark.parametrize(
    ("chunk", "tag", "expected"),
    [
        (b"\1\0\0\x14", 0, "scan"),
        (b"\1\0\0\x14", 7, "other"),
        (b"\1\0\0\4", 0, "other"),
        (b"\x0a\0\0\x08", 7, "scan"),
        (b"\2\0\0\x14", 7, "backscatter"),
        (b"\6\0\0\4", 7, "backscatter"),
        (b"\x0e\1\0\4", 7, "backscatter"),
        (b"\0\3\0\x14", 7, "other"),
        (b"\6\0\0\0", 7, "other"),
        (b"\1\0", 0, "other"),
    ],
)
@pytest.mark.parametrize("source", ["203.0.113.9", "2001:db8::9"], ids=["v4", "v6"])
def test_sctp(packet: Make, chunk: bytes, tag: int, expected: str, source: str) -> None:
    """INIT and COOKIE ECHO ask, INIT ACK, ABORT and SHUTDOWN COMPLETE answer, and the rest is neither."""
    content = b"\x9c\x40\x0b\x59" + tag.to_bytes(4, "big") + b"\1\2\3\4" + chunk
    destination = "2001:db8:1::1" if ":" in source else "192.0.2.1"
    found = packet(source, destination, protocol=132, port=-1, payload=content, payload_length=32)
    assert of(found) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("0.0.0.0", "spoofed"), ("0.255.255.255", "spoofed"), ("1.0.0.0", "scan"), ("126.255.255.255", "scan"),
        ("127.0.0.1", "spoofed"), ("128.0.0.0", "scan"), ("223.255.255.255", "scan"), ("224.0.0.1", "spoofed"),
        ("255.255.255.255", "spoofed"), ("10.1.2.3", "scan"), ("192.168.1.1", "scan"), ("::1", "spoofed"),
        ("ff02::1", "spoofed"), ("fe80::1", "scan"), ("2001:db8::1", "scan"), ("100::1", "scan"),
        ("::e000:1", "scan"), ("::", "spoofed"),
    ],
)  # fmt: skip
def test_sources_that_cannot_be(tcp: Make, source: str, expected: str) -> None:
    """This-network, loopback, multicast and reserved sources are forged, whatever the packet."""
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


REAL = {
    "bro-simple-scan__testing__pcaps__backscatter.trace": {"backscatter": 0.999},
    "packet-captures__amp.UDP.snmp.src161.pcapng": {"backscatter": 0.999},
    "nDPI__badpackets.pcap": {"backscatter": 1.0},
    "packet-captures__pkt.TCP.synflood.spoofed.pcap": {"scan": 1.0},
    "maltrail__stealth_scan_fin.pcap": {"scan": 1.0},
    "maltrail__stealth_scan_null.pcap": {"scan": 1.0},
    "maltrail__stealth_scan_xmas.pcap": {"scan": 1.0},
    "bro-simple-scan__testing__pcaps__445_scan.pcap": {"scan": 1.0},
    "bro-simple-scan__testing__pcaps__multiport_scan.pcap": {"scan": 0.6, "backscatter": 0.3},
    "maltrail__http_responses.pcap": {"misdirected": 1.0},
}
"""What the captures are known to be, as least shares; docs/explanation/kinds-and-tools.md has the figures."""


@pytest.mark.parametrize("name", REAL)
def test_real_captures_are_what_they_are_known_to_be(shared: Path, name: str) -> None:
    """Backscatter of 2009, reflection of 2021, floods and scans come out as such."""
    from isdas.hub.source import Source

    pieces = Source(shared / "corpus" / "scan" / name).pieces(lambda done: None)
    found = Counter(word for piece in pieces for word in kind(piece().packets).to_pylist())
    for word, share in REAL[name].items():
        assert found[word] >= share * found.total(), found
