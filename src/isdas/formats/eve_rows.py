"""
Events of Suricata to Packets: flows, halves of flows and alerts, and what each shows of the packets it stands for.

It does not read files.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import fields
from isdas.formats.account import Reasons, kept, refuse
from isdas.formats.context import Context
from isdas.formats.direction import goes_back, turned
from isdas.formats.icmp_pairs import counterpart
from isdas.formats.profile import STATED, AddressColumn, TimeColumn
from isdas.formats.protocol_names import BY_NAME
from isdas.formats.rows import assemble
from isdas.model.address import is_ipv4
from isdas.model.columns import Capability
from isdas.model.packets import MOST_PACKETS, Packets
from isdas.model.port import NO_PORT

CAPABILITIES = Capability.DESTINATION | Capability.SOURCE_PORT | Capability.TCP | Capability.UDP | Capability.ICMP

_TCP, _UDP, _ICMP, _ICMPV6 = 6, 17, 1, 58
_FIN, _SYN, _RST, _PUSH, _ACK = 1, 2, 4, 8, 16
_ADDRESS = AddressColumn("")
_COMMON = [
    ("timestamp", pa.string()),
    ("event_type", pa.string()),
    ("src_ip", pa.string()),
    ("src_port", pa.int64()),
    ("dest_ip", pa.string()),
    ("dest_port", pa.int64()),
    ("proto", pa.string()),
    ("icmp_type", pa.int64()),
    ("icmp_code", pa.int64()),
    ("host", pa.string()),
]
_COUNTED = [("pkts", pa.int64()), ("min_ttl", pa.int64()), ("max_ttl", pa.int64()), ("start", pa.string())]
_BOTH = [("pkts_toserver", pa.int64()), ("pkts_toclient", pa.int64()), ("start", pa.string())]

SCHEMAS = {
    "netflow": pa.schema(
        [*_COMMON, ("netflow", pa.struct(_COUNTED)), ("tcp", pa.struct([("tcp_flags", pa.string())]))]
    ),
    "flow": pa.schema(
        [
            *_COMMON,
            ("response_icmp_type", pa.int64()),
            ("response_icmp_code", pa.int64()),
            ("flow", pa.struct(_BOTH)),
            ("tcp", pa.struct([("tcp_flags_ts", pa.string()), ("tcp_flags_tc", pa.string())])),
        ]
    ),
    "alert": pa.schema([*_COMMON, ("flow_id", pa.string()), ("tcp", pa.struct([("tcp_flags", pa.string())]))]),
}
"""The fields that are looked at, by the type of event; the best to count packets by comes first."""

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Flows:
    """
    What n events say of the packets of either side: to the server there, to the client back.

    Attributes:
        there, back: int64[n], numbers of packets.
        flags: int64[2, n], all flags of either side put together, -1 where they are not told.
        opening: bool[n], where the flags leave it open: whether the one who sent there opened.
    """

    there: Ints
    back: Ints
    flags: Ints
    opening: Mask


def packets(kind: str, table: pa.Table, context: Context, numbers: Ints, reasons: Reasons) -> Packets:
    """
    The packets to us of the events that have no reason against them, one row for each event.

    Args:
        kind: the type of event, a key of SCHEMAS.
        table: n events by that schema.
        context: says which addresses are ours.
        numbers: int64[n], the line of each, which becomes the position.
        reasons: object[n], why an event is refused, or None; what is found here is put into it.
    """
    read = {name: fields.plain(column) for name, column in _leaves(table)}
    time, good = _times(read, kind, context)
    refuse(reasons, ~good, "bad-time")
    first, second = (fields.addresses(read[f"{side}_ip"], _ADDRESS) for side in ("src", "dest"))
    refuse(reasons, ~first[2], "bad-source")
    refuse(reasons, ~second[2], "bad-destination")
    protocol, good = fields.protocols(read["proto"], BY_NAME)
    refuse(reasons, ~good, "bad-protocol")
    protocol = np.where((protocol == _ICMP) & ~is_ipv4(first[0], first[1]), _ICMPV6, protocol)
    flows = _flows(kind, read, reasons)
    turn = np.zeros(len(table), np.bool_)
    if kind == "flow":
        ours = [context.is_ours(high, low) for high, low, _ in (first, second)]
        turn = goes_back(ours[0], ours[1], flows.there, flows.back, turn)
    values: dict[str, Any] = {"position": numbers, "time": time, "protocol": protocol}
    for half, at in (("high", 0), ("low", 1)):
        values[f"source_{half}"], values[f"destination_{half}"] = turned(turn, first[at], second[at])
    values["ip_version"] = np.where(is_ipv4(values["source_high"], values["source_low"]), 4, 6)
    values["packets"] = np.maximum(np.where(turn, flows.back, flows.there), 1)
    values["sensor"] = read["host"].dictionary_encode()
    nulls = {"packets": values["packets"] == 1, "sensor": ~fields.filled(read["host"])}
    _ports(values, nulls, read, turn, reasons)
    shown = _flags(values, nulls, flows, turn) | _ttl(values, nulls, read)
    return assemble(values, nulls, kept(reasons), shown)


def _leaves(table: pa.Table) -> Any:
    """Name and column of each field, those within an object as ``object.field``."""
    for name in table.column_names:
        column = table.column(name)
        if not pa.types.is_struct(column.type):
            yield name, column
            continue
        for field in column.type:
            yield f"{name}.{field.name}", pc.struct_field(column, field.name)


def _times(read: dict[str, pa.Array], kind: str, context: Context) -> tuple[Ints, Mask]:
    """When a flow began; without that, when the event was written, which for alerts is the time of the packet."""
    column = read["timestamp"]
    if f"{kind}.start" in read:
        start = read[f"{kind}.start"]
        column = pc.if_else(pa.array(fields.filled(start)), start, column)
    values, good = fields.times(column, TimeColumn("", "iso", STATED))
    others = np.flatnonzero(~good)
    if len(others):
        how = TimeColumn("", "iso", getattr(context.zone, "key", "UTC"))
        values[others], good[others] = fields.times(column.take(pa.array(others)), how)
    return values, good


def _flows(kind: str, read: dict[str, pa.Array], reasons: Reasons) -> _Flows:
    n = len(reasons)
    # The lower port is the one that is served at: RFC 6335 keeps the high ones for those who open.
    likely = fields.integers(read["dest_port"])[0] < fields.integers(read["src_port"])[0]
    if kind == "flow":
        there = _count(read["flow.pkts_toserver"], 1, reasons)
        back = _count(read["flow.pkts_toclient"], 0, reasons)
        flags = np.stack([_hexadecimal(read["tcp.tcp_flags_ts"]), _hexadecimal(read["tcp.tcp_flags_tc"])])
        # A handshake went on only if the other side sent its SYN; else SYN and ACK are of the same packets.
        shook = (flags[0] & _ACK == 0) | ((flags[1] > 0) & (flags[1] & _SYN > 0))
        return _Flows(there, back, flags, np.where(flags[0] > 0, shook, likely))
    there = _count(read["netflow.pkts"], 1, reasons) if kind == "netflow" else np.ones(n, np.int64)
    flags = np.stack([_hexadecimal(read["tcp.tcp_flags"]), np.full(n, -1, np.int64)])
    talked = flags[0] & (_FIN | _PUSH) > 0
    shook = (flags[0] & _ACK == 0) | (talked & likely)
    return _Flows(there, np.zeros(n, np.int64), flags, np.where(flags[0] > 0, shook, likely))


def _count(column: pa.Array, missing: int, reasons: Reasons) -> Ints:
    counts, good = fields.integers(column)
    refuse(reasons, good & ((counts < 0) | (counts > MOST_PACKETS)), "bad-packets")
    return np.where(good, np.maximum(counts, 0), missing)


def _hexadecimal(column: pa.Array) -> Ints:
    """Numbers of at most three hexadecimal digits; -1 for what is none."""
    encoded = column.dictionary_encode()
    found = [_flags_of(text) for text in encoded.dictionary.to_pylist()]
    return np.asarray(np.array(found or [-1], np.int64)[np.asarray(encoded.indices)])


def _flags_of(text: str) -> int:
    try:
        return int(text, 16) if len(text) <= 4 and text.isalnum() else -1
    except ValueError:
        return -1


def _ports(
    values: dict[str, Any], nulls: dict[str, Mask], read: dict[str, pa.Array], turn: Mask, reasons: Reasons
) -> None:
    """Put in ports, for ICMP type and code."""
    protocol = values["protocol"]
    ported, icmp = np.isin(protocol, (_TCP, _UDP)), np.isin(protocol, (_ICMP, _ICMPV6))
    (first, there), (second, back) = (_within(read[f"{side}_port"], 65535) for side in ("src", "dest"))
    source_port, port = turned(turn, first, second)
    stated, reachable = turned(turn, there, back)
    refuse(reasons, ported & ~reachable, "bad-port")
    type_, typed = _within(read["icmp_type"], 255)
    code, coded = _within(read["icmp_code"], 255)
    if turn.any():
        answer, told = _within(read["response_icmp_type"], 255)
        guess = counterpart(type_, protocol == _ICMPV6)
        type_, typed = np.where(turn, np.where(told, answer, guess), type_), typed & (~turn | told | (guess >= 0))
        answer_code = _within(read["response_icmp_code"], 255)[0]
        # The answers that are known without being told have only the code 0.
        code, coded = np.where(turn, answer_code, code), coded | turn
    refuse(reasons, icmp & ~typed, "bad-icmp-type")
    values["port"] = np.where(ported, port, np.where(icmp, type_, NO_PORT))
    values["source_port"], nulls["source_port"] = np.where(stated, source_port, 0), ~(ported & stated)
    values["icmp_code"], nulls["icmp_code"] = code, ~(icmp & coded)


def _within(column: pa.Array, highest: int) -> tuple[Ints, Mask]:
    numbers, good = fields.integers(column)
    good &= (numbers >= 0) & (numbers <= highest)
    return np.where(good, numbers, 0), good


def _flags(values: dict[str, Any], nulls: dict[str, Mask], flows: _Flows, turn: Mask) -> Ints:
    """
    Put in flags where they say what the packets are; gives whether they can be missed.

    Suricata puts the flags of all packets of a side together. Those of a SYN and of what followed it look like those
    of an answer, so they are left out, and the connection is one that was opened to us.
    """
    tcp = values["protocol"] == _TCP
    union = np.where(turn, flows.flags[1], flows.flags[0])
    # Zero means that no session was followed: then nothing is known.
    told = union > 0
    alike = (values["packets"] == 1) | (union & 0x3F == _SYN)
    begun = np.where(told, ~alike & (union & _SYN > 0), union <= 0)
    opened = tcp & ~turn & begun & flows.opening
    known = tcp & told & ~opened
    values["tcp_flags"], nulls["tcp_flags"] = np.where(known, union, 0), ~known
    shows = tcp & ~opened & (turn | (union >= 0))
    return int(CAPABILITIES) | np.where(shows, int(Capability.TCP_FLAGS), 0)


def _ttl(values: dict[str, Any], nulls: dict[str, Mask], read: dict[str, pa.Array]) -> Ints | int:
    """Put in the time to live where all packets had the same; gives whether they had."""
    if "netflow.min_ttl" not in read:
        return 0
    (lowest, low), (highest, high) = (_within(read[f"netflow.{end}_ttl"], 255) for end in ("min", "max"))
    same = low & high & (lowest == highest)
    values["ttl"], nulls["ttl"] = lowest, ~same
    return np.where(same, int(Capability.TTL), 0)
