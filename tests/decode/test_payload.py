"""
First bytes of payloads, and packets that ICMP errors quote.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.decode.config import Config
from isdas.decode.packets import decode
from isdas.decode.payload import first_bytes, quoted
from isdas.model.address import halves
from isdas.model.options import layout


@given(st.lists(st.binary(max_size=6), max_size=8), st.integers(0, 4))
def test_first_bytes_are_the_first_bytes(payloads: list[bytes], limit: int) -> None:
    """Each payload is cut to the limit; an empty one is null, and none at all give no column."""
    sizes = np.array([len(p) for p in payloads], np.int32)
    buffer = np.frombuffer(b"".join(payloads) or b"\0", np.uint8)
    found = first_bytes(buffer, np.cumsum(sizes, dtype=np.int64) - sizes, sizes, limit)
    expected = [payload[:limit] or None for payload in payloads]
    assert (found.to_pylist() if found is not None else [None] * len(payloads)) == expected


def test_padding_of_the_frame_is_no_payload(build: Any, rows: Any) -> None:
    """Bytes behind the end that the IP header states are the link's."""
    [row] = rows(build.eth(build.ip4(build.udp(b"four"), 17)) + bytes(14))[0]
    assert (row["payload"], row["payload_length"], row["udp_length"]) == (b"four", 4, 12)


def test_how_much_of_a_payload_is_kept_is_a_setting(build: Any) -> None:
    """Nothing is kept with 0, and no more than asked for otherwise."""
    frames = build.frames([build.eth(build.ip4(build.udp(b"0123456789"), 17))])
    kept = {n: decode(frames, Config(payload_bytes=n))[0].table.column("payload").to_pylist() for n in (0, 3, 256)}
    assert kept == {0: [None], 3: [b"012"], 256: [b"0123456789"]}


@pytest.mark.parametrize(("kind", "code"), [(3, 3), (4, 0), (5, 1), (11, 0), (12, 0)])
def test_an_error_quotes_a_packet(build: Any, rows: Any, kind: int, code: int) -> None:
    """Addresses, protocol and ports of the quoted packet stand apart; the packet itself is the ICMP error."""
    inner = build.ip4(build.tcp(), 6)[:28]
    [row] = rows(build.eth(build.ip4(build.icmp(kind, code, bytes(4) + inner), 1)))[0]
    assert (row["protocol"], row["port"], row["icmp_code"], row["source_port"]) == (1, kind, code, None)
    assert (row["quoted_protocol"], row["quoted_source_port"], row["quoted_port"]) == (6, 6000, 445)
    assert (row["quoted_source_high"], row["quoted_source_low"]) == halves("192.0.2.1")
    assert (row["quoted_destination_high"], row["quoted_destination_low"]) == halves("198.51.100.7")


def test_icmpv6_errors_quote_too(build: Any, rows: Any) -> None:
    """A quoted IPv6 packet has both halves of its addresses."""
    inner = build.ip6(build.udp(b"x"), 17)
    [row] = rows(build.eth(build.ip6(build.icmp(1, 4, bytes(4) + inner), 58), 0x86DD))[0]
    assert (row["quoted_protocol"], row["quoted_source_port"], row["quoted_port"]) == (17, 4000, 1434)
    assert (row["quoted_source_high"], row["quoted_source_low"]) == halves("2001:db8::1")


def test_extension_headers_of_a_quoted_packet_are_passed(build: Any, rows: Any) -> None:
    """The protocol of a quoted IPv6 packet is what its extension headers lead to; a later fragment has no ports."""
    options, first, later = bytes([44, 0]) + bytes(6), bytes([17, 0, 0, 1]) + bytes(4), bytes([17, 0, 0, 8]) + bytes(4)
    quotes = (build.ip6(options + fragment + build.udp(b"x"), 60) for fragment in (first, later))
    found, _ = rows(*(build.eth(build.ip6(build.icmp(3, 0, bytes(4) + each), 58), 0x86DD) for each in quotes))
    assert [(row["quoted_protocol"], row["quoted_port"]) for row in found] == [(17, 1434), (17, None)]


