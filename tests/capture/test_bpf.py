"""
The programs that the kernel runs, run here by a machine of their few instructions.
"""

import ipaddress
import socket

import pytest
from bpf_machine import OUTGOING, kept
from cable import FAR, FAR6, NEAR, NEAR6, ethernet, ip, tcp, udp
from hypothesis import given
from hypothesis import strategies as st

from isdas.capture import bpf
from isdas.capture.ring import attach
from isdas.model.errors import IsdasError

V4 = st.builds(ipaddress.IPv4Address, st.integers(0, (1 << 32) - 1))
V6 = st.builds(ipaddress.IPv6Address, st.integers(0, (1 << 128) - 1))


def networks(*texts: str) -> list[bpf.Network]:
    """Networks of their texts."""
    return [ipaddress.ip_network(text) for text in texts]


def test_only_packets_to_monitored_addresses_pass() -> None:
    """Other destinations, ARP and what goes out do not; what cannot be told for sure does."""
    program = bpf.incoming(networks(f"{NEAR}/32", "2001:db8::/64"), 1, 200)
    assert kept(program, ethernet(ip(6, tcp(1, 2)))) == 200
    assert kept(program, ethernet(ip(6, tcp(1, 2))), OUTGOING) == 0
    assert kept(program, ethernet(ip(6, tcp(1, 2), FAR, "192.0.2.9"))) == 0
    assert kept(program, ethernet(ip(6, tcp(1, 2), FAR6, NEAR6))) == 200
    assert kept(program, ethernet(ip(6, tcp(1, 2), FAR6, "2001:db8:0:1::1"))) == 0
    assert kept(program, bytes(12) + b"\x08\x06" + bytes(50)) == 0
    assert kept(program, ethernet(ip(6, tcp(1, 2), FAR, "192.0.2.9"), [5])) == 200
    assert kept(program, b"") == 0


def test_without_addresses_any_passes_and_with_nothing_none() -> None:
    """None means whatever comes in; an empty list, and the program for nothing, mean nothing."""
    frame = ethernet(ip(6, tcp(1, 2)))
    assert kept(bpf.incoming(None, 1, 96), frame) == 96
    assert kept(bpf.incoming([], 1, 96), frame) == 0
    assert kept(bpf.nothing(), frame) == 0


@given(
    st.lists(st.tuples(V4, st.integers(0, 32)), max_size=40),
    st.lists(st.tuples(V6, st.integers(0, 128)), max_size=40),
    st.lists(st.one_of(V4, V6), max_size=10),
    st.booleans(),
)
def test_a_program_says_what_networks_say(
    four: list[tuple[ipaddress.IPv4Address, int]],
    six: list[tuple[ipaddress.IPv6Address, int]],
    others: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
    raw: bool,
) -> None:
    """Whatever the networks and the link type, just what is in one of them passes."""
    mine = [ipaddress.ip_network((address, length), strict=False) for address, length in [*four, *six]]
    program = bpf.incoming(mine, 101 if raw else 1, 64)
    assert len(program) // 8 <= bpf.MOST_INSTRUCTIONS
    for address in [*(a for a, _ in four), *(a for a, _ in six), *others]:
        source = FAR if address.version == 4 else FAR6
        packet = ip(17, udp(1, 2), source, str(address))
        wanted = any(address in network for network in mine if network.version == address.version)
        assert bool(kept(program, packet if raw else ethernet(packet))) == wanted


def test_too_many_networks_let_their_family_pass() -> None:
    """A program is never longer than the kernel takes; the other family is told apart still."""
    many = [ipaddress.ip_network(f"10.{i // 128}.{i % 128 * 2}.0/25") for i in range(2000)]
    program = bpf.incoming([*many, *networks(f"{NEAR6}/128")], 1, 64)
    assert len(program) // 8 <= bpf.MOST_INSTRUCTIONS
    assert kept(program, ethernet(ip(17, udp(1, 2)))) == 64
    assert kept(program, ethernet(ip(17, udp(1, 2), FAR6, FAR6))) == 0


def test_only_what_opens_a_connection_is_learned_from() -> None:
    """Of what goes out: SYN without ACK, UDP that has ports, echo requests, in both versions; nothing that came in."""
    program = bpf.opening(1, 128)
    echo, reply = bytes([8, 0]) + bytes(6), bytes(8)
    for source, destination, icmp, asks in ((NEAR, FAR, 1, echo), (NEAR6, FAR6, 58, bytes([128]) + bytes(7))):
        opens = [(6, tcp(1, 2, 2)), (6, tcp(1, 2, 0xC2)), (17, udp(1, 2)), (icmp, asks)]
        others = [(6, tcp(1, 2, 0x12)), (6, tcp(1, 2, 4)), (6, tcp(1, 2, 0x10)), (icmp, reply), (47, bytes(20))]
        for protocol, body in opens:
            assert kept(program, ethernet(ip(protocol, body, source, destination)), OUTGOING) == 128
            assert kept(program, ethernet(ip(protocol, body, source, destination))) == 0
        for protocol, body in others:
            assert kept(program, ethernet(ip(protocol, body, source, destination)), OUTGOING) == 0
    assert kept(program, ethernet(ip(17, udp(1, 2), fragment=100)), OUTGOING) == 0


def test_the_users_program_follows() -> None:
    """What passes the addresses is judged by the program behind."""
    then = [(0x30, 0, 0, 23), (0x15, 0, 1, 17), (0x06, 0, 0, 90), (0x06, 0, 0, 0)]
    program = bpf.incoming(networks(f"{NEAR}/32"), 1, 64, then)
    assert kept(program, ethernet(ip(17, udp(1, 2)))) == 90
    assert kept(program, ethernet(ip(6, tcp(1, 2)))) == 0
    assert kept(program, ethernet(ip(17, udp(1, 2), FAR, "192.0.2.9"))) == 0


def test_the_kernel_takes_the_programs() -> None:
    """They attach to a socket, one in place of the other, and one that jumps into nothing does not."""
    mine = [ipaddress.ip_network(f"10.0.{i}.0/24") for i in range(0, 250, 2)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        for program in (bpf.incoming(mine, 1, 64), bpf.incoming(None, 101, 64), bpf.opening(1, 64), bpf.nothing()):
            attach(made, program)
        with pytest.raises(IsdasError, match="filter of 1 instructions"):
            attach(made, bpf.pack([(0x05, 0, 0, 7)]))


def test_a_network_that_is_none_is_told() -> None:
    """The text that is wrong is in the message."""
    assert [str(each) for each in bpf.parsed(["192.0.2.7/24", "2001:db8::1"])] == ["192.0.2.0/24", "2001:db8::1/128"]
    with pytest.raises(IsdasError, match=r"'192\.0\.2' is not a network"):
        bpf.parsed(["192.0.2"])
