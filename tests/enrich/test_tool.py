"""Tests of isdas.enrich.tool."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.tool import tool
from isdas.model.columns import Capability
from isdas.model.options import layout
from isdas.model.packets import Packets
from isdas.model.tool import TOOLS, shows

Make = Callable[..., Packets]
TARGET = 192 << 24 | 2 << 8 | 1
"""192.0.2.1, the destination of the packets here."""

SYN: dict[str, Any] = {"flags": 2, "ip_id": 1, "tcp_sequence": 99, "port": 23}
ZMAP: dict[str, Any] = {"ip_id": 54321, "tcp_window": 65535, "ttl": 240, "dont_fragment": False}
"""What all SYNs of ZMap before 4.1.0 share."""


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
        (ZMAP, "zmap"),
        (ZMAP | {"ip_id": 54320}, ""),
        ({"ip_id": masscan_id(99, 23)}, "masscan"),
        ({"ip_id": masscan_id(99, 23) ^ 1}, ""),
        ({"tcp_sequence": 0xDEADBEEF, "ip_id": masscan_id(0xDEADBEEF, 23)}, "masscan"),
        ({"tcp_sequence": TARGET}, "mirai-like"),
        (ZMAP | {"tcp_sequence": TARGET, "port": 37215}, "mirai-like"),
        ({"tcp_sequence": TARGET - 1}, ""),
    ],
)
def test_fingerprints(tcp: Make, changes: dict[str, Any], expected: str) -> None:
    """ZMap's fixed identification, masscan's cookie (masked to 16 bits) and the Mirai family's sequence number."""
    assert of(tcp(**{**SYN, **changes})) == expected


@pytest.mark.parametrize("flags", [0, 1, 4, 16, 18, 20])
def test_only_syns_bear_fingerprints(tcp: Make, flags: int) -> None:
    """A packet that is no SYN names no tool, whatever its numbers are."""
    assert of(tcp(**{**SYN, **ZMAP, "flags": flags})) == ""


def test_ecn_does_not_hide_a_fingerprint(tcp: Make) -> None:
    """A SYN that offers ECN is a SYN, but ZMap offers none."""
    assert of(tcp(**{**SYN, "flags": 2 | 64 | 128, "tcp_sequence": TARGET})) == "mirai-like"
    assert of(tcp(**{**SYN, **ZMAP, "flags": 2 | 64 | 128})) == ""


OPTIONS: dict[str, dict[str, Any]] = {
    "none": {"tcp_header_length": 20, "tcp_option_layout": 0},
    "mss": {"tcp_header_length": 24, "tcp_option_layout": layout("mss"), "tcp_mss": 1460},
    "linux": {"tcp_header_length": 40, "tcp_option_layout": layout("mss,sok,ts,nop,ws"), "tcp_mss": 1460},
}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("ttl", [201, 240, 255])
def test_zmap_of_all_ages(tcp: Make, options: str, ttl: int) -> None:
    """Its options came late and changed; what names it is with all of them, and however far it came."""
    assert of(tcp(**{**SYN, **ZMAP, **OPTIONS[options], "ttl": ttl})) == "zmap"


def test_the_number_of_zmap_alone_is_not_zmap(tcp: Make) -> None:
    """Whoever draws identifications at random draws 54321 too: nmap, floods with window 0, real stacks."""
    assert of(tcp(**{**SYN, "dont_fragment": False, **SHAPES["nmap-like"], "ip_id": 54321})) == "nmap-like"
    for change in ({"tcp_window": 0}, {"tcp_window": 5840}, {"ttl": 200}, {"ttl": 64}, {"dont_fragment": True}):
        assert of(tcp(**{**SYN, **ZMAP, **change})) == ""


def test_zmap_where_its_shape_is_not_shown(tcp: Make) -> None:
    """The rule does not ask for what an input cannot show, and does for what it can."""
    hidden: dict[str, Any] = {"tcp_window": None, "ttl": None, "dont_fragment": None}
    assert of(tcp(**{**SYN, **ZMAP, **hidden})) == "zmap"
    for column in hidden:
        assert of(tcp(**{**SYN, **ZMAP, column: None})) == "zmap"
    assert of(tcp(**{**SYN, **ZMAP, **hidden, "ttl": 49})) == ""
    assert of(tcp(**{**SYN, **ZMAP, **hidden, "tcp_window": 1024})) == ""


