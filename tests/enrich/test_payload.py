"""Tests of isdas.enrich.payload."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.payload import ANSWER, NOTHING, REQUEST, RULES, SCTP_RULES, STRAY, payload_says
from isdas.model.packets import Packets

Make = Callable[..., Packets]

CASES: dict[str, list[tuple[int, int, bytes, int]]] = {
    "dns_answer": [
        (53, 4000, b"\x12\x34\x81\x80\0\1\0\1", ANSWER),
        (53, 53, b"\x12\x34\x84\x00\0\1\0\7", ANSWER),
        (53, 4000, b"\x12\x34\x01\x00\0\1\0\0", NOTHING),
        (4000, 53, b"\x12\x34\x81\x80\0\1\0\1", NOTHING),
        (5353, 4000, b"\0\0\x84\0\0\0\0\1", ANSWER),
        (137, 4000, b"\x12\x34\x84\0\0\0\0\1", ANSWER),
    ],
    "ntp_answer": [
        (123, 80, b"\xd7\0\3\x2a\0\6\0\x48", ANSWER),
        (123, 80, b"\x17\0\3\x2a\0\0\0\0", NOTHING),
        (123, 123, b"\x24\1\6\xe9" + bytes(44), ANSWER),
        (123, 123, b"\x23\0\6\xe9" + bytes(44), NOTHING),
        (123, 80, b"\x16\x82\0\1\0\0\0\0", ANSWER),
        (123, 80, b"\x16\x02\0\1\0\0\0\0", NOTHING),
        (40000, 123, b"\xd7\0\3\x2a\0\6\0\x48", NOTHING),
    ],
    "ssdp_answer": [
        (1900, 80, b"HTTP/1.1 200 OK\r\nCACHE", ANSWER),
        (39000, 80, b"HTTP/1.1 200 OK\r\nCACHE", ANSWER),
        (1900, 1900, b"M-SEARCH * HTTP/1.1\r\nHos", NOTHING),
    ],
    "snmp_answer": [
        (161, 3299, b"0\x18\x02\x01\x01\x04\x06public\xa2\x0b\x02\x01\x01\x02\x01\x01\x02\x01\x00", ANSWER),
        (161, 3299, b"0\x82\x04\xcd\x02\x01\x01\x04\x06public\xa2\x82\x04\xbe\x02\x01\x01\x02\x01", ANSWER),
        (161, 3299, b"0)\x02\x01\x01\x04\x06public\xa8\x1c\x02\x01\x00\x02\x01\x00\x02\x01\x00", ANSWER),
        (161, 3299, b"0 \x02\x01\x01\x04\x06public\xa5\x13\x02\x02\x00\x01\x02\x01\x00\x02\x01", NOTHING),
        (161, 3299, b"0\x61\x02\x01\x00\x04\x20abcdefghijklmnopq", ANSWER),
        (161, 3299, b"0\x3a\x02\x01\x03\x30\x0f\x02\x02\x4a\x69", ANSWER),
        (40000, 161, b"0\x18\x02\x01\x01\x04\x06public\xa1\x0b\x02\x01", NOTHING),
        (161, 3299, b"0", NOTHING),
    ],
    "cldap_answer": [
        (389, 80, b"0\x84\0\0\x0b\xe3\x02\x01\x07d\x84\0\0\x0b\xda\x04", ANSWER),
        (389, 80, b"0\x0c\x02\x01\x07e\x07\x0a\x01\0", ANSWER),
        (389, 80, b"0\x25\x02\x01\x01c\x20\x04\0\x0a\x01\0", NOTHING),
    ],
    "memcached_answer": [
        (11211, 80, b"\0\0\0\0\0\1\0\0STAT pid 1", ANSWER),
        (11211, 80, b"\0\0\0\5\0\x20\0\0aaaaaaaa", ANSWER),
        (11211, 80, b"\0\0\0\0\0\1\0\0stats\r\n", NOTHING),
        (40000, 11211, b"\0\0\0\0\0\1\0\0stats\r\n", NOTHING),
    ],
    "chargen_answer": [(19, 80, b" !\"#$%&'()*+", ANSWER), (19, 80, b"\x01", NOTHING), (19, 80, b"aaaa", NOTHING)],
    "quote_answer": [(17, 80, b"To be or not", ANSWER), (4000, 17, b"\n", NOTHING)],
    "portmap_answer": [
        (111, 80, b"\x65\x72\x0a\x37\0\0\0\1\0\0\0\0", ANSWER),
        (111, 80, b"\x65\x72\x0a\x37\0\0\0\0\0\0\0\2", NOTHING),
    ],
    "rip_answer": [(520, 80, b"\2\2\0\0\0\2\0\0", ANSWER), (520, 520, b"\1\1\0\0\0\0\0\0", NOTHING)],
    "sql_answer": [
        (1434, 80, b"\5\5\0abcde", ANSWER),
        (1434, 80, b"\5\6\0abcde", NOTHING),
        (4000, 1434, b"\2", NOTHING),
    ],
    "discovery_answer": [(3702, 80, b"<?xml version=", ANSWER), (3702, 3702, b"<?xml version=", NOTHING)],
    "coap_answer": [(5683, 80, b"\x60\x45\x21\x34\xff", ANSWER), (5683, 80, b"\x40\x01\x7d\x70\xbb", NOTHING)],
    "ike_answer": [
        (500, 80, bytes(range(1, 17)) + b"\x21\x20\x22\x20" + bytes(8), ANSWER),
        (500, 500, bytes(range(1, 9)) + bytes(8) + b"\x21\x20\x22\x08" + bytes(8), NOTHING),
        (500, 500, bytes(range(1, 9)) + bytes(8) + b"\x01\x10\x02\x00" + bytes(8), NOTHING),
        (500, 500, bytes(range(1, 17)) + b"\x01\x10\x02\x00" + bytes(8), ANSWER),
    ],
    "quic_answer": [
        (443, 50000, b"\xc0\0\0\0\0\x08abcdefgh", ANSWER),
        (443, 50000, b"\xc3\0\0\0\x01\x08abcdefgh", ANSWER),
        (443, 50000, b"\xc3\xff\0\0\x1d\x08abcdefgh", ANSWER),
        (443, 50000, b"\xe0Q046\x08abcdefgh", ANSWER),
        (443, 50000, b"\x40abcdefgh", NOTHING),
        (50000, 443, b"\xc3\0\0\0\x01\x08abcdefgh", NOTHING),
    ],
    "sip_answer": [(5060, 5060, b"SIP/2.0 200 OK", ANSWER), (5060, 5060, b"INVITE sip:1@192.0.2.1 SI", NOTHING)],
    "stun_answer": [
        (3478, 80, b"\1\1\0\x0c\x21\x12\xa4\x42", ANSWER),
        (3478, 3478, b"\0\1\0\0\x21\x12\xa4\x42", NOTHING),
    ],
    "game_answer": [
        (27015, 80, b"\xff\xff\xff\xffI\x11name", ANSWER),
        (27960, 80, b"\xff\xff\xff\xffstatusResponse\n", ANSWER),
        (4000, 27015, b"\xff\xff\xff\xffTSource Engine Query\0", NOTHING),
        (4000, 27960, b"\xff\xff\xff\xffgetstatus", NOTHING),
    ],
    "dht_stray": [
        (6881, 51413, b"d1:ad2:id20:abcdefghijklm", STRAY),
        (6881, 51413, b"d1:rd2:id20:abcdefghijklm", STRAY),
        (6881, 51413, b"d2:ip6:abcdef1:rd2:id20:a", STRAY),
        (6881, 51413, b"d1:xd2:id20:abcdefghijklm", NOTHING),
    ],
    "utp_stray": [
        (6881, 51413, b"\x41\x00\x1a\x2bTTTT\0\0\0\0\0\4\0\0\0\1\0\0", STRAY),
        (6881, 51413, b"\x41\x02\x1a\x2bTTTT\0\0\0\0\0\4\0\0\0\1\0\0" + b"\0\x08" + bytes(8), STRAY),
        (6881, 51413, b"\x21\x00\x1a\x2bTTTTDDDD\0\4\0\0\0\1\0\2", STRAY),
        (6881, 51413, b"\x41\x00\x1a\x2bTTTTDDDD\0\4\0\0\0\1\0\0", NOTHING),
    ],
    "torrent_stray": [
        (6881, 6969, b"\0\0\4\x17\x27\x10\x19\x80\0\0\0\0abcd", STRAY),
        (6881, 6881, b"\x13BitTorrent protocol", STRAY),
    ],
    "peer_0x31_stray": [(3000, 4000, bytes(8) + b"1\0" + bytes(20), STRAY), (3000, 4000, bytes(8) + b"1\0", NOTHING)],
    "netbios_stray": [
        (137, 137, b"\x12\x34\0\0\0\1\0\0\0\0\0\0 CKAAAAAAAAAAA", STRAY),
        (4000, 137, b"\x12\x34\0\0\0\1\0\0\0\0\0\0 CKAAAAAAAAAAA", NOTHING),
    ],
}


def says(packets: Packets) -> int:
    """What the only packet's payload says."""
    return int(payload_says(packets)[0])


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in CASES.items() for case in cases])
def test_what_each_rule_claims(udp: Make, name: str, case: tuple[int, int, bytes, int]) -> None:
    """Answers and peers by their own specification; requests from and to the same ports are neither."""
    source_port, port, content, expected = case
    held = content[:24] or None
    assert says(udp(port, source_port, payload=held, payload_length=len(content))) == expected, name


