"""
The fields of netfilter LOG lines.
"""

import ipaddress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.model import address, options
from isdas.model.columns import Capability

START = b"Jan  2 03:04:05 host kernel: [ 12.345678] IN=eth0 OUT= "
MAC = b"MAC=00:16:3e:5e:6c:00:00:16:3e:5e:6c:01:08:00 "
IP4 = b"SRC=198.51.100.7 DST=192.0.2.17 LEN=%d TOS=0x00 PREC=0x00 TTL=49 ID=54321 "
IP6 = (
    b"SRC=2001:0db8:0000:0000:0000:0000:0000:0001 DST=2001:0db8:0000:0000:0000:0000:0000:0002 "
    b"LEN=%d TC=0 HOPLIMIT=49 FLOWLBL=123456 "
)
TCP = b"PROTO=TCP SPT=40000 DPT=445 SEQ=4294967295 ACK=0 WINDOW=1024 RES=0x00 SYN URGP=0 "


@pytest.fixture
def one(take_log: Any) -> Any:
    """The row of one line that is stored, and its warnings."""

    def _one(fields: bytes) -> tuple[dict[str, Any], dict[str, int]]:
        rows, tally, refusals = take_log(START + fields + b"\n")
        assert (tally.stored, refusals) == (1, [])
        return rows[0], dict(tally.warnings)

    return _one


def test_every_field_of_a_tcp_line(one: Any) -> None:
    """A line with all flags of a rule tells the whole header."""
    row, warnings = one(
        MAC + IP4 % 60 + b"DF " + TCP + b"OPT (020405B40402080A00D5C2AF0000000001030307) UID=0 MARK=0x1 "
    )
    assert warnings == {}
    del row["time"]
    assert row == {
        "sensor": "host",
        "position": 1,
        "capabilities": int(Capability.CAPTURE & ~Capability.PAYLOAD),
        "ip_version": 4,
        "source_high": 0,
        "source_low": address.halves("198.51.100.7")[1],
        "destination_high": 0,
        "destination_low": address.halves("192.0.2.17")[1],
        "protocol": 6,
        "source_port": 40000,
        "port": 445,
        "tos": 0,
        "ttl": 49,
        "ip_id": 54321,
        "dont_fragment": True,
        "more_fragments": False,
        "fragment_offset": 0,
        "ip_length": 60,
        "tcp_flags": 2,
        "tcp_sequence": 4294967295,
        "tcp_acknowledgement": 0,
        "tcp_window": 1024,
        "tcp_header_length": 40,
        "tcp_mss": 1460,
        "tcp_window_scale": 7,
        "tcp_timestamp": 0x00D5C2AF,
        "tcp_option_layout": options.layout("mss,sok,ts,nop,ws"),
        "payload_length": 0,
    }


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        (b"", 0),
        (b"FIN ", 1),
        (b"SYN ", 2),
        (b"RST ", 4),
        (b"PSH ", 8),
        (b"ACK ", 16),
        (b"URG ", 32),
        (b"ECE ", 64),
        (b"CWR ", 128),
        (b"AE ", 256),
        (b"AE CWR ECE URG ACK PSH RST SYN FIN ", 511),
        (b"ACK SYN ", 18),
    ],
)
def test_flags(one: Any, words: bytes, flags: int) -> None:
    """Each flag is its bit; ACK the flag is not ACK= the number."""
    row, _ = one(IP4 % 40 + TCP.replace(b"SYN ", words))
    assert (row["tcp_flags"], row["tcp_acknowledgement"]) == (flags, 0)
    row, _ = one(IP4 % 40 + TCP.replace(b"SYN ", words).replace(b"SEQ=4294967295 ACK=0 ", b""))
    assert row["tcp_flags"] == flags
    assert "tcp_acknowledgement" not in row


