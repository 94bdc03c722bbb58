"""
The compiled walk over frames: link header, tags and labels, IP header, extension headers, transport header.

It fills the tables of `isdas.decode.rows` and knows nothing of Arrow. It unwraps no tunnels: the outermost IP header is
the packet. What is rare is only marked here, for `isdas.decode.inside` to look into, so that it costs plain packets
nothing. All kernels that call each other are in this one module because the compiled code is cached per file.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.decode.links import CARRIER, ETHERTYPE, FAMILY, FIXED, LLC, PPP, PSEUDOWIRE, RAW
from isdas.model.kernels import compiled, inlined
from isdas.model.options import MOST, OTHER

LATEST_US = 7_258_118_400_000_000
"""The year 2200: a frame that claims a later time, or one before 1970, has no time that can be counted."""

PORTS, TCP_HEADER, ICMP_HEADER, MSS, PAYLOAD, IPV4, SCALE, STAMP, UDP_HEADER = 1, 2, 4, 8, 16, 32, 64, 128, 256
"""Bits of the column ``known``: which optional columns of a row are known."""

TUNNEL, CARRIED = 512, 1024
"""More bits of it: the payload may be a packet in a tunnel; and the row is no packet yet, but what a carrier holds that
is to be taken off: it begins at payload_at, the carrier is ip_id, an EtherType or `isdas.decode.links.CARRIER` and a
link type."""

_UNKNOWN_LINK, _SHORT_FRAME, _NOT_IP, _SHORT_IP, _BAD_IP, _BAD_TIME = range(6)
_SHORT_TCP, _SHORT_UDP, _SHORT_ICMP, _BAD_TCP, _BAD_OPTION = range(5)
_SHORT_EXTENSION, _MANY_EXTENSIONS = range(5, 7)
_NO_PORT = -1
_IP4, _IP6, _MPLS = 0x0800, 0x86DD, 0x8847
_CARRIERS = (0x22F3, 0x6558, 0x8870, 0x880B, 0x88E5, 0x88E7, 0x8903, 0x8909, 0x8926, 0x893F, 0x894F, 0xD28B, 0xDADA)
_TUNNEL_PORTS = (1701, 2152, 3544, 4754, 4789, 4790, 6081, 6635, 8472, 37008)
_LEAST_TUNNEL = 24
_MAX_TAGS = 3
_MAX_LABELS = 16
_MAX_EXTENSIONS = 12
_NOTHING_FOLLOWS = 59
_MAPPED = 0xFFFF << 32


@inlined
def _u16(b: Any, at: int) -> Any:
    return np.int64(b[at]) << 8 | np.int64(b[at + 1])


@inlined
def _u32(b: Any, at: int) -> Any:
    return np.int64(b[at]) << 24 | np.int64(b[at + 1]) << 16 | np.int64(b[at + 2]) << 8 | np.int64(b[at + 3])


@inlined
def _network(b: Any, at: Any, end: Any, form: Any, header: Any, type_at: Any) -> Any:
    """(begin of the network packet, its EtherType); a negative begin is minus one minus the refusal."""
    if end - at < header:
        return -1 - _SHORT_FRAME, np.int64(0)
    kind = np.int64(0)
    if form == ETHERTYPE:
        kind = _u16(b, at + type_at)
    elif form == FIXED:
        kind = type_at
    elif form == RAW:
        kind = _of_nibble(b, at + header, end)
    elif form == PPP:
        return _ppp(b, at, end)
    elif form == FAMILY:
        family = _u32(b, at)
        if family > 0xFFFF:
            # The machine had the other byte order, or this is no family but a header of Cisco's HDLC.
            family = family & 0xFFFF or np.int64(b[at]) | np.int64(b[at + 1]) << 8
        kind = _of_family(family)
    at += header
    if kind < 0x600 and form == ETHERTYPE and end - at >= 8:
        # A length, and an LLC header behind it; with SNAP its last field is an EtherType (IEEE 802.3, RFC 1042).
        service, control = _u16(b, at), _u32(b, at + 2)
        if service == 0xAAAA and control == 0x03000000:
            kind = _u16(b, at + 6)
            at += 8
        elif service == 0x0606 or (service == 0xAAAA and control in (0x030000F8, 0x030080C2)):
            kind = np.int64(CARRIER + LLC)
    return _behind_tags(b, np.int64(at), end, kind)


@inlined
def _behind_tags(b: Any, at: Any, end: Any, kind: Any) -> Any:
    """What `_network` gives, past VLAN tags, a PPPoE session header (RFC 2516) and MPLS labels (RFC 3032)."""
    for _ in range(_MAX_TAGS):
        if kind not in (0x8100, 0x88A8, 0x9100, 0x9200):
            break
        if end - at < 4:
            return -1 - _SHORT_FRAME, np.int64(0)
        kind = _u16(b, at + 2)
        at += 4
    if kind == 0x8864:
        return _ppp(b, at + 6, end)
    return _behind_labels(b, at, end) if kind in (_MPLS, 0x8848) else (at, kind)


@inlined
def _behind_labels(b: Any, at: Any, end: Any) -> Any:
    """What `_network` gives, past MPLS labels; they do not say what they carry, so its first nibble must."""
    for _ in range(_MAX_LABELS):
        if end - at < 4:
            return -1 - _SHORT_FRAME, np.int64(0)
        at += 4
        if b[at - 2] & 1:
            kind = np.int64(PSEUDOWIRE) if end > at and b[at] < 16 else _of_nibble(b, at, end)
            return at, kind
    return -1 - _NOT_IP, np.int64(0)


@inlined
def _of_nibble(b: Any, at: Any, end: Any) -> Any:
    """The EtherType that an IP packet without any link header would have had."""
    if end <= at:
        return np.int64(_IP4)
    version = b[at] >> 4
    return np.int64(_IP4 if version == 4 else _IP6 if version == 6 else 0)


@inlined
def _of_family(family: Any) -> Any:
    """The EtherType of an address family: 2 everywhere, IPv6 by another number on each system; or one in its place."""
    if family == 2 or family >= 0x600:
        return np.int64(_IP4 if family == 2 else family)
    return np.int64(_IP6 if family in (10, 23, 24, 28, 30) else 0)


@inlined
def _ppp(b: Any, at: Any, end: Any) -> Any:
    """What `_network` gives, for PPP with or without address and control, with a short or long number (RFC 1661)."""
    if end - at >= 4 and b[at] in (0x0F, 0x8F) and b[at + 1] == 0:
        return at + 4, _u16(b, at + 2)  # Cisco's HDLC, whose third and fourth byte are an EtherType
    if end - at >= 2 and b[at] == 0xFF and b[at + 1] == 3:
        at += 2
    if end - at < 2:
        return -1 - _SHORT_FRAME, np.int64(0)
    number, width = _u16(b, at), 2
    if b[at] & 1:
        number, width = np.int64(b[at]), 1
    if number == 0x281:
        return _behind_labels(b, at + width, end)
    return at + width, np.int64(_IP4 if number == 0x21 else _IP6 if number == 0x57 else 0)


@inlined
def _ipv4(b: Any, at: Any, r: Any) -> Any:
    """Fill the row from an IPv4 header; (begin of what it carries, stated length or 0)."""
    stated, header, word = _u16(b, at + 2), np.int64(b[at] & 15) * 4, _u16(b, at + 6)
    r.ip_version = 4
    r.source_high = r.destination_high = 0
    r.source_low = _u32(b, at + 12) | _MAPPED
    r.destination_low = _u32(b, at + 16) | _MAPPED
    r.protocol = b[at + 9]
    r.tos = b[at + 1]
    r.ttl = b[at + 8]
    r.ip_id = _u16(b, at + 4)
    r.dont_fragment = word & 0x4000 != 0
    r.more_fragments = word & 0x2000 != 0
    r.fragment_offset = (word & 0x1FFF) << 3
    r.ip_length = stated
    r.ip_header_length = header
    return np.int64(at + header), stated


@inlined
def _ipv6(b: Any, at: Any, end: Any, r: Any, warnings: Any) -> Any:
    """Fill the row from an IPv6 header and its extension headers (RFC 8200); as `_ipv4`."""
    length = _u16(b, at + 4)
    r.ip_version = 6
    r.ip_id = 0
    r.dont_fragment = r.more_fragments = 0
    r.tos = _u16(b, at) >> 4 & 0xFF
    r.source_high = _u32(b, at + 8) << 32 | _u32(b, at + 12)
    r.source_low = _u32(b, at + 16) << 32 | _u32(b, at + 20)
    r.destination_high = _u32(b, at + 24) << 32 | _u32(b, at + 28)
    r.destination_low = _u32(b, at + 32) << 32 | _u32(b, at + 36)
    r.ttl = b[at + 7]
    r.fragment_offset = 0
    r.ip_length = 40 + length
    if length:
        end = min(end, at + 40 + length)
    first, following, at = at, np.int64(b[at + 6]), np.int64(at + 40)
    r.ip_header_length = 40
    n_extensions = 0
    while following in (0, 43, 44, 51, 60, 135, 139, 140) and r.fragment_offset == 0:
        n_extensions += 1
        short = end - at < 8
        if short or n_extensions > _MAX_EXTENSIONS:
            warnings[_SHORT_EXTENSION if short else _MANY_EXTENSIONS] += 1
            at = np.int64(-1)
            break
        if following >= 135 and b[at] == _NOTHING_FOLLOWS:
            break
        size = np.int64(b[at + 1])
        size = np.int64(8) if following == 44 else (size + 2) * 4 if following == 51 else (size + 1) * 8
        if following == 44:
            r.fragment_offset = _u16(b, at + 2) & 0xFFF8
            r.more_fragments = b[at + 3] & 1
        following = np.int64(b[at])
        at += size
        r.ip_header_length = at - first
    r.protocol = following
    return at, 40 + length if length else np.int64(0)


@inlined
def _options(b: Any, at: Any, end: Any, r: Any, warnings: Any) -> Any:
    """Fill the row from TCP options (RFC 9293, 3.2; RFC 7323), as far as they make sense; the bits of what is known."""
    known, layout, count = 0, np.int64(0), 0
    while at < end:
        kind = np.int64(b[at])
        size = np.int64(1)
        if kind > 1:
            size = np.int64(b[at + 1]) if at + 1 < end else np.int64(0)
            if size < 2 or at + size > end:
                warnings[_BAD_OPTION] += 1
                break
        if count < MOST:
            layout = layout << 4 | _digit(kind)
            count += 1
        if kind == 0:
            break
        if kind == 2 and size == 4 and not known & MSS:
            r.tcp_mss = _u16(b, at + 2)
            known |= MSS
        elif kind == 3 and size == 3:
            r.tcp_window_scale = b[at + 2]
            known |= SCALE
        elif kind == 8 and size == 10:
            r.tcp_timestamp = _u32(b, at + 2)
            known |= STAMP
        at += size
    r.tcp_option_layout = layout
    return known


@inlined
def _digit(kind: Any) -> Any:
    """The digit of an option in a layout, as `isdas.model.options.DIGITS` has them."""
    if kind <= 5:
        return kind + 1
    return np.int64(7 if kind == 8 else 8 if kind == 34 else 9 if kind == 19 else OTHER)


@inlined
def _tcp(b: Any, at: Any, end: Any, rest: Any, r: Any, warnings: Any) -> Any:
    """Fill the row from a TCP header, as far as it is there; gives the bits of what is known."""
    if end - at < 4:
        warnings[_SHORT_TCP] += 1
        return 0
    r.source_port = _u16(b, at)
    r.port = _u16(b, at + 2)
    if end - at < 20:
        warnings[_SHORT_TCP] += 1
        return PORTS
    header = np.int64(b[at + 12] >> 4) * 4
    r.tcp_sequence = _u32(b, at + 4)
    r.tcp_acknowledgement = _u32(b, at + 8)
    r.tcp_flags = _u16(b, at + 12) & 0x1FF
    r.tcp_window = _u16(b, at + 14)
    r.tcp_header_length = header
    if header < 20 or header > rest:
        warnings[_BAD_TCP] += 1
        return PORTS | TCP_HEADER
    r.payload_length = rest - header
    r.payload_at = at + header
    r.payload_held = max(end - at - header, 0)
    known = _options(b, at + 20, min(at + header, end), r, warnings) if header > 20 else 0
    return PORTS | TCP_HEADER | PAYLOAD | known


@inlined
def _transport(b: Any, at: Any, end: Any, rest: Any, r: Any, warnings: Any) -> Any:
    """
    Fill the row from the transport header at *at*; gives the bits of what is known.

    *rest* is how many bytes of the packet follow the IP headers as those state it, *end* where the captured ones end.
    """
    protocol = r.protocol
    if protocol == 6:
        return _tcp(b, at, end, rest, r, warnings)
    if protocol == 17:
        warnings[_SHORT_UDP] += end - at < 8
        if end - at < 4:
            return 0
        r.source_port = _u16(b, at)
        r.port = _u16(b, at + 2)
        r.payload_length = max(rest - 8, 0)
        r.payload_at = at + 8
        r.payload_held = max(end - at - 8, 0)
        if end - at < 6:
            return PORTS | PAYLOAD
        r.udp_length = _u16(b, at + 4)
        maybe = r.payload_held >= _LEAST_TUNNEL and _is_tunnel(r.port, r.source_port, b[at + 8])
        return PORTS | PAYLOAD | UDP_HEADER | (TUNNEL if maybe else 0)
    if protocol in (1, 58):
        warnings[_SHORT_ICMP] += end - at < 8
        if end - at < 2:
            return 0
        r.port = b[at]
        r.icmp_code = b[at + 1]
        r.payload_length = max(rest - 8, 0)
        r.payload_at = at + 8
        r.payload_held = max(end - at - 8, 0)
        return ICMP_HEADER | PAYLOAD
    return _other(at, end, rest, r)


@inlined
def _is_tunnel(port: Any, source_port: Any, first: Any) -> Any:
    """Whether a UDP datagram, of whose payload the first byte is given, may be the outside of a tunnel."""
    # Any source port may be 3544 by chance; Teredo's servers answer from it with an IPv6 packet.
    return port in _TUNNEL_PORTS or (source_port == 3544 and first >> 4 == 6)


@inlined
def _other(at: Any, end: Any, rest: Any, r: Any) -> Any:
    """As `_transport`, for protocols whose headers are not looked into: all of what follows IP is payload."""
    r.payload_length = max(rest, 0)
    r.payload_at = at
    r.payload_held = max(end - at, 0)
    return PAYLOAD | (TUNNEL if r.protocol in (4, 41, 47, 51, 97, 137, 143) else 0)


@inlined
def _put_aside(at: Any, end: Any, wire_end: Any, kind: Any, r: Any) -> Any:
    """Fill the row with where something begins that `isdas.decode.carriers` can take off; else it is not IP."""
    if kind < CARRIER and kind not in _CARRIERS:
        return _NOT_IP
    r.ip_id = kind
    r.payload_at = at
    r.payload_held = end - at
    r.payload_length = max(wire_end - at, 0)
    r.known = CARRIED
    return -1


@inlined
def _packet(b: Any, at: Any, end: Any, wire: Any, form: Any, header: Any, type_at: Any, r: Any, warnings: Any) -> Any:
    """Fill the row from the frame between *at* and *end*; negative, or the refusal."""
    wire_end = at + wire
    at, kind = _network(b, at, end, form, header, type_at)
    if at < 0:
        return -1 - at
    if kind not in (_IP4, _IP6):
        return _put_aside(at, end, wire_end, kind, r)
    least = 20 if kind == _IP4 else 40
    if end - at < 1:
        return _SHORT_IP
    if b[at] >> 4 != (4 if kind == _IP4 else 6) or (kind == _IP4 and b[at] & 15 < 5):
        return _BAD_IP
    if end - at < least:
        return _SHORT_IP
    first = at
    if kind == _IP4:
        at, stated = _ipv4(b, at, r)
        if stated and stated < at - first:
            return _BAD_IP
    else:
        at, stated = _ipv6(b, at, end, r, warnings)
    # Length 0 is a packet that the network card was still to cut (segmentation offload), or a jumbogram.
    until = first + stated if stated else wire_end
    known = IPV4 if kind == _IP4 else 0
    r.source_port = r.icmp_code = r.tcp_flags = r.tcp_window = r.tcp_header_length = 0
    r.tcp_sequence = r.tcp_acknowledgement = r.tcp_mss = r.payload_length = r.payload_held = 0
    r.tcp_timestamp = r.tcp_option_layout = r.tcp_window_scale = r.udp_length = r.payload_at = 0
    r.port = _NO_PORT
    if at >= 0 and r.fragment_offset == 0:
        known |= _transport(b, at, min(end, until), until - at, r, warnings)
    r.known = known
    return -1


@inlined
def _put(r: Any, wide: Any, medium: Any, narrow: Any, n: Any) -> None:
    """Put the row into the tables as their row *n*, in the order of WIDE, MEDIUM and NARROW."""
    wide[0, n] = r.source_high
    wide[1, n] = r.source_low
    wide[2, n] = r.destination_high
    wide[3, n] = r.destination_low
    wide[4, n] = r.tcp_sequence
    wide[5, n] = r.tcp_acknowledgement
    wide[6, n] = r.tcp_timestamp
    wide[7, n] = r.tcp_option_layout
    wide[8, n] = r.time
    wide[9, n] = r.position
    wide[10, n] = r.payload_at
    medium[0, n] = r.source_port
    medium[1, n] = r.port
    medium[2, n] = r.ip_id
    medium[3, n] = r.fragment_offset
    medium[4, n] = r.ip_length
    medium[5, n] = r.tcp_window
    medium[6, n] = r.tcp_mss
    medium[7, n] = r.udp_length
    medium[8, n] = r.payload_length
    medium[9, n] = r.payload_held
    narrow[0, n] = r.protocol
    narrow[1, n] = r.icmp_code
    narrow[2, n] = r.tos
    narrow[3, n] = r.ttl
    narrow[4, n] = r.tcp_flags
    narrow[5, n] = r.tcp_header_length
    narrow[6, n] = r.tcp_window_scale
    narrow[7, n] = r.ip_header_length
    narrow[8, n] = r.ip_version
    narrow[9, n] = r.dont_fragment
    narrow[10, n] = r.more_fragments
    narrow[11, n] = r.known


@compiled
def walk(
    buffer: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    captured: npt.NDArray[np.int32],
    original: npt.NDArray[np.int32],
    times_us: npt.NDArray[np.int64],
    numbers: npt.NDArray[np.int32],
    positions: npt.NDArray[np.int64],
    links: npt.NDArray[np.int64],
    row: npt.NDArray[Any],
    wide: npt.NDArray[np.int64],
    medium: npt.NDArray[np.int32],
    narrow: npt.NDArray[np.int16],
    refused: npt.NDArray[np.int64],
    warnings: npt.NDArray[np.int64],
    limit: int,
    ends: npt.NDArray[np.int32],
    heads: npt.NDArray[np.uint8],
) -> int:
    """Fill the tables and first bytes with the packets among the frames, count the others; gives how many packets."""
    n, total, r = 0, 0, row[0]
    ends[0] = 0
    for i in range(len(offsets)):
        number = numbers[i]
        if number < 0 or number >= len(links) or links[number, 0] == 0:
            refused[_UNKNOWN_LINK] += 1
            continue
        if times_us[i] < 0 or times_us[i] >= LATEST_US:
            refused[_BAD_TIME] += 1
            continue
        begin = offsets[i]
        form, header, type_at = links[number, 0], links[number, 1], links[number, 2]
        why = _packet(buffer, begin, begin + captured[i], original[i], form, header, type_at, r, warnings)
        if why >= 0:
            refused[why] += 1
            continue
        r.time = times_us[i]
        r.position = positions[i]
        _put(r, wide, medium, narrow, n)
        for j in range(min(int(r.payload_held), limit)):
            heads[total] = buffer[r.payload_at + j]
            total += 1
        n += 1
        ends[n] = total
    return n
