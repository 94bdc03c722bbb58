"""
The rarer link layers.
"""

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.decode import carriers, links

TYPE = bytes.fromhex("0800")
SNAP = bytes.fromhex("aaaa030000000800")
ETHER = bytes(12) + TYPE
WIRELESS = b"\x08\x02" + bytes(22) + SNAP
QOS = b"\x88\x01" + bytes(24) + SNAP
QOS4 = b"\x88\x03" + bytes(30) + SNAP
AGGREGATE = b"\x88\x02" + bytes(22) + b"\x80\x00" + bytes(14) + SNAP
CONTROLLED = b"\x88\x81" + bytes(22) + bytes(2) + bytes(4) + SNAP
RADIO = struct.pack("<BBHI", 0, 0, 8, 0)
HEADERS = {
    6: [b"\x10\x40" + bytes(12) + SNAP, b"\x10\x40" + bytes(6) + b"\x80" + bytes(5) + b"\x04\x30\x00\x00" + SNAP],
    7: [bytes(2) + b"\xd4\0\0\0", bytes(2) + b"\xf0"],
    10: [b"\x50" + bytes(12) + SNAP],
    100: [
        SNAP,
        bytes.fromhex("fefe03cc"),
        bytes.fromhex("aaaa030080c20007") + bytes(2) + ETHER,
        bytes.fromhex("060603"),
    ],
    105: [WIRELESS, QOS, QOS4, AGGREGATE, CONTROLLED],
    106: [SNAP, b""],
    107: [
        bytes.fromhex("18610800"),
        bytes.fromhex("186103cc"),
        bytes.fromhex("18600103cc"),
        bytes.fromhex("18610300800000000800"),
        bytes.fromhex("18610300800080c20007") + ETHER,
        bytes.fromhex("186103cf21"),
    ],
    117: [b"\x3d\x02" + bytes(62)],
    119: [struct.pack("<II", 0x44, 144) + bytes(136) + WIRELESS, struct.pack(">II", 0x80211001, 64) + bytes(56) + QOS],
    122: [bytes(16) + SNAP],
    123: [b"\x82\0\0\x64" + SNAP, b"\x01\0\0\x64" + bytes(2) + ETHER],
    127: [
        RADIO + WIRELESS,
        RADIO + QOS,
        # A second word of flags, a clock and the flag that the header of 26 bytes is padded to 28.
        struct.pack("<BBHIIIQB", 0, 0, 25, 1 << 31 | 3, 0, 0, 0, 0x20) + QOS[:26] + bytes(2) + SNAP,
    ],
    129: [bytes(4) + b"\xd4\0\0\0", bytes(4) + b"\xd4\x01\0\0", bytes(4) + b"\xf0"],
    143: [bytes(6) + ETHER, b"\x01\x03" + bytes(4) + bytes(3) + ETHER],
    149: [struct.pack("<III", 108, 1, 1) + bytes(96) + ETHER],
    163: [struct.pack(">II", 0x80211001, 64) + bytes(56) + WIRELESS],
    166: [bytes.fromhex("01030021")],
    178: [
        bytes.fromhex("4d474380000401020304") + ETHER,
        bytes.fromhex("4d474300") + ETHER,
        bytes.fromhex("4d47430200000002"),
    ],
    179: [bytes.fromhex("4d47430021")],
    180: [bytes.fromhex("4d474300") + bytes.fromhex("18610800")],
    181: [bytes.fromhex("4d474300") + bytes.fromhex("0f000800")],
    192: [
        struct.pack("<BBHI", 0, 0, 12, 105) + bytes(4) + WIRELESS,
        struct.pack("<BBHI", 0, 0, 8, 1) + bytes(0) + ETHER,
    ],
    197: [
        bytes(8) + b"\x02" + bytes(7) + bytes(2) + ETHER,
        bytes(8) + b"\x82" + bytes(7) + b"\x80" + bytes(7) + bytes(8) + bytes(2) + ETHER,
        bytes(8) + b"\x01" + bytes(7) + bytes.fromhex("0f000800"),
        bytes(8) + b"\x16" + bytes(7),
    ],
    204: [bytes.fromhex("00ff030021")],
    205: [bytes.fromhex("000f000800")],
    206: [bytes.fromhex("0018610800")],
    226: [b"\x01\x02" + bytes(22)],
    239: [
        b"\x02\0\0\0" + struct.pack("<HHIHH", 7, 10, 0, 44, 9),
        b"\x02\0\0\0" + struct.pack(">HHIHH", 8, 10, 0, 44, 9),
        b"\x07\0\0\0" + struct.pack("<HH", 44, 9),
    ],
    258: [struct.pack("<III", 12, 1, 12)],
}
"""For each link type that only a carrier can read, headers before an IPv4 packet."""

