"""
Carriers: the rarer link layers around a packet, each taken off to what it carries - wireless and cell headers, the
pseudo headers of capturing systems, tags that switches add, and Ethernet inside Ethernet.

It reads no packets: what it gives is walked again. It is compiled when the first such frame is met.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.decode.links import CARRIER, LLC, N_LINKS, PSEUDOWIRE, TYPED
from isdas.model.kernels import compiled

SHORT_FRAME, NOT_IP, UNKNOWN_LINK, ENCRYPTED = -2, -3, -1, -7
"""Instead of a beginning: minus one minus the refusal of `isdas.decode.rows.REFUSALS`."""

_ETHERNET, _PPP, _ATM, _RAW, _C_HDLC, _WIRELESS, _FRAME_RELAY, _IP4, _IP6 = 1, 9, 100, 101, 104, 105, 107, 228, 229


@compiled
def _be(b: Any, at: int, size: int) -> Any:
    """A number of some bytes in network order."""
    value = np.int64(0)
    for i in range(size):
        value = value << 8 | np.int64(b[at + i])
    return value


@compiled
def _le(b: Any, at: int, size: int) -> Any:
    """A number of some bytes, the lowest first."""
    value = np.int64(0)
    for i in range(size):
        value |= np.int64(b[at + i]) << 8 * i
    return value


@compiled
def _llc(b: Any, at: Any, end: Any, padding: int) -> Any:
    """Behind an LLC header (IEEE 802.2), with SNAP (RFC 1042), or NLPID (RFC 2684, whose bridged frames are padded)."""
    if end - at < 8:
        return SHORT_FRAME, 0
    header = _be(b, at, 3)
    if header == 0xAAAA03:
        owner, kind = _be(b, at + 3, 3), _be(b, at + 6, 2)
        if owner in (0, 0xF8):
            return at + 6, TYPED
        if owner == 0x80C2 and kind in (1, 7):
            return at + 8 + padding, _ETHERNET
    if header == 0x060603:
        return at + 3, _IP4
    return _nlpid(b, at + 3, end) if header == 0xFEFE03 else (NOT_IP, 0)


@compiled
def _nlpid(b: Any, at: Any, end: Any) -> Any:
    """Behind a network layer protocol identifier (RFC 2427)."""
    if end - at < 6:
        return SHORT_FRAME, 0
    if b[at] == 0xCC:
        return at + 1, _IP4
    if b[at] == 0x8E:
        return at + 1, _IP6
    if b[at] == 0xCF:
        return at + 1, _PPP
    if b[at] == 0x80:
        if _be(b, at + 1, 3) == 0:
            return at + 4, TYPED
        if _be(b, at + 1, 5) in (0x80C20001, 0x80C20007):
            return at + 6, _ETHERNET
    return NOT_IP, 0


@compiled
def _frame_relay(b: Any, at: Any, end: Any) -> Any:
    """Behind a Q.922 address of two to four bytes: an NLPID or, from Cisco's machines, an EtherType."""
    size = 2
    while size < 4 and at + size <= end and not b[at + size - 1] & 1:
        size += 1
    at += size
    if end - at < 2:
        return SHORT_FRAME, 0
    if b[at] != 3:
        return at, TYPED
    return _nlpid(b, at + (2 if b[at + 1] == 0 else 1), end)


@compiled
def _wireless(b: Any, at: Any, end: Any, padded: Any) -> Any:
    """Behind a data frame of IEEE 802.11, with QoS and a fourth address or not; of an aggregate, its first part."""
    if end - at < 24:
        return SHORT_FRAME, 0
    control, flags = b[at], b[at + 1]
    if control & 0x4F != 0x08:
        return NOT_IP, 0  # neither management, control nor null frames carry anything
    if flags & 0x40:
        return ENCRYPTED, 0
    size = 30 if flags & 3 == 3 else 24
    aggregate = False
    if control & 0x80:
        aggregate = at + size < end and b[at + size] & 0x80 != 0
        size += 6 if flags & 0x80 else 2
    if padded:
        size = (size + 3) & ~3
    return at + size + (14 if aggregate else 0), LLC


