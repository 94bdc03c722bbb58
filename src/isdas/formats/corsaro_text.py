"""
CAIDA FlowTuple v2 as text: what ``cors2ascii`` makes of the binary files, and ``corsavro_ft2ascii`` of those of v3.

Lines of tuples stand between lines that begin and end intervals and classes; the classes are the writer's opinion and
not taken.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.formats import corsaro_lines, flowtuple
from isdas.formats.account import Reasons, account, no_reasons
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.flowtuple import CAPABILITIES as SHARED
from isdas.formats.flowtuple import REFUSALS as OF_TUPLES
from isdas.formats.flowtuple import Ints, Tuples, sensor_of, with_octets
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks

CAPABILITIES = SHARED
"""The most that a tuple shows."""

REFUSALS = (
    "blank-line",
    "wrong-column-count",
    "bad-source",
    "bad-destination",
    "bad-source-port",
    "bad-port",
    "bad-protocol",
    "bad-ttl",
    "bad-tcp-flags",
    "bad-ip-length",
    "bad-packets",
)
"""Why a line is no tuple, by what `corsaro_lines.read_tuples` found, from BLANK on."""

_MARK = b"# CORSARO_INTERVAL_"
_INTERVAL = re.compile(rb"^# CORSARO_INTERVAL_(START|END) \d{1,10} (\d{1,10})\r?$", re.MULTILINE)
_CLASS = re.compile(rb"^START flowtuple_\w+ \d+\r?$", re.MULTILINE)
_NO_INTERVAL = -1


def sniff(head: bytes) -> bool:
    """Whether a file that begins like this is the text of FlowTuples."""
    return head.startswith(b"# CORSARO_") and bool(_INTERVAL.search(head)) and bool(_CLASS.search(head))


def read(path: Path, context: Context) -> Iterator[Work]:
    """
    The tuples of a file in stretches of about 8 MiB of lines; every line that is no mark of Corsaro's is a record.

    Raises:
        InputRefused: ``unreadable``.
    """
    time = _NO_INTERVAL
    for block in line_blocks(path, BLOCK_BYTES):
        begins, times = _intervals(block, time)
        yield partial(_understood, block, begins, times, context, sensor_of(path))
        time = int(times[-1])


def _intervals(block: LineBlock, time: int) -> tuple[Ints, Ints]:
    """From which byte of the block on which time holds; the first is what holds at its begin."""
    begins, times = [0], [time]
    at = block.data.find(_MARK)
    while at >= 0:
        found = _INTERVAL.match(block.data, at)
        if found and (at == 0 or block.data[at - 1 : at] == b"\n"):
            begins.append(at)
            times.append(int(found[2]) if found[1] == b"START" else _NO_INTERVAL)
        at = block.data.find(_MARK, at + 1)
    return np.array(begins, np.int64), np.array(times, np.int64)


def _understood(block: LineBlock, begins: Ints, times: Ints, context: Context, sensor: str | None) -> Batch:
    starts = block.starts()
    values = np.zeros((len(starts) - 1, len(corsaro_lines.FIELDS)), np.int64)
    what = np.zeros(len(values), np.int8)
    corsaro_lines.read_tuples(np.frombuffer(block.data, np.uint8), starts, values, what)
    refused = np.array(sorted(block.refused), np.int64)
    what[refused] = corsaro_lines.GOOD
    lines = np.flatnonzero(what != corsaro_lines.NO_TUPLE)
    columns: Any = dict(zip(corsaro_lines.FIELDS, values[lines].T.copy(), strict=True))
    time = times[np.searchsorted(begins, starts[lines], "right") - 1]
    tuples = with_octets(Tuples(block.first + lines, time, **columns), context)
    reasons = _reasons(block, lines, what[lines], flowtuple.reasons(tuples))
    kept = reasons == None  # noqa: E711 - elementwise
    return account(block, lines, reasons, flowtuple.packets(tuples, kept, sensor))


def _reasons(block: LineBlock, lines: Ints, what: npt.NDArray[np.int8], codes: npt.NDArray[np.int8]) -> Reasons:
    """Why each line is refused: for what the block says, for its form, or for what it says."""
    reasons = no_reasons(len(lines))
    for row in np.flatnonzero(codes).tolist():
        reasons[row] = OF_TUPLES[codes[row] - 1]
    for row in np.flatnonzero(what).tolist():
        reasons[row] = REFUSALS[what[row] - corsaro_lines.BLANK]
    for row in np.flatnonzero(np.isin(lines, list(block.refused))).tolist():
        reasons[row] = block.refused[int(lines[row])]
    return reasons
