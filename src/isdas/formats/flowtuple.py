"""
What the FlowTuples of all versions share: columns of tuples to Packets, with an account of every one.

A tuple stands for packets of one interval that look alike; its time is the beginning of the interval. Corsaro takes
the first bytes behind any IP header for ports; here only TCP, UDP and ICMP have them. What the writer thought of a
tuple (class, spoofed, masscan, country) is not taken: enrichment judges all inputs alike.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from isdas.formats import rows
from isdas.formats.batch import Batch, Refusal
from isdas.formats.context import Context
from isdas.formats.fields import LATEST_US
from isdas.model.address import from_ipv4
from isdas.model.columns import Capability
from isdas.model.packets import MOST_PACKETS, Packets, constant
from isdas.model.port import NO_PORT
from isdas.model.tally import Tally

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

CAPABILITIES = (
    Capability.DESTINATION
    | Capability.TTL
    | Capability.TCP_FLAGS
    | Capability.LENGTH
    | Capability.TCP
    | Capability.UDP
    | Capability.ICMP
    | Capability.SOURCE_PORT
)
"""What tuples can show if nothing of them is unknown."""

REFUSALS = (
    "bad-time",
    "bad-source",
    "bad-destination",
    "bad-protocol",
    "bad-source-port",
    "bad-port",
    "bad-icmp-type",
    "bad-icmp-code",
    "bad-ttl",
    "bad-tcp-flags",
    "bad-ip-length",
    "bad-packets",
)
"""Why a tuple is no packet; the code of a reason is its index and 1."""

_TCP, _UDP, _ICMP = 6, 17, 1
_SECOND = 1_000_000
_ADDRESSES, _PORTS, _BYTES = (1 << 32) - 1, (1 << 16) - 1, (1 << 8) - 1
_FLAGS = (1 << 9) - 1

_SHOWN_BY = {
    "destination": Capability.DESTINATION,
    "source_port": Capability.SOURCE_PORT,
    "ttl": Capability.TTL,
    "tcp_flags": Capability.TCP_FLAGS,
    "ip_length": Capability.LENGTH,
}
_FIELDS = (
    "time",
    "source",
    "destination",
    "source_port",
    "port",
    "protocol",
    "ttl",
    "tcp_flags",
    "ip_length",
    "packets",
)
_DATASOURCE = re.compile(r"datasource=(.+)")


@dataclass(frozen=True, slots=True)
class Tuples:
    """
    n tuples, as the file has them.

    Attributes:
        positions: int64[n], which record of the file each is.
        time: int64[n], seconds since 1970.
        source, destination: int64[n], IPv4 addresses in host order.
        source_port, port: int64[n]; for ICMP, type and code.
        protocol, ttl, tcp_flags, ip_length, packets: int64[n].
        syn_length, syn_window: int64[n], header length and window of the SYN in a tuple, 0 and 0 without one; None
            if the file does not tell.
        unknown: names of attributes to the tuples of which the file does not tell them.
        networks: whether destinations are first addresses of networks.
        unlisted: the tuples with other TCP flags than those that the file lists: they are null, but not for want of
            showing any. None if there are no such tuples.
    """

    positions: Ints
    time: Ints
    source: Ints
    destination: Ints
    source_port: Ints
    port: Ints
    protocol: Ints
    ttl: Ints
    tcp_flags: Ints
    ip_length: Ints
    packets: Ints
    syn_length: Ints | None = None
    syn_window: Ints | None = None
    unknown: dict[str, Mask] = field(default_factory=dict)
    networks: bool = False
    unlisted: Mask | None = None

    def __len__(self) -> int:
        return len(self.positions)


def sensor_of(path: Path) -> str | None:
    """The telescope that a path of an archive names, as in ``datasource=ucsd-nt/year=2021/month=3``; None without."""
    names = (_DATASOURCE.fullmatch(part) for part in path.absolute().parts)
    return next((found[1] for found in names if found), None)


def with_octets(tuples: Tuples, context: Context) -> Tuples:
    """
    The same tuples with the first octets of destinations that leave it out, as telescopes of a /8 do.

    It is the one that makes the address a monitored one; unknown if several would or nobody said what is monitored. An
    address that none makes a monitored one stays without, so that it is refused as not monitored.
    """
    without = np.flatnonzero(tuples.destination >> 24 == 0)
    if not len(without):
        return tuples
    low = from_ipv4(tuples.destination[without])
    high, octet, fitting = np.zeros_like(low), np.zeros_like(low), np.zeros_like(low)
    for each in range(1, 224):
        ours = context.is_ours(high, low | each << 24)
        if ours is None:
            fitting += 2
            break
        octet[ours] = each
        fitting += ours
    destination, unknown = tuples.destination.copy(), np.zeros(len(tuples), np.bool_)
    destination[without] |= np.where(fitting == 1, octet << 24, 0)
    unknown[without] = fitting > 1
    return replace(tuples, destination=destination, unknown={**tuples.unknown, "destination": unknown})


def reasons(tuples: Tuples) -> npt.NDArray[np.int8]:
    """int8[n]: why each tuple is no packet, the code of `REFUSALS`; 0 for those that are."""
    protocol = tuples.protocol
    ported, icmp = np.isin(protocol, (_TCP, _UDP)), protocol == _ICMP
    checks = (
        ("bad-time", (tuples.time < 0) | (tuples.time >= LATEST_US // _SECOND)),
        ("bad-source", _beyond(tuples.source, _ADDRESSES)),
        ("bad-destination", _told(tuples, "destination", _beyond(tuples.destination, _ADDRESSES))),
        ("bad-protocol", _beyond(protocol, _BYTES)),
        ("bad-source-port", _told(tuples, "source_port", ported & _beyond(tuples.source_port, _PORTS))),
        ("bad-port", ported & _beyond(tuples.port, _PORTS)),
        ("bad-icmp-type", icmp & _beyond(tuples.source_port, _BYTES)),
        ("bad-icmp-code", icmp & _beyond(tuples.port, _BYTES)),
        ("bad-ttl", _told(tuples, "ttl", _beyond(tuples.ttl, _BYTES))),
        ("bad-tcp-flags", _told(tuples, "tcp_flags", _beyond(tuples.tcp_flags, _FLAGS))),
        ("bad-ip-length", _told(tuples, "ip_length", _beyond(tuples.ip_length, _PORTS))),
        ("bad-packets", (tuples.packets < 1) | (tuples.packets > MOST_PACKETS)),
    )
    codes = np.zeros(len(tuples), np.int8)
    for reason, bad in reversed(checks):
        if bad.any():
            codes[bad] = REFUSALS.index(reason) + 1
    return codes


def _beyond(values: Ints, most: int) -> Mask:
    # As unsigned numbers, those below zero are beyond everything.
    return np.asarray(values.view(np.uint64) > most)


def _told(tuples: Tuples, name: str, bad: Mask) -> Mask:
    return bad & ~tuples.unknown[name] if name in tuples.unknown else bad


def packets(tuples: Tuples, kept: Mask, sensor: str | None) -> Packets:
    """The packets of the tuples that are kept; *sensor* is what the file's path says it is from."""
    protocol = tuples.protocol
    tcp, icmp = protocol == _TCP, protocol == _ICMP
    ported = tcp | (protocol == _UDP)
    known = _syn_known(tuples, tcp)
    nothing = np.zeros(len(tuples), np.int64)
    values: rows.Values = {
        "position": tuples.positions,
        "time": tuples.time * _SECOND,
        "ip_version": nothing + 4,
        "source_high": nothing,
        "source_low": from_ipv4(tuples.source),
        "destination_high": nothing,
        "destination_low": from_ipv4(tuples.destination),
        "protocol": protocol,
        "source_port": tuples.source_port,
        "port": np.where(ported, tuples.port, np.where(icmp, tuples.source_port, NO_PORT)),
        "icmp_code": tuples.port,
        "ttl": tuples.ttl,
        "tcp_flags": tuples.tcp_flags,
        "ip_length": tuples.ip_length,
        "packets": tuples.packets,
    }
    unknown = tuples.unknown
    nulls = {
        "destination_high": unknown.get("destination"),
        "destination_low": unknown.get("destination"),
        "source_port": _either(~ported, unknown.get("source_port")),
        "icmp_code": ~icmp,
        "ttl": unknown.get("ttl"),
        "tcp_flags": _either(_either(~tcp, unknown.get("tcp_flags")), tuples.unlisted),
        "ip_length": unknown.get("ip_length"),
    }
    if tuples.syn_length is not None and tuples.syn_window is not None:
        values |= {"tcp_header_length": tuples.syn_length, "tcp_window": tuples.syn_window}
        nulls |= {"tcp_header_length": ~known, "tcp_window": ~known}
    if sensor is not None:
        values["sensor"] = constant(sensor, len(tuples))
    told = {name: mask for name, mask in nulls.items() if mask is not None}
    return rows.assemble(values, told, kept, _capabilities(tuples, known))


