"""
Avro object container files (Apache Avro 1.11): the header, and the blocks of records in stretches, in constant memory.

It does not know what a record means; strings in records are not read.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.formats.avro_codec import CODECS, MAX_BLOCK_BYTES, DamagedBlock, inflate
from isdas.formats.avro_records import MOST_ITEMS, decode_records
from isdas.formats.avro_schema import Plan, encodings, plan, unreadable
from isdas.formats.stream import ByteStream
from isdas.model.errors import InputRefused

STRETCH_RECORDS = 1 << 17
STRETCH_BYTES = 4 << 20
"""A stretch ends with the block that makes it as large as one of these."""

_MAGIC = b"Obj\x01"
_SYNC_BYTES = 16
_FRAME_BYTES = 20
"""The most that the count and the size before a block take."""
_MAX_HEADER_BYTES = 1 << 20
_RECORDS_PER_BYTE = 1 << 20
"""More records than a byte of any codec holds: what a block claims beyond it would overflow the numbers of records."""
_USUAL_PER_BYTE = 64
"""Of a block that claims more, only so many count for how long a stretch becomes."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the beginning of a container says: its schema, the codec of its blocks, the mark after each, its length."""

    schema: Any
    codec: str
    sync: bytes
    size: int

    @property
    def name(self) -> str:
        """The name of the records, without their namespace; empty for what is no record."""
        name = self.schema.get("name") if isinstance(self.schema, dict) else None
        return name.rpartition(".")[2] if isinstance(name, str) else ""


@dataclass(frozen=True, slots=True)
class Block:
    """Records that are compressed together: the number of the first in the file, how many they are said to be."""

    first: int
    count: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    Blocks that follow each other in a file.

    Attributes:
        codec: how they are compressed.
        blocks: those whose frames are whole.
        warnings: what was met among them: ``truncated-tail``, ``damaged-block``, and those of a compressed file.
    """

    codec: str
    blocks: tuple[Block, ...]
    warnings: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Records:
    """
    The wanted fields of n records.

    Attributes:
        numbers: int64[n] of each number; ABSENT where it is null.
        arrays: int64[n, MOST_ITEMS] of each array; only the first *lengths* items mean something.
        lengths: int64[n] of each array: how many items it has.
        positions: int64[n], number of each record in the file, from 0.
        warnings: those of the stretch, and ``damaged-block``.
    """

    numbers: dict[str, npt.NDArray[np.int64]]
    arrays: dict[str, npt.NDArray[np.int64]]
    lengths: dict[str, npt.NDArray[np.int64]]
    positions: npt.NDArray[np.int64]
    warnings: Counter[str]


class _Cut(Exception):
    """The bytes end within something."""


class _Nonsense(Exception):
    """The bytes cannot be what they should be."""


def record_name(head: bytes) -> str | None:
    """The name of the records of a container that begins like this; None if that is no container."""
    try:
        return _header(head).name
    except (_Cut, _Nonsense):
        return None


def read_header(stream: ByteStream, path: Path) -> Header:
    """
    The header of a container.

    Raises:
        InputRefused: ``truncated-header`` or ``damaged-header``; ``unknown-codec``.
    """
    try:
        header = _header(stream.look(_MAX_HEADER_BYTES))
    except _Cut:
        raise InputRefused("truncated-header", f"{path} ends within its Avro header") from None
    except _Nonsense:
        raise InputRefused("damaged-header", f"{path} has no readable Avro header") from None
    if header.codec not in CODECS:
        known = ", ".join(CODECS)
        raise InputRefused("unknown-codec", f"{path} is compressed with {header.codec!r}; known are {known}")
    stream.take(header.size)
    return header


def read_plan(header: Header, path: Path, numbers: Sequence[str], arrays: Sequence[str] = ()) -> Plan:
    """
    How to read some fields of the records, found by their names, whatever their order.

    Raises:
        InputRefused: ``wrong-columns`` if some are not there, or not of the type, or the schema has types not read.
    """
    found = encodings(header.schema) or {}
    wrong = unreadable(found, numbers, arrays)
    if wrong:
        names = ", ".join(map(repr, wrong))
        raise InputRefused("wrong-columns", f"the Avro schema of {path} lacks or has as an unreadable type: {names}")
    return plan(found, numbers, arrays)


def stretches(stream: ByteStream, header: Header) -> Iterator[Stretch]:
    """
    All blocks behind the header.

    After a block that cannot be, reading goes on behind the next sync marker; what lies between is lost and counted
    as one ``damaged-block``.
    """
    blocks: list[Block] = []
    warnings: Counter[str] = Counter()
    first = n = size = 0
    while True:
        try:
            count, data = _block(stream, header.sync)
        except _Nonsense:
            warnings["damaged-block"] += 1
            continue
        except _Cut:
            warnings["truncated-tail"] += 1
            break
        except EOFError:
            break
        blocks.append(Block(first, count, data))
        first += min(count, len(data) * _RECORDS_PER_BYTE)
        n, size = n + min(count, len(data) * _USUAL_PER_BYTE), size + len(data) + _FRAME_BYTES
        if n >= STRETCH_RECORDS or size >= STRETCH_BYTES:
            yield Stretch(header.codec, tuple(blocks), warnings)
            blocks, warnings, n, size = [], Counter(), 0, 0
    if stream.warning:
        warnings[stream.warning] += 1
    if blocks or warnings:
        yield Stretch(header.codec, tuple(blocks), warnings)


def records(stretch: Stretch, by: Plan) -> Records:
    """The wanted fields of all records of a stretch; of a damaged block those before the damage."""
    warnings = Counter(stretch.warnings)
    left = sum(block.count for block in stretch.blocks)
    parts = [_Part.of(by, min(left, 2 * STRETCH_RECORDS))]
    for block in stretch.blocks:
        try:
            data = np.frombuffer(inflate(stretch.codec, block.data), np.uint8)
        except DamagedBlock:
            warnings["damaged-block"] += 1
            continue
        # The count is only a claim.
        room = min(block.count, len(data) // by.least)
        if parts[-1].room < room:
            parts.append(_Part.of(by, max(room, STRETCH_RECORDS)))
        n, end = parts[-1].fill(data, room, block.first, by)
        warnings["damaged-block"] += n < block.count or end < len(data)
    return Records(
        dict(zip(by.numbers, _joined([part.values[:, : part.n] for part in parts]), strict=True)),
        dict(zip(by.arrays, _joined([part.items[:, : part.n] for part in parts]), strict=True)),
        dict(zip(by.arrays, _joined([part.lengths[:, : part.n] for part in parts]), strict=True)),
        _joined([part.positions[:, : part.n] for part in parts])[0],
        +warnings,
    )


def _joined(parts: list[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _empty(*shape: int) -> npt.NDArray[np.int64]:
    """Memory of Arrow's pool, which keeps it for the next stretch: fresh pages cost more than filling them."""
    count = math.prod(shape)
    return np.frombuffer(pa.allocate_buffer(8 * max(count, 1)), np.int64)[:count].reshape(shape)