CARRIED = [each.number for each in links.LINKS if each.number < links.N_LINKS and each.type_at >= links.CARRIER]


@pytest.mark.parametrize("link", CARRIED)
def test_link_header_is_taken_off(build: Any, rows: Any, link: int) -> None:
    """An IPv4 packet is found behind every form of the header of a link type, and is like any other packet."""
    packet = build.ip4(build.tcp(payload=b"hello"))
    for header in HEADERS[link]:
        found, tally = rows(header + packet, link=link, original=len(header + packet))
        assert tally.as_dict() == {"read": 1, "stored": 1, "refused": {}, "warnings": {}}, header.hex()
        [plain], [row] = rows(packet, link=101)[0], found
        assert row == plain


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        (0x8926, bytes(4) + TYPE),
        (0x893F, bytes(6) + TYPE),
        (0x893F, bytes(6) + bytes.fromhex("81000005") + TYPE),
        (0x8909, bytes(6) + TYPE),
        (0xDADA, bytes(6) + TYPE),
        (0xD28B, bytes.fromhex("00010010") + bytes(8) + TYPE),
        (0xD28B, bytes.fromhex("00010120") + bytes(6) + TYPE),
        (0x88E5, b"\x00" + bytes(5) + TYPE),
        (0x88E5, b"\x20" + bytes(13) + TYPE),
        (0x8903, bytes(2) + ETHER),
        (0x88E7, bytes(4) + ETHER),
        (0x22F3, bytes(6) + ETHER),
        (0x22F3, b"\x00\x40" + bytes(8) + ETHER),
        (0x894F, bytes.fromhex("0fc20201") + bytes(4)),
        (0x894F, bytes.fromhex("0fc20203") + bytes(4) + ETHER),
        (0x6558, ETHER),
        (0x8870, SNAP),
        (0x880B, b"\x21"),
        (0x8847, struct.pack("!II", 18 << 12 | 1 << 8 | 64, 7) + ETHER),
        (0x0026, bytes.fromhex("060603")),
        (0x0026, bytes.fromhex("aaaa030000f8") + TYPE),
        (0x0026, bytes.fromhex("aaaa030080c20007") + ETHER),
        (0x8926, bytes(4) + bytes.fromhex("893f") + bytes(6) + bytes.fromhex("88e7") + bytes(4) + ETHER),
    ],
)
def test_what_an_ethertype_announces_is_taken_off(build: Any, rows: Any, kind: int, header: bytes) -> None:
    """Tags of switches, MACsec without encryption, Ethernet in Ethernet, pseudowires and service headers are passed."""
    found, tally = rows(build.eth(header + build.ip4(build.tcp()), kind))
    assert (tally.stored, found[0]["port"], found[0]["tunnel"]) == (1, 445, "")