def test_every_rule_has_cases() -> None:
    """No rule is without an example of what it claims."""
    claimed = {name for name, cases in CASES.items() if any(case[3] != NOTHING for case in cases)}
    assert claimed | {"unseen_answer"} == {claims.py_func.__name__ for _, claims in RULES}


@pytest.mark.parametrize(("source_port", "expected"), [(17, ANSWER), (53, ANSWER), (123, ANSWER), (1900, NOTHING)])
@pytest.mark.parametrize("length", [None, 100])
def test_ports_decide_where_no_payload_is_held(udp: Make, source_port: int, expected: int, length: int | None) -> None:
    """A log without payloads shows answers by the ports of services that no client has; others may be clients'."""
    assert says(udp(40_000, source_port, payload_length=length)) == expected
    assert says(udp(source_port, source_port, payload_length=length)) == NOTHING


def test_an_empty_payload_answers_nothing(udp: Make) -> None:
    """A datagram that is empty, or whose few bytes are all held, is seen: its port does not decide."""
    assert says(udp(22, 53, payload_length=0)) == NOTHING
    assert says(udp(22, 53, payload=b"\x12", payload_length=1)) == NOTHING
    assert says(udp(22, 53, payload=b"\x12", payload_length=60)) == ANSWER


@given(content=st.binary(max_size=24), source_port=st.integers(-1, 65535), port=st.integers(-1, 65535))
def test_any_bytes_say_something(udp: Make, content: bytes, source_port: int, port: int) -> None:
    """Any payload, also one that is cut in the middle of what a rule looks at, gives one of three answers."""
    assert says(udp(port, source_port, payload=content, payload_length=1400)) in (NOTHING, ANSWER, STRAY)


