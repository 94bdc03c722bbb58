"""
Frames to Packets.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.decode.config import Config
from isdas.decode.links import LINKS
from isdas.decode.packets import decode
from isdas.decode.walk import _CARRIERS, _TUNNEL_PORTS
from isdas.model import columns
from isdas.model.columns import Capability
from isdas.model.frames import Frames
from isdas.model.options import layout
from isdas.model.packets import Packets
from isdas.model.port import NO_PORT


def test_every_column_of_a_syn(build: Any, rows: Any) -> None:
    """A TCP SYN over IPv4 fills every header column with what its bytes say."""
    segment = build.tcp(flags=0x1C2, options=b"\x02\x04\x05\xb4", payload=b"abc")
    found, _ = rows(build.eth(build.ip4(segment, options=bytes(4), fragment=0x4000)))
    plain = {spec.name for spec in columns.COLUMNS if spec.source != "enrich" and spec.compute is None}
    header = {name: value for name, value in found[0].items() if value is not None and name in plain}
    assert header == {
        "time": datetime(2008, 10, 30, 13, tzinfo=UTC),
        "position": 0,
        "capabilities": int(Capability.CAPTURE),
        "ip_version": 4,
        "source_high": 0,
        "source_low": 0xFFFFC0000201,
        "destination_high": 0,
        "destination_low": 0xFFFFC6336407,
        "protocol": 6,
        "source_port": 6000,
        "port": 445,
        "ttl": 110,
        "ip_id": 54321,
        "dont_fragment": True,
        "fragment_offset": 0,
        "ip_length": 51,
        "ip_header_length": 24,
        "tcp_flags": 0x1C2,
        "tcp_sequence": 0xCAFEBABE,
        "tcp_acknowledgement": 7,
        "tcp_window": 16384,
        "tcp_header_length": 24,
        "tcp_mss": 1460,
        "tcp_option_layout": layout("mss"),
        "tos": 0,
        "more_fragments": False,
        "payload_length": 3,
        "payload": b"abc",
        "tunnel": "",
    }


def test_ipv6_addresses_are_signed_halves(build: Any, rows: Any) -> None:
    """An IPv6 address fills both halves, the upper one negative where its first bit is set."""
    found, _ = rows(build.eth(build.ip6(build.icmp(128), 58), 0x86DD))
    row = found[0]
    assert (row["source_high"], row["source_low"]) == (0x20010DB800000000, 1)
    assert (row["destination_high"], row["destination_low"]) == (0xFE80000000000000 - 2**64, 7)
    assert (row["port"], row["icmp_code"], row["ttl"], row["ip_length"]) == (128, 0, 64, 48)
    assert row["ip_id"] is None
    assert row["dont_fragment"] is None


@pytest.mark.parametrize(
    ("protocol", "known"),
    [
        (17, {"source_port", "payload_length"}),
        (1, {"icmp_code", "payload_length"}),
        (47, {"payload_length"}),
        (50, {"payload_length"}),
        (132, {"payload_length"}),
    ],
    ids=["udp", "icmp", "gre", "esp", "sctp"],
)
def test_columns_that_do_not_apply_are_null(build: Any, rows: Any, protocol: int, known: set[str]) -> None:
    """A packet knows the columns of its own protocol and no others."""
    body = {17: build.udp(bytes(12)), 1: build.icmp(8, 0, bytes(16))}.get(protocol, bytes(20))
    row = rows(build.eth(build.ip4(body, protocol)))[0][0]
    optional = {"source_port", "icmp_code", "tcp_flags", "tcp_sequence", "tcp_acknowledgement", "tcp_window"}
    optional |= {"tcp_header_length", "tcp_mss", "payload_length"}
    assert {name for name in optional if row[name] is not None} == known
    assert row["payload_length"] == {17: 12, 1: 12}.get(protocol, 20)
    assert row["port"] == {17: 1434, 1: 8}.get(protocol, NO_PORT)


def test_positions_are_those_of_the_frames(build: Any, rows: Any) -> None:
    """Packets keep the numbers of their frames, so that refused ones leave holes."""
    good, bad = build.eth(build.ip4(build.udp(), 17)), build.eth(bytes(28), 0x0806)
    found, tally = rows(bad, good, bad, good)
    assert [row["position"] for row in found] == [1, 3]
    assert tally.as_dict() == {"read": 4, "stored": 2, "refused": {"not-ip": 2}, "warnings": {}}


def test_no_frames_give_no_packets(build: Any) -> None:
    """An empty batch decodes to an empty table with all columns."""
    packets, tally = decode(build.frames([]))
    assert (len(packets), tally.read) == (0, 0)
    assert packets.table.schema == Packets.of({}, 0).table.schema


_LINKS = st.sampled_from([link.number for link in LINKS]) | st.integers(-(2**31), 2**31 - 1) | st.integers(0, 300)
_BEGINS = st.sampled_from(
    [
        *(b"", b"\x45\x00", b"\x60", bytes(12) + b"\x08\x00\x45\x00", bytes(12) + b"\x86\xdd\x60"),
        *(bytes(12) + kind.to_bytes(2, "big") for kind in (*_CARRIERS, 0x8847, 0x8864, 0x8100)),
        *(
            bytes.fromhex(f"450000400000000040{protocol:02x}0000") + bytes(8)
            for protocol in (4, 41, 47, 51, 97, 137, 143)
        ),
        *(
            bytes.fromhex("45000060000000004011000001020304050607080dd8") + port.to_bytes(2, "big") + bytes(4)
            for port in _TUNNEL_PORTS
        ),
        *(bytes.fromhex(text) for text in ("0800", "8800", "000008000000", "aaaa03000000", "4d474380", "1861")),
    ]
)
_FRAMES = st.lists(st.tuples(_BEGINS, st.binary(max_size=90), _LINKS), max_size=12)


@given(_FRAMES, st.integers(0, 12), st.sampled_from(["auto", "always", "never"]))
def test_any_bytes_decode_and_splitting_changes_nothing(
    data: list[tuple[bytes, bytes, int]], cut: int, tunnels: Literal["auto", "always", "never"]
) -> None:
    """Any bytes under any link type decode to a valid table, and decoding in two halves gives the same."""
    whole, config = (
        _frames([begin + rest for begin, rest, _ in data], [link for _, _, link in data]),
        Config(8, tunnels),
    )
    packets, tally = decode(whole, config)
    packets.table.validate(full=True)
    assert tally.read == len(data)
    assert tally.stored == len(packets)
    assert tally.reconciles
    first, second = (decode(_slice(whole, part), config) for part in (slice(0, cut), slice(cut, None)))
    assert Packets.concat([first[0], second[0]]).table.to_pylist() == packets.table.to_pylist()
    first[1].add(second[1])
    assert first[1] == tally


@given(_FRAMES)
def test_unwrapping_loses_no_packet(data: list[tuple[bytes, bytes, int]]) -> None:
    """However tunnels are treated, the same frames are packets, and those outside of tunnels are the same."""
    frames = _frames([begin + rest for begin, rest, _ in data], [link for _, _, link in data])
    outside, inside = (decode(frames, Config(8, how))[0].table.to_pylist() for how in ("never", "always"))
    assert [row["position"] for row in outside] == [row["position"] for row in inside]
    assert [row for row, other in zip(outside, inside, strict=True) if not other["tunnel"]] == [
        row for row in inside if not row["tunnel"]
    ]
    for row, other in zip(outside, inside, strict=True):
        if other["tunnel"]:
            assert (other["outer_source_high"], other["outer_source_low"]) == (row["source_high"], row["source_low"])


@given(_FRAMES)
def test_nothing_but_the_bytes_of_a_frame_matters(data: list[tuple[bytes, bytes, int]]) -> None:
    """What lies before and behind a frame in memory is never read."""
    frames, links = [begin + rest for begin, rest, _ in data], [link for _, _, link in data]
    told = []
    for other in (b"\0", b"\x45", b"\xff"):
        around = _frames(
            [part for frame in frames for part in (other * 64, frame, other * 64)], [0] * (3 * len(frames))
        )
        among = _slice(around, slice(1, None, 3))
        packets, tally = decode(replace(among, links=np.array(links, np.int32)), Config(8, "always"))
        told.append((packets.table.to_pylist(), tally))
    assert told[0] == told[1] == told[2]


def test_few_packets_let_go_of_the_room_for_many_frames() -> None:
    """Of a hundred thousand frames ten of which are packets, those keep what ten packets need."""
    arp, packet = (
        bytes(12) + b"\x08\x06" + bytes(28),
        bytes(12) + b"\x08\x00" + b"\x45" + bytes(8) + b"\x06" + bytes(30),
    )
    frames = _frames([arp] * 100_000 + [packet] * 10, [1] * 100_010)
    before = pa.total_allocated_bytes()
    packets, tally = decode(frames)
    assert (len(packets), tally.stored) == (10, 10)
    assert pa.total_allocated_bytes() - before < 100_000


def _frames(data: list[bytes], links: list[int]) -> Frames:
    sizes = np.array([len(each) for each in data], np.int64)
    return Frames(
        np.frombuffer(b"".join(data) or b"\0", np.uint8),
        np.cumsum(sizes) - sizes,
        sizes.astype(np.int32),
        sizes.astype(np.int32),
        np.arange(len(data), dtype=np.int64),
        np.array(links, np.int32),
        np.arange(len(data), dtype=np.int64),
    )


def _slice(frames: Frames, part: slice) -> Frames:
    fields = ("offsets", "captured", "original", "times_us", "links", "positions")
    return Frames(frames.buffer, *(np.ascontiguousarray(getattr(frames, name)[part]) for name in fields))