def _syn_known(tuples: Tuples, tcp: Mask) -> Mask:
    """Which tuples tell header length and window of a SYN; a header has 20 to 60 bytes (RFC 9293)."""
    if tuples.syn_length is None or tuples.syn_window is None:
        return np.zeros(len(tuples), np.bool_)
    return tcp & (tuples.syn_length >= 20) & (tuples.syn_length <= 60) & ~_beyond(tuples.syn_window, _PORTS)


def _either(mask: Mask, other: Mask | None) -> Mask:
    return mask if other is None else mask | other


def _capabilities(tuples: Tuples, syn_known: Mask) -> Ints | int:
    """What each tuple shows; one mask if all show the same."""
    whole = int(CAPABILITIES)
    if tuples.networks:
        whole += int(Capability.DESTINATION_NETWORK) - int(Capability.DESTINATION)
    if not tuples.unknown and not syn_known.any():
        return whole
    shown = np.where(syn_known, whole | int(Capability.WINDOW), whole)
    for name, unknown in tuples.unknown.items():
        shown[unknown] &= ~int(_SHOWN_BY[name])
    return shown


def batch(tuples: Tuples, sensor: str | None, warnings: Counter[str]) -> Batch:
    """The packets of tuples, and the account of them; *warnings* are what was met in the file around them."""
    codes = reasons(tuples)
    kept = codes == 0
    refusals = tuple(
        Refusal(int(tuples.positions[i]), REFUSALS[codes[i] - 1], _text(tuples, i))
        for i in np.flatnonzero(~kept).tolist()
    )
    tally = Tally(len(tuples), int(kept.sum()), Counter(refusal.reason for refusal in refusals), Counter(warnings))
    return Batch(packets(tuples, kept, sensor), tally, refusals)


def _text(tuples: Tuples, i: int) -> str:
    """A tuple as people read it."""
    return " ".join(f"{name}={getattr(tuples, name)[i]}" for name in _FIELDS)
