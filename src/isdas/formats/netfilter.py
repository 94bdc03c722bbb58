"""
Netfilter LOG lines of iptables, ip6tables and nftables, and ulogd's imitations of them, in any syslog to Packets.

It reads no captures of NFLOG, and no JSON of ulogd.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.formats.batch import Batch, Refusal, Work
from isdas.formats.context import Context
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.formats.netfilter_lines import find
from isdas.formats.netfilter_rows import (
    ABSENT,
    FOUND,
    KEPT,
    NO_RECORD,
    REFUSALS,
    SHOWN,
    SLOT,
    SLOTS,
    TABLES,
    WARNINGS,
    to_packets,
)
from isdas.formats.netfilter_verdict import judge
from isdas.formats.netfilter_walk import fields
from isdas.formats.syslog import Calendar, Stamps
from isdas.model.columns import Capability
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets
from isdas.model.tally import Tally

CAPABILITIES = SHOWN | Capability.SEQUENCE | Capability.OPTIONS
"""What a line can show if the rule has all its flags; what one does show is said for each."""

_LINE = re.compile(rb"IN=[^\s=]{0,32} OUT=[^\s=]{0,32} [^\n]{0,400}?SRC=[0-9A-Fa-f.:]+ DST=[0-9A-Fa-f.:]+ LEN=")
_NAMELESS = {"", "-", "localhost"}
_AT_ONCE = 1024
"""Lines whose fields stay in the cache of a processor until it is said what they make."""


def sniff(head: bytes) -> bool:
    """Whether there is a LOG line in the beginning of a file, which is no JSON."""
    return head.lstrip()[:1] != b"{" and _LINE.search(head) is not None


def read(path: Path, context: Context) -> Iterator[Work]:
    """
    The packets of the LOG lines in a log, in stretches of about 8 MiB of lines.

    A line without ``IN=`` and what follows it is no record, and counted as the warning ``passed-over-line``; each LOG
    line is a packet or refused as one of `isdas.formats.netfilter_rows.REFUSALS`. ``position`` is the line number,
    ``sensor`` the host that the line names. Capabilities are those of each line: SEQUENCE where it shows SEQ=, OPTIONS
    where it shows options or its length leaves no room for any.

    Raises:
        InputRefused: ``unreadable`` or ``empty-file``.
    """
    calendar = Calendar(path, context)
    empty = True
    for block in line_blocks(path, BLOCK_BYTES):
        empty = empty and not block.data and not block.warnings
        yield partial(_batch, block, calendar.stamps(block), context)
    if empty:
        raise InputRefused("empty-file", f"{path} is empty")


def _batch(block: LineBlock, stamps: Stamps, context: Context) -> Batch:
    times, twice, skipped = stamps.instants(context)
    n_lines = len(times)
    reasons, warnings = np.full(n_lines, KEPT, np.int8), np.zeros(len(WARNINGS), np.int64)
    for line, reason in block.refused.items():
        reasons[line] = REFUSALS.index(reason)
    found, hosts = _room(n_lines, FOUND), _room(n_lines, 2)
    data = np.frombuffer(block.data, np.uint8)
    n_hosts = find(data, stamps.starts, stamps.afters, stamps.followings, reasons, found, hosts)
    lines, rows, n = np.flatnonzero(reasons == KEPT), _room(len(SLOTS), n_lines), 0
    blank, raw = _blank(), np.empty((_AT_ONCE, len(SLOTS)), np.int64)
    for i in range(0, len(lines), _AT_ONCE):
        some = lines[i : i + _AT_ONCE]
        fields(data, stamps.starts, some, found, TABLES, blank, raw)
        n = judge(raw, some, found, times, stamps.kinds, block.first, rows, n, reasons, warnings)
    packets = to_packets(rows[:, :n], _hosts(block.data, hosts[:n_hosts], rows[SLOT["host"], :n]))
    kept = np.flatnonzero(reasons == KEPT)
    odd = {"ambiguous-time": int(twice[kept].sum()), "skipped-time": int(skipped[kept].sum())}
    warnings[0] = np.count_nonzero(reasons == NO_RECORD)
    odd |= dict(zip(WARNINGS, warnings.tolist(), strict=True))
    return _accounted(block, stamps.starts, reasons, packets, odd)


def _accounted(
    block: LineBlock,
    starts: npt.NDArray[np.int64],
    reasons: npt.NDArray[np.int8],
    packets: Packets,
    odd: dict[str, int],
) -> Batch:
    refused = np.flatnonzero(reasons >= 0)
    tally = Tally(read=len(packets) + len(refused), stored=len(packets))
    for code, count in enumerate(np.bincount(reasons[refused], minlength=len(REFUSALS)).tolist()):
        tally.refuse(REFUSALS[code], count)
    for name, count in odd.items():
        tally.warn(name, count)
    tally.warnings.update(block.warnings)
    refusals = (
        Refusal(block.first + line, REFUSALS[reasons[line]], block.text(int(starts[line]), int(starts[line + 1])))
        for line in refused.tolist()
    )
    return Batch(packets, tally, tuple(refusals))


def _blank() -> npt.NDArray[np.int64]:
    """A row before anything is read."""
    blank = np.full(len(SLOTS), ABSENT, np.int64)
    blank[[SLOT["tcp_flags"], SLOT["marks"]]] = 0
    return blank


def _room(n_rows: int, n: int) -> npt.NDArray[np.int64]:
    """A table in memory of Arrow's pool, which keeps it for the next batch: fresh pages cost more than filling them."""
    return np.frombuffer(pa.allocate_buffer(n_rows * n * 8), np.int64).reshape(n_rows, n)


def _hosts(data: bytes, places: npt.NDArray[np.int64], codes: Any) -> pa.DictionaryArray:
    """The host of each packet, from where in the data each change of it stands."""
    names: dict[str, int] = {}
    of_place = np.empty(len(places), np.int64)
    for i, (start, size) in enumerate(places.tolist()):
        name = data[start : start + size].decode("utf-8", "replace")
        of_place[i] = -1 if name in _NAMELESS else names.setdefault(name, len(names))
    found = of_place[codes] if len(places) else codes
    indices = pa.array(found.astype(np.int32), mask=found < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(names), pa.string()))