@given(name=st.sampled_from(sorted(CASES)), cut=st.integers(0, 24), data=st.data())
def test_beginnings_of_payloads_never_read_beyond(udp: Make, name: str, cut: int, data: st.DataObject) -> None:
    """What is cut off is not guessed: a shorter beginning says the same, less, or what the ports say."""
    source_port, port, content, expected = data.draw(st.sampled_from(CASES[name]))
    held = content[:cut]
    assert says(udp(port, source_port, payload=held, payload_length=len(content))) in (expected, NOTHING, ANSWER)


SCTP: dict[str, list[tuple[bytes, int]]] = {
    "sctp_request": [(bytes(4) + b"\0\0\0\1\1\0\0\x24", REQUEST), (b"\0\0\0\7\0\0\0\1\x0a\0\0\x10", REQUEST)],
    "sctp_answer": [(b"\0\0\0\7\0\0\0\1\2\0\1\0", ANSWER), (b"\0\0\0\7\0\0\0\1\6\1\0\4", ANSWER)],
}
"""What follows the ports: tag, checksum, and the beginning of the first chunk."""


@pytest.mark.parametrize("name", SCTP)
def test_what_rules_of_sctp_claim(packet: Make, name: str) -> None:
    """Each first chunk says what it is, and half of it says nothing."""
    assert name in {claims.py_func.__name__ for _, claims in SCTP_RULES}
    for content, expected in SCTP[name]:
        whole = b"\x9c\x40\x0b\x59" + content
        assert says(packet(protocol=132, port=-1, payload=whole, payload_length=32)) == expected
        assert says(packet(protocol=132, port=-1, payload=whole[:-1], payload_length=32)) == NOTHING


def test_only_udp_and_sctp_have_something_to_say(tcp: Make, icmp: Make) -> None:
    """The payload of another protocol is not looked at."""
    more: dict[str, Any] = {"payload": b"HTTP/1.1 200 OK", "payload_length": 15}
    assert says(tcp(24, source_port=53, **more)) == NOTHING
    assert says(icmp(8, **more)) == NOTHING
