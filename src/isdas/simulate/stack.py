"""
What the headers of a packet look like, by the program or system that sent it.

Says nothing of when or how often. Values are those commonly seen in 2008: Windows 2000 and XP and Vista hosts, Linux
2.6, tools that write raw packets, and hosts that answer somebody else's forged packets.
"""

from dataclasses import dataclass

SYN, RST, SYN_ACK, RST_ACK = 0x02, 0x04, 0x12, 0x14
TCP, UDP, ICMP = 6, 17, 1

RANDOM_ID, COUNTED_ID = -1, -2
"""IP identification: drawn for every packet, or counted up by the sending host."""

QUOTE = "quote"
"""Payload of an ICMP error: the header of the packet that it complains about."""

_EPHEMERAL = (1025, 5000)
_ANY_HIGH = (1024, 65535)
# UDP senders use source ports that no protocol has registered, so that analysers do not take the payload for another's.
_UNTAKEN_LOW = (2430, 2720)
_UNTAKEN_HIGH = (50000, 54300)


@dataclass(frozen=True, slots=True)
class Stack:
    """
    One way of making headers.

    Attributes:
        name: for the tables of streams.
        protocol: IP protocol number.
        ttl: initial time to live.
        windows: TCP windows, one of which a source keeps.
        options: TCP options: ``none``, ``mss``, ``sack``, ``scaled`` or ``timestamps``.
        flags: TCP flags.
        dont_fragment: the IPv4 DF bit.
        ip_id: a fixed value, RANDOM_ID or COUNTED_ID.
        source_ports: inclusive range, or the service ports of a host that answers.
        service: whether *source_ports* lists ports, one of which a source keeps.
        codes: ICMP codes.
        payload: bytes after the transport header, or QUOTE.
    """

    name: str
    protocol: int = TCP
    ttl: int = 128
    windows: tuple[int, ...] = (0,)
    options: str = "none"
    flags: int = SYN
    dont_fragment: bool = True
    ip_id: int = COUNTED_ID
    source_ports: tuple[int, ...] = _EPHEMERAL
    service: bool = False
    codes: tuple[int, ...] = (0,)
    payload: bytes | str = b""


_ANSWERS = (80, 80, 80, 53, 6667, 22, 443, 7000)
# A wildcard node-status request, RFC 1002 4.2.17.
_NODE_STATUS = bytes.fromhex("80f00010000100000000000020434b") + b"A" * 30 + bytes.fromhex("0000210001")
_VERSION_BIND = bytes.fromhex("123401000001000000000000") + b"\x07version\x04bind\x00\x00\x10\x00\x03"
# Only the length and the first byte of the worm's packet are kept: a header monitor needs no more.
_SLAMMER = b"\x04" + bytes(375)
_POPUP = b"simulated messenger pop-up".ljust(454, b"\0")

STACKS: tuple[Stack, ...] = (
    Stack("xp", windows=(65535, 65535, 64240, 16384), options="sack"),
    Stack("w2k", windows=(16384, 65535, 64240, 17520), options="sack"),
    Stack("vista", windows=(8192,), options="scaled", source_ports=(49152, 65535)),
    Stack("linux", ttl=64, windows=(5840,), options="timestamps", ip_id=RANDOM_ID, source_ports=(32768, 61000)),
    # The raw SYN writer whose source port gave it away in 2005 and 2010.
    Stack("raw-6000", windows=(16384,), dont_fragment=False, ip_id=256, source_ports=(6000, 6000)),
    Stack(
        "raw-mss",
        ttl=58,
        windows=(1024, 2048, 3072, 4096),
        options="mss",
        dont_fragment=False,
        ip_id=RANDOM_ID,
        source_ports=(32768, 65535),
    ),
    Stack(
        "raw-bare",
        ttl=255,
        windows=(512, 1024, 8192, 65535),
        dont_fragment=False,
        ip_id=RANDOM_ID,
        source_ports=_ANY_HIGH,
    ),
    Stack("slammer", UDP, dont_fragment=False, source_ports=_UNTAKEN_LOW, payload=_SLAMMER),
    Stack("popup", UDP, ttl=64, ip_id=RANDOM_ID, source_ports=_UNTAKEN_HIGH, payload=_POPUP),
    Stack("node-status", UDP, dont_fragment=False, source_ports=(137, 137), payload=_NODE_STATUS),
    Stack("dns-query", UDP, ttl=64, ip_id=RANDOM_ID, source_ports=_UNTAKEN_HIGH, payload=_VERSION_BIND),
    Stack("syslog", UDP, ttl=255, dont_fragment=False, source_ports=(514, 514), payload=b"<45>simulated: link up"),
    Stack("datagram", UDP, dont_fragment=False, source_ports=_ANY_HIGH),
    Stack("ping-windows", ICMP, dont_fragment=False, payload=b"abcdefghijklmnopqrstuvwabcdefghi"),
    Stack("ping-worm", ICMP, dont_fragment=False, payload=b"\xaa" * 64),
    Stack("ping-unix", ICMP, ttl=64, ip_id=RANDOM_ID, payload=bytes(range(56))),
    Stack(
        "syn-ack-unix",
        ttl=64,
        windows=(5840, 5792),
        options="mss",
        flags=SYN_ACK,
        ip_id=0,
        source_ports=_ANSWERS,
        service=True,
    ),
    Stack(
        "syn-ack-windows", windows=(64240, 16384), options="sack", flags=SYN_ACK, source_ports=_ANSWERS, service=True
    ),
    Stack("rst-ack", ttl=64, flags=RST_ACK, ip_id=0, source_ports=_ANSWERS, service=True),
    Stack("rst", ttl=255, flags=RST, dont_fragment=False, ip_id=RANDOM_ID, source_ports=_ANSWERS, service=True),
    Stack("unreachable", ICMP, ttl=255, dont_fragment=False, codes=(1, 3, 10, 13), payload=QUOTE),
    Stack("exceeded", ICMP, ttl=255, dont_fragment=False, codes=(0,), payload=QUOTE),
)
"""All stacks; a packet's `stack` is a position in it."""

_PLACES = {stack.name: place for place, stack in enumerate(STACKS)}


def place(name: str) -> int:
    """The position of a stack in STACKS; KeyError if there is none."""
    return _PLACES[name]
