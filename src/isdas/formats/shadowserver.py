"""
Shadowserver's darknet reports: hosts of one's own network that were seen at somebody's darknet.

Destinations are mostly left out of them. What is said of the source's network is looked up anew.
"""

import csv
from collections.abc import Iterator
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from isdas.formats import delimited, events, fields
from isdas.formats.account import account, kept, refuse
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.formats.profile import ProtocolColumn
from isdas.formats.rows import assemble
from isdas.model.columns import Capability
from isdas.model.errors import InputRefused
from isdas.model.packets import MOST_PACKETS
from isdas.model.port import NO_PORT

_TRANSPORTS = Capability.TCP | Capability.UDP | Capability.ICMP
CAPABILITIES = _TRANSPORTS | Capability.SOURCE_PORT | Capability.DESTINATION

_HEAD_BYTES = 1 << 16
_CURRENT = {
    "time": "timestamp",
    "protocol": "protocol",
    "source": "src_ip",
    "source_port": "src_port",
    "destination": "dst_ip",
    "port": "dst_port",
    "infection": "infection",
    "tag": "tag",
}
_LEGACY = {
    "time": "timestamp",
    "protocol": "type",
    "source": "ip",
    "source_port": "port",
    "destination": "dst_ip",
    "port": "dst_port",
    "family": "family",
    "tag": "tag",
}
"""Headers of the columns that a report must have, today and until 2021."""


def sniff(head: bytes) -> bool:
    """Whether the first line has the columns of a darknet report."""
    return _meaning(_header(head)) is not None


def _header(head: bytes) -> tuple[str, ...]:
    try:
        line = head.split(b"\n", 1)[0].decode("utf-8-sig").rstrip("\r")
        return tuple(name.strip() for name in next(csv.reader([line], strict=True), []))
    except (UnicodeDecodeError, csv.Error):
        return ()


def _meaning(names: tuple[str, ...]) -> dict[str, str] | None:
    """What is under which header; None if that is none of such reports."""
    if len(set(names)) < len(names):
        return None
    return next((known for known in (_CURRENT, _LEGACY) if set(known.values()) <= set(names)), None)


def read(path: Path, context: Context, block_bytes: int = BLOCK_BYTES) -> Iterator[Work]:
    """
    The rows of a report, plain or compressed, in stretches.

    Raises:
        InputRefused: ``unreadable``, or ``wrong-columns`` if the first line has not those of such a report.
    """
    block = next(line_blocks(path, _HEAD_BYTES), None)
    names = _header(block.data if block else b"")
    meaning = _meaning(names)
    if meaning is None:
        raise InputRefused("wrong-columns", f"{path} has not the columns of a darknet report: {', '.join(names)[:200]}")
    return (partial(_batch, each, names, meaning) for each in line_blocks(path, block_bytes))


def _batch(block: LineBlock, names: tuple[str, ...], meaning: dict[str, str]) -> Batch:
    table, lines, reasons = delimited.table_of(block, delimited.Shape(names))
    said = {name: events.column_of(table, column) for name, column in meaning.items()}
    values: dict[str, Any] = {"position": block.first + lines}
    values["time"], good = events.stamps(said["time"], UTC)
    refuse(reasons, ~good, "bad-time")
    high, low, good = events.halves(said["source"])
    refuse(reasons, ~good, "bad-source")
    values |= {"source_high": high, "source_low": low, "ip_version": events.versions(high, low)}
    values["destination_high"], values["destination_low"], aimed = events.halves(said["destination"])
    refuse(reasons, fields.filled(said["destination"]) & ~aimed, "bad-destination")
    protocol, good = fields.protocols(said["protocol"], ProtocolColumn())
    refuse(reasons, ~good, "bad-protocol")
    ported = np.isin(protocol, (6, 17))
    port, good = events.within(said["port"], 65535)
    refuse(reasons, ported & ~good, "bad-port")
    origin, known = events.within(said["source_port"], 65535)
    known &= ported
    refuse(reasons, ported & fields.filled(said["source_port"]) & ~known, "bad-source-port")
    values |= {"protocol": protocol, "port": np.where(ported, port, NO_PORT), "source_port": origin}
    nulls = {"source_port": ~known, "destination_high": ~aimed, "destination_low": ~aimed}
    values["packets"], nulls["packets"] = _packets(table, reasons)
    able = np.where(aimed, int(Capability.DESTINATION), 0) | np.where(known, int(Capability.SOURCE_PORT), 0)
    return account(block, lines, reasons, assemble(values, nulls, kept(reasons), able | int(_TRANSPORTS)))


def _packets(table: pa.Table, reasons: Any) -> tuple[Any, Any]:
    """How many packets a row stands for, and which rows do not say."""
    if "count" not in table.column_names:
        return np.zeros(len(table), np.int64), np.ones(len(table), np.bool_)
    column = events.column_of(table, "count")
    count, good = events.within(column, MOST_PACKETS)
    stated = fields.filled(column)
    refuse(reasons, stated & (~good | (count == 0)), "bad-packets")
    return count, ~stated
