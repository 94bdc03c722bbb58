"""
Kind: whether a packet is a scan, an answer to somebody else's packet, forged, meant for somebody else, or neither.

Rules by header only, after the classes of Merit's darknet events and CAIDA's corsaro; where they part from both,
docs/explanation/kinds-and-tools.md says why. Rules are an ordered tuple of plain functions over one packet; the first
that claims it wins, and the order is the documentation. A rule never fires on a field that its input did not show.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.enrich.payload import ANSWER, REQUEST, STRAY, payload_says
from isdas.enrich.rules import UNKNOWN, Header, Scalar, at, first_of, header, known, rule
from isdas.enrich.splinter import splintered
from isdas.model.address import TOKEN_HIGH
from isdas.model.columns import Capability
from isdas.model.kernels import compiled
from isdas.model.packets import Packets, labels
from isdas.model.port import NO_PORT

KINDS = ("scan", "backscatter", "spoofed", "misdirected", "other")
SCAN, BACKSCATTER, SPOOFED, MISDIRECTED, OTHER = range(len(KINDS))

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

ICMP_REQUESTS = (8, 13, 15, 17, 42)
"""Echo, timestamp, information, address mask and extended echo requests (RFC 792, RFC 950, RFC 8335)."""

ICMP_ANSWERS = (0, 3, 4, 5, 11, 12, 14, 16, 18, 43)
"""Replies and errors: the list that corsaro and Merit share, and the extended echo reply."""

ICMPV6_REQUESTS = (128, 139, 160)
"""Echo, node information and extended echo requests (RFC 4443, RFC 4620, RFC 8335)."""

ICMPV6_ANSWERS = (1, 2, 3, 4, 129, 140, 161)
"""Errors (RFC 4443) and replies."""

LINK_PROTOCOLS = (2, 88, 89, 103, 112)
"""IGMP, EIGRP, OSPF, PIM and VRRP: routers and hosts of one link talk by them."""

_NOT_QUOTED, _QUOTED_ME, _QUOTED_OTHER = range(3)
_MAPPED_TOP = 0xFFFF
_SHOWS_FLAGS, _SHOWS_DESTINATION = int(Capability.TCP_FLAGS), int(Capability.DESTINATION)


class Packet(NamedTuple):
    """
    One packet as the rules see it; UNKNOWN stands for what is not shown.

    Attributes:
        source_high, source_low: halves of the source; a source that is not known is an opaque token.
        destination_high, destination_low: halves of the destination, which means something only if *destined*.
        destined: whether the destination is shown whole.
        protocol, port: as in the columns; NO_PORT without one.
        flags: TCP flags.
        flagless: whether the input cannot show flags at all.
        payload_length: bytes.
        splintered: whether it is smaller than any network cuts packets (`isdas.enrich.splinter`).
        says: what the payload of UDP or SCTP says (`isdas.enrich.payload`).
        tunnelled: whether it came in a tunnel.
        quoted: whether an ICMP error quotes a packet from the destination, from another, or nothing.
    """

    source_high: Scalar
    source_low: Scalar
    destination_high: Scalar
    destination_low: Scalar
    destined: Scalar
    protocol: Scalar
    port: Scalar
    flags: Scalar
    flagless: Scalar
    payload_length: Scalar
    splintered: Scalar
    says: Scalar
    tunnelled: Scalar
    quoted: Scalar


@rule
def _four(high: Any, low: Any) -> Any:
    """Whether an address is IPv4."""
    return high == 0 and low >> 32 == _MAPPED_TOP


@rule
def _unrouted(high: Any, low: Any) -> Any:
    """Whether an address is set aside for use without the Internet (RFC 6890; not 192.88.99.0/24, which was routed)."""
    if not _four(high, low):
        # fec0::/10 was site-local; 100::/64 holds the tokens of sources that are not told.
        documentation = high >> 32 == 0x20010DB8 or high >> 44 == 0x3FFF0
        return high >> 57 & 0x7F == 0x7E or high >> 54 & 0x3FF == 0x3FB or documentation
    a, b, c = low >> 24 & 0xFF, low >> 16 & 0xFF, low >> 8 & 0xFF
    if a == 10 or (a == 100 and b >> 6 == 1) or (a == 169 and b == 254) or (a == 172 and b >> 4 == 1):
        return True
    if a == 192:
        return b == 168 or (b == 0 and c in (0, 2))
    return (a == 198 and (b >> 1 == 9 or (b == 51 and c == 100))) or (a == 203 and b == 0 and c == 113)


@rule
def link_destination(p: Packet) -> Any:
    """To a multicast, broadcast or link-local address: for all or some on the link (RFC 5771, RFC 919, RFC 4291)."""
    four = _four(p.destination_high, p.destination_low)
    group = p.destination_low >> 28 & 0xF == 0xE or p.destination_low & 0xFFFFFFFF == 0xFFFFFFFF
    group6 = p.destination_high >> 56 & 0xFF == 0xFF or p.destination_high >> 54 & 0x3FF == 0x3FA
    return p.destined and ((four and group) or (not four and group6))


@rule
def impossible_source(p: Packet) -> Any:
    """The source is no host's address: 0/8, 127/8, 224/3, ::, ::1, ff00::/8 (RFC 1122, 3.2.1.3; RFC 4291, 2.5)."""
    if _four(p.source_high, p.source_low):
        top = p.source_low >> 24 & 0xFF
        return top == 0 or top == 127 or top >= 224
    return (p.source_high == 0 and 0 <= p.source_low <= 1) or p.source_high >> 56 & 0xFF == 0xFF


