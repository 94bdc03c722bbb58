"""
One column of a row group as a Parquet column chunk: its pages, and what the file says of them.

How a column is encoded follows from its values alone: all alike, few distinct, or spread.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.lake import encode
from isdas.lake.thrift import Value, Wide, struct
from isdas.model.dense import Numbers

BOOLEAN, INT32, INT64, BYTE_ARRAY = 0, 1, 2, 6
_PLAIN, _RLE, _DELTA, _DICTIONARY = 0, 3, 5, 8
_UNCOMPRESSED, _ZSTD = 0, 6
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2
_NARROW = 1 << 17
"""Ranges up to here are numbered by a table of all values."""
_SAMPLE = 1 << 14
_GLANCE = 1 << 11
"""How many values tell whether there are few distinct ones: sorting more of them would cost more than it saves."""
_WORTH = 0.9
_SHORT_BYTES = 256
"""Pages up to here stay as they are: to set the compressor up takes longer than to encode a constant column."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    A column chunk.

    Attributes:
        pieces: its pages.
        raw_bytes: how long they would be uncompressed.
        codec: as in the file's metadata.
        encodings: those in its pages.
        n_values: its values, nulls too.
        dictionary_bytes: length of the dictionary page in front; 0 without one.
        bounds: least and largest value as stored, if asked for and there are any.
        nulls: how many.
    """

    pieces: encode.Pieces
    raw_bytes: int
    codec: int
    encodings: tuple[int, ...]
    n_values: int
    dictionary_bytes: int
    bounds: tuple[bytes, bytes] | None
    nulls: int

    @property
    def size_bytes(self) -> int:
        """How long its pages are in the file."""
        return sum(map(len, self.pieces))

    def metadata(self, physical: int, name: str, at: int) -> Value:
        """The ColumnChunk struct of a chunk that begins at a byte of its file."""
        bounds = self.bounds
        statistics: Value = {3: Wide(self.nulls)}
        if bounds is not None:
            statistics = {3: Wide(self.nulls), 5: bounds[1], 6: bounds[0]}
        about: Value = {
            1: physical,
            2: self.encodings,
            3: [name],
            4: self.codec,
            5: Wide(self.n_values),
            6: Wide(self.raw_bytes),
            7: Wide(self.size_bytes),
            9: Wide(at + self.dictionary_bytes),
            11: Wide(at) if self.dictionary_bytes else None,
            12: statistics,
        }
        return {2: Wide(at), 3: about}


@dataclass(frozen=True, slots=True)
class _Values:
    """Values as they are put into pages: an encoding and its bytes, and those of a dictionary."""

    encoding: int
    data: encode.Pieces
    dictionary: bytes = b""
    n_distinct: int = 0
    compress: bool = True


def chunk(column: pa.Array, *, bounded: bool, level: int) -> Chunk:
    """
    A column, nulls and all.

    Args:
        column: of integers, timestamps, booleans, strings, binary or a dictionary of strings.
        bounded: whether to tell the least and largest value, which integers can.
        level: of Zstandard.
    """
    n, nulls = len(column), column.null_count
    bitmap = _bitmap(column) if nulls else None
    levels = encode.constant(n, 1) if bitmap is None else encode.bits(bitmap, n)
    levels = len(levels).to_bytes(4, "little") + levels
    bounds = None
    if nulls == n:
        values = _Values(_PLAIN, ())
        levels = len(encode.constant(n, 0)).to_bytes(4, "little") + encode.constant(n, 0)
    elif pa.types.is_boolean(column.type):
        values = _Values(_PLAIN, (_bits_of(column),))
    elif isinstance(column, pa.DictionaryArray):
        values = _strings(column)
    elif pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        values = _bytes(column)
    else:
        numbers = _integers(column, bitmap)
        low, high = (int(bound) for bound in encode.survey(numbers))
        values = _numbers(numbers, low, high)
        if bounded:
            width = numbers.dtype.itemsize if numbers.dtype.itemsize == 8 else 4
            bounds = low.to_bytes(width, "little", signed=True), high.to_bytes(width, "little", signed=True)
    return _assembled(values, levels, n, nulls, bounds, level)


def _assembled(
    values: _Values, levels: bytes, n: int, nulls: int, bounds: tuple[bytes, bytes] | None, level: int
) -> Chunk:
    """Pages around values."""
    codec = pa.Codec("zstd", level)
    body = (levels, *values.data)
    compress = values.compress and _worthwhile(body, len(values.dictionary), codec)
    about: Value = {1: n, 2: values.encoding, 3: _RLE, 4: _RLE}
    page, raw = _page(_DATA_PAGE, {5: about}, body, codec if compress else None)
    head: encode.Pieces = ()
    raw_head = 0
    encodings: tuple[int, ...] = (_RLE, values.encoding)
    if values.n_distinct:
        told: Value = {1: values.n_distinct, 2: _PLAIN}
        head, raw_head = _page(_DICTIONARY_PAGE, {7: told}, (values.dictionary,), codec if compress else None)
        encodings = (_PLAIN, *encodings)
    kind = _ZSTD if compress else _UNCOMPRESSED
    return Chunk((*head, *page), raw_head + raw, kind, encodings, n, sum(map(len, head)), bounds, nulls)


def _page(kind: int, about: dict[int, Value], body: encode.Pieces, codec: Any) -> tuple[encode.Pieces, int]:
    """A page, and how long it would be uncompressed."""
    raw = sum(map(len, body))
    data = body if codec is None else (codec.compress(b"".join(body), asbytes=True),)
    head = struct({1: kind, 2: raw, 3: sum(map(len, data)), **about})
    return (head, *data), len(head) + raw


def _worthwhile(body: encode.Pieces, dictionary_bytes: int, codec: Any) -> bool:
    """Whether the middle of a page becomes smaller: bit-packed noise does not."""
    values = max(body, key=len)
    if len(values) < 4 * _SAMPLE:
        return len(values) + dictionary_bytes > _SHORT_BYTES
    middle = len(values) // 2
    return len(codec.compress(values[middle : middle + _SAMPLE], asbytes=True)) < _WORTH * _SAMPLE


def _bitmap(column: pa.Array) -> npt.NDArray[np.uint8]:
    """Which values are there, least bit first."""
    buffer = column.buffers()[0] if not isinstance(column, pa.DictionaryArray) else column.indices.buffers()[0]
    if column.offset % 8 == 0:
        return np.frombuffer(buffer, np.uint8)[column.offset // 8 :]
    return np.packbits(np.asarray(pc.is_valid(column)), bitorder="little")


def _bits_of(column: pa.Array) -> bytes | memoryview:
    """Booleans as bits."""
    if not column.null_count and column.offset % 8 == 0:
        return memoryview(column.buffers()[1])[column.offset // 8 : -(-(column.offset + len(column)) // 8)]
    values = column.drop_null() if column.null_count else column
    return np.packbits(values.to_numpy(zero_copy_only=False), bitorder="little").tobytes()


def _integers(column: pa.Array, bitmap: npt.NDArray[np.uint8] | None) -> npt.NDArray[Any]:
    """The values that are there."""
    kind = np.int64 if pa.types.is_timestamp(column.type) else column.type.to_pandas_dtype()
    every = np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column)]
    if bitmap is None:
        return every
    return np.asarray(encode.dense(every, bitmap, 0, len(column) - column.null_count))


def _stored(values: npt.NDArray[Any]) -> bytes:
    """Integers as Parquet stores them plainly."""
    return values.astype(np.int64 if values.dtype.itemsize == 8 else np.int32, copy=False).tobytes()


def _numbers(values: npt.NDArray[Any], low: int, high: int) -> _Values:
    n = len(values)
    if low == high:
        return _coded(None, n, _stored(values[:1]), 1)
    if high - low < _NARROW:
        seen = np.zeros(high - low + 1, np.int32)
        codes = np.empty(n, np.uint32)
        distinct = int(encode.numbered(values, low, seen, codes))
        if _few(distinct, n):
            known = (np.flatnonzero(seen >= 0) + low).astype(values.dtype)
            return _coded(codes, n, _stored(known), distinct)
    elif _few(_distinct(values[:_GLANCE], low), min(n, _GLANCE)):
        numbers = Numbers()
        of = numbers.of(values.astype(np.int64, copy=False) - low)
        if _few(len(numbers), n):
            return _coded(of, n, _stored((numbers.known + low).astype(values.dtype)), len(numbers))
    if values.dtype.itemsize < 8 and high - low >= 1 << 31:
        # The steps of 32-bit numbers would have to wrap round.
        return _Values(_PLAIN, (_stored(values),))
    return _Values(_DELTA, encode.differences(values))


def _distinct(values: npt.NDArray[Any], low: int) -> int:
    """How many different integers there are; *low* is at most the least."""
    numbers = Numbers()
    numbers.of(values.astype(np.int64, copy=False) - low)
    return len(numbers)


def _few(distinct: int, n: int) -> bool:
    """Whether a dictionary is shorter than the values."""
    return distinct <= max(16, n // 16)


def _coded(codes: npt.NDArray[Any] | None, n: int, dictionary: bytes, distinct: int) -> _Values:
    """Values by their numbers in a dictionary; None where all are the first."""
    if codes is None or distinct == 1:
        return _Values(_DICTIONARY, (b"\1" + encode.constant(n, 0),), dictionary, 1)
    width = max(1, (distinct - 1).bit_length())
    return _Values(_DICTIONARY, (bytes([width]), *encode.packed(codes, width)), dictionary, distinct)


def _strings(column: pa.DictionaryArray) -> _Values:
    indices = column.indices.drop_null() if column.null_count else column.indices
    codes, words = indices.to_numpy(zero_copy_only=False), column.dictionary
    low, high = (int(bound) for bound in encode.survey(codes))
    if low == high:
        return _coded(None, len(codes), _plain_bytes(words.slice(low, 1)), 1)
    seen = np.zeros(high - low + 1, np.int32)
    numbers = np.empty(len(codes), np.uint32)
    distinct = int(encode.numbered(codes, low, seen, numbers))
    used = words.take(pa.array(np.flatnonzero(seen >= 0) + low))
    return _coded(numbers, len(codes), _plain_bytes(used), distinct)


def _bytes(column: pa.Array) -> _Values:
    there = _there(column) if column.null_count else column
    if len(there.slice(0, _GLANCE).unique()) <= max(16, min(len(there), _GLANCE) // 4):
        return _strings(there.dictionary_encode())
    return _Values(_PLAIN, (_plain_bytes(there),))


def _there(column: pa.Array) -> pa.Array:
    """The strings that are there: over the same bytes if those of a string begin where the last one's end."""
    rows = np.flatnonzero(np.asarray(column.is_valid()))
    _, offsets, data = column.buffers()
    places = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    begins, ends = places[rows], places[rows + 1]
    if not len(rows) or np.any(begins[1:] != ends[:-1]):
        return column.drop_null()
    return pa.Array.from_buffers(column.type, len(rows), [None, pa.py_buffer(np.append(begins, ends[-1])), data])


def _plain_bytes(words: pa.Array) -> bytes:
    """Each with its length in front."""
    kind = pa.binary() if pa.types.is_binary(words.type) else pa.string()
    words = words.cast(kind)
    lengths = pc.fill_null(pc.binary_length(words), 0).to_numpy().astype("<u4")
    if len(words) < 1000:
        return b"".join(len(w).to_bytes(4, "little") + w for w in words.cast(pa.binary()).to_pylist())
    starts = np.r_[0, np.cumsum(lengths.astype(np.int64) + 4)]
    out = np.empty(int(starts[-1]), np.uint8)
    data = np.frombuffer(words.buffers()[2] or b"", np.uint8)
    offsets = np.frombuffer(words.buffers()[1], np.int32)[words.offset : words.offset + len(words)].astype(np.int64)
    encode.interleave(data, offsets, lengths.astype(np.int64), starts, out)
    return out.tobytes()