def test_ae_of_older_kernels(one: Any) -> None:
    """Kernels that do not know AE have it in RES=, as its lowest bit."""
    assert one(IP4 % 40 + TCP.replace(b"0x00", b"0x04"))[0]["tcp_flags"] == 258
    assert one(IP4 % 40 + TCP.replace(b"0x00", b"0x38"))[0]["tcp_flags"] == 2


def test_udp_has_two_lengths(one: Any) -> None:
    """The first LEN= is that of the IP packet, the one behind PROTO=UDP that of the datagram."""
    row, _ = one(IP4 % 189 + b"PROTO=UDP SPT=33197 DPT=62201 LEN=169 ")
    assert (row["ip_length"], row["udp_length"], row["payload_length"]) == (189, 169, 161)
    assert (row["source_port"], row["port"], "tcp_flags" in row) == (33197, 62201, False)


def test_icmp_echo_has_two_ids(one: Any) -> None:
    """The first ID= is that of the IP packet; those behind PROTO=ICMP, and its SEQ=, are of the echo."""
    row, _ = one(IP4 % 84 + b"PROTO=ICMP TYPE=8 CODE=3 ID=2158 SEQ=512 ")
    assert (row["ip_id"], row["port"], row["icmp_code"], row["payload_length"]) == (54321, 8, 3, 56)
    assert not {"tcp_sequence", "source_port", "quoted_protocol"} & set(row)
    assert not row["capabilities"] & int(Capability.SEQUENCE)


QUOTE = b"SRC=192.0.2.17 DST=203.0.113.9 LEN=44 TOS=0x00 PREC=0x00 TTL=50 ID=7 DF PROTO=%b "


@pytest.mark.parametrize(
    ("inner", "protocol", "ports"),
    [
        (b"TCP SPT=445 DPT=40001 WINDOW=1 RES=0x00 ACK SYN URGP=0 OPT (020405B4)", 6, (445, 40001)),
        (b"TCP INCOMPLETE [8 bytes]", 6, (None, None)),
        (b"UDP SPT=53 DPT=1024 LEN=30", 17, (53, 1024)),
        (b"ICMP TYPE=8 CODE=0 ID=1 SEQ=2", 1, (None, 8)),
        (b"ICMP TYPE=3 CODE=1 [SRC=1.1.1.1 DST=2.2.2.2 LEN=1 PROTO=TCP SPT=1 DPT=2 ]", 1, (None, 3)),
        (b"47", 47, (None, None)),
    ],
    ids=["tcp", "incomplete", "udp", "icmp", "nested", "number"],
)
@pytest.mark.parametrize("tail", [b"] MTU=1400 ", b"]", b""], ids=["mtu", "bracket", "cut"])
def test_quoted_packets(
    one: Any, inner: bytes, protocol: int, ports: tuple[int | None, int | None], tail: bytes
) -> None:
    """What an ICMP error quotes is evidence beside the packet, and changes nothing of it, wherever the line is cut."""
    row, warnings = one(IP4 % 72 + b"PROTO=ICMP TYPE=3 CODE=4 [" + QUOTE % inner + tail)
    assert warnings == {}
    assert (row["protocol"], row["port"], row["icmp_code"]) == (1, 3, 4)
    assert (row["ip_length"], row["ttl"], row["ip_id"], row["dont_fragment"]) == (72, 49, 54321, False)
    assert address.text(row["source_high"], row["source_low"]) == "198.51.100.7"
    assert address.text(row["destination_high"], row["destination_low"]) == "192.0.2.17"
    assert row["quoted_protocol"] == protocol
    assert address.text(row["quoted_source_high"], row["quoted_source_low"]) == "192.0.2.17"
    assert address.text(row["quoted_destination_high"], row["quoted_destination_low"]) == "203.0.113.9"
    assert (row.get("quoted_source_port"), row.get("quoted_port")) == ports
    assert not {"tcp_flags", "source_port", "udp_length"} & set(row)


def test_quoted_packet_that_is_cut_is_not_known(one: Any) -> None:
    """A quoted packet without its addresses or protocol is left out whole."""
    row, _ = one(IP4 % 72 + b"PROTO=ICMP TYPE=11 CODE=0 [SRC=192.0.2.17 DST=203.0.1")
    assert not [name for name in row if name.startswith("quoted")]


