"""
Classic BPF programs (https://www.kernel.org/doc/html/latest/networking/filter.html) that keep out of the ring what is
not for the sensor.

What a program cannot tell for sure, such as the destination behind a second VLAN tag, it lets pass: whoever reads the
packets looks at their addresses again.
"""

import ipaddress
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from isdas.capture.interface import ETHERNET
from isdas.model.errors import IsdasError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_INSTRUCTIONS = 4096
"""What the kernel takes (BPF_MAXINSNS)."""

_ROOM = 2500
"""Instructions for addresses; with more networks than fit, all of the family pass."""

_LD_WORD, _LD_HALF, _LD_BYTE, _LD_BYTE_X, _LD_X_HEADER = 0x20, 0x28, 0x30, 0x50, 0xB1
_AND, _SHIFT, _TAX, _TXA = 0x54, 0x74, 0x07, 0x87
_JUMP, _EQUAL, _ANY_BIT, _RETURN = 0x05, 0x15, 0x45, 0x06

_PACKET_TYPE = 0xFFFFF000 + 4
"""SKF_AD_OFF + SKF_AD_PKTTYPE: where the kernel says which way a packet goes."""
_OUTGOING = 4

_IPV4, _IPV6 = 0x0800, 0x86DD
_WRAPPED = (0x8100, 0x88A8, 0x9100, 0x9200, 0x8864, 0x8847, 0x8848)
"""EtherTypes before an IP packet: VLAN tags (the first has been taken off), PPPoE, MPLS."""

_TCP, _UDP, _ICMP, _ICMP6 = 6, 17, 1, 58

Instruction = tuple[int, int, int, int]


@dataclass(slots=True)
class _Program:
    """Instructions with jumps to labels, which are forward only."""

    lines: list[tuple[int, int, int, int, str]] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)

    def add(self, code: int, k: int = 0) -> None:
        self.lines.append((code, 0, 0, k, ""))

    def go(self, label: str) -> None:
        self.lines.append((_JUMP, 0, 0, 0, label))

    def if_equal(self, k: int, label: str) -> None:
        """Go to a label if the accumulator is *k*. Conditional jumps reach no further than 255 instructions."""
        self.lines.append((_EQUAL, 0, 1, k, ""))
        self.go(label)

    def unless_equal(self, k: int, label: str) -> None:
        self.lines.append((_EQUAL, 1, 0, k, ""))
        self.go(label)

    def if_any(self, bits: int, label: str) -> None:
        self.lines.append((_ANY_BIT, 0, 1, bits, ""))
        self.go(label)

    def here(self, label: str) -> None:
        self.labels[label] = len(self.lines)

    def made(self) -> list[Instruction]:
        found = []
        for at, (code, yes, no, k, label) in enumerate(self.lines):
            found.append((code, yes, no, self.labels[label] - at - 1 if label else k))
        return found


def parsed(networks: Iterable[str]) -> list[Network]:
    """
    Networks of their texts.

    Raises:
        IsdasError: one of them is none.
    """
    found: list[Network] = []
    for text in networks:
        try:
            found.append(ipaddress.ip_network(text.strip(), strict=False))
        except ValueError:
            raise IsdasError(f"{text!r} is not a network: write 192.0.2.0/24 or 2001:db8::/48") from None
    return found


def incoming(
    networks: Iterable[Network] | None, link: int, snap_bytes: int, then: list[Instruction] | None = None
) -> bytes:
    """
    A program for packets to some networks that come in.

    Args:
        networks: what is monitored; None for any address.
        link: link type of the frames.
        snap_bytes: how much of each frame is kept.
        then: another program, of the user, which decides on those that pass.
    """
    program = _Program()
    header = _begin(program, link, reject_outgoing=True)
    collapsed = None if networks is None else list(ipaddress.collapse_addresses(_of(networks, 4)))
    program.here("v4")
    _to_ipv4(program, header, collapsed)
    program.here("v6")
    _to_ipv6(program, header, None if networks is None else list(ipaddress.collapse_addresses(_of(networks, 6))))
    program.here("reject")
    program.add(_RETURN, 0)
    program.here("accept")
    if then is None:
        program.add(_RETURN, snap_bytes)
    return pack(program.made() + (then or []))


