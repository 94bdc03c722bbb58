"""
Spoki's raw log: packets that a reactive telescope received, and those that it saw of its own answers.

Of TCP options it names which there were, but not in their order, so no layout is taken from them.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import delimited, events, fields
from isdas.formats.account import Reasons, account, kept, refuse
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.fields import Ints, Mask
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.formats.profile import ProtocolColumn, TimeColumn
from isdas.formats.rows import assemble
from isdas.model.columns import Capability
from isdas.model.port import NO_PORT

_C = Capability
CAPABILITIES = _C.CAPTURE & ~(_C.OPTIONS | _C.LENGTH)

HEADER = (
    b"ts|saddr|daddr|ipid|ttl|proto|sport|dport|anum|snum|options|payload|syn|ack|rst|fin|window size|probed|method|"
    b"userid|probe anum|probe snum|num probes"
)
_SHAPE = delimited.Shape(tuple(HEADER.decode().split("|")), "|")
# Lines of UDP lack a field: the payload stands where the options would.
_OF_UDP = delimited.Shape(tuple(name for name in _SHAPE.names if name != "options"), "|")

_TIME = TimeColumn("ts", "unix-ms")
_PAYLOAD_BYTES = 24
"""As many as are kept of a captured packet by default."""

_FLAGS = {"fin": 1, "syn": 2, "rst": 4, "ack": 16}
_TCP, _UDP, _ICMP = 6, 17, 1

# RFC 792, RFC 950, RFC 1256 and RFC 8335, by the names that Spoki has for them.
_ICMP_TYPES = {
    "echo_reply": 0,
    "dest_unreachable": 3,
    "source_quench": 4,
    "redirect_message": 5,
    "echo_request": 8,
    "router_advertisement": 9,
    "router_solicitation": 10,
    "time_exceeded": 11,
    "bad_ip_header": 12,
    "timestamp": 13,
    "timestamp_reply": 14,
    "information_request": 15,
    "information_reply": 16,
    "addr_mark_request": 17,
    "addr_mark_reply": 18,
    "extended_echo_request": 42,
    "extended_echo_reply": 43,
}


def sniff(head: bytes) -> bool:
    """Whether the first line is Spoki's header."""
    return head.split(b"\n", 1)[0].rstrip(b"\r") == HEADER


def read(path: Path, context: Context, block_bytes: int = BLOCK_BYTES) -> Iterator[Work]:
    """
    The packets of a log, plain or compressed, in stretches.

    Raises:
        InputRefused: ``unreadable``.
    """
    for block in line_blocks(path, block_bytes):
        yield partial(_batch, block, context)


def _batch(block: LineBlock, context: Context) -> Batch:
    table, lines, reasons = _fields(block)
    said = {name: events.column_of(table, name) for name in _SHAPE.names}
    high, low, good = events.halves(said["saddr"])
    refuse(reasons, ~good, "bad-source")
    to_high, to_low, to_good = events.halves(said["daddr"])
    refuse(reasons, ~to_good, "bad-destination")
    own = _own(context, high, low, to_high, to_low) & kept(reasons)
    warnings = Counter({"sent-by-us": int(own.sum())})
    values: dict[str, Any] = {"position": block.first + lines, "source_high": high, "source_low": low}
    values |= {"destination_high": to_high, "destination_low": to_low, "ip_version": events.versions(high, low)}
    values["time"], good = fields.times(said["ts"], _TIME)
    refuse(reasons, ~good, "bad-time")
    nulls = _headers(said, values, reasons)
    payload, good = _payload(said["payload"])
    refuse(reasons, ~good, "bad-payload")
    stays = kept(reasons) & ~own
    packets = assemble(values, nulls, stays, int(CAPABILITIES))
    packets = packets.with_columns({"payload": payload.filter(pa.array(stays))})
    return account(block, lines[~own], reasons[~own], packets, warnings)


