"""
Zeek's log of connections, ``conn.log``, as text with header lines or as JSON lines, to Packets.

Other logs of Zeek are not read: connections say all that they say of packets.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import zeek_conn
from isdas.formats.account import Reasons, account, no_reasons, refuse
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.jsonlines import sniff_object
from isdas.formats.jsonlines import table_of as json_table
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.formats.rows import assemble
from isdas.formats.zeek_tsv import Layout, not_blank, stretches
from isdas.formats.zeek_tsv import table_of as tsv_table
from isdas.model.columns import Capability
from isdas.model.errors import InputRefused

CAPABILITIES = zeek_conn.CAPABILITIES | Capability.TCP_FLAGS

OTHER_LOG = "passed-over-other-log"
"""Lines of a file in which several logs of Zeek are mixed, that are none of connections: no records."""

_ADDRESSES = ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")
_KINDS = dict.fromkeys(("orig_p", "resp_p", "orig_pkts", "resp_pkts", "ip_proto"), pa.int64())
_NESTED = pa.struct([(name.removeprefix("id."), _KINDS.get(name[3:], pa.string())) for name in _ADDRESSES])
_PLAIN = pa.schema(
    [
        ("_path", pa.string()),
        *((name, _KINDS.get(name.removeprefix("id."), pa.string())) for name in zeek_conn.USED),
        ("id", _NESTED),
    ]
)
_TIME = _PLAIN.get_field_index("ts")
_WITH_SECONDS = _PLAIN.set(_TIME, pa.field("ts", pa.float64()))


def sniff(head: bytes) -> bool:
    """Whether a beginning is a log of connections: by its ``#fields``, or the fields of its first JSON objects."""
    if _first(head).startswith(b"{"):
        return any(_is_connection(sniff_object(line)) for line in head.splitlines()[:_LOOKED_AT])
    if b"#fields" not in head:
        return False
    *_, (_, layout) = stretches(LineBlock(head[: head.rfind(b"\n") + 1], 1), Layout())
    return _tells_connections(layout)


_LOOKED_AT = 100


def _first(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


def _is_connection(found: dict[str, Any] | None) -> bool:
    if not found or found.get("_path", "conn") != "conn":
        return False
    inner = found.get("id")
    names = {*found, *(f"id.{name}" for name in inner)} if isinstance(inner, dict) else set(found)
    return names.issuperset(zeek_conn.NEEDED) and not names.isdisjoint(zeek_conn.TELLING)


def _tells_connections(layout: Layout) -> bool:
    names = layout.certain
    return names.issuperset(zeek_conn.NEEDED) and not names.isdisjoint(zeek_conn.TELLING)


def read(path: Path, context: Context, block_bytes: int = BLOCK_BYTES) -> Iterator[Work]:
    """
    The connections of a file, one row for each, turned so that it goes to us if anything of it did.

    Header lines and blank lines are no records. Reasons: ``before-header``, ``wrong-column-count``, ``not-json``,
    ``not-an-object``, ``line-too-long``, ``cut-line``, ``bad-time``, ``bad-source``, ``bad-destination``,
    ``bad-protocol``, ``bad-port``, ``bad-icmp-type``, ``bad-packets``.

    Raises:
        InputRefused: ``unreadable``, ``empty-file``.
    """
    layout, first = Layout(), b""
    for block in line_blocks(path, block_bytes):
        first = first or _first(block.data)
        if first == b"{":
            yield partial(_of_json, block, context)
        elif first:
            for stretch, layout in stretches(block, layout):  # noqa: B020 - it goes on in the next block
                yield partial(_of_text, stretch, layout, context)
    if not first:
        raise InputRefused("empty-file", f"{path} is empty")


def _of_text(block: LineBlock, layout: Layout, context: Context) -> Batch:
    if not _tells_connections(layout):
        return _without_header(block) if not layout.header else _passed_over(block)
    table, lines, whole = tsv_table(block, layout, zeek_conn.USED)
    reasons = _reasons_of(block, lines)
    refuse(reasons, ~whole, "wrong-column-count")
    return account(block, lines, reasons, zeek_conn.packets(table, context, block.first + lines, reasons))


def _without_header(block: LineBlock) -> Batch:
    lines = not_blank(block)
    reasons = _reasons_of(block, lines)
    refuse(reasons, np.ones(len(lines), np.bool_), "before-header")
    return account(block, lines, reasons, assemble({}, {}, np.zeros(0, np.bool_), 0))


def _passed_over(block: LineBlock) -> Batch:
    warnings = Counter({OTHER_LOG: len(not_blank(block))})
    return account(block, np.zeros(0, np.int64), no_reasons(0), assemble({}, {}, np.zeros(0, np.bool_), 0), warnings)


def _reasons_of(block: LineBlock, lines: npt.NDArray[np.int64]) -> Reasons:
    reasons = no_reasons(len(lines))
    for index, reason in block.refused.items():
        reasons[lines == index] = reason
    return reasons


def _of_json(block: LineBlock, context: Context) -> Batch:
    table, lines, reasons = _json_table(block)
    path = table.column("_path").combine_chunks()
    mine = pc.equal(path, "conn").fill_null(True).to_numpy(zero_copy_only=False)
    warnings = Counter({OTHER_LOG: int((~mine).sum())})
    if not mine.all():
        table, lines, reasons = table.filter(pa.array(mine)), lines[mine], reasons[mine]
    packets = zeek_conn.packets(_flat(table), context, block.first + lines, reasons)
    return account(block, lines, reasons, packets, warnings)


def _json_table(block: LineBlock) -> tuple[pa.Table, npt.NDArray[np.int64], Reasons]:
    """The fields of connections, times as numbers, or as texts if some line has another than a number."""
    first = sniff_object(block.data)
    if first is None or not isinstance(first.get("ts"), str):
        table, lines, reasons = json_table(block, _WITH_SECONDS)
        if table.column("ts").null_count == len(reasons) - np.sum(reasons == None):  # noqa: E711 - elementwise
            return table, lines, reasons
    return json_table(block, _PLAIN)


def _flat(table: pa.Table) -> pa.Table:
    """With the addresses and ports that stand in an object of their own."""
    inner = table.column("id")
    if inner.null_count == len(inner):
        return table.select(zeek_conn.USED)
    for name in _ADDRESSES:
        parts = pc.struct_field(inner, name.removeprefix("id."))
        at = table.column_names.index(name)
        table = table.set_column(at, name, pc.coalesce(table.column(name), parts))
    return table.select(zeek_conn.USED)
