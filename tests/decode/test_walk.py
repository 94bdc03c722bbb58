"""
The compiled walk over frames.
"""

import struct
from typing import Any

import numpy as np
import pytest

from isdas.decode.packets import decode
from isdas.model.port import NO_PORT

LABEL = struct.pack("!I", 17 << 12 | 64)
BOTTOM = struct.pack("!I", 18 << 12 | 1 << 8 | 64)
PPPOE = bytes.fromhex("1100000100420021")


@pytest.mark.parametrize(
    ("kind", "tags", "between"),
    [
        (0x0800, [0x8100], b""),
        (0x0800, [0x88A8, 0x8100], b""),
        (0x0800, [0x9100, 0x8100, 0x8100], b""),
        (0x8847, [], BOTTOM),
        (0x8848, [0x8100], LABEL + BOTTOM),
        (0x8864, [], PPPOE),
        (0x8864, [0x8100], PPPOE[:6] + b"\x02\x81" + BOTTOM),
    ],
    ids=["vlan", "qinq", "three-tags", "mpls", "vlan-mpls", "pppoe", "pppoe-mpls"],
)
def test_tags_and_labels_are_passed(build: Any, rows: Any, kind: int, tags: list[int], between: bytes) -> None:
    """VLAN tags up to three, MPLS labels and PPPoE session headers before an IP packet are passed."""
    found, _ = rows(build.eth(between + build.ip4(build.tcp()), kind, tags))
    assert found[0]["port"] == 445


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "short-frame"),
        (bytes(13), "short-frame"),
        (bytes(12) + b"\x08\x06" + bytes(28), "not-ip"),
        (bytes(12) + b"\x81\x00\x00", "short-frame"),
        (bytes(12) + b"\x81\x00\x00\x01" * 4 + b"\x08\x00" + bytes(40), "not-ip"),
        (bytes(12) + b"\x08\x00", "short-ip"),
        (bytes(12) + b"\x08\x00\x45" + bytes(18), "short-ip"),
        (bytes(12) + b"\x08\x00\x44" + bytes(30), "bad-ip-header"),
        (bytes(12) + b"\x08\x00\x65" + bytes(30), "bad-ip-header"),
        (bytes(12) + b"\x86\xdd\x60" + bytes(38), "short-ip"),
        (bytes(12) + b"\x86\xdd\x45" + bytes(40), "bad-ip-header"),
        (bytes(12) + b"\x88\x47" + bytes(4 * 20), "not-ip"),
        (bytes(12) + b"\x88\x64\x11\x00", "short-frame"),
        (bytes(12) + b"\x88\x63" + bytes(40), "not-ip"),
        (bytes(12) + b"\x00\x26\x42\x42\x03" + bytes(35), "not-ip"),
    ],
)
def test_refusals(rows: Any, frame: bytes, reason: str) -> None:
    """A frame without a readable IP header is refused for a fixed reason."""
    assert rows(frame)[1].as_dict() == {"read": 1, "stored": 0, "refused": {reason: 1}, "warnings": {}}


def test_total_length_below_the_header_is_refused(build: Any, rows: Any) -> None:
    """An IPv4 packet that says it ends within its own header is refused."""
    assert rows(build.eth(build.ip4(b"", total=19)))[1].refused == {"bad-ip-header": 1}


@pytest.mark.parametrize("time_us", [-1, -(2**63), 7_258_118_400_000_000, 2**63 - 1])
def test_impossible_times_are_refused(build: Any, time_us: int) -> None:
    """A frame from before 1970 or after 2199 is refused."""
    frames = build.frames([build.eth(build.ip4(build.tcp()))], time_us=0)
    frames.times_us[:] = np.int64(time_us)
    assert decode(frames)[1].refused == {"bad-time": 1}


def test_fragments(build: Any, rows: Any) -> None:
    """A first fragment has its ports; a later one has none, and says where it begins."""
    first = build.eth(build.ip4(build.udp(bytes(16)), 17, fragment=0x2000))
    later = build.eth(build.ip4(build.udp(bytes(16)), 17, fragment=0x2003))
    found, tally = rows(first, later)
    assert [(row["port"], row["source_port"], row["fragment_offset"]) for row in found] == [
        (1434, 4000, 0),
        (NO_PORT, None, 24),
    ]
    assert [row["protocol"] for row in found] == [17, 17]
    assert not tally.warnings


