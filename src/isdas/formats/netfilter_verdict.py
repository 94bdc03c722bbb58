"""
The compiled verdict on the fields of netfilter LOG lines: which make a packet, and the columns of those.

It reads no bytes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.formats.netfilter_rows import (
    ABSENT,
    BAD_OPTION,
    DF,
    ESP,
    EXTENDED,
    GLUED,
    HOST_CODE,
    INCOMPLETE,
    KEPT,
    MF,
    NO_RECORD,
    NOT_IP,
    NUMBERED,
    OUTGOING,
    REFUSALS,
    REPEATS,
    SHOWN,
    SLOT,
    TRUNCATED,
)
from isdas.formats.syslog_walk import BAD, NONE
from isdas.model.columns import Capability
from isdas.model.kernels import compiled, inlined
from isdas.model.port import NO_PORT

LATEST_US = 7_258_118_400_000_000
"""The year 2200: later times, and those before 1970, are refused as misread."""

_TIME, _POSITION, _PACKETS, _HOST = (SLOT[n] for n in ("time", "position", "packets", "host"))
_CAPABILITIES, _VERSION, _DESTINATION_VERSION = SLOT["capabilities"], SLOT["ip_version"], SLOT["destination_version"]
_PROTO, _SPT, _PORT, _CODE = (SLOT[n] for n in ("protocol", "source_port", "port", "icmp_code"))
_TOS, _DF, _MF, _FRAGMENT = (SLOT[n] for n in ("tos", "dont_fragment", "more_fragments", "fragment_offset"))
_ID, _LENGTH, _UDP, _PAYLOAD = (SLOT[n] for n in ("ip_id", "ip_length", "udp_length", "payload_length"))
_FLAGS, _SEQ, _ACK, _WINDOW = (SLOT[f"tcp_{n}"] for n in ("flags", "sequence", "acknowledgement", "window"))
_HEADER, _LAYOUT, _MSS = SLOT["tcp_header_length"], SLOT["tcp_option_layout"], SLOT["tcp_mss"]
_SCALE, _STAMP = SLOT["tcp_window_scale"], SLOT["tcp_timestamp"]
_QUOTED, _QUOTED_SOURCE_PORT, _QUOTED_PORT = (SLOT[f"quoted_{n}"] for n in ("protocol", "source_port", "port"))
_QUOTED_SOURCE_VERSION, _QUOTED_DESTINATION_VERSION = SLOT["quoted_source_version"], SLOT["quoted_destination_version"]
_PREC, _RES, _URGP, _MARKS, _WHY = (SLOT[n] for n in ("precedence", "reserved", "urgent", "marks", "why"))
_IP_OPTIONS, _TCP_OPTIONS = SLOT["ip_options"], SLOT["tcp_options"]

_GOES_OUT, _NO_IP, _GLUED = (REFUSALS.index(n) for n in ("outgoing-packet", "not-ip", "glued-lines"))
_NO_TIME, _BAD_TIME, _CUT_PACKET = (REFUSALS.index(n) for n in ("no-wall-time", "bad-time", "truncated-packet"))
_BAD_SOURCE, _BAD_DESTINATION = REFUSALS.index("bad-source"), REFUSALS.index("bad-destination")
_BAD_PROTOCOL, _BAD_TYPE = REFUSALS.index("bad-protocol"), REFUSALS.index("bad-icmp-type")
_BAD_SOURCE_PORT, _BAD_PORT = REFUSALS.index("bad-source-port"), REFUSALS.index("bad-port")
_CUT_RECORD = REFUSALS.index("cut-record")

_INCOMPLETE_PACKET, _ODD_OPTION = 1, 2
_SHOWN, _SEQUENCE, _OPTIONS = int(SHOWN), int(Capability.SEQUENCE), int(Capability.OPTIONS)
_TCP, _UDP_NUMBER, _ICMP, _ICMPV6, _ESP_NUMBER = 6, 17, 1, 58, 50
_AE = 256


@inlined
def _judge_link(v: Any, kind: Any, time: Any, outgoing: Any) -> Any:
    """Why the line is no packet, from what stands before the addresses; KEPT if nothing is wrong."""
    marks = v[_MARKS]
    if not marks and v[_VERSION] == v[_DESTINATION_VERSION] == v[_PROTO] == ABSENT:
        # Other programs write IN= and OUT= too, for instance of bytes.
        return NO_RECORD
    if outgoing:
        return _GOES_OUT
    if marks & NOT_IP:
        return _NO_IP
    if marks & GLUED:
        return _GLUED
    if kind == NONE:
        return _NO_TIME
    if kind == BAD or time < 0 or time >= LATEST_US:
        return _BAD_TIME
    return KEPT


@inlined
def _judge_network(v: Any) -> Any:
    """Why the line is no packet, from its addresses and protocol."""
    if v[_WHY] != ABSENT:
        return v[_WHY]
    if v[_MARKS] & ESP and v[_PROTO] == ABSENT:
        v[_PROTO], v[_MARKS] = _ESP_NUMBER, v[_MARKS] | NUMBERED
    cut = v[_MARKS] & TRUNCATED and v[_PROTO] == ABSENT
    if v[_VERSION] == ABSENT:
        return np.int64(_CUT_PACKET if cut else _BAD_SOURCE)
    if v[_DESTINATION_VERSION] != v[_VERSION]:
        return np.int64(_CUT_PACKET if cut else _BAD_DESTINATION)
    if v[_PROTO] == ABSENT:
        return np.int64(_CUT_PACKET if cut else _BAD_PROTOCOL)
    return np.int64(KEPT)


@inlined
def _judge_transport(v: Any) -> Any:
    """Why the line is no packet, from what should stand behind the protocol; a line may be cut anywhere."""
    protocol = v[_PROTO]
    if v[_MARKS] & NUMBERED and v[_SPT] == v[_PORT] == ABSENT:
        # The kernel writes a protocol by its number where it does not read its header, as ICMPv6 over IPv4.
        return KEPT
    if protocol in (_TCP, _UDP_NUMBER):
        if v[_SPT] == ABSENT:
            return _BAD_SOURCE_PORT
        if v[_PORT] == ABSENT:
            return _BAD_PORT
        # Flags stand between the window and the urgent pointer: without that, some may be missing.
        if protocol == _TCP and (v[_URGP] == ABSENT or v[_WINDOW] == ABSENT):
            return _CUT_RECORD
        if protocol == _UDP_NUMBER and v[_UDP] == ABSENT:
            return _CUT_RECORD
    elif protocol in (_ICMP, _ICMPV6):
        if v[_PORT] == ABSENT:
            return _BAD_TYPE
        if v[_CODE] == ABSENT:
            return _CUT_RECORD
    return KEPT


@inlined
def _finish_network(v: Any) -> None:
    """Put the columns of the IP header together."""
    marks = v[_MARKS]
    if v[_VERSION] == 4:
        v[_DF] = marks & DF != 0
        # IPv4 lines count the offset in units of eight bytes, IPv6 lines in bytes.
        v[_FRAGMENT] = max(v[_FRAGMENT], 0) * 8
    else:
        v[_ID] = ABSENT
        if v[_FRAGMENT] != ABSENT:
            v[_MARKS] |= EXTENDED
        v[_FRAGMENT] = max(v[_FRAGMENT], 0)
    v[_MF] = marks & MF != 0
    if v[_PREC] != ABSENT:
        v[_TOS] = max(v[_TOS], 0) | v[_PREC]


@inlined
def _no_transport(v: Any) -> None:
    """Take back what looked like a transport header: the packet has none that can be seen, or none of this kind."""
    v[_SPT] = v[_CODE] = v[_UDP] = v[_PAYLOAD] = ABSENT
    v[_PORT] = NO_PORT


@inlined
def _no_tcp(v: Any) -> None:
    v[_FLAGS] = v[_SEQ] = v[_ACK] = v[_WINDOW] = v[_HEADER] = v[_LAYOUT] = v[_MSS] = v[_SCALE] = v[_STAMP] = ABSENT


@inlined
def _beyond(v: Any) -> Any:
    """Bytes behind the IP header; -1 where the line does not tell. Options that it does not show count as none."""
    if v[_LENGTH] == ABSENT or (v[_VERSION] == 6 and (v[_MARKS] & EXTENDED or v[_MF] or v[_FRAGMENT])):
        return np.int64(-1)
    header = 20 + max(v[_IP_OPTIONS], 0) if v[_VERSION] == 4 else np.int64(40)
    return max(v[_LENGTH] - header, -1)


@inlined
def _finish_tcp(v: Any) -> None:
    """Put the columns of the TCP header together; kernels that do not know AE write it as the lowest bit of RES=."""
    v[_FLAGS] |= _AE if v[_RES] != ABSENT and v[_RES] & 4 else 0
    v[_CAPABILITIES] |= _SEQUENCE if v[_SEQ] != ABSENT else 0
    beyond = _beyond(v)
    options = v[_TCP_OPTIONS]
    if options == ABSENT and beyond == 20 and not v[_MARKS] & BAD_OPTION:
        # The packet has room for the shortest header only, so that there are no options, whatever the line shows.
        options, v[_LAYOUT] = np.int64(0), 0
    if options != ABSENT:
        v[_HEADER] = 20 + options
        v[_CAPABILITIES] |= _OPTIONS
        if beyond >= v[_HEADER]:
            v[_PAYLOAD] = beyond - v[_HEADER]


@inlined
def _finish_transport(v: Any, warnings: Any) -> Any:
    """Put the columns of the transport header together; gives why there is none that there should be."""
    protocol = v[_PROTO]
    v[_CAPABILITIES] = _SHOWN
    if v[_FRAGMENT] or v[_MARKS] & INCOMPLETE:
        warnings[_INCOMPLETE_PACKET] += v[_MARKS] & INCOMPLETE != 0
        _no_transport(v)
        _no_tcp(v)
        return np.int64(KEPT)
    why = _judge_transport(v)
    if why != KEPT:
        return np.int64(why)
    beyond = _beyond(v)
    if protocol == _TCP:
        v[_UDP] = v[_CODE] = ABSENT
        _finish_tcp(v)
        warnings[_ODD_OPTION] += v[_MARKS] & BAD_OPTION != 0
        return np.int64(KEPT)
    _no_tcp(v)
    if protocol == _UDP_NUMBER:
        v[_CODE] = ABSENT
        stated = max(v[_UDP] - 8, 0)
        v[_PAYLOAD] = min(stated, max(beyond - 8, 0)) if beyond >= 0 else stated
    elif protocol in (_ICMP, _ICMPV6):
        v[_SPT] = v[_UDP] = ABSENT
        v[_PAYLOAD] = max(beyond - 8, 0) if beyond >= 0 else ABSENT
    else:
        _no_transport(v)
    return np.int64(KEPT)


@inlined
def _verdict(v: Any, kind: Any, time: Any, outgoing: Any, warnings: Any) -> Any:
    """Why the fields make no packet; if they do, KEPT, and the columns that follow from others are filled."""
    why = np.int64(_judge_link(v, kind, time, outgoing))
    if why == KEPT:
        why = _judge_network(v)
    if why == KEPT:
        _finish_network(v)
        why = _finish_transport(v, warnings)
    if v[_QUOTED] == ABSENT or v[_QUOTED_SOURCE_VERSION] == ABSENT or v[_QUOTED_DESTINATION_VERSION] == ABSENT:
        v[_QUOTED] = v[_QUOTED_SOURCE_PORT] = v[_QUOTED_PORT] = ABSENT
    return why


@compiled
def judge(
    raw: npt.NDArray[np.int64],
    lines: npt.NDArray[np.int64],
    found: npt.NDArray[np.int64],
    times: npt.NDArray[np.int64],
    kinds: npt.NDArray[np.int8],
    first: int,
    rows: npt.NDArray[np.int64],
    n: int,
    reasons: npt.NDArray[np.int8],
    warnings: npt.NDArray[np.int64],
) -> int:
    """
    Put the packets among some LOG lines behind the first *n* rows; gives how many rows there are then.

    Args:
        raw: int64[m or more, slots], the fields of the lines; they are changed.
        lines: int64[m], the index of each line in its block.
        found: int64[lines of the block, FOUND], what `isdas.formats.netfilter_lines.find` found.
        times, kinds: of the lines of the block, as `isdas.formats.syslog.Stamps` has them, times in UTC.
        first: the number of the first line of the block.
        rows: int64[slots, lines of the block], grows.
        n: how many rows there are.
        reasons: int8[lines of the block]: the refusals are put in.
        warnings: int64[warnings], grows.
    """
    for i in range(len(lines)):
        line, v = lines[i], raw[i]
        why = _verdict(v, kinds[line], times[line], found[line, OUTGOING], warnings)
        if why != KEPT:
            reasons[line] = why
            continue
        v[_TIME], v[_POSITION] = times[line], first + line
        v[_PACKETS], v[_HOST] = found[line, REPEATS], found[line, HOST_CODE]
        for j in range(len(v)):
            rows[j, n] = v[j]
        n += 1
    return n