def test_redirects_and_icmpv6_errors(one: Any) -> None:
    """GATEWAY=, PARAMETER= and POINTER= are passed over, and a quoted IPv6 packet is read like others."""
    row, _ = one(
        IP4 % 72 + b"PROTO=ICMP TYPE=5 CODE=1 GATEWAY=192.0.2.1 [" + QUOTE % b"UDP SPT=53 DPT=1 LEN=8 " + b"] "
    )
    assert (row["port"], row["quoted_port"]) == (5, 1)
    inner = IP6 % 60 + TCP
    row, _ = one(IP6 % 96 + b"PROTO=ICMPv6 TYPE=4 CODE=1 POINTER=00000028 [" + inner + b"] ")
    assert (row["protocol"], row["port"], row["quoted_port"]) == (58, 4, 445)
    assert address.text(row["quoted_source_high"], row["quoted_source_low"]) == "2001:db8::1"


def test_ipv6(one: Any) -> None:
    """Expanded addresses, TC, HOPLIMIT and lengths of IPv6."""
    row, _ = one(IP6.replace(b"TC=0", b"TC=184") % 60 + TCP)
    assert address.text(row["source_high"], row["source_low"]) == "2001:db8::1"
    assert address.text(row["destination_high"], row["destination_low"]) == "2001:db8::2"
    assert (row["ip_version"], row["tos"], row["ttl"], row["ip_length"]) == (6, 184, 49, 60)
    assert (row["tcp_header_length"], row["payload_length"]) == (20, 0)
    assert not {"ip_id", "dont_fragment"} & set(row)


def test_extension_headers(one: Any) -> None:
    """Extension headers in round brackets are not TCP options, and take away what lengths would tell."""
    row, warnings = one(IP6 % 132 + b"OPT ( ) OPT ( ) OPT ( ) " + TCP)
    assert (row["port"], row["tcp_flags"], warnings) == (445, 2, {})
    assert not {"payload_length", "tcp_header_length"} & set(row)
    row, _ = one(IP6 % 132 + b"OPT ( AH SPI=0x1 ) " + TCP)
    assert row["protocol"] == 6
    row, _ = one(IP6 % 132 + b"OPT ( ESP SPI=0x1f )")
    assert (row["protocol"], row["port"]) == (50, -1)


@pytest.mark.parametrize(
    ("fields", "offset", "more"),
    [
        (IP4 % 1500 + b"MF FRAG:185 PROTO=TCP ", 1480, True),
        (IP4 % 500 + b"FRAG:370 PROTO=UDP ", 2960, False),
        (IP4 % 500 + b"CE FRAG:1 PROTO=ICMP ", 8, False),
        (IP6 % 1500 + b"FRAG:1448 INCOMPLETE ID:0000002a PROTO=UDP ", 1448, True),
        (IP6 % 1500 + b"OPT ( FRAG:1448 ID:0000002a ) PROTO=ICMPv6 ", 1448, False),
        (IP6 % 1500 + b"FRAG: 1448 ID: 0000002a PROTO=TCP ", 1448, False),
    ],
    ids=["tcp", "udp", "icmp", "v6-more", "v6-options", "ulogd"],
)
def test_later_fragments(one: Any, fields: bytes, offset: int, more: bool) -> None:
    """A later fragment has no transport header; IPv4 counts its offset in eights, IPv6 in bytes."""
    row, warnings = one(fields)
    assert warnings == {}
    assert (row["fragment_offset"], row["more_fragments"], row["port"]) == (offset, more, -1)
    assert not {"source_port", "tcp_flags", "icmp_code", "udp_length", "payload_length"} & set(row)


def test_first_fragment(one: Any) -> None:
    """The first fragment has the transport header, and a payload no longer than its own packet."""
    row, _ = one(IP4 % 1500 + b"MF PROTO=UDP SPT=1 DPT=2 LEN=3000 ")
    assert (row["port"], row["more_fragments"], row["udp_length"], row["payload_length"]) == (2, True, 3000, 1472)


