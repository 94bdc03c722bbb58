"""
Darknet events of Merit's ORION telescope: how many packets a source sent to a port, from the first to the last.

An event may last for days; all of it counts at its beginning. Destinations are counted in it but not named.
"""

from collections.abc import Iterator
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.formats import events
from isdas.formats.account import account, kept, refuse
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.jsonlines import table_of
from isdas.formats.lines import BLOCK_BYTES, LineBlock
from isdas.formats.objects import Form, form_of, object_lines
from isdas.formats.rows import assemble
from isdas.formats.stream import byte_stream
from isdas.model.columns import Capability
from isdas.model.packets import MOST_PACKETS
from isdas.model.port import NO_PORT

_TRANSPORTS = Capability.TCP | Capability.UDP | Capability.ICMP
CAPABILITIES = _TRANSPORTS | Capability.TCP_FLAGS | Capability.SOURCE_PORT

_HEAD_BYTES = 1 << 16
_BARE = Form(0, b"", True, None)
_KEYS = {"SourceIP", "Port", "Traffic", "First", "Packets"}
_SCHEMA = pa.schema(
    [
        ("SourceIP", pa.string()),
        ("Port", pa.int64()),
        ("Traffic", pa.int64()),
        ("First", pa.string()),
        ("Packets", pa.int64()),
    ]
)

_TCP, _UDP, _ICMP, _ICMPV6 = 6, 17, 1, 58

# By the number of the traffic type; README of Merit-Research/darknet-events.
_TYPES = np.array([8, 0, 3, 4, 5, 11, 12, 14, 16, 18])
"""ICMP types of traffic 0 to 9 (RFC 792, RFC 950); traffic 10 is any other."""

_TYPES_6 = np.array([128, 129, 1, NO_PORT, 137, 3, 4, NO_PORT, NO_PORT, NO_PORT])
"""The same for ICMPv6 (RFC 4443, RFC 4861), which has no counterpart of some."""

_OTHER_ICMP, _SYN, _SYN_ACK, _ACK, _RST, _OTHER_TCP, _OF_UDP = 10, 11, 12, 13, 14, 15, 16
_FLAGS = {_SYN: 0x02, _SYN_ACK: 0x12, _ACK: 0x10, _RST: 0x04}

ANSWERS = (_SYN_ACK, _RST)
"""Traffic that answers: the port of such an event is the one that it comes from."""


def sniff(head: bytes) -> bool:
    """Whether the first object is a darknet event."""
    form = form_of(head, ())
    return form is not None and form.first is not None and form.first.keys() >= _KEYS


def read(path: Path, context: Context, block_bytes: int = BLOCK_BYTES) -> Iterator[Work]:
    """
    The events of a file, plain or compressed, in an array or a line each, in stretches.

    Raises:
        InputRefused: ``unreadable``.
    """
    with byte_stream(path) as stream:
        form = form_of(stream.look(_HEAD_BYTES), ())
    for block, _ in object_lines(path, form or _BARE, block_bytes):
        yield partial(_batch, block)


def _batch(block: LineBlock) -> Batch:
    table, lines, reasons = table_of(block, _SCHEMA)
    said = {name: events.column_of(table, name) for name in _SCHEMA.names}
    values: dict[str, Any] = {"position": block.first + lines}
    values["time"], good = events.stamps(said["First"], UTC)
    refuse(reasons, ~good, "bad-time")
    high, low, good = events.halves(said["SourceIP"])
    refuse(reasons, ~good, "bad-source")
    values |= {"source_high": high, "source_low": low, "ip_version": events.versions(high, low)}
    values["packets"], good = events.within(said["Packets"], MOST_PACKETS)
    refuse(reasons, ~good | (values["packets"] == 0), "bad-packets")
    traffic, good = events.within(said["Traffic"], _OF_UDP)
    refuse(reasons, ~good, "bad-protocol")
    port, good = events.within(said["Port"], 65535)
    refuse(reasons, (traffic >= _SYN) & ~good, "bad-port")
    nulls = _transport(values, traffic, port)
    able = np.where(traffic == _OTHER_TCP, 0, int(Capability.TCP_FLAGS)) | int(_TRANSPORTS)
    able |= np.where(nulls["source_port"], 0, int(Capability.SOURCE_PORT))
    return account(block, lines, reasons, assemble(values, nulls, kept(reasons), able))


def _transport(values: dict[str, Any], traffic: Any, port: Any) -> dict[str, npt.NDArray[np.bool_]]:
    """Put in protocol, ports and flags; gives which rows lack a source port or flags."""
    six = values["ip_version"] == 6
    icmp, answers = traffic <= _OTHER_ICMP, np.isin(traffic, ANSWERS)
    values["protocol"] = np.where(icmp, np.where(six, _ICMPV6, _ICMP), np.where(traffic == _OF_UDP, _UDP, _TCP))
    kind = np.where(icmp & (traffic < _OTHER_ICMP), traffic, 0)
    types = np.where(traffic < _OTHER_ICMP, np.where(six, _TYPES_6[kind], _TYPES[kind]), NO_PORT)
    values["port"] = np.where(icmp, types, np.where(answers, NO_PORT, port))
    values["source_port"] = np.where(answers, port, 0)
    values["tcp_flags"] = np.zeros(len(traffic), np.int64)
    for number, bits in _FLAGS.items():
        values["tcp_flags"][traffic == number] = bits
    return {"source_port": ~answers, "tcp_flags": ~np.isin(traffic, list(_FLAGS))}