@compiled
def _radiotap(b: Any, at: Any, end: Any) -> Any:
    """Behind a radiotap header, whose flags say whether the 802.11 header is padded to four bytes (radiotap.org)."""
    if end - at < 8:
        return SHORT_FRAME, 0
    size, fields = _le(b, at + 2, 2), _le(b, at + 4, 4)
    flags_at = 8
    word = fields
    while word >> 31 and flags_at + 4 <= size and at + flags_at + 4 <= end:
        word = _le(b, at + flags_at, 4)
        flags_at += 4
    if fields & 1:
        flags_at = ((flags_at + 7) & ~7) + 8
    padded = fields & 2 and flags_at < size and at + flags_at < end and b[at + flags_at] & 0x20
    return _wireless(b, at + max(size, 8), end, padded)


@compiled
def _measured(b: Any, at: Any, end: Any) -> Any:
    """Behind a Prism or AVS header, which says its length: AVS in network order, Prism as the machine had it."""
    if end - at < 8:
        return SHORT_FRAME, 0
    size = _be(b, at + 4, 4)
    if _be(b, at, 3) != 0x802110 and size > 0xFFFF:
        size = _le(b, at + 4, 4)
    return _wireless(b, at + max(size, 8), end, False)


@compiled
def _atm(b: Any, at: Any, end: Any, code: Any) -> Any:
    """Behind the pseudo headers of ATM: LLC of RFC 2684, raw IP of RFC 2225, or LAN emulation."""
    if code == CARRIER + 123:
        if end - at < 4:
            return SHORT_FRAME, 0
        kind = b[at] & 15
        if kind == 1:
            return at + 6, _ETHERNET
        return _llc(b, at + 4, end, 2) if kind == 2 else (NOT_IP, 0)
    if code == CARRIER + 106 and (end - at < 3 or _be(b, at, 3) != 0xAAAA03):
        return at, _IP4
    return _llc(b, at, end, 2)


@compiled
def _ring(b: Any, at: Any, end: Any, code: Any) -> Any:
    """Behind the headers of Token Ring with its route, FDDI and Fibre Channel, all before LLC."""
    if end - at < 16:
        return SHORT_FRAME, 0
    if code == CARRIER + 122:
        return at + 16, LLC
    if code == CARRIER + 10:
        return (at + 13, LLC) if b[at] & 0x70 == 0x50 else (NOT_IP, 0)
    if b[at + 1] & 0xC0 != 0x40:
        return NOT_IP, 0
    return at + 14 + (b[at + 14] & 0x1F if b[at + 8] & 0x80 else 0), LLC


@compiled
def _arcnet(b: Any, at: Any, end: Any, type_at: Any) -> Any:
    """Behind an ARCNET header (RFC 1201, RFC 1051); later parts of a split packet are not IP."""
    at += type_at
    if end - at < 4:
        return SHORT_FRAME, 0
    if b[at] == 240:
        return at + 1, _IP4
    if b[at + 1] and not b[at + 1] & 1:
        return NOT_IP, 0
    return (at + 4, _IP4) if b[at] == 212 else (at + 4, _IP6) if b[at] == 196 else (NOT_IP, 0)


@compiled
def _docsis(b: Any, at: Any, end: Any) -> Any:
    """Behind a DOCSIS MAC header of a packet, with an extended header or not."""
    if end - at < 6:
        return SHORT_FRAME, 0
    if b[at] >> 6:
        return NOT_IP, 0
    return at + 6 + (b[at + 1] if b[at] & 1 else 0), _ETHERNET


@compiled
def _firewall(b: Any, at: Any, end: Any, code: Any) -> Any:
    """Behind the headers of BSD's packet filter log and of Solaris' IP tap, which name an address family."""
    if end - at < 2:
        return SHORT_FRAME, 0
    size = (np.int64(b[at]) + 3) & ~3 if code == CARRIER + 117 else 24
    family = b[at + 1]
    return at + max(size, 4), (_IP4 if family == 2 else _IP6 if family in (10, 24, 26, 28, 30) else _RAW)