@pytest.mark.parametrize("word", [b"TCP INCOMPLETE [4 bytes] ", b"UDP INCOMPLETE [0 bytes] ", b"ICMP INCOMPLETE"])
def test_incomplete_packets(one: Any, word: bytes) -> None:
    """A packet that was cut within its transport header is stored without ports and flags, with a warning."""
    row, warnings = one(IP4 % 24 + b"PROTO=" + word)
    assert warnings == {"incomplete-packet": 1}
    assert row["port"] == -1
    assert not {"source_port", "tcp_flags", "tcp_window", "icmp_code", "udp_length"} & set(row)


@pytest.mark.parametrize(
    ("written", "number"),
    [(b"ESP SPI=0x1 ", 50), (b"AH SPI=0x1 ", 51), (b"2 ", 2), (b"47", 47), (b"255 ", 255), (b"0 ", 0), (b"58 ", 58)],
)
def test_other_protocols(one: Any, written: bytes, number: int) -> None:
    """Other protocols have no port, and neither has one that the kernel writes by its number."""
    row, warnings = one(IP4 % 20 + b"PROTO=" + written)
    assert (row["protocol"], row["port"], warnings) == (number, -1, {})
    assert not {"source_port", "icmp_code", "tcp_flags"} & set(row)


def test_ports_of_other_protocols_are_left_out(one: Any) -> None:
    """Only TCP and UDP have ports, as in captures."""
    for protocol in (b"UDPLITE", b"SCTP"):
        row, _ = one(IP4 % 40 + b"PROTO=" + protocol + b" SPT=1 DPT=2 LEN=20 ")
        assert row["port"] == -1
        assert not {"source_port", "udp_length"} & set(row)


def test_tos_is_put_together(one: Any) -> None:
    """TOS= and PREC= are parts of one byte, with 0x or, from ulogd, without."""
    row, _ = one(IP4.replace(b"TOS=0x00 PREC=0x00", b"TOS=0x1C PREC=0xC0") % 20 + b"PROTO=2 ")
    assert row["tos"] == 0xDC
    row, _ = one(IP4.replace(b"TOS=0x00 PREC=0x00", b"TOS=10 PREC=0xA0") % 20 + b"PROTO=2 ")
    assert row["tos"] == 0xB0


def test_options_of_ip(one: Any) -> None:
    """Options of IP are shown before PROTO=, are none of TCP, and make the header longer."""
    row, warnings = one(IP4 % 44 + b"OPT (94040000) PROTO=ICMP TYPE=8 CODE=0 ID=1 SEQ=1 ")
    assert (row["payload_length"], warnings) == (12, {})
    row, _ = one(IP4 % 48 + b"OPT (94040000) " + TCP + b"OPT (020405B4) ")
    assert (row["tcp_header_length"], row["payload_length"], row["tcp_mss"]) == (24, 0, 1460)


def test_options_that_are_not_shown(one: Any) -> None:
    """Without OPT the header length is known only if the packet has room for nothing else."""
    row, _ = one(IP4 % 44 + TCP)
    assert not {"tcp_header_length", "tcp_option_layout", "payload_length"} & set(row)
    assert not row["capabilities"] & int(Capability.OPTIONS)
    row, _ = one(IP4 % 40 + TCP)
    assert (row["tcp_header_length"], row["tcp_option_layout"], row["payload_length"]) == (20, 0, 0)
    assert row["capabilities"] & int(Capability.OPTIONS)


