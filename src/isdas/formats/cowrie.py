"""
Cowrie's JSON log: a record for each connection that was opened to the honeypot.

Everything else that it tells of a session, from the client's version to what was typed, is passed over. A connection
is no packet, so flags and sequence numbers are not known.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import tzinfo
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from isdas.formats import events
from isdas.formats.account import account, kept, refuse
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.jsonlines import sniff_object, table_of
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.formats.rows import assemble
from isdas.model.columns import Capability

CAPABILITIES = Capability.DESTINATION | Capability.TCP | Capability.SOURCE_PORT

OPENED = "cowrie.session.connect"
"""The one event that tells of a new connection, with addresses and ports."""

PASSED_OVER = "passed-over-event"

_TCP = 6
_SCHEMA = pa.schema(
    [
        ("eventid", pa.string()),
        ("timestamp", pa.string()),
        ("src_ip", pa.string()),
        ("src_port", pa.int64()),
        ("dst_ip", pa.string()),
        ("dst_port", pa.int64()),
        ("sensor", pa.string()),
    ]
)


def sniff(head: bytes) -> bool:
    """Whether the first line is one of Cowrie's events."""
    found = sniff_object(head)
    return found is not None and str(found.get("eventid", "")).startswith("cowrie.")


def read(path: Path, context: Context, block_bytes: int = BLOCK_BYTES) -> Iterator[Work]:
    """
    The connections of a log, plain or compressed, in stretches.

    Raises:
        InputRefused: ``unreadable``.
    """
    for block in line_blocks(path, block_bytes):
        yield partial(_batch, block, context.zone)


def _batch(block: LineBlock, zone: tzinfo) -> Batch:
    table, lines, reasons = table_of(block, _SCHEMA)
    records = events.among(events.column_of(table, "eventid"), (OPENED,)) | ~kept(reasons)
    warnings = Counter({PASSED_OVER: int(len(lines) - records.sum())})
    table, lines, reasons = table.filter(pa.array(records)), lines[records], reasons[records]
    values = {"position": block.first + lines, "protocol": np.full(len(lines), _TCP)}
    values["time"], good = events.stamps(events.column_of(table, "timestamp"), zone)
    refuse(reasons, ~good, "bad-time")
    for name, column in (("source", "src_ip"), ("destination", "dst_ip")):
        high, low, good = events.halves(events.column_of(table, column))
        refuse(reasons, ~good, f"bad-{name}")
        values[f"{name}_high"], values[f"{name}_low"] = high, low
    values["ip_version"] = events.versions(values["source_high"], values["source_low"])
    for name, column in (("port", "dst_port"), ("source_port", "src_port")):
        values[name], good = events.within(events.column_of(table, column), 65535)
        refuse(reasons, ~good, f"bad-{name.replace('_', '-')}")
    sensor, unnamed = events.labels(events.column_of(table, "sensor"))
    packets = assemble({**values, "sensor": sensor}, {"sensor": unnamed}, kept(reasons), int(CAPABILITIES))
    return account(block, lines, reasons, packets, warnings)