@dataclass(slots=True)
class _Part:
    """
    Room for the records of blocks, by slot and record; the first *n* are filled.

    What a stretch says it has is mostly what it has: then there is one part, and nothing is copied.
    """

    values: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    positions: npt.NDArray[np.int64]
    n: int = 0

    @classmethod
    def of(cls, by: Plan, room: int) -> "_Part":
        """Nothing yet."""
        n_arrays = len(by.arrays)
        return cls(
            _empty(len(by.numbers), room),
            _empty(n_arrays, room, MOST_ITEMS),
            _empty(n_arrays, room),
            _empty(1, room),
        )

    @property
    def room(self) -> int:
        """How many records there is room for."""
        return len(self.positions[0]) - self.n

    def fill(self, data: npt.NDArray[np.uint8], count: int, first: int, by: Plan) -> tuple[int, int]:
        """Read up to *count* records of a block; gives how many could be read, and where the last of them ends."""
        n, end = decode_records(data, count, by.steps, self.values, self.items, self.lengths, self.n)
        self.positions[0, self.n : self.n + n] = np.arange(first, first + n)
        self.n += n
        return n, end


def _block(stream: ByteStream, sync: bytes) -> tuple[int, bytes]:
    """
    The count and the bytes of the next block.

    Raises:
        EOFError: there is none.
        _Nonsense: what is here cannot be one; the stream is now behind the next sync marker, or at its end.
        _Cut: the stream ends within it.
    """
    frame = stream.look(_FRAME_BYTES)
    if not frame:
        raise EOFError
    try:
        count, at = _varint(frame, 0)
        size, at = _varint(frame, at)
        if not (0 <= size <= MAX_BLOCK_BYTES and 0 <= count < 1 << 48):
            raise _Nonsense
        mark = stream.look(at + size + _SYNC_BYTES)[at + size :]
        if mark != sync:
            raise _Cut if len(mark) < _SYNC_BYTES else _Nonsense
    except (_Cut, _Nonsense) as error:
        # A size that is a lie may reach beyond the end of the file, and a marker still follow.
        if stream.find(sync):
            stream.take(_SYNC_BYTES)
            raise _Nonsense from None
        raise type(error) from None
    stream.take(at)
    data = stream.take(size)
    stream.take(_SYNC_BYTES)
    return count, data


def _header(data: bytes) -> Header:
    if not data.startswith(_MAGIC):
        raise _Nonsense
    metadata, at = _metadata(data, len(_MAGIC))
    if len(data) < at + _SYNC_BYTES:
        raise _Cut
    try:
        schema = json.loads(metadata[b"avro.schema"])
        codec = metadata.get(b"avro.codec", b"null").decode()
    except (ValueError, KeyError, RecursionError):
        raise _Nonsense from None
    return Header(schema, codec, data[at : at + _SYNC_BYTES], at + _SYNC_BYTES)


def _metadata(data: bytes, at: int) -> tuple[dict[bytes, bytes], int]:
    found: dict[bytes, bytes] = {}
    while True:
        count, at = _varint(data, at)
        if count == 0:
            return found, at
        if count < 0:
            # A negative count is followed by the size of the entries in bytes.
            _, at = _varint(data, at)
        for _ in range(abs(count)):
            key, at = _string(data, at)
            found[key], at = _string(data, at)


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _varint(data, at)
    if not 0 <= length <= _MAX_HEADER_BYTES:
        raise _Nonsense
    if len(data) < at + length:
        raise _Cut
    return data[at : at + length], at + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The zigzag varint at *at*, and where it ends."""
    raw = 0
    for i, byte in enumerate(data[at : at + 10]):
        raw |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return raw >> 1 ^ -(raw & 1), at + i + 1
    if len(data) < at + 10:
        raise _Cut
    raise _Nonsense
