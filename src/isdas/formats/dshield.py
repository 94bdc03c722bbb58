"""
DShield submissions as JSON: what sensors of the Internet Storm Center send it, by document, by line or as bare logs.

The authorization of a submission is nobody's business: it is neither kept nor shown, not even with what is refused.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import events
from isdas.formats.account import Reasons, account, kept
from isdas.formats.batch import Batch, Refusal, Work
from isdas.formats.context import Context
from isdas.formats.cowrie import PASSED_OVER
from isdas.formats.dshield_logs import CAPABILITIES, COWRIE, FIREWALL, KINDS, OTHER, WEB, packets
from isdas.formats.fields import Ints, Mask
from isdas.formats.jsonlines import table_of
from isdas.formats.lines import BLOCK_BYTES, LineBlock
from isdas.formats.objects import Form, form_of, object_lines
from isdas.formats.stream import byte_stream

__all__ = ["CAPABILITIES", "read", "sniff"]

_HEAD_BYTES = 1 << 16
_WRAPPERS = ("logs",)
_BARE = Form(0, b"", True, None)
_TYPE = re.compile(rb'"type":"([^"\\]{1,40})"')
_SECRET = re.compile(r"auth_?header|authorization|ISC-HMAC|credentials\s*=|nonce\s*=|api_?key", re.IGNORECASE)

Changes = tuple[tuple[int, str], ...]
"""From which line of a block on its logs are of which type; empty where it is not said."""

_STRING, _NUMBER = pa.string(), pa.int64()
_NUMBERS = ("proto", "sport", "dport", "port", "version")
_FIELDS: dict[str, pa.DataType] = {
    "time": pa.float64(),
    **dict.fromkeys(_NUMBERS, _NUMBER),
    **dict.fromkeys(("timestamp", "flags", "sip", "source_ip", "src_ip", "dip", "dst_ip"), _STRING),
    **dict.fromkeys(("method", "url", "user", "username", "hassh", "banner"), _STRING),
}
_HEADERS = ("host", "Host", "HOST", "header_Host", "header_host")


def sniff(head: bytes) -> bool:
    """Whether the first object is a log as DShield takes it, in a submission or bare."""
    form = form_of(head, _WRAPPERS)
    if form is None or form.first is None:
        return False
    if form.depth == 2:
        said = _TYPE.search(re.sub(rb"\s*:\s*", b":", form.around))
        if said is not None and said[1].decode("latin-1") in KINDS:
            return True
    log = form.first.keys()
    if isinstance(form.first.get("logs"), list):
        return form.first.get("type") in KINDS
    firewall = {"time", "sip", "dip", "proto"} <= log and ("flags" in log or {"sport", "dport"} <= log)
    web = {"time", "sip", "url"} <= log and bool({"headers", "useragent", "method"} & log)
    return firewall or web or {"timestamp", "source_ip", "user"} <= log


def read(path: Path, context: Context, block_bytes: int = BLOCK_BYTES) -> Iterator[Work]:
    """
    The logs of submissions, plain or compressed, in stretches: one document, one in each line, or logs without any.

    Raises:
        InputRefused: ``unreadable``.
    """
    with byte_stream(path) as stream:
        form = form_of(stream.look(_HEAD_BYTES), _WRAPPERS)
    kind = ""
    for block, around in object_lines(path, form or _BARE, block_bytes):
        changes: list[tuple[int, str]] = [(0, kind)]
        for index, text in sorted(around.items()):
            kind = _kind(text, kind)
            changes.append((index, kind))
        yield partial(_batch, block, tuple(changes), context)


def _kind(text: bytes, before: str) -> str:
    """The type that a document says before its logs; one that says it after them has none here."""
    *ended, here = text.split(b"\n")
    said = _TYPE.findall(here)
    if said:
        return str(said[-1].decode("latin-1"))
    return "" if ended or b'"logs"' in here else before


def _batch(block: LineBlock, changes: Changes, context: Context) -> Batch:
    table, lines, reasons, kinds = _logs(block, changes)
    records = (kinds != OTHER) | ~kept(reasons)
    warnings = Counter({PASSED_OVER: int(len(lines) - records.sum())})
    table, lines, reasons, kinds = table.filter(pa.array(records)), lines[records], reasons[records], kinds[records]
    rows = packets(table, block.first + lines, kinds, reasons, warnings, context.zone)
    batch = account(block, lines, reasons, rows, warnings)
    return replace(batch, refusals=tuple(_without_secret(refusal) for refusal in batch.refusals))


def _without_secret(refusal: Refusal) -> Refusal:
    """The refused text up to where a submission's authorization could begin."""
    found = _SECRET.search(refusal.text)
    return refusal if found is None else replace(refusal, text=refusal.text[: found.start()] + "...")


def _logs(block: LineBlock, changes: Changes) -> tuple[pa.Table, Ints, Reasons, Ints]:
    """The fields, lines, reasons and kinds of the logs of a block."""
    schema = _schema(block.data)
    table, lines, reasons = table_of(block, schema)
    kinds = _kinds(table, lines, changes)
    lacking = np.zeros(len(lines), np.bool_)
    for name in ("time", "proto", "dport"):
        lacking |= ~events.mask(pc.is_valid(events.column_of(table, name)))
    if (lacking & (kinds == FIREWALL) & kept(reasons)).any():
        texts = [(field.name, field.type if pa.types.is_struct(field.type) else _STRING) for field in schema]
        table, lines, reasons = table_of(block, pa.schema(texts))
    return table, lines, reasons, kinds


def _schema(data: bytes) -> pa.Schema:
    """Numbers are numbers or texts, as each client has it: they are expected as the first logs of a block have them."""
    beginning = data[:_HEAD_BYTES]
    fields: dict[str, pa.DataType] = {}
    for name, kind in _FIELDS.items():
        quoted = kind != _STRING and re.search(rb'"%b":\s*"' % name.encode(), beginning)
        fields[name] = _STRING if quoted else kind
    if b'"headers"' in data:
        fields["headers"] = pa.struct([(name, _STRING) for name in _HEADERS])
    return pa.schema(list(fields.items()))


def _kinds(table: pa.Table, lines: Ints, changes: Changes) -> Ints:
    """int64[n]: what kind of log each is, by the type of its document, else by its fields."""
    begins = np.array([index for index, _ in changes], np.int64)
    said = np.array([KINDS.get(kind.lower(), OTHER) if kind else -1 for _, kind in changes], np.int64)
    kinds = said[np.searchsorted(begins, lines, "right") - 1] if len(lines) else np.zeros(0, np.int64)
    unknown = kinds < 0
    if unknown.any():
        kinds[unknown] = _by_fields(table.filter(pa.array(unknown)))
    return kinds


def _by_fields(table: pa.Table) -> Ints:
    has: dict[str, Mask] = {
        name: events.mask(pc.is_valid(events.column_of(table, name))) for name in table.column_names
    }
    kinds = np.full(len(table), OTHER, np.int64)
    kinds[has["source_ip"] | has["user"] | has["username"]] = COWRIE
    kinds[has["url"] | has["method"] | has.get("headers", has["url"])] = WEB
    kinds[has["proto"] | has["flags"] | (has["dport"] & has["sport"])] = FIREWALL
    # What says nothing of itself is a log that lacks everything: better refused than passed over.
    kinds[~np.logical_or.reduce(list(has.values()))] = FIREWALL
    return kinds
