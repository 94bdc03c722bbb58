"""
Tunnels: what the payload of a packet says about a packet inside it - where that begins, and as which link type.

It reads no packets: what it gives is walked again, and what then is no packet was none. It is compiled when the first
packet that may be the outside of a tunnel is met.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.decode.links import METADATA_HEADER, NSH_HEADER, VLAN_TAG
from isdas.model.kernels import compiled

NAMES = (
    *("", "ipip", "6in4", "4in6", "6in6", "gre", "erspan", "pptp", "ah", "etherip", "mpls", "ethernet", "vxlan"),
    *("geneve", "gtp", "teredo", "l2tp", "tzsp"),
)
"""What tunnels are called in the column ``tunnel``, by the number that `take_off` gives."""

_IPIP, _SIX_IN_FOUR, _FOUR_IN_SIX, _SIX_IN_SIX, _GRE, _ERSPAN, _PPTP, _AH, _ETHERIP, _LABELS, _BRIDGED = range(1, 12)
_VXLAN, _GENEVE, _GTP, _TEREDO, _L2TP, _TZSP = range(12, 18)
_NOTHING = (-1, 0, 0)
_ETHERNET, _PPP, _RAW, _WIRELESS, _MPLS, _IP4, _IP6 = 1, 9, 101, 105, 219, 228, 229


@compiled
def _be(b: Any, at: int, size: int) -> Any:
    """A number of some bytes in network order."""
    value = np.int64(0)
    for i in range(size):
        value = value << 8 | np.int64(b[at + i])
    return value


@compiled
def _link_of(kind: Any) -> Any:
    """The link type of what an EtherType announces; -1 for what is not looked into."""
    if kind == 0x0800:
        return _IP4
    if kind == 0x86DD:
        return _IP6
    if kind == 0x6558:
        return _ETHERNET
    if kind in (0x8847, 0x8848):
        return _MPLS
    if kind == 0x880B:
        return _PPP
    if kind == 0x8100:
        return VLAN_TAG
    if kind == 0x8909:
        return METADATA_HEADER
    if 0x8200 <= kind <= 0x83FF or kind == 0x9000:
        return _WIRELESS  # Aruba's access points
    return NSH_HEADER if kind == 0x894F else -1


@compiled
def _gre(b: Any, at: Any, end: Any) -> Any:
    """In generic routing encapsulation (RFC 2784, 2890; with routes RFC 1701), of PPTP (RFC 2637) and of mirrors."""
    if end - at < 4:
        return _NOTHING
    flags, kind = _be(b, at, 2), _be(b, at + 2, 2)
    version = flags & 7
    at += 4 + (4 if flags & 0xC000 else 0) + (4 if flags & 0x2000 else 0) + (4 if flags & 0x1000 else 0)
    if version == 1:
        # The key is always there, the second of the two numbers acknowledges.
        at += 4 if flags & 0x80 else 0
        return (at, _PPP, _PPTP) if kind == 0x880B and flags & 0x2000 else _NOTHING
    if version:
        return _NOTHING
    while flags & 0x4000 and end - at >= 4:
        size = np.int64(b[at + 3])
        at += 4 + size
        if size == 0:
            break
    if kind in (0x88BE, 0x22EB):
        return _mirrored(b, at, end, kind, flags & 0x1000)
    if kind == 0x883E and end - at >= 4:
        return at + (0 if b[at] >> 4 == 4 else 4), _RAW, _GRE  # Cisco's WCCP, whose version 2 has a header
    link = _link_of(kind)
    return (at, link, _GRE) if link >= 0 else _NOTHING


@compiled
def _mirrored(b: Any, at: Any, end: Any, kind: Any, numbered: Any) -> Any:
    """In a mirrored frame (ERSPAN): type I has no header and no sequence number, II has 8 bytes, III 12 or 20."""
    if kind == 0x88BE:
        if not numbered:
            return at, _ETHERNET, _ERSPAN
        return (at + 8, _ETHERNET, _ERSPAN) if end - at >= 8 and b[at] >> 4 == 1 else _NOTHING
    if end - at < 12 or b[at] >> 4 != 2:
        return _NOTHING
    link = _RAW if b[at + 10] >> 2 & 0x1F == 2 else _ETHERNET
    return at + (20 if b[at + 11] & 1 else 12), link, _ERSPAN


@compiled
def _vxlan(b: Any, at: Any, end: Any, general: Any) -> Any:
    """In a VXLAN datagram (RFC 7348), or its generic form, which says what it carries."""
    if end - at < 8 or not b[at] & 8:
        return _NOTHING
    following = b[at + 3] if general and b[at] & 4 else 3
    link = _IP4 if following == 1 else _IP6 if following == 2 else _ETHERNET if following == 3 else -1
    link = NSH_HEADER if following == 4 else _MPLS if following == 5 else link
    return (at + 8, link, _VXLAN) if link >= 0 else _NOTHING


@compiled
def _geneve(b: Any, at: Any, end: Any) -> Any:
    """In a GENEVE datagram (RFC 8926), behind its options."""
    if end - at < 8 or b[at] >> 6:
        return _NOTHING
    link = _link_of(_be(b, at + 2, 2))
    return (at + 8 + (np.int64(b[at]) & 0x3F) * 4, link, _GENEVE) if link >= 0 else _NOTHING


@compiled
def _gtp(b: Any, at: Any, end: Any) -> Any:
    """In a user packet of GTP (3GPP TS 29.281), behind its extension headers."""
    if end - at < 12 or b[at] >> 4 != 3 or b[at + 1] != 0xFF:
        return _NOTHING
    flags = b[at] & 7
    following = b[at + 11] if flags & 4 else 0
    at += 12 if flags else 8
    while following and end - at >= 4 and b[at]:
        at += np.int64(b[at]) * 4
        following = b[at - 1] if at <= end else 0
    return at, _RAW, _GTP


@compiled
def _teredo(b: Any, at: Any, end: Any) -> Any:
    """In a Teredo datagram (RFC 4380), behind authentication and origin, if one end has an address of Teredo's."""
    if end - at >= 4 and _be(b, at, 2) == 1:
        at += 13 + np.int64(b[at + 2]) + np.int64(b[at + 3])
    if end - at >= 8 and _be(b, at, 2) == 0:
        at += 8
    if end - at < 40 or b[at] >> 4 != 6:
        return _NOTHING
    source, destination = _be(b, at + 8, 4), _be(b, at + 24, 4)
    known = source in (0x20010000, 0xFE800000) or destination == 0x20010000
    return (at, _IP6, _TEREDO) if known else _NOTHING