@rule
def own_source(p: Packet) -> Any:
    """The source is the destination: no host sends to itself over the Internet (corsaro's same-src-dst-ip)."""
    return p.destined and p.source_low == p.destination_low and p.source_high == p.destination_high


@rule
def foreign_error(p: Packet) -> Any:
    """An ICMP error about a packet of another address, between addresses that nothing translates."""
    public = not _unrouted(p.destination_high, p.destination_low)
    return p.quoted == _QUOTED_OTHER and p.destined and public


@rule
def quoting_error(p: Packet) -> Any:
    """An ICMP error that quotes a packet; before private sources, since routers are often numbered from there."""
    return p.quoted != _NOT_QUOTED


@rule
def unrouted_source(p: Packet) -> Any:
    """
    A private, shared, link-local, documentation or benchmarking source with a destination on the Internet.

    Replies to it could never arrive, and corsaro's rfc5735 filter counts it as spoofed. Within a private network or a
    tunnel such sources are ordinary: there, and where the destination is not shown, this says nothing. A link-local
    IPv6 source is a neighbour's, since no router forwards it (RFC 4291, 2.5.6).
    """
    outside = p.destined and not p.tunnelled and _unrouted(p.source_high, p.source_low)
    return outside and not _unrouted(p.destination_high, p.destination_low)


@rule
def link_protocol(p: Packet) -> Any:
    """A protocol by which routers and hosts of one link talk."""
    return p.protocol in LINK_PROTOCOLS


@rule
def tcp_scan(p: Packet) -> Any:
    """SYN without ACK, RST or FIN; all of TCP where the input shows no flags, as logs of refused packets do."""
    opening = p.flags >= 0 and p.flags & (SYN | ACK | RST | FIN) == SYN
    # Where the input does show flags and there are none, the header was cut: that says nothing.
    return p.protocol == 6 and p.port != NO_PORT and (opening or (p.flags < 0 and p.flagless))


@rule
def tcp_answer(p: Packet) -> Any:
    """
    SYN-ACK, or anything with RST.

    RST-ACK is the usual answer of a closed port (RFC 9293, 3.10.7.1); Merit's classes leave it to "other".
    """
    return p.protocol == 6 and p.flags >= 0 and (p.flags & (SYN | ACK) == SYN | ACK or p.flags & RST != 0)


@rule
def tcp_stealth(p: Packet) -> Any:
    """
    Neither ACK nor RST: NULL, FIN, XMAS and SYN-FIN scans (nmap -sN, -sF, -sX).

    Every packet of a connection after its first carries ACK (RFC 9293, 3.10.7.4), so that only probes look like this.
    """
    return p.protocol == 6 and p.flags >= 0 and p.flags & (ACK | RST) == 0


@rule
def tcp_splinter(p: Packet) -> Any:
    """
    The first fragment of TCP that ends before the flags, or the header does: nmap -f, hping3 -f.

    No network cuts packets so small: only a sender does, to get a header past a filter (RFC 1858, 3). What it was to be
    is not shown, but no host answers so. Where the flags are shown they say.
    """
    return p.protocol == 6 and p.port != NO_PORT and p.flags < 0 and p.splintered


@rule
def tcp_stray(p: Packet) -> Any:
    """ACK with a payload: the middle of a connection that was never opened here."""
    return p.protocol == 6 and p.flags >= 0 and p.flags & ACK != 0 and p.payload_length > 0


@rule
def udp_answer(p: Packet) -> Any:
    """UDP that is an answer by its payload: somebody asked with the sensor's address."""
    return p.protocol == 17 and p.says == ANSWER


