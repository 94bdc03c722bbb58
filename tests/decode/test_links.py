"""
The link types that are understood.
"""

import struct
from typing import Any

import pytest

from isdas.decode import links

TYPE = struct.pack("!H", 0x0800)
HEADERS = {
    0: [struct.pack("<I", 2), struct.pack(">I", 2), bytes.fromhex("0f000800")],
    1: [bytes(12) + TYPE, bytes(12) + struct.pack("!H", 40) + bytes.fromhex("aaaa03000000") + TYPE],
    8: [bytes(16)],
    9: [bytes.fromhex("ff030021"), bytes.fromhex("0021"), bytes.fromhex("21"), bytes.fromhex("0f000800")],
    12: [b""],
    14: [b""],
    50: [bytes.fromhex("ff030021"), bytes.fromhex("0f000800")],
    51: [bytes.fromhex("1100000100420021")],
    101: [b""],
    102: [bytes(24)],
    104: [bytes.fromhex("0f000800")],
    108: [struct.pack(">I", 2), struct.pack("<I", 2)],
    109: [struct.pack("<I", 2) + bytes(8)],
    113: [bytes(14) + TYPE, bytes(14) + struct.pack("!H", 4) + bytes.fromhex("aaaa03000000") + TYPE],
    138: [bytes(16) + TYPE],
    219: [struct.pack("!I", 17 << 12 | 64) + struct.pack("!I", 18 << 12 | 1 << 8 | 64)],
    228: [b""],
    240: [bytes(16) + TYPE],
    241: [bytes(24) + TYPE],
    242: [bytes(40) + TYPE + bytes(2)],
    274: [bytes(20) + TYPE],
    276: [TYPE + bytes(18)],
    281: [bytes(16) + TYPE],
    282: [bytes(16) + TYPE, bytes(16) + struct.pack("!HHH", 0x8100, 5, 0x0800)],
    284: [bytes(16) + TYPE],
    285: [bytes(20) + TYPE],
}
PLAIN = [each.number for each in links.LINKS if each.number < links.N_LINKS and each.type_at < links.CARRIER]


def test_table_has_a_row_per_link_type() -> None:
    """The table for the walk says of every listed link type what its row says, and 0 for all others."""
    table = links.table()
    assert table.shape[0] > links.N_LINKS
    assert (table[:, 0] != 0).sum() == len(links.LINKS)
    for link in links.LINKS:
        assert table[link.number].tolist() == [link.form, link.header_bytes, link.type_at]


@pytest.mark.parametrize("link", sorted({*PLAIN} - {229}))
def test_link_header_is_passed(build: Any, rows: Any, link: int) -> None:
    """An IPv4 packet is found behind every form of the header of a link type."""
    for header in HEADERS[link]:
        found, tally = rows(header + build.ip4(build.tcp()), link=link)
        assert (tally.stored, found[0]["port"]) == (1, 445)


@pytest.mark.parametrize(
    ("link", "header"),
    [
        (0, struct.pack("<I", 30)),
        (0, struct.pack("<I", 24)),
        (1, bytes(12) + b"\x86\xdd"),
        (9, b"\x00\x57"),
        (101, b""),
        (109, struct.pack(">I", 24) + bytes(8)),
        (113, bytes(14) + b"\x86\xdd"),
        (229, b""),
    ],
)
def test_ipv6_is_passed_too(build: Any, rows: Any, link: int, header: bytes) -> None:
    """An IPv6 packet is found behind the header of a link type."""
    assert rows(header + build.ip6(build.tcp()), link=link)[0][0]["ip_version"] == 6


@pytest.mark.parametrize(("link", "packet"), [(228, "ip6"), (229, "ip4")])
def test_link_for_one_version_takes_no_other(build: Any, rows: Any, link: int, packet: str) -> None:
    """A link type that carries one IP version refuses the other."""
    assert rows(getattr(build, packet)(build.tcp()), link=link)[1].refused == {"bad-ip-header": 1}


@pytest.mark.parametrize("link", [-1, 2, 195, 511, 512, 513, 519, 520, 100_000])
def test_unknown_link_type_is_refused(build: Any, rows: Any, link: int) -> None:
    """A frame of a link type that is not in the table is refused, whatever its number."""
    assert rows(build.eth(build.ip4(build.tcp())), link=link)[1].refused == {"unknown-link-type": 1}
