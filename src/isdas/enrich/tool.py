"""
Tool: which program's header fingerprint a packet bears. A fingerprint names a tool, never an actor.

Each rule is a function of one packet alone, so that a file gives the same labels however it is cut. By chance the
rules with one 16-bit tell claim one random SYN in 65,536; `isdas.enrich.confirm` looks at all packets of a source and
is as good as certain. Null where the input cannot show any tool in such a packet; `isdas.model.tool.shows` says which
tools it can.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.enrich.kind import ACK, FIN, RST, SYN
from isdas.enrich.rules import UNKNOWN, Bytes, Header, Scalar, at, bytes_of, first_of, header, known, rule
from isdas.model.columns import Capability
from isdas.model.kernels import compiled
from isdas.model.options import layout
from isdas.model.packets import Packets, labels
from isdas.model.tool import NEEDS, TOOLS

NONE, MIRAI, MASSCAN, ZMAP, HAJIME, NMAP, UNICORNSCAN, HPING, ZMAP_LIKE, SLAMMER, WITTY = range(len(TOOLS))

NMAP_WINDOWS = (1024, 2048, 3072, 4096)
_MSS = layout("mss")
_WINDOWS = layout("mss,nop,ws,nop,nop,sok")
_ECHO = 8
_SHOWS_DESTINATION = int(Capability.DESTINATION)
_ZMAP_ID = 54321
_FAR = 200
"""An arriving TTL above this started at 255, as that of packets that programs write themselves often does."""


class Syn(NamedTuple):
    """
    The numbers of one SYN over IPv4 as the rules see them; UNKNOWN stands for what is not shown.

    Attributes:
        target: the destination as a number of 32 bits.
        ident: IP identification.
        bare: whether SYN is the only flag.
        loose: whether it may be fragmented, or that is not shown.
        The others are the columns of nearly the same names.
    """

    target: Scalar
    port: Scalar
    sequence: Scalar
    ident: Scalar
    window: Scalar
    bare: Scalar
    loose: Scalar
    ttl: Scalar


class Shape(NamedTuple):
    """
    The shape of one SYN over IPv4 whose window is that of a tool; UNKNOWN stands for what is not shown.

    Attributes:
        loose: whether it may be fragmented.
        scale, layout: window scale and layout of the options.
        The others are the columns of nearly the same names.
    """

    window: Scalar
    loose: Scalar
    ttl: Scalar
    tos: Scalar
    header_length: Scalar
    mss: Scalar
    scale: Scalar
    layout: Scalar


class Datagram(NamedTuple):
    """
    One UDP packet or ICMP echo request over IPv4 as the rules see it; UNKNOWN stands for what is not shown.

    Attributes:
        first, middle: bytes 0-1 and 7-8 of a UDP payload.
        The others are the columns of nearly the same names.
    """

    protocol: Scalar
    port: Scalar
    source_port: Scalar
    ident: Scalar
    ttl: Scalar
    payload_length: Scalar
    first: Scalar
    middle: Scalar


@rule
def mirai_like(p: Syn) -> Any:
    """
    The sequence number is the destination, on any port (Mirai's source; Antonakakis et al., USENIX Security 2017).

    One random SYN in 2**32.
    """
    return p.sequence >= 0 and p.sequence == p.target


@rule
def masscan(p: Syn) -> Any:
    """
    IP identification = destination ^ port ^ sequence number, low 16 bits (masscan's templ-pkt.c).

    One random SYN in 65,536.
    """
    return p.sequence >= 0 and p.target >= 0 and (p.target ^ p.port ^ p.sequence) & 0xFFFF == p.ident


@rule
def zmap(p: Syn) -> Any:
    """
    IP identification 54321 and, where they are shown, window 65535, TTL from 255, no DF, no flag but SYN.

    All of ZMap before 4.1.0 (its packet.c). Its options changed, from none to an MSS and more, and say nothing here.
    Where neither window nor TTL is shown one random SYN in 65,536; where they are hardly any.
    """
    shape = p.window in (UNKNOWN, 65535) and (p.ttl > _FAR or p.ttl == UNKNOWN)
    return p.ident == _ZMAP_ID and p.bare and p.loose and shape


@rule
def hajime_like(p: Syn) -> Any:
    """
    Window 14600 and a sequence number one half of which is zero (Netlab 360 and others on Hajime).

    Linux 2.6.39 to 3.x opens with window 14600 as well: one of its SYNs in 32,768.
    """
    half = p.sequence >> 16 == 0 or p.sequence & 0xFFFF == 0
    return p.window == 14600 and p.sequence >= 0 and half


@rule
def nmap_like(p: Shape) -> Any:
    """
    Window 1024 (before 2011 up to 4096), MSS 1460 alone, may be fragmented, TTL that began at 37 to 59 (nmap -sS; p0f).

    No stack looks so, but other scanners do: those of Censys, for one, sent such SYNs in 2021.
    """
    shape = p.layout == _MSS and p.mss == 1460 and 0 <= p.ttl <= 59 and p.loose
    return p.window in NMAP_WINDOWS and shape


@rule
def unicornscan_like(p: Shape) -> Any:
    """
    Window 4128, MSS 1460 alone, may be fragmented, TTL from 255: its default disguise, Cisco's IOS 12.1.

    Routers with that system, which seldom open connections.
    """
    shape = p.layout == _MSS and p.mss == 1460 and p.ttl > _FAR and p.loose
    return p.window == 4128 and shape


@rule
def hping_like(p: Shape) -> Any:
    """
    Window 512, no options, may be fragmented, TTL from 64: hping's defaults (hping3(8)).

    No stack of the last twenty years opens with window 512 and without options.
    """
    shape = p.header_length == 20 and 0 <= p.ttl <= 64 and p.loose
    return p.window == 512 and shape


@rule
def zmap_like(p: Shape) -> Any:
    """
    The options of Windows (mss,nop,ws,nop,nop,sok; 1460 and 8) with window 65535, but TTL from 64 and no DF bit.

    What ZMap from 4.1.1 on sends by default (its pull requests 850 and 855). 4.1.0, with options of Linux and TTL
    255, is claimed by no rule. Nobody has published how often others look so.
    """
    options = p.layout == _WINDOWS and p.mss == 1460 and p.scale == 8
    shape = 0 <= p.ttl <= 64 and p.loose and p.tos == 0
    return p.window == 65535 and options and shape


@rule
def zmap_datagram(p: Datagram) -> Any:
    """UDP or an ICMP echo request with ZMap's identification, and the TTL from 255 that its versions with it have."""
    return p.ident == _ZMAP_ID and p.ttl > _FAR and (p.protocol == 17 or p.port == _ECHO)


@rule
def slammer(p: Datagram) -> Any:
    """376 bytes to 1434/udp, beginning with 04 01 where that is shown (Moore et al., IEEE Security & Privacy 2003)."""
    return p.protocol == 17 and p.port == 1434 and p.payload_length == 376 and p.first in (UNKNOWN, 0x401)


@rule
def witty(p: Datagram) -> Any:
    """From 4000/udp an ICQ answer (05 00, 12 02 from byte 7) of 637 bytes or more (Shannon and Moore, 2004)."""
    icq = p.first == 0x500 and p.middle == 0x1202
    return p.protocol == 17 and p.source_port == 4000 and icq and p.payload_length >= 637


SYN_RULES: tuple[tuple[int, Any], ...] = (
    (MIRAI, mirai_like),
    (MASSCAN, masscan),
    (ZMAP, zmap),
    (HAJIME, hajime_like),
)
"""In order: relations between numbers, which a packet hardly has by chance."""

SHAPE_RULES: tuple[tuple[int, Any], ...] = (
    (NMAP, nmap_like),
    (UNICORNSCAN, unicornscan_like),
    (HPING, hping_like),
    (ZMAP_LIKE, zmap_like),
)
"""In order, for SYNs that no relation claims: shapes that several programs may share."""

WINDOWS = (*NMAP_WINDOWS, 512, 4128)
"""The windows of those shapes but for 65535, which many stacks have: there the options are looked at first."""

DATAGRAM_RULES: tuple[tuple[int, Any], ...] = ((ZMAP, zmap_datagram), (SLAMMER, slammer), (WITTY, witty))
"""In order, for UDP packets and ICMP echo requests."""

_first_of_syn = first_of(SYN_RULES, NONE)
_first_of_shape = first_of(SHAPE_RULES, NONE)
_first_of_datagram = first_of(DATAGRAM_RULES, NONE)


class Headers(NamedTuple):
    """The columns that the rules read."""

    capabilities: Header
    ip_version: Header
    protocol: Header
    tcp_flags: Header
    destination_low: Header
    port: Header
    source_port: Header
    tcp_sequence: Header
    ip_id: Header
    dont_fragment: Header
    ttl: Header
    tos: Header
    tcp_window: Header
    tcp_header_length: Header
    tcp_mss: Header
    tcp_window_scale: Header
    tcp_option_layout: Header
    payload_length: Header


def tool(packets: Packets) -> pa.DictionaryArray:
    """The column `tool`: empty where no fingerprint fits, null where none could be seen."""
    return labels(codes(packets), TOOLS)


def codes(packets: Packets) -> npt.NDArray[np.int32]:
    """int32[n]: the index in TOOLS of each packet, negative where no tool could be seen."""
    found = np.empty(len(packets), np.int32)
    headers = Headers(*(header(packets, name) for name in Headers._fields))
    _tools(headers, bytes_of(packets, "payload"), _able(), found)
    return found


@cache
def _able() -> npt.NDArray[np.int8]:
    """For each capability mask a bit for TCP (1), UDP (2) and ICMP (4): whether it shows any tool of theirs."""
    masks = np.arange(1 << (max(Capability).bit_length()), dtype=np.int64)
    able = np.zeros(len(masks), np.int8)
    for bit, protocol in ((1, 6), (2, 17), (4, 1)):
        for need in NEEDS[protocol].values():
            able[masks & int(need) == int(need)] |= bit
    return able


@compiled
def _tools(h: Headers, payload: Bytes, able: npt.NDArray[np.int8], found: npt.NDArray[np.int32]) -> None:
    for i in range(len(found)):
        shown = max(at(h.capabilities, i), 0) & (len(able) - 1)
        found[i] = _code(h, payload, i, shown, able[shown]) if at(h.ip_version, i) == 4 else np.int32(-1)


@rule
def _code(h: Any, payload: Any, i: int, shown: Any, able: Any) -> Any:
    protocol = at(h.protocol, i)
    if protocol == 6:
        flags = at(h.tcp_flags, i)
        if flags < 0 or not able & 1:
            return np.int32(-1)
        return _of_syn(h, i, shown) if flags & (SYN | ACK | RST | FIN) == SYN else np.int32(NONE)
    if protocol == 17 or protocol == 1:
        return _first_of_datagram(_datagram(h, payload, i)) if able & (2 if protocol == 17 else 4) else np.int32(-1)
    return np.int32(NONE)


@rule
def _of_syn(h: Any, i: int, shown: Any) -> Any:
    # A destination of which only the network is told is not the one that the packet was sent to.
    told = known(h.destination_low, i) and shown & _SHOWS_DESTINATION != 0
    target = np.int64(h.destination_low.values[i]) & 0xFFFFFFFF if told else np.int64(UNKNOWN)
    window = at(h.tcp_window, i)
    code = _first_of_syn(
        Syn(
            target,
            at(h.port, i),
            at(h.tcp_sequence, i),
            at(h.ip_id, i),
            window,
            at(h.tcp_flags, i) == SYN,
            at(h.dont_fragment, i) != 1,
            at(h.ttl, i),
        )
    )
    shaped = window in WINDOWS or (window == 65535 and at(h.tcp_option_layout, i) == _WINDOWS)
    return _first_of_shape(_shape(h, i, window)) if code == NONE and shaped else code


@rule
def _shape(h: Any, i: int, window: Any) -> Any:
    return Shape(
        window,
        at(h.dont_fragment, i) == 0,
        at(h.ttl, i),
        at(h.tos, i),
        at(h.tcp_header_length, i),
        at(h.tcp_mss, i),
        at(h.tcp_window_scale, i),
        at(h.tcp_option_layout, i),
    )


@rule
def _datagram(h: Any, payload: Any, i: int) -> Any:
    begin, end = np.int64(payload.begins[i]), np.int64(payload.begins[i + 1])
    first = middle = np.int64(UNKNOWN)
    if end - begin >= 2:
        first = np.int64(payload.data[begin]) << 8 | np.int64(payload.data[begin + 1])
    if end - begin >= 9:
        middle = np.int64(payload.data[begin + 7]) << 8 | np.int64(payload.data[begin + 8])
    return Datagram(
        at(h.protocol, i),
        at(h.port, i),
        at(h.source_port, i),
        at(h.ip_id, i),
        at(h.ttl, i),
        at(h.payload_length, i),
        first,
        middle,
    )