def _own(context: Context, high: Ints, low: Ints, to_high: Ints, to_low: Ints) -> Mask:
    """Which packets the telescope sent itself; none if nobody said which addresses are ours."""
    ours, to_ours = context.is_ours(high, low), context.is_ours(to_high, to_low)
    return np.zeros(len(low), np.bool_) if ours is None or to_ours is None else ours & ~to_ours


def _fields(block: LineBlock) -> tuple[pa.Table, Ints, Reasons]:
    """The fields of all lines, those of UDP put in their places."""
    table, lines, reasons = delimited.table_of(block, _SHAPE)
    wrong = np.flatnonzero(reasons == "wrong-column-count")
    if not len(wrong):
        return table, lines, reasons
    starts = block.starts()
    texts = [block.data[int(starts[i]) : int(starts[i + 1])].rstrip(b"\r\n") + b"\n" for i in lines[wrong].tolist()]
    others, _, still = delimited.table_of(LineBlock(b"".join(texts), 1), _OF_UDP)
    others = others.add_column(10, "options", pa.array([""] * len(others), pa.string()))
    udp = kept(still) & events.among(events.column_of(others, "proto"), ("udp",))
    reasons[wrong[udp]] = None
    rows = np.arange(len(table))
    rows[wrong[udp]] = len(table) + np.flatnonzero(udp)
    return pa.concat_tables([table, others.select(table.column_names)]).take(pa.array(rows)), lines, reasons


def _headers(said: dict[str, pa.Array], values: dict[str, Any], reasons: Reasons) -> dict[str, Mask]:
    """Put in what the headers of IP and of the transport say; gives which rows lack what."""
    protocol, good = fields.protocols(said["proto"], ProtocolColumn())
    refuse(reasons, ~good, "bad-protocol")
    tcp, icmp = protocol == _TCP, protocol == _ICMP
    ported = tcp | (protocol == _UDP)
    values["protocol"] = protocol
    nulls: dict[str, Mask] = {}
    for column, name, highest, rows in (
        ("ipid", "ip_id", 0xFFFF, np.ones(len(tcp), np.bool_)),
        ("ttl", "ttl", 0xFF, np.ones(len(tcp), np.bool_)),
        ("sport", "source_port", 0xFFFF, ported),
        ("dport", "port", 0xFFFF, ported),
        ("snum", "tcp_sequence", 0xFFFF_FFFF, tcp),
        ("anum", "tcp_acknowledgement", 0xFFFF_FFFF, tcp),
        ("window size", "tcp_window", 0xFFFF, tcp),
    ):
        values[name], good = events.within(said[column], highest)
        refuse(reasons, rows & ~good, f"bad-{name.replace('_', '-')}")
        nulls[name] = ~rows
    del nulls["port"]
    kind = events.by_text(said["options"], lambda text: _ICMP_TYPES.get(text.rpartition("::")[2], -1), -1)
    refuse(reasons, icmp & (kind < 0), "bad-icmp-type")
    values["port"] = np.where(ported, values["port"], np.where(icmp, kind, NO_PORT))
    values["tcp_flags"], nulls["tcp_flags"] = np.zeros(len(tcp), np.int64), ~tcp
    for name, bit in _FLAGS.items():
        yes, good = events.within(said[name], 1)
        refuse(reasons, tcp & ~good, "bad-tcp-flags")
        values["tcp_flags"] |= yes * bit
    return nulls


def _payload(column: pa.Array) -> tuple[pa.Array, Mask]:
    """The first bytes of each payload, null for none, and which are hexadecimal."""
    begin = pc.utf8_slice_codeunits(column, 0, 2 * _PAYLOAD_BYTES)
    good = pc.match_substring_regex(begin, "^(?:[0-9A-Fa-f]{2})+$")
    encoded = pc.if_else(good, begin, None).dictionary_encode()
    decoded = pa.array([bytes.fromhex(text) for text in encoded.dictionary.to_pylist()], pa.binary())
    return decoded.take(encoded.indices), events.mask(good) | ~fields.filled(column)
