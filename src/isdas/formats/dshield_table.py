"""
DShield's older format for firewall logs: nine fields with tabs between them, a line for each source, port and time.

The user that a line names is the sensor; a line may stand for several packets.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import delimited, events, fields
from isdas.formats.account import account, kept, refuse
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.dshield_logs import CAPABILITIES, destinations, flags
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.formats.profile import ProtocolColumn
from isdas.formats.rows import assemble
from isdas.model.columns import Capability
from isdas.model.packets import MOST_PACKETS
from isdas.model.port import NO_PORT

__all__ = ["CAPABILITIES", "read", "sniff"]

_LINE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:?\d\d\t[^\t\n]*\t\d+\t[^\t\n]+\t[^\t\n]*\t[^\t\n]+\t")
_SHAPE = delimited.Shape(
    ("time", "user", "count", "sip", "sport", "dip", "dport", "proto", "flags"), "\t", header=False
)
_ICMP, _ICMPV6 = 1, 58


def sniff(head: bytes) -> bool:
    """Whether the first line that is no comment has a time with its offset, a user, a count and a source."""
    lines = (line for line in head.split(b"\n") if line.strip() and not line.startswith(b"#"))
    return _LINE.match(next(lines, b"")) is not None


def read(path: Path, context: Context, block_bytes: int = BLOCK_BYTES) -> Iterator[Work]:
    """
    The lines of a file, plain or compressed, in stretches.

    Raises:
        InputRefused: ``unreadable``.
    """
    for block in line_blocks(path, block_bytes):
        yield partial(_batch, block)


def _batch(block: LineBlock) -> Batch:
    table, lines, reasons = delimited.table_of(_uncommented(block), _SHAPE)
    said = {name: events.column_of(table, name) for name in _SHAPE.names}
    values: dict[str, Any] = {"position": block.first + lines}
    # Between time and offset stands a blank, which ISO 8601 has not.
    joined = pc.replace_substring_regex(said["time"], r"\s+([+-]\d\d:?\d\d)$", r"\1")
    offset = events.mask(pc.match_substring_regex(joined, r"\d[+-]\d\d:?\d\d$"))
    values["time"], good = events.stamps(joined, UTC)
    refuse(reasons, ~(good & offset), "bad-time")
    values["packets"], good = events.within(said["count"], MOST_PACKETS)
    refuse(reasons, ~good | (values["packets"] == 0), "bad-packets")
    high, low, good = events.halves(said["sip"])
    refuse(reasons, ~good, "bad-source")
    values |= {"source_high": high, "source_low": low, "ip_version": events.versions(high, low)}
    values["destination_high"], values["destination_low"], shown = destinations(said["dip"])
    values["protocol"], good = fields.protocols(said["proto"], ProtocolColumn())
    refuse(reasons, ~good, "bad-protocol")
    nulls = _ports(said, values, reasons)
    nulls["destination_high"] = nulls["destination_low"] = shown == 0
    values["sensor"], nulls["sensor"] = events.labels(said["user"])
    stays = kept(reasons)
    able = np.where(nulls["tcp_flags"] & (values["protocol"] == 6), 0, int(Capability.TCP_FLAGS)) | shown
    able |= np.where(nulls["source_port"], 0, int(Capability.SOURCE_PORT))
    able |= int(Capability.TCP | Capability.UDP | Capability.ICMP)
    masked = fields.filled(said["dip"]) & (shown != int(Capability.DESTINATION))
    warnings = Counter({"masked-destination": int((stays & masked).sum())})
    return account(block, lines, reasons, assemble(values, nulls, stays, able), warnings)


def _uncommented(block: LineBlock) -> LineBlock:
    """The block with its comments as blank lines."""
    if not block.data.startswith(b"#") and b"\n#" not in block.data:
        return block
    data = re.sub(rb"(?m)^#[^\n]*", b"", block.data)
    return LineBlock(data, block.first, block.refused, block.warnings)


def _ports(said: dict[str, pa.Array], values: dict[str, Any], reasons: Any) -> dict[str, Any]:
    """Put in ports, ICMP code and flags; gives which rows lack them. What is not known is written ``???``."""
    protocol = values["protocol"]
    ported, icmp = np.isin(protocol, (6, 17)), np.isin(protocol, (_ICMP, _ICMPV6))
    to, to_known = events.within(said["dport"], 65535)
    origin, origin_known = events.within(said["sport"], 65535)
    refuse(reasons, ported & ~to_known, "bad-port")
    typed = icmp & origin_known & (origin <= 255)
    refuse(reasons, icmp & ~typed, "bad-icmp-type")
    values["port"] = np.where(ported & to_known, to, np.where(typed, origin, NO_PORT))
    values["source_port"], values["icmp_code"] = np.where(ported, origin, 0), np.where(icmp, to, 0)
    values["tcp_flags"], good, _ = flags(said["flags"])
    stated = (protocol == 6) & fields.filled(said["flags"]) & ~events.mask(pc.equal(said["flags"], "???"))
    refuse(reasons, stated & ~good, "bad-tcp-flags")
    return {
        "source_port": ~(ported & origin_known),
        "icmp_code": ~(icmp & to_known & (to <= 255)),
        "tcp_flags": ~stated,
    }
