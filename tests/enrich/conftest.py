"""
Packets of one header each, and files in MaxMind's format written by hand.
"""

import ipaddress
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isdas.model.address import halves
from isdas.model.columns import Capability
from isdas.model.packets import Packets


def packet(source: str = "203.0.113.9", destination: str | None = "192.0.2.1", **columns: Any) -> Packets:
    """One packet from *source*, as a capture shows it unless *columns* say otherwise."""
    high, low = halves(source)
    to = (None, None) if destination is None else halves(destination)
    values: dict[str, Any] = {
        "source_high": [high],
        "source_low": [low],
        "destination_high": [to[0]],
        "destination_low": [to[1]],
        "ip_version": [6 if ":" in source else 4],
        "capabilities": [int(Capability.CAPTURE)],
        **{name: [value] for name, value in columns.items()},
    }
    return Packets.of(values, 1)


def tcp(flags: int | None, port: int = 445, **more: Any) -> Packets:
    """A TCP packet with some flags."""
    return packet(**{"protocol": 6, "port": port, "source_port": 40_000, "tcp_flags": flags, **more})


def udp(port: int, source_port: int | None = 40_000, **more: Any) -> Packets:
    """A UDP packet."""
    return packet(protocol=17, port=port, source_port=source_port, **more)


def icmp(number: int, **more: Any) -> Packets:
    """An ICMP or, from an IPv6 source, ICMPv6 packet of some type."""
    protocol = 58 if ":" in more.get("source", "") else 1
    return packet(protocol=protocol, port=number, icmp_code=0, **more)


def encoded(value: Any) -> bytes:
    """A value in the data section of MaxMind's format (https://maxmind.github.io/MaxMind-DB/)."""
    if isinstance(value, dict):
        return bytes([7 << 5 | len(value)]) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
    if isinstance(value, str):
        text = value.encode()
        assert len(text) < 29
        return bytes([2 << 5 | len(text)]) + text
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(encoded, value))
    # The reader wants 16, 32 and 64 bits where the format says so.
    kind, number = value if isinstance(value, tuple) else (6, value)
    digits = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([kind << 5 | len(digits)]) + digits if kind < 8 else bytes([len(digits), kind - 7]) + digits


def write_mmdb(
    path: Path, networks: dict[str, Any], *, version: int = 6, kind: str = "Test-Country", record_bits: int = 32
) -> Path:
    """A file in MaxMind's format with a record for each network; IPv4 lies at ::/96 of an IPv6 tree."""
    data, places = b"", {}
    tree: list[list[Any]] = [[None, None]]
    for network, record in networks.items():
        places[network] = len(data)
        data += encoded(record)
        parsed = ipaddress.ip_network(network)
        bits, length = int(parsed.network_address), parsed.prefixlen
        width = parsed.max_prefixlen
        if version == 6 and width == 32:
            length, width = length + 96, 128
        node = 0
        for depth in range(length):
            side = bits >> (width - 1 - depth) & 1
            if depth == length - 1:
                tree[node][side] = ("data", places[network])
            elif not isinstance(tree[node][side], int):
                tree.append([None, None])
                tree[node][side] = len(tree) - 1
                node = len(tree) - 1
            else:
                node = tree[node][side]
    n = len(tree)

    def pointer(entry: Any) -> int:
        return n if entry is None else entry if isinstance(entry, int) else n + 16 + int(entry[1])

    def packed(node: list[Any]) -> bytes:
        one, other = (struct.pack(">I", pointer(side)) for side in node)
        between = bytes([one[0] << 4 | other[0]]) if record_bits == 28 else b""
        return one[record_bits < 32 :] + between + other[record_bits < 32 :]

    nodes = b"".join(map(packed, tree))
    about = {
        "binary_format_major_version": (5, 2),
        "binary_format_minor_version": (5, 0),
        "build_epoch": (9, 1_700_000_000),
        "database_type": kind,
        "description": {"en": "made by hand"},
        "ip_version": (5, version),
        "languages": ["en"],
        "node_count": n,
        "record_size": (5, record_bits),
    }
    path.write_bytes(nodes + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(about))
    return path


def random_packets(seed: int, n: int) -> Packets:
    """Packets with any values in the columns that labels look at, nulls among them."""
    rng = np.random.default_rng(seed)

    def some(values: Sequence[Any]) -> list[Any]:
        return [values[i] for i in rng.integers(0, len(values), n)]

    low = (0xFFFF << 32 | rng.integers(0, 1 << 32, n)).tolist()
    return Packets.of(
        {
            "position": np.arange(n),
            "capabilities": some([0, int(Capability.CAPTURE), int(Capability.TCP | Capability.TCP_FLAGS)]),
            "ip_version": some([4, 6, None]),
            "source_high": some([0, 0, 0, 0x20010DB8 << 32, -1, 1 << 56]),
            "source_low": low,
            "destination_high": some([0, None]),
            "destination_low": some([None, *low[:3]]) if n else [],
            "protocol": some([1, 6, 17, 47, 58, 132]),
            "source_port": some([None, 53, 40_000]),
            "port": some([-1, 0, 3, 8, 53, 128, 129, 445]),
            "tcp_flags": some([None, 0, 2, 4, 16, 18, 20, 194, 511]),
            "tcp_sequence": some([None, 0, 1, (1 << 32) - 1]),
            "ip_id": some([None, 54321, 0]),
            "ttl": some([None, 40, 250]),
            "tcp_window": some([None, 512, 1024, 14600, 65535]),
            "tcp_header_length": some([None, 20, 24]),
            "tcp_option_layout": some([None, 0, 3]),
            "tcp_mss": some([None, 1460]),
            "dont_fragment": some([None, False, True]),
            "more_fragments": some([None, False, True]),
            "fragment_offset": some([0, 8]),
            "ip_header_length": some([None, 20, 60]),
            "ip_length": some([None, 28, 1500]),
            "payload_length": some([None, 0, 376]),
            "payload": some(
                [
                    None,
                    b"",
                    b"\x04\x01\x81",
                    b"d1:ad2:id20:abcdefghij",
                    bytes(12) + b"\1\0\0\x14",
                    bytes(12) + b"\6\0\0\4",
                ]
            ),
            "quoted_source_high": some([None, 0]),
            "quoted_source_low": some([None, *low[:2]]) if n else [],
        },
        n,
    )


def _given(name: str, value: Callable[..., Any]) -> Any:
    return pytest.fixture(name=name, scope="session")(lambda: value)


_packet = _given("packet", packet)
_tcp = _given("tcp", tcp)
_udp = _given("udp", udp)
_icmp = _given("icmp", icmp)
_write_mmdb = _given("write_mmdb", write_mmdb)
_random_packets = _given("random_packets", random_packets)
