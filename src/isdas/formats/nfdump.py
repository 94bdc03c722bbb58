"""
NetFlow, IPFIX and sFlow records in the files of nfcapd, read through the program nfdump, which must be installed.

The layout of the files is known to nfdump alone (https://github.com/phaag/nfdump): here its output is understood, in
constant memory. A flow stands for as many packets as the file says; nfcapd has multiplied those of sampled flows, here
nothing is scaled.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import fields
from isdas.formats.account import Reasons, account, kept, no_reasons, refuse
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.csv import texts_of
from isdas.formats.lines import LineBlock
from isdas.formats.profile import AddressColumn, ProtocolColumn, TimeColumn
from isdas.formats.rows import Values, assemble
from isdas.formats.stream import byte_stream
from isdas.model import address
from isdas.model.columns import Capability
from isdas.model.compression import HEAD_BYTES, compression_of
from isdas.model.errors import InputRefused
from isdas.model.packets import MOST_PACKETS, Packets
from isdas.model.port import NO_PORT
from isdas.model.tally import Tally

_ALWAYS = Capability.DESTINATION | Capability.TCP | Capability.UDP | Capability.ICMP | Capability.SOURCE_PORT
CAPABILITIES = _ALWAYS | Capability.TCP_FLAGS | Capability.TTL | Capability.LENGTH

PROGRAM = "nfdump"

FIELDS = ("cnt", "tsr", "sa", "da", "sp", "dp", "pr", "pkt", "opkt", "byt", "flg", "tos", "it", "ic")
"""What every version of nfdump can print of a flow: nfdump(1), output format."""

TTLS = ("minttl", "maxttl")
"""What versions from 1.7.3 can."""

BLOCK_BYTES = 4 << 20

_MAGIC = 0xA50C
_LAYOUTS = (1, 2)
_FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}
_NOTHING = b"No matching flows"
_SAMPLING = re.compile(r"(?:interval: *(?!1\b|0\b)|space: *(?!0\b))\d+")
_PORTED, _ICMP, _TCP = (6, 17), (1, 58), 6


def sniff(head: bytes) -> bool:
    """Whether a file begins with nfdump's number and a layout of it, in either byte order."""
    return any(
        (int.from_bytes(head[:2], order), int.from_bytes(head[2:4], order)) in {(_MAGIC, each) for each in _LAYOUTS}
        for order in ("little", "big")
    )


