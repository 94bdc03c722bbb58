"""
Payload: what the first bytes of a UDP datagram say it is, an answer of a service or peer-to-peer traffic; and what the
first chunk of an SCTP packet is.

An answer that nobody asked for was provoked with a forged request: UDP reflection (US-CERT TA14-017A; Rossow,
"Amplification Hell", NDSS 2014). Rules are an ordered tuple of plain functions over one datagram; they claim only what
a protocol's own specification marks as an answer, so that requests from the same ports stay scans. A rule never fires
on bytes that are not held; only where none are held do ports decide, as CAIDA's corsaro does for DNS.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from isdas.enrich.rules import UNKNOWN, Scalar, at, bytes_of, first_of, header, rule
from isdas.model.kernels import compiled
from isdas.model.packets import Packets

NOTHING, ANSWER, STRAY, REQUEST = range(4)
"""Nothing known, an answer to a request, traffic between peers that was meant for somebody else, or a request."""

_UDP, _SCTP = 17, 132
_INIT, _INIT_ACK, _ABORT, _COOKIE_ECHO, _SHUTDOWN_COMPLETE = 1, 2, 6, 10, 14

_SERVICES = (17, 19, 53, 111, 123, 161, 389)
"""Ports below 1024 of services that are used for reflection; no client takes its own port from there."""


def _four(text: bytes) -> int:
    return int.from_bytes(text, "big")


_HTTP, _SIP2, _BITT, _FFFF = _four(b"HTTP"), _four(b"SIP/"), _four(b"\x13Bit"), 0xFFFFFFFF
_DHT_QUERY, _DHT_REPLY, _DHT_ERROR, _DHT_IP = _four(b"d1:a"), _four(b"d1:r"), _four(b"d1:e"), _four(b"d2:i")
_STUN_COOKIE, _TRACKER_HIGH, _TRACKER_LOW = 0x2112A442, 0x417, 0x27101980
_STATUS = (_four(b"stat"), _four(b"info"))


class Datagram(NamedTuple):
    """
    One UDP datagram, or one SCTP packet with its header, as the rules see it.

    Attributes:
        source_port, port: UNKNOWN if not shown; no columns of SCTP.
        length: of the payload as stated, UNKNOWN if not shown.
        data, begin, held: the bytes that are held: *held* ones of *data* from *begin* on.
    """

    source_port: Scalar
    port: Scalar
    length: Scalar
    data: npt.NDArray[np.uint8]
    begin: Scalar
    held: Scalar


@rule
def _u8(d: Any, k: int) -> Any:
    """Byte *k* of the payload, UNKNOWN if it is not held."""
    return np.int64(d.data[d.begin + k]) if k < d.held else np.int64(UNKNOWN)


@rule
def _u16(d: Any, k: int) -> Any:
    """Two bytes from *k* on in network order, UNKNOWN if they are not held."""
    return _u8(d, k) << 8 | _u8(d, k + 1) if k + 1 < d.held else np.int64(UNKNOWN)


@rule
def _u32(d: Any, k: int) -> Any:
    """Four bytes from *k* on in network order, UNKNOWN if they are not held."""
    return _u16(d, k) << 16 | _u16(d, k + 2) if k + 3 < d.held else np.int64(UNKNOWN)


@rule
def unseen_answer(d: Any) -> Any:
    """Next to nothing is held of what there is, and it comes from the port of a reflecting service to another."""
    return d.held < 3 and d.held != d.length and d.source_port in _SERVICES and d.port != d.source_port


@rule
def dns_answer(d: Any) -> Any:
    """DNS, multicast DNS or NetBIOS names with the response bit (RFC 1035, 4.1.1; RFC 6762, 18.2; RFC 1002, 4.2.1)."""
    return d.source_port in (53, 137, 5353) and d.held >= 3 and _u8(d, 2) & 0x80 != 0


@rule
def ntp_answer(d: Any) -> Any:
    """NTP server mode, or a control (6) or private (7, monlist) message with its response bit (RFC 5905, RFC 9327)."""
    mode = _u8(d, 0) & 7
    said = mode == 4 or (mode == 6 and _u8(d, 1) & 0x80 != 0) or (mode == 7 and _u8(d, 0) & 0x80 != 0)
    return d.source_port == 123 and d.held >= 2 and said


@rule
def ssdp_answer(d: Any) -> Any:
    """A status line of HTTP over UDP: the answer to an M-SEARCH, from any port (UPnP Device Architecture, 1.3.3)."""
    return _u32(d, 0) == _HTTP and _u8(d, 4) == 0x2F


@rule
def snmp_answer(d: Any) -> Any:
    """SNMP 1 or 2c whose PDU is a response or report, or version 3 to another port (RFC 3416, 3; RFC 3412, 6)."""
    if d.source_port != 161 or _u8(d, 0) != 0x30:
        return False
    k = 2 + (_u8(d, 1) & 0x7F if _u8(d, 1) > 0x80 else 0)
    # INTEGER version, OCTET STRING community, then the PDU.
    if _u16(d, k) != 0x201 or _u8(d, k + 3) != 4:
        return _u16(d, k) == 0x201 and _u8(d, k + 2) == 3 and d.port != 161
    pdu = k + 5 + _u8(d, k + 4)
    return _u8(d, pdu) in (0xA2, 0xA8) or pdu >= d.held


@rule
def cldap_answer(d: Any) -> Any:
    """LDAP over UDP whose message is a search result (RFC 4511, 4.2 and 4.5.2)."""
    if d.source_port != 389 or _u8(d, 0) != 0x30:
        return False
    k = 2 + (_u8(d, 1) & 0x7F if _u8(d, 1) > 0x80 else 0)
    return _u8(d, k) == 2 and _u8(d, k + 2 + max(_u8(d, k + 1), 0)) in (0x64, 0x65)


@rule
def memcached_answer(d: Any) -> Any:
    """Memcached's UDP frame with an answer in capitals (VALUE, STAT), or a later datagram of one (protocol.txt)."""
    framed = d.source_port == 11211 and _u16(d, 6) == 0 and _u16(d, 2) < max(_u16(d, 4), 1)
    return framed and (_u16(d, 2) > 0 or 0x41 <= _u8(d, 8) <= 0x5A)


