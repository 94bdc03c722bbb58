"""
Suricata's EVE log, JSON lines of events of many types, to Packets.

Only one type of event of a file is read, the one that counts packets best: halves of flows (``netflow``), else flows,
else alerts. Other events tell of the same packets again.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import eve_rows
from isdas.formats.account import account
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.jsonlines import sniff_object, table_of
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.model.columns import Capability
from isdas.model.errors import InputRefused

CAPABILITIES = eve_rows.CAPABILITIES | Capability.TCP_FLAGS | Capability.TTL

# The types of Suricata's etc/schema.json.
# fmt: off
TYPES = (
    "alert", "anomaly", "arp", "bittorrent_dht", "dcerpc", "dhcp", "dnp3", "dns", "drop", "engine", "enip",
    "fileinfo", "flow", "frame", "ftp", "ftp_data", "http", "http2", "ike", "krb5", "ldap", "mdns", "modbus",
    "mqtt", "netflow", "nfs", "packet", "pgsql", "pop3", "quic", "rdp", "rfb", "sip", "smb", "smtp", "snmp",
    "ssh", "stats", "tftp", "tls", "websocket",
)
# fmt: on

PASSED_OVER = {name: f"passed-over-{name.replace('_', '-')}" for name in TYPES}
"""Warnings that count the events that are no records, by type."""

_OTHER = "passed-over-other"
_REPEATED = "repeated-alert"


def sniff(head: bytes) -> bool:
    """Whether a beginning is of events: its first object has a type that Suricata knows, and a time stamp."""
    found = sniff_object(head) or {}
    return found.get("event_type") in TYPES and isinstance(found.get("timestamp"), str)


def read(path: Path, context: Context, block_bytes: int = BLOCK_BYTES) -> Iterator[Work]:
    """
    The events of the type that is read, one row for each, turned so that it goes to us if anything of it did.

    Which type that is, is decided by the first block that has any. Events of other types are no records; they are
    counted as warnings. Reasons: ``not-json``, ``not-an-object``, ``line-too-long``, ``cut-line``, ``bad-time``,
    ``bad-source``, ``bad-destination``, ``bad-protocol``, ``bad-port``, ``bad-icmp-type``, ``bad-packets``.

    Raises:
        InputRefused: ``unreadable``, ``empty-file``.
    """
    kind, empty = "", True
    for block in line_blocks(path, block_bytes):
        empty = empty and not block.data.strip()
        kind = kind or _best(block.data)
        yield partial(_batch, block, kind or "flow", context)
    if empty:
        raise InputRefused("empty-file", f"{path} is empty")


def _best(data: bytes) -> str:
    """The type of event to read; empty if there is none of them."""
    for kind in eve_rows.SCHEMAS:
        if any(b'"event_type":%s"%s"' % (blank, kind.encode()) in data for blank in (b"", b" ")):
            return kind
    return ""


def _batch(block: LineBlock, kind: str, context: Context) -> Batch:
    table, lines, reasons = table_of(block, eve_rows.SCHEMAS[kind])
    types = table.column("event_type").combine_chunks()
    refused = reasons != None  # noqa: E711 - elementwise
    mine = refused | pc.equal(types, kind).fill_null(False).to_numpy(zero_copy_only=False)
    warnings = _counted(types.filter(pa.array(~mine)))
    if kind == "alert":
        again = _repeated(table) & mine & ~refused
        warnings[_REPEATED] = int(again.sum())
        mine &= ~again
    if not mine.all():
        table, lines, reasons = table.filter(pa.array(mine)), lines[mine], reasons[mine]
    packets = eve_rows.packets(kind, table, context, block.first + lines, reasons)
    return account(block, lines, reasons, packets, warnings)


def _counted(types: pa.Array) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in pc.value_counts(types).to_pylist():
        found[PASSED_OVER.get(each["values"], _OTHER)] += each["counts"]
    return found


def _repeated(table: pa.Table) -> npt.NDArray[np.bool_]:
    """Alerts of a packet of which there was an alert before, by another rule."""
    names = ("event_type", "timestamp", "flow_id", "src_ip", "src_port", "dest_ip", "dest_port")
    numbered = table.select(names).append_column("row", pa.array(np.arange(len(table))))
    firsts = numbered.group_by(list(names), use_threads=False).aggregate([("row", "min")]).column("row_min")
    again = np.ones(len(table), np.bool_)
    again[firsts.to_numpy()] = False
    return again
