"""Tests of isdas.enrich.ipfire."""

import ipaddress
import lzma
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.enrich.config import Config
from isdas.enrich.ipfire import open_ipfire
from isdas.enrich.ranges import Ranges
from isdas.enrich.region import open_lookups
from isdas.model.address import halves
from isdas.model.errors import ConfigError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def written(networks: dict[Network, tuple[str, int]], created_at: int = 1_700_000_000) -> bytes:
    """A location database with some networks: header, nodes, networks; no names, countries or signatures."""
    nodes: list[list[int]] = [[0, 0, 0xFFFFFFFF]]
    records = b""
    for i, (network, (country, asn)) in enumerate(networks.items()):
        mapped = network.version == 4
        number = int(network.network_address) | (0xFFFF << 32 if mapped else 0)
        node = 0
        for depth in range(network.prefixlen + (96 if mapped else 0)):
            side = number >> (127 - depth) & 1
            if not nodes[node][side]:
                nodes[node][side] = len(nodes)
                nodes.append([0, 0, 0xFFFFFFFF])
            node = nodes[node][side]
        nodes[node][2] = i
        records += struct.pack(">2s2xIH2x", country.encode(), asn, 0)
    tree = b"".join(struct.pack(">III", *node) for node in nodes)
    start = 4096 + 72
    tables = (start, 0), (start + len(tree), len(records)), (start, len(tree)), (start, 0), (start, 0)
    header = struct.pack(">7sBQIII", b"LOCDBXX", 1, created_at, 0, 0, 0) + b"".join(
        struct.pack(">II", *t) for t in tables
    )
    return header.ljust(start, b"\0") + tree + records


def said(ranges: Ranges, *addresses: str) -> list[tuple[str, int]]:
    """Country and AS of some addresses."""
    pairs = np.array([halves(address) for address in addresses]).reshape(-1, 2)
    country, asn = ranges.of(pairs[:, 0].copy(), pairs[:, 1].copy())
    return list(zip(country.tolist(), asn.tolist(), strict=True))


FOUR = st.tuples(st.integers(0, 1 << 12), st.integers(0, 32)).map(
    lambda e: ipaddress.ip_network((0xC0000000 + e[0], e[1]), strict=False)
)
SIX = st.tuples(st.integers(0, 1 << 12), st.integers(8, 128)).map(
    lambda e: ipaddress.ip_network((0x20010DB8 << 96 | e[0] << 55, e[1]), strict=False)
)
SOME = {ipaddress.ip_network("192.0.2.0/24"): ("JP", 64496), ipaddress.ip_network("2001:db8::/32"): ("KR", 7)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(FOUR, SIX), max_size=10, unique=True), st.lists(st.one_of(FOUR, SIX), max_size=5))
def test_the_longest_prefix_says(tmp_path: Path, networks: list[Network], others: list[Network]) -> None:
    """Of networks within each other the narrowest that holds an address says, as a search one by one finds."""
    (tmp_path / "l.db").write_bytes(written({n: ("JP" if i % 2 else "", i) for i, n in enumerate(networks)}))
    database = open_ipfire(tmp_path / "l.db")
    for address in (each for network in [*networks, *others] for each in (network[0], network[-1])):
        holding = [(n.prefixlen, i) for i, n in enumerate(networks) if address in n]
        i = max(holding)[1] if holding else -1
        assert said(database, str(address)) == [("JP" if i >= 0 and i % 2 else "", max(i, 0))]


def test_it_is_a_lookup_of_regions_and_systems(tmp_path: Path) -> None:
    """Plain or compressed with xz; its edition is when it was created."""
    (tmp_path / "l.db").write_bytes(written(SOME))
    (tmp_path / "l.db.xz").write_bytes(lzma.compress(written(SOME)))
    for name in ("l.db", "l.db.xz"):
        lookups = open_lookups(Config(location_file=str(tmp_path / name), scanner_register="none"))
        assert lookups.editions["ipfire"] == "2023-11-14T22:13:20Z"
        assert said(open_ipfire(tmp_path / name), "192.0.2.9", "192.0.3.0", "2001:db8::") == [
            ("JP", 64496),
            ("", 0),
            ("KR", 7),
        ]


@pytest.mark.parametrize("code", ["XX", "XD", "A1", "A2", "A3", "T1", "\0\0", "1\0"])
def test_what_stands_for_no_country_is_none(tmp_path: Path, code: str) -> None:
    """Codes of proxies, satellites, anycast and the unknown leave the region to the next lookup; the AS is told."""
    (tmp_path / "l.db").write_bytes(written({ipaddress.ip_network("192.0.2.0/24"): (code, 64496)}))
    assert said(open_ipfire(tmp_path / "l.db"), "192.0.2.9") == [("", 64496)]


@pytest.mark.parametrize("content", [None, b"", b"LOCDBXX\x01", b"\xfd7zXZ\x00 broken", b"MaxMind" * 20])
def test_a_file_of_another_kind_is_told(tmp_path: Path, content: bytes | None) -> None:
    """A missing, cut or other file is a wrong setting."""
    if content is not None:
        (tmp_path / "l.db").write_bytes(content)
    with pytest.raises(ConfigError, match=r"l\.db"):
        open_ipfire(tmp_path / "l.db")


def test_another_version_is_told(tmp_path: Path) -> None:
    """Versions that are not known are not guessed at."""
    data = bytearray(written(SOME))
    data[7] = 2
    (tmp_path / "l.db").write_bytes(data)
    with pytest.raises(ConfigError, match="of version 2, not 1"):
        open_ipfire(tmp_path / "l.db")


def test_a_circle_is_told(tmp_path: Path) -> None:
    """A node that leads back to one above it does not keep anybody busy."""
    data = bytearray(written(SOME))
    struct.pack_into(">I", data, 4096 + 72 + 12 * 3, 1)
    (tmp_path / "l.db").write_bytes(data)
    with pytest.raises(ConfigError, match="circle"):
        open_ipfire(tmp_path / "l.db")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_says_something_or_is_told(tmp_path: Path, data: st.DataObject) -> None:
    """Any bytes of the header, the tree or the networks may be wrong, or the end missing."""
    whole = bytearray(written(SOME))
    places = st.one_of(st.integers(0, 71), st.integers(4096 + 72, len(whole) - 1))
    for at, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=4)):
        whole[at] = byte
    (tmp_path / "l.db").write_bytes(whole[: data.draw(st.one_of(st.none(), st.integers(0, len(whole))))])
    with suppress(ConfigError):
        said(open_ipfire(tmp_path / "l.db"), "192.0.2.1", "2001:db8::1", "::")