@rule
def udp_stray(p: Packet) -> Any:
    """UDP between peers by its payload: the address was another's, or is wrong."""
    return p.protocol == 17 and p.says == STRAY


@rule
def udp_request(p: Packet) -> Any:
    """Any other UDP packet with ports."""
    return p.protocol == 17 and p.port != NO_PORT


@rule
def sctp_request(p: Packet) -> Any:
    """SCTP that opens an association by its first chunk."""
    return p.protocol == 132 and p.says == REQUEST


@rule
def sctp_answer(p: Packet) -> Any:
    """SCTP that refuses or answers one that was not opened from here."""
    return p.protocol == 132 and p.says == ANSWER


@rule
def icmp_request(p: Packet) -> Any:
    """Echo requests and the like, ICMP and ICMPv6."""
    return (p.protocol == 1 and p.port in ICMP_REQUESTS) or (p.protocol == 58 and p.port in ICMPV6_REQUESTS)


@rule
def icmp_answer(p: Packet) -> Any:
    """Replies, and errors that quote nothing readable, ICMP and ICMPv6."""
    return (p.protocol == 1 and p.port in ICMP_ANSWERS) or (p.protocol == 58 and p.port in ICMPV6_ANSWERS)


RULES: tuple[tuple[int, Any], ...] = (
    (MISDIRECTED, link_destination),
    (SPOOFED, impossible_source),
    (SPOOFED, own_source),
    (MISDIRECTED, foreign_error),
    (BACKSCATTER, quoting_error),
    (SPOOFED, unrouted_source),
    (SCAN, tcp_scan),
    (BACKSCATTER, tcp_answer),
    (SCAN, tcp_stealth),
    (SCAN, tcp_splinter),
    (MISDIRECTED, tcp_stray),
    (BACKSCATTER, udp_answer),
    (MISDIRECTED, udp_stray),
    (SCAN, udp_request),
    (SCAN, sctp_request),
    (BACKSCATTER, sctp_answer),
    (SCAN, icmp_request),
    (BACKSCATTER, icmp_answer),
    (MISDIRECTED, link_protocol),
)
"""In order; what no rule claims is `other`."""

_first = first_of(RULES, OTHER)


class Headers(NamedTuple):
    """The columns that packets are read from."""

    source_high: Header
    source_low: Header
    destination_high: Header
    destination_low: Header
    capabilities: Header
    protocol: Header
    port: Header
    tcp_flags: Header
    payload_length: Header
    outer_source_low: Header
    quoted_source_high: Header
    quoted_source_low: Header


def kind(packets: Packets) -> pa.DictionaryArray:
    """The column `kind`."""
    found = np.empty(len(packets), np.int32)
    headers = Headers(*(header(packets, name) for name in Headers._fields))
    _kinds(headers, payload_says(packets), splintered(packets), found)
    return labels(found, KINDS)


@compiled
def _kinds(
    h: Headers, says: npt.NDArray[np.int8], splinters: npt.NDArray[np.bool_], found: npt.NDArray[np.int32]
) -> None:
    for i in range(len(found)):
        found[i] = _first(_packet(h, says, splinters, i))


@rule
def _packet(h: Any, says: Any, splinters: Any, i: int) -> Any:
    protocol, shown = at(h.protocol, i), max(at(h.capabilities, i), 0)
    tcp = protocol == 6
    sourced = known(h.source_low, i)
    destination_high, destination_low = at(h.destination_high, i), at(h.destination_low, i)
    destined = shown & _SHOWS_DESTINATION != 0 and known(h.destination_low, i)
    quoted = np.int64(_NOT_QUOTED)
    if (protocol == 1 or protocol == 58) and known(h.quoted_source_low, i):
        same = at(h.quoted_source_low, i) == destination_low and at(h.quoted_source_high, i) == destination_high
        quoted = np.int64(_QUOTED_ME if same else _QUOTED_OTHER)
    return Packet(
        at(h.source_high, i) if sourced else np.int64(TOKEN_HIGH),
        at(h.source_low, i),
        destination_high,
        destination_low,
        destined,
        protocol,
        at(h.port, i),
        at(h.tcp_flags, i) if tcp else np.int64(UNKNOWN),
        shown & _SHOWS_FLAGS == 0,
        at(h.payload_length, i) if tcp else np.int64(UNKNOWN),
        len(splinters) > 0 and splinters[i],
        np.int64(says[i]),
        known(h.outer_source_low, i),
        quoted,
    )