def read(path: Path, context: Context) -> Iterator[Work]:
    """
    The flows of a file, plain or compressed, as packets that stand for many; a position is the number of a record.

    Reasons: ``bad-time`` (also for events without one), ``bad-source``, ``bad-destination``, ``bad-protocol``,
    ``bad-port``, ``bad-packets``. Warnings: ``sampled`` if an exporter sampled, ``damaged-flows`` if nfdump found
    damage behind what it could read.

    Raises:
        InputRefused: ``needs-nfdump``, ``unreadable``, or ``damaged-flows`` if nfdump can read nothing of it.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise InputRefused(
            "needs-nfdump",
            f"{path} is a file of nfcapd, which is read through {PROGRAM}: install the package {PROGRAM}",
        )
    with _plain(path) as plain:
        told = (*FIELDS, *TTLS) if _prints(program, plain, TTLS) else FIELDS
        if _SAMPLING.search(_said(program, "-E", plain)):
            yield partial(_warned, "sampled")
        yield from _stretches(program, plain, path, told, context)


@contextmanager
def _plain(path: Path) -> Iterator[str]:
    """The path of the file without compression around it: nfdump knows only its own, inside the file."""
    try:
        with path.open("rb") as file:
            packed = compression_of(file.read(HEAD_BYTES)) is not None
    except OSError as error:
        raise InputRefused("unreadable", f"{path} cannot be read: {error.strerror or error}") from error
    if not packed:
        yield str(path.absolute())
        return
    with tempfile.NamedTemporaryFile(prefix="isdas-nfcapd-") as copy:
        with byte_stream(path) as stream:
            while piece := stream.take(BLOCK_BYTES):
                copy.write(piece)
        copy.flush()
        yield copy.name


def _arguments(program: str, plain: str, told: Sequence[str]) -> list[str]:
    return [program, "-r", plain, "-q", "-N", "-6", "-o", "fmt:" + ",".join(f"%{name}" for name in told)]


def _prints(program: str, plain: str, told: Sequence[str]) -> bool:
    """Whether this version of nfdump can print these."""
    arguments = [*_arguments(program, plain, told), "-c", "1"]
    done = subprocess.run(arguments, capture_output=True, env=_environment(), check=False)
    return b"format" not in done.stderr.lower()


def _said(*arguments: str) -> str:
    done = subprocess.run(arguments, capture_output=True, env=_environment(), check=False)
    return done.stdout.decode("utf-8", "replace")


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "TZ": "UTC"}


def _stretches(program: str, plain: str, path: Path, told: Sequence[str], context: Context) -> Iterator[Work]:
    taken = 0
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            _arguments(program, plain, told), stdout=subprocess.PIPE, stderr=complaints, env=_environment()
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for block, following in _blocks(process.stdout):
                yield partial(_batch, block, following, tuple(told), context)
                taken += 1
            code = process.wait()
        finally:
            # Who reads on no further, reads to no end.
            process.kill()
        complaints.seek(0)
        words = complaints.read(1000).decode("utf-8", "replace").strip()
    if (words or code) and not taken:
        first = words.splitlines()[0] if words else f"exit status {code}"
        raise InputRefused("damaged-flows", f"{path}: {PROGRAM} can read nothing of it: {first}")
    if words or code:
        yield partial(_warned, "damaged-flows")


def _blocks(output: IO[bytes]) -> Iterator[tuple[LineBlock, bytes]]:
    """Blocks of whole lines, numbered from 0, and the line that follows each."""
    first, rest = 0, b""
    while True:
        piece = output.read(BLOCK_BYTES)
        data = rest + piece
        # One line is held back: whether the one before it counts shows only there.
        last = data.rfind(b"\n", 0, max(data.rfind(b"\n"), 0)) + 1 if piece else len(data)
        data, rest = data[:last], data[last:]
        data = data.replace(_NOTHING + b"\n", b"") if data.startswith(_NOTHING) else data
        if data:
            yield LineBlock(data, first), rest
            first += data.count(b"\n")
        if not piece:
            return


def _warned(name: str) -> Batch:
    return Batch(Packets.of({}, 0), Tally(warnings=Counter([name])))


def _batch(block: LineBlock, following: bytes, told: Sequence[str], context: Context) -> Batch:
    n_lines = len(block.starts()) - 1
    table, whole = texts_of(block.data, n_lines, told, told)
    text = {name: pc.utf8_trim_whitespace(fields.plain(table.column(name))) for name in told}
    lines = np.flatnonzero(~_outer(text["cnt"], following) | ~whole)
    text = {name: column.take(pa.array(lines)) for name, column in text.items()}
    reasons = no_reasons(len(lines))
    refuse(reasons, ~whole[lines], "wrong-column-count")
    packets = _packets(text, block.first + lines, context, reasons)
    return account(block, lines, reasons, packets)


def _outer(counts: pa.Array, following: bytes) -> Any:
    """bool[n]: the lines that only tell the addresses of a tunnel: the flow inside follows under the same number."""
    numbers, good = fields.integers(counts)
    after = np.append(numbers[1:], int(begin) if (begin := following.split(b",", 1)[0].strip()).isdigit() else -1)
    return good & (numbers == after)


def _packets(text: dict[str, pa.Array], numbers: Any, context: Context, reasons: Reasons) -> Packets:
    values: Values = {"position": numbers}
    nulls: dict[str, fields.Mask] = {}
    values["time"], good = fields.times(text["tsr"], TimeColumn("tsr", "unix"))
    refuse(reasons, ~good | (values["time"] == 0), "bad-time")
    source = fields.addresses(text["sa"], AddressColumn("sa"))
    destination = fields.addresses(text["da"], AddressColumn("da"))
    refuse(reasons, ~source[2], "bad-source")
    refuse(reasons, ~destination[2], "bad-destination")
    values["protocol"], good = fields.protocols(text["pr"], ProtocolColumn("pr"))
    refuse(reasons, ~good, "bad-protocol")
    there, back = _number(text["pkt"]), _number(text["opkt"])
    backward = _backward(context, source, destination, there, back)
    for half, one, other in zip(("high", "low"), source, destination, strict=False):
        values[f"source_{half}"], values[f"destination_{half}"] = _turned(backward, one, other)
    values["ip_version"] = np.where(address.is_ipv4(values["source_high"], values["source_low"]), 4, 6)
    values["packets"] = np.where(backward, back, there)
    refuse(reasons, (values["packets"] < 1) | (values["packets"] > MOST_PACKETS), "bad-packets")
    _ports(values, nulls, text, backward, reasons)
    capabilities = _headers(values, nulls, text, backward)
    nulls["packets"] = values["packets"] == 1
    return assemble(values, nulls, kept(reasons), capabilities)


def _backward(context: Context, source: Any, destination: Any, there: fields.Ints, back: fields.Ints) -> fields.Mask:
    """
    bool[n]: the flows of which the packets to us are those that came back.

    Most exporters write a flow for each direction, and nothing of them comes back. Where one record tells of both, the
    addresses decide; if nobody said which are ours, its own direction does, unless there are no packets in that.
    """
    to_us, from_us = (context.is_ours(high, low) for high, low, _ in (destination, source))
    if to_us is None or from_us is None:
        return np.asarray((there == 0) & (back > 0))
    return np.asarray((back > 0) & from_us & ~(to_us & (there > 0)))


def _turned(backward: fields.Mask, one: Any, other: Any) -> tuple[fields.Ints, fields.Ints]:
    return np.where(backward, other, one), np.where(backward, one, other)


def _number(column: pa.Array) -> fields.Ints:
    """Whole numbers; -1 for what is none."""
    numbers, good = fields.integers(column)
    return np.where(good, numbers, -1)


def _ports(
    values: Values, nulls: dict[str, fields.Mask], text: dict[str, pa.Array], backward: fields.Mask, reasons: Reasons
) -> None:
    ported, icmp = np.isin(values["protocol"], _PORTED), np.isin(values["protocol"], _ICMP)
    source, port = _turned(backward, _number(text["sp"]), _number(text["dp"]))
    kind, code = _number(text["it"]), _number(text["ic"])
    refuse(reasons, ported & ((source < 0) | (source > 65535) | (port < 0) | (port > 65535)), "bad-port")
    # What came back of ICMP is of another type than what went there.
    known = icmp & ~backward & (kind >= 0) & (kind <= 255) & (code >= 0) & (code <= 255)
    values["port"] = np.where(ported, port, np.where(known, kind, NO_PORT))
    values["source_port"], nulls["source_port"] = source, ~ported
    values["icmp_code"], nulls["icmp_code"] = np.where(known, code, 0), ~known


def _headers(values: Values, nulls: dict[str, fields.Mask], text: dict[str, pa.Array], backward: fields.Mask) -> Any:
    """
    Put in what a flow says of the header of each of its packets; gives the capabilities.

    The flags of a flow are those that any of its packets had. They are those of each packet if there was one packet, or
    one flag.
    """
    alone = values["packets"] == 1
    flags = fields.by_distinct(text["flg"], _flag_bits)
    shown = (values["protocol"] == _TCP) & (flags > 0) & ~backward
    values["tcp_flags"] = flags
    nulls["tcp_flags"] = ~(shown & (alone | (flags & (flags - 1) == 0)))
    values["tos"] = _number(text["tos"])
    nulls["tos"] = backward | (values["tos"] < 0) | (values["tos"] > 255)
    length = _number(text["byt"])
    measured = alone & ~backward & (length > 0) & (length <= 65535)
    values["ip_length"], nulls["ip_length"] = np.where(measured, length, 0), ~measured
    low, high = (_number(text[name]) if name in text else np.zeros(len(flags), np.int64) for name in TTLS)
    hops = (low == high) & (low > 0) & (low <= 255) & ~backward
    values["ttl"], nulls["ttl"] = np.where(hops, low, 0), ~hops
    capabilities = np.full(len(flags), int(_ALWAYS), np.int64)
    for rows, capability in ((shown, Capability.TCP_FLAGS), (measured, Capability.LENGTH), (hops, Capability.TTL)):
        capabilities[rows] |= int(capability)
    return capabilities


def _flag_bits(text: str) -> int:
    """The bits of flags in letters (``...A..S.``) or, as old versions write them above 63, in hexadecimal; else 0."""
    if re.fullmatch(r"0x[0-9a-fA-F]{1,2}", text):
        return int(text, 16)
    return sum(bit for letter, bit in _FLAGS.items() if letter in text)