def test_ipv6_extension_headers(build: Any, rows: Any) -> None:
    """Hop-by-hop, routing, destination, fragment and authentication headers before a transport header are passed."""
    chain = bytes([43, 0]) + bytes(6) + bytes([60, 0]) + bytes(6) + bytes([51, 1]) + bytes(14)
    chain += bytes([44, 1]) + bytes(10) + bytes([17, 0, 0, 1]) + bytes(4)
    found, _ = rows(build.eth(build.ip6(chain + build.udp(b"xy"), 0), 0x86DD))
    assert (found[0]["protocol"], found[0]["port"], found[0]["payload_length"]) == (17, 1434, 2)


def test_ipv6_later_fragment(build: Any, rows: Any) -> None:
    """A later IPv6 fragment keeps the protocol that its fragment header names, without ports."""
    body = bytes([6, 0]) + struct.pack("!HI", 1480, 99) + build.tcp()
    found, _ = rows(build.eth(build.ip6(body, 44), 0x86DD))
    assert (found[0]["protocol"], found[0]["port"], found[0]["fragment_offset"]) == (6, NO_PORT, 1480)


def test_cut_extension_header(build: Any, rows: Any) -> None:
    """An IPv6 packet cut within an extension header is stored without a port and warned of."""
    found, tally = rows(build.eth(build.ip6(bytes([6, 0, 0]), 0), 0x86DD))
    assert found[0]["port"] == NO_PORT
    assert tally.warnings == {"short-extension": 1}


@pytest.mark.parametrize(
    ("options", "mss", "warned"),
    [
        (b"\x02\x04\x05\xb4", 1460, 0),
        (b"\x01\x01\x04\x02\x02\x04\x05\x78", 1400, 0),
        (b"\x00\x00\x00\x00\x02\x04\x05\xb4", None, 0),
        (b"\x03\x00\x00\x00", None, 1),
        (b"\x01\x01\x01\x08", None, 1),
        (b"\x02\x09\x05\xb4", None, 1),
        (b"\x02\x03\x05\x00", None, 0),
    ],
    ids=["mss", "later", "ended", "length-0", "no-length", "too-long", "other-length"],
)
def test_tcp_options(build: Any, rows: Any, options: bytes, mss: int | None, warned: int) -> None:
    """The maximum segment size is found among options, and nonsense among them ends the search and is counted."""
    found, tally = rows(build.eth(build.ip4(build.tcp(options=options))))
    assert (found[0]["tcp_mss"], found[0]["port"]) == (mss, 445)
    assert tally.warnings["bad-tcp-option"] == warned


def test_padding_is_no_payload(build: Any, rows: Any) -> None:
    """Bytes that Ethernet adds behind the IP packet are neither payload nor a transport header."""
    found, tally = rows(build.eth(build.ip4(build.tcp()) + bytes(6)), build.eth(build.ip4(b"") + build.tcp()))
    assert [(row["port"], row["payload_length"]) for row in found] == [(445, 0), (NO_PORT, None)]
    assert tally.warnings == {"short-tcp": 1}


@pytest.mark.parametrize(
    ("protocol", "keep", "port", "warning"),
    [
        (6, 3, NO_PORT, "short-tcp"),
        (6, 19, 445, "short-tcp"),
        (17, 3, NO_PORT, "short-udp"),
        (17, 6, 1434, "short-udp"),
        (1, 1, NO_PORT, "short-icmp"),
        (1, 4, 8, "short-icmp"),
    ],
)
def test_snapped_transport_header(build: Any, rows: Any, protocol: int, keep: int, port: int, warning: str) -> None:
    """A packet whose transport header is cut is stored with what is known of it, and counted as a warning."""
    whole = {6: build.tcp, 17: build.udp, 1: build.icmp}[protocol]()
    frame = build.eth(build.ip4(whole[:keep], protocol, total=20 + len(whole)))
    found, tally = rows(frame, original=1500)
    assert (found[0]["port"], found[0]["protocol"], found[0]["tcp_flags"]) == (port, protocol, None)
    assert tally.warnings == {warning: 1}