SHAPES: dict[str, dict[str, Any]] = {
    "nmap-like": {"tcp_window": 1024, "ttl": 41, "tcp_option_layout": layout("mss"), "tcp_mss": 1460},
    "unicornscan-like": {"tcp_window": 4128, "ttl": 240, "tcp_option_layout": layout("mss"), "tcp_mss": 1460},
    "hping-like": {"tcp_window": 512, "ttl": 52, "tcp_header_length": 20},
    "hajime-like": {"tcp_window": 14600, "tcp_sequence": 0x12340000},
    "zmap-like": {
        "tcp_window": 65535,
        "ttl": 60,
        "tos": 0,
        "tcp_option_layout": layout("mss,nop,ws,nop,nop,sok"),
        "tcp_mss": 1460,
        "tcp_window_scale": 8,
    },
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(tcp: Make, name: str) -> None:
    """The shape of a header as the program sends it names the program, and any other value does not."""
    shape = {**SYN, "dont_fragment": False, **SHAPES[name]}
    assert of(tcp(**shape)) == name
    for column in SHAPES[name]:
        for other in (None, shape[column] - 99):
            assert of(tcp(**{**shape, column: other})) == ""
    if name != "hajime-like":
        assert of(tcp(**{**shape, "dont_fragment": True})) == ""
        assert of(tcp(**{**shape, "dont_fragment": None})) == ""


@pytest.mark.parametrize("window", [1024, 2048, 3072, 4096])
def test_older_nmap_varies_its_window(tcp: Make, window: int) -> None:
    """Before 2011 its window was one of four."""
    assert of(tcp(**{**SYN, "dont_fragment": False, **SHAPES["nmap-like"], "tcp_window": window})) == "nmap-like"


@pytest.mark.parametrize("sequence", [0x12340000, 0x1234])
def test_hajime_leaves_one_half_empty(tcp: Make, sequence: int) -> None:
    """Either half of the sequence number may be the one that is zero."""
    assert of(tcp(**{**SYN, "tcp_window": 14600, "tcp_sequence": sequence})) == "hajime-like"


def test_a_relation_goes_before_a_shape(tcp: Make) -> None:
    """Masscan of today has nmap's window and option; its cookie tells them apart."""
    both = {**SYN, "dont_fragment": False, **SHAPES["nmap-like"], "ip_id": masscan_id(99, 23)}
    assert of(tcp(**both)) == "masscan"


def test_zmap_without_tcp_needs_a_second_tell(udp: Make, icmp: Make) -> None:
    """In UDP and ICMP echo its identification counts only with a TTL that began at 255."""
    assert of(udp(53413, ip_id=54321, ttl=240)) == "zmap"
    assert of(udp(53413, ip_id=54321, ttl=64)) == ""
    assert of(icmp(8, ip_id=54321, ttl=240)) == "zmap"
    assert of(icmp(0, ip_id=54321, ttl=240)) == ""
    assert of(icmp(8, ip_id=54321, ttl=None)) == ""


@pytest.mark.parametrize(
    ("payload", "length", "port", "expected"),
    [
        (b"\4" + b"\1" * 23, 376, 1434, "slammer"),
        (None, 376, 1434, "slammer"),
        (b"\2" + b"\1" * 23, 376, 1434, ""),
        (b"\4" + b"\1" * 23, 377, 1434, ""),
        (b"\4" + b"\1" * 23, 376, 1435, ""),
    ],
)
def test_slammer(udp: Make, payload: bytes | None, length: int, port: int, expected: str) -> None:
    """Its length and port name it, and its first bytes where they are held."""
    assert of(udp(port, payload=payload, payload_length=length)) == expected


@pytest.mark.parametrize(
    ("payload", "length", "source_port", "expected"),
    [
        (b"\5\0\0\0\0\0\0\x12\2\0\0\0", 1000, 4000, "witty"),
        (b"\5\0\0\0\0\0\0\x12\2\0\0\0", 100, 4000, ""),
        (b"\5\0\0\0\0\0\0\x12\2\0\0\0", 1000, 4001, ""),
        (b"\5\0\0\0\0\0\0\x13\2\0\0\0", 1000, 4000, ""),
        (b"\5\0", 1000, 4000, ""),
        (None, 1000, 4000, ""),
    ],
)
def test_witty(udp: Make, payload: bytes | None, length: int, source_port: int, expected: str) -> None:
    """It comes from ICQ's port as an ICQ answer that is longer than one."""
    assert of(udp(9999, source_port, payload=payload, payload_length=length)) == expected


def test_other_protocols_name_no_tool(packet: Make) -> None:
    """Where there is no fingerprint at all none fits, which is known."""
    assert of(packet(protocol=47, port=-1, ip_id=54321, ttl=250)) == ""


@pytest.mark.parametrize(
    ("hidden", "seen"),
    [
        (Capability.IP_ID, "mirai-like"),
        (Capability.SEQUENCE, "zmap"),
        (Capability.DESTINATION, "zmap"),
        (Capability.TCP_FLAGS, None),
    ],
)
def test_a_tool_is_told_by_what_is_shown(tcp: Make, hidden: Capability, seen: str | None) -> None:
    """Without one of the fields the tools that need others are still told; without flags nothing is."""
    columns = {Capability.IP_ID: "ip_id", Capability.SEQUENCE: "tcp_sequence", Capability.TCP_FLAGS: "flags"}
    shown = {**SYN, **ZMAP, "tcp_sequence": TARGET}
    if hidden in columns:
        shown[columns[hidden]] = None
    assert of(tcp(**shown, capabilities=int(Capability.CAPTURE & ~hidden))) == seen


def test_a_masked_destination_is_none(tcp: Make) -> None:
    """A destination that the input does not show whole is compared with nothing."""
    capabilities = int(Capability.CAPTURE & ~Capability.DESTINATION)
    assert of(tcp(**{**SYN, "tcp_sequence": TARGET}, capabilities=capabilities)) == ""


def test_what_could_not_be_seen_is_null(tcp: Make, udp: Make, icmp: Make) -> None:
    """Where the input shows no tool at all the tool is not known, which is not the same as none."""
    assert of(tcp(**SYN, capabilities=0)) is None
    assert of(tcp(**SYN, capabilities=int(Capability.TCP_FLAGS))) is None
    assert of(tcp(**SYN, capabilities=int(Capability.TCP_FLAGS | Capability.IP_ID))) == ""
    assert of(udp(1434, capabilities=int(Capability.TTL))) is None
    assert of(udp(1434, capabilities=int(Capability.LENGTH))) == ""
    assert of(icmp(8, capabilities=int(Capability.LENGTH))) is None


@given(seed=st.integers(0, 2**32), n=st.integers(1, 30))
def test_a_tool_is_named_only_where_it_shows(random_packets: Make, seed: int, n: int) -> None:
    """No packet bears the name of a tool that its input could not have shown."""
    packets = random_packets(seed, n)
    rows = packets.table.select(["capabilities", "protocol", "ip_version"]).to_pylist()
    for row, name in zip(rows, tool(packets).to_pylist(), strict=True):
        able = shows(row["capabilities"], row["protocol"], row["ip_version"])
        assert name in (None, "") or able[name]


REAL = {
    "nDPI__synscan.pcap": ("nmap-like", 1994),
    "packet-captures__amp.dns.RRSIG.fragmented.pcap": ("zmap", 20),
    "pcaps__PracticalPacketAnalysis__ppa-capture-files__dosattack.pcap": ("hping-like", 100),
    "pcaps__PracticalPacketAnalysis__ppa-capture-files__evilprogram.pcap": ("slammer", 2),
}


@pytest.mark.parametrize("name", REAL)
def test_real_captures(shared: Path, name: str) -> None:
    """Captures of scans by nmap and ZMap, of a flood and of Slammer hold as many of their packets as is known."""
    from isdas.hub.source import Source

    pieces = Source(shared / "corpus" / "scan" / name).pieces(lambda done: None)
    found = Counter(word for piece in pieces for word in tool(piece().packets).to_pylist())
    word, count = REAL[name]
    assert found[word] == count


def test_ipv6_cannot_show_a_tool(tcp: Make) -> None:
    """IPv6 has no identification, so a packet over it can neither bear nor lack these fingerprints."""
    packets = tcp(2, source="2001:db8::9", destination="2001:db8::1:1", tcp_sequence=0x10001, ip_id=None)
    assert of(packets) is None


def test_a_cut_header_shows_no_tool(tcp: Make) -> None:
    """A capture that was cut before the flags shows nothing."""
    assert of(tcp(None, ip_id=54321)) is None


def test_a_random_packet_seldom_matches() -> None:
    """Of a million SYNs with random numbers about 15 match each 16-bit rule alone, and none the others."""
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

    def counts(**more: Any) -> dict[str, int]:
        found = tool(Packets.of({**values, **more}, n)).value_counts().to_pylist()
        return {pair["values"]: pair["counts"] for pair in found}

    bare, shaped = counts(), counts(tcp_window=1024, ttl=49)
    assert 2 < bare["zmap"] < 40
    assert shaped.get("zmap", 0) == 0
    assert 2 < bare["masscan"] == shaped["masscan"] < 40
    assert bare.get("mirai-like", 0) <= 1


@given(seed=st.integers(0, 2**32), n=st.integers(0, 50))
def test_every_packet_has_a_known_tool_or_null(random_packets: Make, seed: int, n: int) -> None:
    """Whatever the columns say, the tool is one of those there are, empty or null."""
    assert set(tool(random_packets(seed, n)).to_pylist()) <= {*TOOLS, None}