@rule
def chargen_answer(d: Any) -> Any:
    """Character generator: characters that follow each other (RFC 864)."""
    return d.source_port == 19 and _u8(d, 0) >= 0x20 and _u8(d, 1) == _u8(d, 0) + 1 and _u8(d, 2) == _u8(d, 0) + 2


@rule
def quote_answer(d: Any) -> Any:
    """Quote of the day: whatever comes from its port and is not empty (RFC 865)."""
    return d.source_port == 17 and d.held > 0


@rule
def portmap_answer(d: Any) -> Any:
    """Remote procedure call whose message type is reply (RFC 5531, 9)."""
    return d.source_port == 111 and _u32(d, 4) == 1


@rule
def rip_answer(d: Any) -> Any:
    """RIP version 1 or 2 with the command response (RFC 2453, 3.6)."""
    return d.source_port == 520 and _u8(d, 0) == 2 and _u8(d, 1) in (1, 2)


@rule
def sql_answer(d: Any) -> Any:
    """SQL Server's browser: SVR_RESP and its length (MC-SQLR, 2.2.5)."""
    return d.source_port == 1434 and _u8(d, 0) == 5 and _u8(d, 1) | _u8(d, 2) << 8 == d.length - 3


@rule
def discovery_answer(d: Any) -> Any:
    """WS-Discovery: XML from its port to another (WS-Discovery 1.1, 2.4)."""
    return d.source_port == 3702 and d.port != 3702 and _u8(d, 0) == 0x3C


@rule
def coap_answer(d: Any) -> Any:
    """CoAP version 1 with a response code (RFC 7252, 3 and 12.1.2)."""
    return d.source_port == 5683 and _u8(d, 0) >> 6 == 1 and _u8(d, 1) >> 5 in (2, 4, 5)


@rule
def game_answer(d: Any) -> Any:
    """Answers of Source and Quake III servers to A2S and getstatus queries, behind four bytes FF."""
    said = _u8(d, 4) in (0x41, 0x44, 0x45, 0x49) or _u32(d, 4) in _STATUS
    return d.source_port >= 1024 and _u32(d, 0) == _FFFF and said


@rule
def sip_answer(d: Any) -> Any:
    """A SIP status line: requests begin with a method instead (RFC 3261, 7.2; corsaro's sip-status)."""
    return _u32(d, 0) == _SIP2 and _u16(d, 4) == 0x322E


@rule
def stun_answer(d: Any) -> Any:
    """STUN success or error, with its magic cookie (RFC 8489, 5)."""
    return _u16(d, 0) in (0x101, 0x111) and _u32(d, 4) == _STUN_COOKIE


@rule
def ike_answer(d: Any) -> Any:
    """IKEv2 with the response flag (RFC 7296, 3.1), IKEv1 with a responder cookie at first (RFC 2408, 3.1)."""
    if d.source_port != 500 or d.held < 20:
        return False
    second = _u8(d, 17) == 0x20 and _u8(d, 19) & 0x20 != 0
    return second or (_u8(d, 17) == 0x10 and _u8(d, 18) in (2, 4, 5) and (_u32(d, 8) | _u32(d, 12)) != 0)


@rule
def quic_answer(d: Any) -> Any:
    """QUIC version negotiation, which only servers send, or another long header from port 443 (RFC 9000, 17.2)."""
    return d.source_port == 443 and d.port != 443 and _u8(d, 0) >> 7 == 1 and d.held >= 7 and _quic_version(d)


@rule
def _quic_version(d: Any) -> Any:
    version = _u32(d, 1)
    return version in (0, 1, 0x6B3343CF) or version >> 8 == 0xFF0000 or version >> 24 == 0x51