@compiled
def _l2tp(b: Any, at: Any, end: Any) -> Any:
    """In a data message of L2TP (RFC 2661), behind those of its fields that there are."""
    if end - at < 6:
        return _NOTHING
    flags = _be(b, at, 2)
    if flags & 0x800F != 2:
        return _NOTHING
    at += 6 + (2 if flags & 0x4000 else 0) + (4 if flags & 0x0800 else 0)
    if flags & 0x0200:
        if end - at < 2:
            return _NOTHING
        at += 2 + _be(b, at, 2)
    return at, _PPP, _L2TP


@compiled
def _tzsp(b: Any, at: Any, end: Any) -> Any:
    """In a frame that MikroTik's routers mirror (TZSP), behind its tags."""
    if end - at < 5 or b[at] != 1:
        return _NOTHING
    link = _ETHERNET if _be(b, at + 2, 2) == 1 else _WIRELESS if _be(b, at + 2, 2) == 18 else -1
    at += 4
    while end - at >= 2 and b[at] != 1:
        at += 2 + np.int64(b[at + 1]) if b[at] else 1
    return (at + 1, link, _TZSP) if link >= 0 else _NOTHING


@compiled
def _datagram(b: Any, port: Any, source_port: Any, at: Any, end: Any) -> Any:
    """In a UDP datagram, by its ports."""
    if port in (4789, 8472, 4790):
        return _vxlan(b, at, end, port == 4790)
    if port == 6081:
        return _geneve(b, at, end)
    if port == 2152:
        return _gtp(b, at, end)
    if port == 3544 or source_port == 3544:
        return _teredo(b, at, end)
    if port == 1701:
        return _l2tp(b, at, end)
    if port == 37008:
        return _tzsp(b, at, end)
    if port == 4754:
        return _gre(b, at, end)
    return (at, _MPLS, _LABELS) if port == 6635 else _NOTHING


@compiled
def _inside(b: Any, version: Any, protocol: Any, port: Any, source_port: Any, at: Any, end: Any) -> Any:
    """(beginning of what a tunnel carries, its link type, the tunnel's number); a beginning of -1 is no tunnel."""
    if protocol == 17:
        return _datagram(b, port, source_port, at, end)
    if protocol == 47:
        return _gre(b, at, end)
    if protocol == 4:
        return at, _IP4, (_IPIP if version == 4 else _FOUR_IN_SIX)
    if protocol == 41:
        return at, _IP6, (_SIX_IN_FOUR if version == 4 else _SIX_IN_SIX)
    if protocol == 137:
        return at, _MPLS, _LABELS
    if protocol == 143:
        return at, _ETHERNET, _BRIDGED
    if end - at < 2:
        return _NOTHING
    if protocol == 97:
        return (at + 2, _ETHERNET, _ETHERIP) if b[at] >> 4 == 3 else _NOTHING
    size = (np.int64(b[at + 1]) + 2) * 4
    return (at + size, _IP4, _AH) if b[at] == 4 else (at + size, _IP6, _AH) if b[at] == 41 else _NOTHING


@compiled
def _take_off(
    b: Any,
    version: Any,
    protocol: Any,
    port: Any,
    source_port: Any,
    at: Any,
    held: Any,
    begins: Any,
    numbers: Any,
    names: Any,
) -> None:
    for i in range(len(protocol)):
        end = at[i] + np.int64(held[i])
        begin, number, name = _inside(b, version[i], protocol[i], port[i], source_port[i], at[i], end)
        begins[i] = -1 if begin > end else begin
        numbers[i], names[i] = number, name


def take_off(
    buffer: npt.NDArray[np.uint8],
    versions: npt.NDArray[np.int16],
    protocols: npt.NDArray[np.int16],
    ports: npt.NDArray[np.int32],
    source_ports: npt.NDArray[np.int32],
    at: npt.NDArray[np.int64],
    held: npt.NDArray[np.int32],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """
    Where what tunnels hold begins, its link type, and which tunnel it is in.

    Args:
        buffer: uint8, where the packets lie.
        versions, protocols, ports, source_ports: IP version, protocol and ports of each packet.
        at, held: where its payload begins, and how many bytes of it were captured.

    Returns:
        The beginning of each packet or frame inside, -1 if there is none; the link types; the tunnels' places in NAMES.
    """
    n = len(protocols)
    begins, numbers, names = np.empty(n, np.int64), np.empty(n, np.int32), np.empty(n, np.int64)
    _take_off(buffer, versions, protocols, ports, source_ports, at, held, begins, numbers, names)
    return begins, numbers, names
