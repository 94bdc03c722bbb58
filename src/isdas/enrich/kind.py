"""
Kind: whether a packet is a scan, an answer to somebody else's packet, forged, or neither.

Rules by header only, after the classes of Merit's darknet events and CAIDA's corsaro; RST-ACK counts as backscatter
because it is the usual answer of a closed port. Rules are an ordered tuple of plain functions over columns; the
first that claims a packet wins, and its order is the documentation.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.model.address import is_ipv4
from isdas.model.columns import Capability
from isdas.model.packets import Packets, labels
from isdas.model.port import NO_PORT

KINDS = ("scan", "backscatter", "spoofed", "misdirected", "other")
SCAN, BACKSCATTER, SPOOFED, MISDIRECTED, OTHER = range(len(KINDS))

FIN, SYN, RST, ACK = 1, 2, 4, 16

ICMP_REQUESTS = (8, 13, 15, 17)
"""Echo, timestamp, information and address mask requests (RFC 792, RFC 950)."""

ICMP_ANSWERS = (0, 3, 4, 5, 11, 12, 14, 16, 18)
"""Replies and errors, the list that corsaro and Merit share."""

ICMPV6_ANSWERS = (1, 2, 3, 4, 129)
"""Errors and echo reply (RFC 4443)."""

_Mask = npt.NDArray[np.bool_]


class Headers(NamedTuple):
    """The columns that the rules look at, as numpy arrays; flags are -1 where they are not known."""

    source_high: npt.NDArray[Any]
    source_low: npt.NDArray[Any]
    destination_high: npt.NDArray[Any]
    destination_low: npt.NDArray[Any]
    protocol: npt.NDArray[Any]
    source_port: npt.NDArray[Any]
    port: npt.NDArray[Any]
    capabilities: npt.NDArray[Any]
    flags: npt.NDArray[Any]


def impossible_source(h: Headers) -> _Mask:
    """The source is the destination, or none: 0/8, 127/8, 224/3, ::1, ff00::/8 (RFC 6890, RFC 4291)."""
    same = (h.source_low == h.destination_low) & (h.source_high == h.destination_high) & (h.destination_low != 0)
    top = h.source_low >> 24 & 0xFF
    unusable = is_ipv4(h.source_high, h.source_low) & ((top == 0) | (top == 127) | (top >= 224))
    loopback = (h.source_high == 0) & (h.source_low == 1)
    multicast = h.source_high >> 56 & 0xFF == 0xFF
    return np.asarray(same | unusable | loopback | multicast)


def tcp_scan(h: Headers) -> _Mask:
    """SYN without ACK, RST or FIN; all of TCP where the input shows no flags, as logs of refused packets do."""
    opening = (h.flags & (SYN | ACK | RST | FIN)) == SYN
    # Where the input does show flags and there are none, the header was cut: that says nothing.
    flagless = (h.flags < 0) & (h.capabilities & int(Capability.TCP_FLAGS) == 0)
    return np.asarray((h.protocol == 6) & (flagless | opening) & (h.port != NO_PORT))


def tcp_answer(h: Headers) -> _Mask:
    """SYN-ACK, or anything with RST."""
    answer = ((h.flags & (SYN | ACK)) == SYN | ACK) | (h.flags & RST > 0)
    return np.asarray((h.protocol == 6) & (h.flags >= 0) & answer)


def udp_answer(h: Headers) -> _Mask:
    """From the DNS port to any other: an answer to a forged query."""
    return np.asarray((h.protocol == 17) & (h.source_port == 53) & (h.port != 53))


def udp_request(h: Headers) -> _Mask:
    """Any other UDP packet with ports."""
    return np.asarray((h.protocol == 17) & (h.port != NO_PORT))


def icmp_request(h: Headers) -> _Mask:
    """Echo requests and the like, ICMP and ICMPv6."""
    v4 = (h.protocol == 1) & np.isin(h.port, ICMP_REQUESTS)
    return np.asarray(v4 | ((h.protocol == 58) & (h.port == 128)))


def icmp_answer(h: Headers) -> _Mask:
    """Replies and errors, ICMP and ICMPv6."""
    v4 = (h.protocol == 1) & np.isin(h.port, ICMP_ANSWERS)
    return np.asarray(v4 | ((h.protocol == 58) & np.isin(h.port, ICMPV6_ANSWERS)))


RULES: tuple[tuple[int, Callable[[Headers], _Mask]], ...] = (
    (SPOOFED, impossible_source),
    (SCAN, tcp_scan),
    (BACKSCATTER, tcp_answer),
    (BACKSCATTER, udp_answer),
    (SCAN, udp_request),
    (SCAN, icmp_request),
    (BACKSCATTER, icmp_answer),
)
"""In order; what no rule claims is `other`."""


def kind(packets: Packets) -> pa.DictionaryArray:
    """The column `kind`."""
    named = {name: packets.numpy(name) for name in Headers._fields if name != "flags"}
    headers = Headers(**named, flags=packets.numpy("tcp_flags", null=-1))
    found = np.full(len(packets), OTHER, np.int8)
    for code, rule in reversed(RULES):
        found[rule(headers)] = code
    return labels(found, KINDS)