@pytest.mark.parametrize(
    ("written", "layout", "length"),
    [
        (b"(020405B4)", "mss", 24),
        (b"(0204)", "", 22),
        (b"(0200)", "", 22),
        (b"(01010100)", "nop,nop,nop,eol", 24),
        (b"(0000FFFF)", "eol", 24),
        (b"(FD04AABB)", "other", 24),
        (b"(020405b4)", "mss", 24),
        (b"(020405B", None, None),
        (b"(020405B)", None, None),
        (b"(020405B4", None, None),
        (b"(TRUNCATED)", None, None),
        (b"()", "", 20),
        (b"(0G)", None, None),
        (b"", None, None),
    ],
    ids=range(14),
)
def test_tcp_options(one: Any, written: bytes, layout: str | None, length: int | None) -> None:
    """Options are read as far as they make sense; where the line does not show all of them they are not known."""
    row, warnings = one(IP4 % 60 + TCP + b"OPT " + written)
    assert row.get("tcp_header_length") == length
    assert row.get("tcp_option_layout") == (None if layout is None else options.layout(layout))
    assert (row["port"], row["tcp_flags"]) == (445, 2)
    assert bool(row["capabilities"] & int(Capability.OPTIONS)) == (length is not None)
    assert warnings == (
        {"bad-tcp-option": 1} if written and (length is None or written in (b"(0204)", b"(0200)")) else {}
    )


def test_ulogd(one: Any) -> None:
    """What ulogd writes has no RES=, a TOS= without 0x and short IPv6 addresses."""
    row, _ = one(
        b"MAC= SRC=2001:db8::1 DST=::ffff:192.0.2.1 LEN=60 TC=0 HOPLIMIT=64 FLOWLBL=0 "
        b"PROTO=TCP SPT=1 DPT=2 SEQ=3 ACK=4 WINDOW=5 SYN URGP=0 "
    )
    assert address.text(row["source_high"], row["source_low"]) == "2001:db8::1"
    assert address.text(row["destination_high"], row["destination_low"]) == "192.0.2.1"
    assert (row["ip_version"], row["tcp_sequence"], row["tcp_acknowledgement"], row["tcp_flags"]) == (6, 3, 4, 2)


def test_link_parts_are_passed_over(one: Any) -> None:
    """Bridges, VLAN and the newer form of MAC= change nothing."""
    link = (
        b"PHYSIN=eth1 PHYSOUT=eth2 MACSRC=00:16:3e:5e:6c:00 MACDST=00:16:3e:5e:6c:01 VPROTO=8100 VID=7 MACPROTO=0800 "
    )
    row, _ = one(link + IP4 % 40 + TCP)
    assert (row["port"], row["ttl"]) == (445, 49)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(values=st.lists(st.ip_addresses(v=6), min_size=1, max_size=20), full=st.booleans())
def test_every_ipv6_address(take_log: Any, values: list[ipaddress.IPv6Address], full: bool) -> None:
    """IPv6 addresses in either notation are what they are."""
    texts = [value.exploded if full else str(value) for value in values]
    lines = [b"SRC=%b DST=::1 LEN=60 TC=0 HOPLIMIT=1 PROTO=59 " % text.encode() for text in texts]
    rows, tally, _ = take_log(b"".join(START + line + b"\n" for line in lines))
    assert tally.stored == len(values)
    assert [(row["source_high"], row["source_low"]) for row in rows] == [address.halves(str(v)) for v in values]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(text=st.text(st.sampled_from("0123456789abcdef:::."), min_size=1, max_size=42))
def test_what_is_no_address(take_log: Any, text: str) -> None:
    """A text is taken for an address only if it is one."""
    _, tally, _ = take_log(START + b"SRC=%b DST=%b LEN=40 PROTO=59 \n" % (text.encode(), text.encode()))
    try:
        ipaddress.ip_address(text)
    except ValueError:
        assert tally.refused == {"bad-source": 1} or _is_padded(text)
    else:
        assert tally.stored == 1


def _is_padded(text: str) -> bool:
    """Whether an address is wrong only for zeros in front of a number, which no log writes."""
    head, _, tail = text.rpartition(":")
    try:
        ipaddress.ip_address(f"{head}:" * bool(head) + ".".join(str(int(part)) for part in tail.split(".")))
    except ValueError:
        return False
    return "." in tail