@rule
def dht_stray(d: Any) -> Any:
    """BitTorrent's DHT: a dictionary that begins with a query, reply, error or address (BEP 5, BEP 42)."""
    return _u32(d, 0) in (_DHT_QUERY, _DHT_REPLY, _DHT_ERROR, _DHT_IP)


@rule
def utp_stray(d: Any) -> Any:
    """uTP of BitTorrent: the SYN of a connection, or a bare acknowledgement, end or reset (BEP 29)."""
    opening = _u8(d, 0) == 0x41 and 0 <= _u8(d, 1) <= 2 and d.length in (20, 30) and _u32(d, 8) == 0
    other = _u8(d, 0) in (0x11, 0x21, 0x31) and _u8(d, 1) == 0 and d.length == 20
    return opening or other


@rule
def torrent_stray(d: Any) -> Any:
    """The handshake of BitTorrent (BEP 3), or a request to a tracker, told by its magic number (BEP 15)."""
    tracker = _u32(d, 0) == _TRACKER_HIGH and _u32(d, 4) == _TRACKER_LOW
    return tracker or (_u32(d, 0) == _BITT and _u32(d, 4) == 0x546F7272)


@rule
def peer_0x31_stray(d: Any) -> Any:
    """Thirty bytes that begin with eight zeroes and 31 00: a peer-to-peer program that errs (corsaro)."""
    return d.length == 30 and _u32(d, 0) == 0 and _u32(d, 4) == 0 and _u16(d, 8) == 0x3100


@rule
def netbios_stray(d: Any) -> Any:
    """A NetBIOS status query for any name between ports 137: Windows looks up who it thinks has called (corsaro)."""
    wildcard = _u32(d, 12) == 0x20434B41 and _u32(d, 16) == 0x41414141
    return d.source_port == 137 and d.port == 137 and wildcard


RULES: tuple[tuple[int, Any], ...] = (
    (ANSWER, unseen_answer),
    (ANSWER, dns_answer),
    (ANSWER, ntp_answer),
    (ANSWER, snmp_answer),
    (ANSWER, cldap_answer),
    (ANSWER, memcached_answer),
    (ANSWER, chargen_answer),
    (ANSWER, quote_answer),
    (ANSWER, portmap_answer),
    (ANSWER, rip_answer),
    (ANSWER, sql_answer),
    (ANSWER, discovery_answer),
    (ANSWER, coap_answer),
    (ANSWER, ike_answer),
    (ANSWER, quic_answer),
    (ANSWER, ssdp_answer),
    (ANSWER, sip_answer),
    (ANSWER, stun_answer),
    (ANSWER, game_answer),
    (STRAY, dht_stray),
    (STRAY, utp_stray),
    (STRAY, torrent_stray),
    (STRAY, peer_0x31_stray),
    (STRAY, netbios_stray),
)
"""In order; of what no rule claims NOTHING is known."""


@rule
def sctp_request(d: Any) -> Any:
    """
    INIT with the tag 0 that it must have, or COOKIE ECHO: what opens an association (RFC 9260, 5.1 and 8.5.1).

    A COOKIE ECHO follows an INIT ACK, which no sensor sends; nmap -sZ begins with one.
    """
    opening = (_u8(d, 12) == _INIT and _u32(d, 4) == 0 and _u16(d, 14) >= 20) or _u8(d, 12) == _COOKIE_ECHO
    return opening and _u16(d, 14) >= 4


@rule
def sctp_answer(d: Any) -> Any:
    """INIT ACK, ABORT or SHUTDOWN COMPLETE: how hosts answer what they know no association for (RFC 9260, 8.4)."""
    return _u8(d, 12) in (_INIT_ACK, _ABORT, _SHUTDOWN_COMPLETE) and _u16(d, 14) >= 4


SCTP_RULES: tuple[tuple[int, Any], ...] = ((REQUEST, sctp_request), (ANSWER, sctp_answer))
"""The same for the first chunk of an SCTP packet, which lies behind the twelve bytes of the common header."""

_first = first_of(RULES, NOTHING)
_first_of_sctp = first_of(SCTP_RULES, NOTHING)
_NAMES = ("protocol", "source_port", "port", "payload_length")


def payload_says(packets: Packets) -> npt.NDArray[np.int8]:
    """int8[n]: what the payload of each packet says; NOTHING for all that is not SCTP, or UDP with ports."""
    says = np.zeros(len(packets), np.int8)
    protocol, source_port, port, length = (header(packets, name) for name in _NAMES)
    _say(protocol, source_port, port, length, bytes_of(packets, "payload"), says)
    return says


@compiled
def _say(protocol: Any, source_port: Any, port: Any, length: Any, payload: Any, says: Any) -> None:
    for i in range(len(says)):
        udp = at(protocol, i) == _UDP and at(port, i) >= 0
        if udp or at(protocol, i) == _SCTP:
            begin, end = np.int64(payload.begins[i]), np.int64(payload.begins[i + 1])
            d = Datagram(at(source_port, i), at(port, i), at(length, i), payload.data, begin, end - begin)
            says[i] = _first(d) if udp else _first_of_sctp(d)