@compiled
def _netfilter(b: Any, at: Any, end: Any) -> Any:
    """In a netfilter log message: attributes of stated length, in the machine's byte order, one of them the packet."""
    if end - at < 4:
        return SHORT_FRAME, 0
    family = b[at]
    at += 4
    while end - at >= 4:
        size, kind = _le(b, at, 2), _le(b, at + 2, 2)
        if size < 4 or kind & 0xFF == 0:
            size, kind = _be(b, at, 2), _be(b, at + 2, 2)
        if kind == 9:
            return at + 4, (_IP4 if family == 2 else _IP6 if family == 10 else _RAW)
        if size < 4:
            break
        at += (size + 3) & ~3
    return NOT_IP, 0


@compiled
def _juniper(b: Any, at: Any, end: Any, code: Any) -> Any:
    """Behind the header that Juniper's routers write before Ethernet, PPP, frame relay or HDLC."""
    if end - at < 6:
        return SHORT_FRAME, 0
    if _be(b, at, 3) != 0x4D4743:
        return NOT_IP, 0
    flags = b[at + 3]
    at += 6 + _be(b, at + 4, 2) if flags & 0x80 else 4
    if flags & 2:
        return at + 4, _RAW
    link = code - CARRIER
    return at, (_ETHERNET if link == 178 else _PPP if link == 179 else _FRAME_RELAY if link == 180 else _C_HDLC)


@compiled
def _nested(b: Any, at: Any, end: Any, code: Any) -> Any:
    """Behind a header that says its own length and which link type follows: PPI, and PKTAP of macOS."""
    if end - at < 12:
        return SHORT_FRAME, 0
    if code == CARRIER + 192:
        size, link = _le(b, at + 2, 2), _le(b, at + 4, 4)
    else:
        size, link = _le(b, at, 4), _le(b, at + 8, 4)
        if _le(b, at + 4, 4) != 1 or size < 12:
            return (UNKNOWN_LINK if code == CARRIER + 149 else NOT_IP), 0
    return at + max(size, 8), (link if link < N_LINKS else -1)


@compiled
def _endace(b: Any, at: Any, end: Any) -> Any:
    """Behind an extensible record header of Endace's cards, with its extension headers."""
    kind, more = np.int64(0), True
    at += 8
    if end - at < 8:
        return SHORT_FRAME, 0
    kind = np.int64(b[at] & 0x7F)
    more = b[at] & 0x80 != 0
    at += 8
    while more and end - at >= 8:
        more = b[at] & 0x80 != 0
        at += 8
    if kind in (2, 11, 16, 20):
        return at + 2, _ETHERNET
    if kind in (1, 10, 15, 19):
        return at, _PPP
    return (at, _IP4) if kind == 22 else (at, _IP6) if kind == 23 else (NOT_IP, 0)


@compiled
def _with_direction(at: Any, code: Any) -> Any:
    """Behind the byte, or for pppd the two, before PPP, HDLC or frame relay that say which way a frame went."""
    if code == CARRIER + 166:
        return at + 2, _PPP
    return at + 1, (_PPP if code == CARRIER + 204 else _C_HDLC if code == CARRIER + 205 else _FRAME_RELAY)


