"""
Connections of Zeek to Packets: who sent what to us.

It does not read files, and does not care which notation the connections were written in.
"""

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
from isdas.formats.zeek_history import OPENED, STATES, Histories, histories
from isdas.model.address import is_ipv4
from isdas.model.columns import Capability
from isdas.model.packets import MOST_PACKETS, Packets
from isdas.model.port import NO_PORT

NEEDED = ("ts", "id.orig_h", "id.resp_h", "id.orig_p", "id.resp_p", "proto")
"""Fields without which a connection cannot be understood."""

USED = (*NEEDED, "history", "conn_state", "orig_pkts", "resp_pkts", "ip_proto", "ip_proto_name")
"""All fields that are looked at."""

TELLING = ("conn_state", "history", "orig_pkts", "missed_bytes")
"""Fields of which connections have at least one, and the other logs with addresses and ports have none."""

CAPABILITIES = Capability.DESTINATION | Capability.SOURCE_PORT | Capability.TCP | Capability.UDP | Capability.ICMP

_TCP, _UDP, _ICMP, _ICMPV6 = 6, 17, 1, 58
_ADDRESS = AddressColumn("")

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def packets(table: pa.Table, context: Context, numbers: Ints, reasons: Reasons) -> Packets:
    """
    The packets to us of the connections that have no reason against them, one row for each connection.

    Args:
        table: n connections with fields of USED, as texts or numbers; a null or empty one is unset.
        context: says which addresses are ours.
        numbers: int64[n], the line of each, which becomes the position.
        reasons: object[n], why a connection is refused, or None; what is found here is put into it.
    """
    read = {name: fields.plain(table.column(name)) for name in table.column_names}
    time, good = _times(read["ts"], context)
    refuse(reasons, ~good, "bad-time")
    ours, theirs = (fields.addresses(read[f"id.{side}_h"], _ADDRESS) for side in ("orig", "resp"))
    refuse(reasons, ~ours[2], "bad-source")
    refuse(reasons, ~theirs[2], "bad-destination")
    protocol = _protocols(read, ~is_ipv4(ours[0], ours[1]), reasons)
    told = histories(_histories(read, len(table)))
    sent = _sent(read, told, reasons)
    sides = (None, None) if context.ours is None else (context.is_ours(*ours[:2]), context.is_ours(*theirs[:2]))
    turn = goes_back(*sides, sent[0], sent[1], told.answered)
    values: dict[str, Any] = {"position": numbers, "time": time, "protocol": protocol}
    for half, at in (("high", 0), ("low", 1)):
        values[f"source_{half}"], values[f"destination_{half}"] = turned(turn, ours[at], theirs[at])
    values["ip_version"] = np.where(is_ipv4(values["source_high"], values["source_low"]), 4, 6)
    values["packets"] = np.maximum(np.where(turn, sent[1], sent[0]), 1)
    nulls = {"packets": values["packets"] == 1}
    _ports(values, nulls, read, turn, reasons)
    shown = _flags(values, nulls, told, turn)
    return assemble(values, nulls, kept(reasons), shown)


def _times(column: pa.Array, context: Context) -> tuple[Ints, Mask]:
    """Seconds since 1970, or where Zeek was told to write dates, those."""
    values, good = fields.times(column, TimeColumn("", "unix"))
    for zone in (STATED, getattr(context.zone, "key", "UTC")):
        others = np.flatnonzero(~good)
        if len(others) and pa.types.is_string(column.type):
            values[others], good[others] = fields.times(column.take(pa.array(others)), TimeColumn("", "iso", zone))
    return values, good


def _protocols(read: dict[str, pa.Array], six: Mask, reasons: Reasons) -> Ints:
    """Protocol numbers; those that Zeek has no name for are told by a field of their own, if at all."""
    numbers, good = fields.protocols(read["proto"], BY_NAME)
    for name in ("ip_proto", "ip_proto_name"):
        if name in read and not good.all():
            others, known = fields.protocols(read[name], BY_NAME)
            numbers, good = np.where(good, numbers, others), good | known
    refuse(reasons, ~good, "bad-protocol")
    return np.where((numbers == _ICMP) & six, _ICMPV6, numbers)