def opening(link: int, snap_bytes: int) -> bytes:
    """A program for packets that go out and may open a connection: TCP SYN, UDP, and ICMP echo requests."""
    program = _Program()
    header = _begin(program, link, reject_outgoing=False)
    program.here("v4")
    program.add(_LD_HALF, header + 6)
    program.if_any(0x1FFF, "reject")  # a later fragment has no ports
    program.add(_LD_X_HEADER, header)
    program.add(_LD_BYTE, header + 9)
    program.if_equal(_UDP, "accept")
    program.if_equal(_TCP, "tcp4")
    program.unless_equal(_ICMP, "reject")
    program.add(_LD_BYTE_X, header)
    program.if_equal(8, "accept")
    program.go("reject")
    program.here("tcp4")
    program.add(_LD_BYTE_X, header + 13)
    program.go("flags")
    program.here("v6")
    program.add(_LD_BYTE, header + 6)
    program.if_equal(_UDP, "accept")
    program.if_equal(_TCP, "tcp6")
    program.unless_equal(_ICMP6, "reject")
    program.add(_LD_BYTE, header + 40)
    program.if_equal(128, "accept")
    program.go("reject")
    program.here("tcp6")
    program.add(_LD_BYTE, header + 40 + 13)
    program.here("flags")
    program.add(_AND, 0x12)
    program.if_equal(0x02, "accept")
    program.here("reject")
    program.add(_RETURN, 0)
    program.here("accept")
    program.add(_RETURN, snap_bytes)
    return pack(program.made())


def nothing() -> bytes:
    """A program that no packet passes."""
    return pack([(_RETURN, 0, 0, 0)])


def pack(instructions: list[Instruction]) -> bytes:
    """The program as the kernel takes it: struct sock_filter each."""
    return b"".join(struct.pack("HBBI", *each) for each in instructions)


def unpack(program: bytes) -> list[Instruction]:
    """The instructions of a program."""
    return [struct.unpack_from("HBBI", program, at) for at in range(0, len(program), 8)]


def _of(networks: Iterable[Network], version: int) -> list[ipaddress.IPv4Network]:
    # Only one family at a time can be collapsed; which it is makes no difference to the caller.
    return [each for each in networks if each.version == version]  # type: ignore[misc]


def _begin(program: _Program, link: int, *, reject_outgoing: bool) -> int:
    """Leave the other direction out and go to ``v4`` or ``v6``; where the IP header begins."""
    program.add(_LD_WORD, _PACKET_TYPE)
    if reject_outgoing:
        program.if_equal(_OUTGOING, "reject")
    else:
        program.unless_equal(_OUTGOING, "reject")
    if link != ETHERNET:
        program.add(_LD_BYTE, 0)
        program.add(_SHIFT, 4)
        program.if_equal(4, "v4")
        program.if_equal(6, "v6")
        program.go("reject")
        return 0
    program.add(_LD_HALF, 12)
    program.if_equal(_IPV4, "v4")
    program.if_equal(_IPV6, "v6")
    for kind in _WRAPPED:
        program.if_equal(kind, "accept")
    program.go("reject")
    return 14


def _to_ipv4(program: _Program, header: int, networks: list[ipaddress.IPv4Network] | None) -> None:
    if networks is None or len(networks) * 4 > _ROOM:
        program.go("accept")
        return
    program.add(_LD_WORD, header + 16)
    program.add(_TAX)
    mask = None
    for network in sorted(networks, key=lambda each: each.prefixlen):
        if int(network.netmask) != mask:
            mask = int(network.netmask)
            program.add(_TXA)
            program.add(_AND, mask)
        program.if_equal(int(network.network_address), "accept")
    program.go("reject")


def _to_ipv6(program: _Program, header: int, networks: list[ipaddress.IPv4Network] | None) -> None:
    if networks is None or len(networks) * 13 > _ROOM:
        program.go("accept")
        return
    for i, network in enumerate(networks):
        address, left = int(network.network_address), network.prefixlen
        for word in range(4):
            if left <= 0:
                break
            shift = 96 - 32 * word
            mask = 0xFFFFFFFF if left >= 32 else (0xFFFFFFFF << (32 - left)) & 0xFFFFFFFF
            program.add(_LD_WORD, header + 24 + 4 * word)
            if mask != 0xFFFFFFFF:
                program.add(_AND, mask)
            program.unless_equal(address >> shift & 0xFFFFFFFF, f"not {i}")
            left -= 32
        program.go("accept")
        program.here(f"not {i}")
    program.go("reject")