@pytest.mark.parametrize(
    ("link", "frame", "reason"),
    [
        (105, b"\x08\x42" + bytes(40), "encrypted-frame"),
        (1, bytes(12) + bytes.fromhex("88e50c") + bytes(40), "encrypted-frame"),
        (105, b"\x80\x00" + bytes(40), "not-ip"),
        (105, b"\x48\x00" + bytes(40), "not-ip"),
        (105, b"\x08\x00" + bytes(10), "short-frame"),
        (105, b"\x08\x00" + bytes(40), "not-ip"),
        (105, WIRELESS, "short-ip"),
        (127, b"\x00\x00\xff\xff" + bytes(60), "short-frame"),
        (127, bytes(7), "short-frame"),
        (119, bytes(4) + b"\xff\xff\xff\xff" + bytes(60), "short-frame"),
        (192, struct.pack("<BBHI", 0, 0, 8, 9999) + bytes(40), "unknown-link-type"),
        (192, struct.pack("<BBHI", 0, 0, 8, 513) + SNAP + bytes(40), "unknown-link-type"),
        (192, struct.pack("<BBHI", 0, 0, 8, 192) * 40, "not-ip"),
        (149, bytes(60), "unknown-link-type"),
        (258, bytes(60), "not-ip"),
        (178, bytes(60), "not-ip"),
        (129, bytes(4) + b"\xd4\x02" + bytes(60), "not-ip"),
        (129, bytes(4) + b"\xd5\x00" + bytes(60), "not-ip"),
        (143, b"\xc0" + bytes(60), "not-ip"),
        (239, b"\x02\0\0\0" + struct.pack("<HHI", 8, 10, 0), "not-ip"),
        (239, b"\x02\0\0\0" + bytes(40), "not-ip"),
        (197, bytes(60), "not-ip"),
        (10, bytes(60), "not-ip"),
        (6, bytes(60), "not-ip"),
        (123, bytes(60), "not-ip"),
        (1, bytes(12) + bytes.fromhex("894f0fc20204") + bytes(60), "not-ip"),
        (1, bytes(12) + bytes.fromhex("8926"), "short-frame"),
        (1, bytes(12) + bytes.fromhex("8926000000000806") + bytes(28), "not-ip"),
        (1, bytes(12) + bytes.fromhex("884700012140") + bytes(10), "short-frame"),
    ],
)
def test_refusals(rows: Any, link: int, frame: bytes, reason: str) -> None:
    """A carrier that carries no readable IP packet is refused for a fixed reason."""
    assert rows(frame, link=link)[1].as_dict() == {"read": 1, "stored": 0, "refused": {reason: 1}, "warnings": {}}


def test_order_and_positions_stay(build: Any, rows: Any) -> None:
    """Carried packets stand among plain ones in the order of the frames, and refused ones leave holes."""
    plain, odd = build.eth(build.ip4(build.udp(), 17)), build.eth(bytes(4) + TYPE + build.ip4(build.tcp()), 0x8926)
    bad = build.eth(bytes(4) + b"\x08\x06" + bytes(28), 0x8926)
    found, tally = rows(odd, plain, bad, odd, bad, plain)
    assert [(row["position"], row["port"]) for row in found] == [(0, 445), (1, 1434), (3, 445), (5, 1434)]
    assert [row["time"].second for row in found] == [0, 1, 3, 5]
    assert tally.refused == {"not-ip": 2}


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 2**17)), min_size=1, max_size=4))
def test_any_bytes_of_any_carrier(data: list[tuple[bytes, int]]) -> None:
    """Whatever a carrier holds, what it is said to carry begins within it, or it is refused."""
    sizes = np.array([len(each) for each, _ in data], np.int32)
    buffer = np.frombuffer(b"".join(each for each, _ in data) + bytes(1), np.uint8)
    at = np.cumsum(sizes, dtype=np.int64) - sizes
    begins, _ = carriers.take_off(buffer, np.array([code for _, code in data], np.int32), at, sizes)
    assert all(-7 <= begin < 0 or first <= begin <= first + size
               for begin, first, size in zip(begins, at, sizes, strict=True))  # fmt: skip