def test_bad_data_offset(build: Any, rows: Any) -> None:
    """A TCP header of an impossible length keeps its fields, and how long the payload is stays unknown."""
    found, tally = rows(*(build.eth(build.ip4(build.tcp(offset=words))) for words in (4, 15)))
    assert [(row["tcp_flags"], row["payload_length"]) for row in found] == [(2, None), (2, None)]
    assert tally.warnings == {"bad-tcp-header": 2}


def test_length_zero_means_the_rest_of_the_frame(build: Any, rows: Any) -> None:
    """A packet captured before segmentation states no length; its payload is what the frame had on the wire."""
    found, _ = rows(build.eth(build.ip4(build.tcp(payload=bytes(100)), total=0)), original=14 + 40 + 3000)
    assert (found[0]["ip_length"], found[0]["payload_length"]) == (0, 3000)


def test_quoted_packets_are_not_counted(build: Any, rows: Any) -> None:
    """An ICMP error counts once, by its type."""
    found, tally = rows(build.eth(build.ip4(build.icmp(3, 3, bytes(4) + build.ip4(build.tcp())), 1)))
    assert [(row["protocol"], row["port"], row["icmp_code"]) for row in found] == [(1, 3, 3)]
    assert tally.stored == 1


@pytest.mark.parametrize("protocol", [2, 33, 50, 51, 132, 136, 255])
def test_what_follows_ip_is_payload_where_nothing_more_is_understood(build: Any, rows: Any, protocol: int) -> None:
    """The first bytes of IGMP, ESP, AH, SCTP and others are kept, without ports."""
    [row] = rows(build.eth(build.ip4(bytes.fromhex("1664ee9b00000000"), protocol)))[0]
    assert (row["port"], row["source_port"], row["payload_length"]) == (NO_PORT, None, 8)
    assert row["payload"].hex() == "1664ee9b00000000"


def test_length_of_the_ip_header(build: Any, rows: Any) -> None:
    """IPv4 options and IPv6 extension headers count into the length of the header."""
    found, _ = rows(
        build.eth(build.ip4(build.tcp())),
        build.eth(build.ip4(build.tcp(), options=bytes(8))),
        build.eth(build.ip6(build.tcp()), 0x86DD),
        build.eth(build.ip6(bytes([6, 1]) + bytes(14) + build.tcp(), 60), 0x86DD),
    )
    assert [row["ip_header_length"] for row in found] == [20, 28, 40, 56]


@pytest.mark.parametrize("kind", [135, 139, 140])
def test_headers_of_mobility_identity_and_shim(build: Any, rows: Any, kind: int) -> None:
    """A mobility, HIP or shim6 header is passed where something follows it, and is the protocol where nothing does."""
    found, _ = rows(
        build.eth(build.ip6(bytes([6, 0]) + bytes(6) + build.tcp(), kind), 0x86DD),
        build.eth(build.ip6(bytes([59, 0]) + bytes(6), kind), 0x86DD),
    )
    assert [(row["protocol"], row["port"]) for row in found] == [(6, 445), (kind, NO_PORT)]


def test_too_many_extension_headers(build: Any, rows: Any) -> None:
    """After a dozen extension headers the transport header is not looked for any more."""
    found, tally = rows(*(build.eth(build.ip6((bytes([60, 0]) + bytes(6)) * (n - 1) + bytes([6, 0]) + bytes(6)
        + build.tcp(), 60), 0x86DD) for n in (12, 13)))  # fmt: skip
    assert [row["port"] for row in found] == [445, NO_PORT]
    assert tally.warnings == {"too-many-extensions": 1}


def test_every_flag_of_tcp_is_kept(build: Any, rows: Any) -> None:
    """FIN to CWR and the accurate ECN bit are each a bit of the column."""
    found, _ = rows(*(build.eth(build.ip4(build.tcp(flags=1 << bit))) for bit in range(9)))
    assert [row["tcp_flags"] for row in found] == [1 << bit for bit in range(9)]
