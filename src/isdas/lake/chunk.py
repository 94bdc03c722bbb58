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
from isdas.lake.page import DATA, DICTIONARY, compressor, page, worthwhile
from isdas.lake.thrift import Value, Wide
from isdas.model.dense import Numbers

BOOLEAN, INT32, INT64, BYTE_ARRAY = 0, 1, 2, 6
_PLAIN, _RLE, _DELTA, _DICTIONARY = 0, 3, 5, 8
_UNCOMPRESSED, _ZSTD = 0, 6
_NARROW = 1 << 17
"""Ranges up to here are numbered by a table of all values."""
_GLANCE = 1 << 11
"""How many values tell whether there are few distinct ones: sorting more of them would cost more than it saves."""
_FEW_WORDS = 1000
"""Up to here strings are put together one by one."""


_Bitmap = npt.NDArray[np.uint8]
"""Which values are there, least bit first."""


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
    bitmap = _bitmap(column) if 0 < nulls < n else None
    levels = encode.constant(n, int(nulls < n)) if bitmap is None else encode.bits(bitmap, n)
    bounds = None
    if nulls == n:
        values = _Values(_PLAIN, ())
    elif pa.types.is_boolean(column.type):
        values = _Values(_PLAIN, (_bits_of(column),))
    elif isinstance(column, pa.DictionaryArray):
        values = _strings(column, bitmap)
    elif pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        values = _bytes(column, bitmap)
    else:
        numbers = _integers(column)
        low, high = encode.survey(numbers, bitmap)
        values = _numbers(numbers, bitmap, n - nulls, low, high)
        if bounded:
            width = numbers.dtype.itemsize if numbers.dtype.itemsize == 8 else 4
            bounds = low.to_bytes(width, "little", signed=True), high.to_bytes(width, "little", signed=True)
    return _assembled(values, len(levels).to_bytes(4, "little") + levels, n, nulls, bounds, level)


def _assembled(
    values: _Values, levels: bytes, n: int, nulls: int, bounds: tuple[bytes, bytes] | None, level: int
) -> Chunk:
    """Pages around values."""
    body, by = (levels, *values.data), compressor(level)
    packer = by if worthwhile(body, len(values.dictionary), by) else None
    about: Value = {1: n, 2: values.encoding, 3: _RLE, 4: _RLE}
    data, raw = page(DATA, {5: about}, body, packer)
    head: encode.Pieces = ()
    raw_head = 0
    encodings: tuple[int, ...] = (_RLE, values.encoding)
    if values.n_distinct:
        told: Value = {1: values.n_distinct, 2: _PLAIN}
        head, raw_head = page(DICTIONARY, {7: told}, (values.dictionary,), packer)
        encodings = (_PLAIN, *encodings)
    kind = _UNCOMPRESSED if packer is None else _ZSTD
    return Chunk((*head, *data), raw_head + raw, kind, encodings, n, sum(map(len, head)), bounds, nulls)


def _bitmap(column: pa.Array) -> _Bitmap:
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


def _integers(column: pa.Array) -> npt.NDArray[Any]:
    """The values, with anything in place of nulls."""
    kind = np.int64 if pa.types.is_timestamp(column.type) else column.type.to_pandas_dtype()
    return np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column)]


def _stored(values: npt.NDArray[Any]) -> bytes:
    """Integers as Parquet stores them plainly."""
    return values.astype(np.int64 if values.dtype.itemsize == 8 else np.int32, copy=False).tobytes()


def _numbers(every: npt.NDArray[Any], bitmap: _Bitmap | None, n: int, low: int, high: int) -> _Values:
    """Integers, *n* of which are there."""
    if low == high:
        return _coded(None, n, _stored(np.array([low], every.dtype)), 1)
    values = every if bitmap is None else encode.dense(every, bitmap, n)
    if high - low < _NARROW:
        numbers, distinct = encode.ranks(values, low, high)
        if _few(distinct, n):
            known = (np.flatnonzero(numbers >= 0) + low).astype(values.dtype)
            return _coded(encode.ranked(values, low, numbers), n, _stored(known), distinct)
    elif _few(_distinct(values[:_GLANCE], low), min(n, _GLANCE)):
        found = Numbers()
        of = found.of(values.astype(np.int64, copy=False) - low)
        if _few(len(found), n):
            return _coded(of, n, _stored((found.known + low).astype(values.dtype)), len(found))
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


def _strings(column: pa.DictionaryArray, bitmap: _Bitmap | None = None) -> _Values:
    words, n = column.dictionary, len(column) - column.null_count
    if len(words) == 1:
        return _coded(None, n, _plain_bytes(words), 1)
    every = _integers(column.indices)
    codes = every if bitmap is None else encode.dense(every, bitmap, n)
    low, high = encode.survey(codes)
    if low == high:
        return _coded(None, n, _plain_bytes(words.slice(low, 1)), 1)
    numbers, distinct = encode.ranks(codes, low, high)
    used = words if distinct == len(words) else words.take(pa.array(np.flatnonzero(numbers >= 0) + low))
    return _coded(encode.ranked(codes, low, numbers), n, _plain_bytes(used), distinct)


def _bytes(column: pa.Array, bitmap: _Bitmap | None) -> _Values:
    there = column if bitmap is None else _there(column, bitmap)
    if encode.alike(*_places(there)):
        return _coded(None, len(there), _plain_bytes(there.slice(0, 1)), 1)
    if len(there.slice(0, _GLANCE).unique()) <= max(16, min(len(there), _GLANCE) // 4):
        return _strings(there.dictionary_encode())
    return _Values(_PLAIN, (_plain_bytes(there),))


def _places(words: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Where each of some strings begins and the last ends, and the bytes among which that is."""
    _, offsets, data = words.buffers()
    places = np.frombuffer(offsets, np.int32)[words.offset : words.offset + len(words) + 1]
    return places, np.frombuffer(data or b"", np.uint8)


def _there(column: pa.Array, bitmap: _Bitmap) -> pa.Array:
    """The strings that are there: over the same bytes if those of a string begin where the last one's end."""
    places, data = _places(column)
    n = len(column) - column.null_count
    begins, ends = (encode.dense(each, bitmap, n) for each in (places[:-1], places[1:]))
    if np.any(begins[1:] != ends[:-1]):
        return column.drop_null()
    return pa.Array.from_buffers(column.type, n, [None, pa.py_buffer(np.append(begins, ends[-1])), pa.py_buffer(data)])


def _plain_bytes(words: pa.Array) -> bytes:
    """Each with its length in front."""
    if len(words) < _FEW_WORDS:
        each = (word.encode() if isinstance(word, str) else word for word in words.to_pylist())
        return b"".join(len(word).to_bytes(4, "little") + word for word in each)
    places, data = _places(words.cast(pa.binary() if pa.types.is_binary(words.type) else pa.string()))
    offsets = places.astype(np.int64)
    lengths = offsets[1:] - offsets[:-1]
    starts = np.r_[0, np.cumsum(lengths + 4)]
    out = np.empty(int(starts[-1]), np.uint8)
    encode.interleave(data, offsets[:-1], lengths, starts, out)
    return out.tobytes()