@compiled
def _network_tag(b: Any, at: Any, end: Any, kind: Any) -> Any:
    """Behind what an EtherType announces: tags of switches, Ethernet inside Ethernet, and headers of service chains."""
    if end - at < 6:
        return SHORT_FRAME, 0
    if kind == 0x88E5:  # MACsec (IEEE 802.1AE): only what is not encrypted can be read
        return (ENCRYPTED, 0) if b[at] & 0x0C else (at + (14 if b[at] & 0x20 else 6), TYPED)
    if kind == 0x8926:  # VN-Tag
        return at + 4, TYPED
    if kind in (0x893F, 0x8909, 0xDADA):  # E-Tag (IEEE 802.1BR), Cisco metadata, DSA of Marvell's switches
        return at + 6, TYPED
    if kind == 0xD28B:  # Arista's timestamps of 64 or 48 bits
        return at + (12 if b[at + 3] & 0xF0 == 0x10 else 10), TYPED
    if kind == 0x8903:  # FabricPath
        return at + 2, _ETHERNET
    if kind == 0x88E7:  # provider backbone bridges (IEEE 802.1ah)
        return at + 4, _ETHERNET
    if kind == 0x22F3:  # TRILL (RFC 6325), with options
        return at + 6 + (((np.int64(b[at]) & 7) << 2 | np.int64(b[at + 1]) >> 6) << 2), _ETHERNET
    if kind == 0x894F:  # network service header (RFC 8300)
        following = b[at + 3]
        at += (np.int64(b[at + 1]) & 0x3F) * 4
        link = _IP4 if following == 1 else _IP6 if following == 2 else _ETHERNET if following == 3 else 219
        return (at, link) if following in (1, 2, 3, 5) else (NOT_IP, 0)
    if kind == 0x6558:  # transparent Ethernet bridging
        return at, _ETHERNET
    return (at, LLC) if kind == 0x8870 else (at, _PPP)


@compiled
def _behind_wireless(b: Any, at: Any, end: Any, link: Any) -> Any:
    """Behind the header of a link type of wireless capturing."""
    if link == 127:
        return _radiotap(b, at, end)
    return _wireless(b, at, end, False) if link == 105 else _measured(b, at, end)


@compiled
def _behind_old(b: Any, at: Any, end: Any, code: Any) -> Any:
    """Behind the header of a link type of cells, rings and cables."""
    link = code - CARRIER
    if link in (100, 106, 123):
        return _atm(b, at, end, code)
    if link in (6, 10, 122):
        return _ring(b, at, end, code)
    if link in (7, 129):
        return _arcnet(b, at, end, 2 if link == 7 else 4)
    return _docsis(b, at, end)


@compiled
def _behind_pseudo(b: Any, at: Any, end: Any, code: Any) -> Any:
    """Behind the pseudo header of a system that captures."""
    link = code - CARRIER
    if link in (117, 226):
        return _firewall(b, at, end, code)
    if link == 239:
        return _netfilter(b, at, end)
    if link in (178, 179, 180, 181):
        return _juniper(b, at, end, code)
    if link == 197:
        return _endace(b, at, end)
    return _nested(b, at, end, code) if link in (149, 192, 258) else _with_direction(at, code)


@compiled
def _behind(b: Any, code: Any, at: Any, end: Any) -> Any:
    """(beginning of what a carrier carries, its link type); a negative beginning is minus one minus the refusal."""
    link = code - CARRIER
    if code < CARRIER:
        return _network_tag(b, at, end, code)
    if code == PSEUDOWIRE:
        return at + 4, _ETHERNET
    if link == LLC:
        return _llc(b, at, end, 0)
    if link == 107:
        return _frame_relay(b, at, end)
    if link in (105, 119, 127, 163):
        return _behind_wireless(b, at, end, link)
    if link in (6, 7, 10, 100, 106, 122, 123, 129, 143):
        return _behind_old(b, at, end, code)
    return _behind_pseudo(b, at, end, code)


@compiled
def _take_off(buffer: Any, codes: Any, at: Any, held: Any, begins: Any, numbers: Any) -> None:
    for i in range(len(codes)):
        end = at[i] + np.int64(held[i])
        begin, number = _behind(buffer, np.int64(codes[i]), at[i], end)
        begins[i] = SHORT_FRAME if begin > end else begin
        numbers[i] = number


def take_off(
    buffer: npt.NDArray[np.uint8], codes: npt.NDArray[np.int32], at: npt.NDArray[np.int64], held: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """
    Where what carriers hold begins, and its link type.

    Args:
        buffer: uint8, where the frames lie.
        codes: what each carrier is: an EtherType, or CARRIER and a link type.
        at, held: where its header begins, and how many bytes from there were captured.

    Returns:
        The beginning of each, or minus one minus the refusal; and the link types.
    """
    begins, numbers = np.empty(len(codes), np.int64), np.empty(len(codes), np.int32)
    _take_off(buffer, codes, at, held, begins, numbers)
    return begins, numbers