def test_a_snapped_quote_tells_what_is_there(build: Any, rows: Any) -> None:
    """Addresses without ports where the capture ends within the quoted packet, and nothing where within its header."""
    whole = build.eth(build.ip4(build.icmp(3, 3, bytes(4) + build.ip4(build.udp(), 17)), 1))
    found, _ = rows(whole[:62], whole[:61], original=len(whole))
    told = [(row["quoted_protocol"], row["quoted_port"], row["port"]) for row in found]
    assert told == [(17, None, 3), (None, None, 3)]


@pytest.mark.parametrize(
    "inner",
    [b"", bytes(30), bytes.fromhex("46") + bytes(10), bytes.fromhex("60") + bytes(30)],
    ids=["nothing", "no IP", "too short for IPv4", "too short for IPv6"],
)
def test_what_quotes_no_packet_has_no_quoted_columns(build: Any, rows: Any, inner: bytes) -> None:
    """An error whose rest is no IP header is an error all the same."""
    [row] = rows(build.eth(build.ip4(build.icmp(3, 1, bytes(4) + inner), 1)))[0]
    assert (row["port"], row["quoted_protocol"], row["quoted_port"]) == (3, None, None)


def test_ports_of_a_later_fragment_are_not_made_up(build: Any, rows: Any) -> None:
    """A quoted later fragment has addresses but no ports."""
    inner = build.ip4(bytes(8), 6, fragment=5)
    [row] = rows(build.eth(build.ip4(build.icmp(11, 1, bytes(4) + inner), 1)))[0]
    assert (row["quoted_protocol"], row["quoted_port"]) == (6, None)


@given(st.binary(min_size=20, max_size=90))
def test_any_bytes_may_be_quoted(data: bytes) -> None:
    """Whatever an error quotes, the columns are there or not, and nothing raises."""
    buffer = np.frombuffer(data, np.uint8)
    at, held = np.zeros(2, np.int64), np.full(2, len(data), np.int32)
    found = quoted(buffer, np.array([1, 58]), np.array([3, 1]), at, held)
    assert all(len(column) == 2 for column in found.values())


@pytest.mark.parametrize(
    ("options", "text", "mss", "scale", "stamp"),
    [
        ("020405b4", "mss", 1460, None, None),
        ("020405b40103030801010402", "mss,nop,ws,nop,nop,sok", 1460, 8, None),
        ("0101080a000000ff00000000", "nop,nop,ts", None, None, 255),
        ("020405b40402080a0000000100000000010303070000", "mss,sok,ts,nop,ws,eol", 1460, 7, 1),
        ("fe04000022020000", "other,tfo,eol", None, None, None),
        ("02040218020405b4", "mss,mss", 536, None, None),
    ],
)
def test_options_and_their_order(
    build: Any, rows: Any, options: str, text: str, mss: int | None, scale: int | None, stamp: int | None
) -> None:
    """The layout names every option in its order, and the first value of each kind is kept."""
    data = bytes.fromhex(options)
    data += bytes(-len(data) % 4)
    [row] = rows(build.eth(build.ip4(build.tcp(options=data))))[0]
    assert row["tcp_option_layout"] == layout(text)
    assert (row["tcp_mss"], row["tcp_window_scale"], row["tcp_timestamp"]) == (mss, scale, stamp)


def test_first_and_later_fragments_are_told_apart(build: Any, rows: Any) -> None:
    """The first has more to come and offset 0, the last an offset and nothing to come."""
    first, last = (build.eth(build.ip4(build.udp(bytes(8)), 17, fragment=word)) for word in (0x2000, 0x0005))
    told = [(row["more_fragments"], row["fragment_offset"], row["port"]) for row in rows(first, last)[0]]
    assert told == [(True, 0, 1434), (False, 40, -1)]