def _histories(read: dict[str, pa.Array], n: int) -> pa.Array:
    column = read["history"] if "history" in read else pa.array([""] * n, pa.string())
    if "conn_state" not in read or pc.all(pc.not_equal(column, "")).as_py():
        return column
    place = pc.index_in(read["conn_state"], pa.array(list(STATES)))
    least = pa.array(list(STATES.values())).take(place).fill_null("")
    # Only of TCP: the states of other protocols say who sent something, which the counts do better.
    guess = pc.and_(pc.equal(column, ""), pc.equal(read["proto"], "tcp"))
    return pc.if_else(guess, least, column)


def _sent(read: dict[str, pa.Array], told: Histories, reasons: Reasons) -> Ints:
    """int64[2, n]: packets of the originator and the responder; where they are not counted, one or none."""
    # Without a history the originator must have sent something.
    sent = np.stack([told.sent[0] | ~(told.sent[0] | told.sent[1]), told.sent[1]]).astype(np.int64)
    for side, name in enumerate(("orig_pkts", "resp_pkts")):
        if name in read:
            counts, good = fields.integers(read[name])
            good &= (counts >= 0) & (counts <= MOST_PACKETS)
            refuse(reasons, ~good & fields.filled(read[name]), "bad-packets")
            sent[side] = np.where(good, counts, sent[side])
    return sent


def _ports(
    values: dict[str, Any], nulls: dict[str, Mask], read: dict[str, pa.Array], turn: Mask, reasons: Reasons
) -> None:
    """Put in ports, or for ICMP type and code, which stand where other protocols have their ports."""
    protocol = values["protocol"]
    ported, icmp = np.isin(protocol, (_TCP, _UDP)), np.isin(protocol, (_ICMP, _ICMPV6))
    pairs = [fields.integers(read[f"id.{side}_p"]) for side in ("orig", "resp")]
    good = [known & (number >= 0) & (number <= 65535) for number, known in pairs]
    (first, second), (there, back) = ([number for number, _ in pairs], good)
    type_, code = _type_and_code(first, second, protocol == _ICMPV6, turn)
    source_port, port = turned(turn, first, second)
    stated, reachable = turned(turn, there, back)
    refuse(reasons, ported & ~reachable, "bad-port")
    refuse(reasons, icmp & ~(there & back & (type_ <= 255) & (code <= 255)), "bad-icmp-type")
    values["port"] = np.where(ported, port, np.where(icmp, type_, NO_PORT))
    values["source_port"], nulls["source_port"] = np.where(ported & stated, source_port, 0), ~(ported & stated)
    values["icmp_code"], nulls["icmp_code"] = np.where(icmp, code, 0), ~icmp


def _type_and_code(first: Ints, second: Ints, six: Mask, turn: Mask) -> tuple[Ints, Ints]:
    """
    ICMP type and code of the sender.

    For messages that are answered Zeek writes the answer's type where the code of the others stands. Such messages
    have only the code 0 (RFC 792, RFC 4443, RFC 4861).
    """
    paired = counterpart(first, six) == second
    return np.where(paired & turn, second, first), np.where(paired, 0, second)


def _flags(values: dict[str, Any], nulls: dict[str, Mask], told: Histories, turn: Mask) -> Ints:
    """Put in flags as far as they are known of all packets; gives what each connection can show."""
    tcp = values["protocol"] == _TCP
    flags = np.where(turn, told.flags[1], told.flags[0])
    values["tcp_flags"], nulls["tcp_flags"] = np.where(flags >= 0, flags, 0), ~tcp | (flags < 0)
    # Where a connection was opened to us and went on, flags are not to be seen; elsewhere missing ones tell something.
    shows = tcp & told.told & (flags != OPENED)
    return int(CAPABILITIES) | np.where(shows, int(Capability.TCP_FLAGS), 0)
