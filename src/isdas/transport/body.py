"""
The body of a segment: the columns of its packets, one after the other, compressed together.

Its size follows from the columns and the number of packets, so that nothing is unpacked that is not as large as it
says. docs/reference/protocol.md has the form.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.model import columns
from isdas.model.packets import Packets, labels

Described = list[list[Any]]
"""A column each: its name, whether some packets lack it, and for texts the labels that its numbers stand for."""

MOST_RAW_BYTES = 1 << 28
"""The largest body that is unpacked."""

_NOT_SENT = {"sensor", "intake", "editions", "position"}
"""What the hub says of packets itself."""

_CODEC = pa.Codec("zstd", compression_level=3)


class BadBody(ValueError):
    """Bytes that are not the body that they are said to be."""


class UnknownColumn(ValueError):
    """A column that this version does not have."""


def pack(packets: Packets) -> tuple[Described, int, bytes]:
    """
    The columns that say anything: their description, the size of the body before compression, and the body.

    Left out are columns that are null throughout, those that the hub fills, and those that follow from others.
    """
    described: Described = []
    parts: list[bytes] = []
    for spec in columns.COLUMNS:
        column = packets.table.column(spec.name).combine_chunks()
        array = column.chunk(0) if isinstance(column, pa.ChunkedArray) and column.num_chunks else column
        if not len(packets) or spec.name in _NOT_SENT or not _sent(spec) or array.null_count == len(packets):
            continue
        described.append(_packed(spec, array, parts))
    raw = b"".join(parts)
    return described, len(raw), _CODEC.compress(raw, asbytes=True) if raw else b""


def unpack(described: Sequence[Sequence[Any]], raw_bytes: int, n: int, body: bytes) -> Packets:
    """
    The packets of a body.

    Raises:
        UnknownColumn: a column is not in the column table.
        BadBody: anything else is wrong.
    """
    if not 0 <= raw_bytes <= MOST_RAW_BYTES:
        raise BadBody(f"a body of {raw_bytes} bytes is too large")
    raw = _inflated(body, raw_bytes)
    values: dict[str, Any] = {}
    at = 0
    for each in described:
        name, nullable, names = _description(each)
        spec = _column(name)
        if name in values:
            raise BadBody(f"column {name} comes twice")
        present, at = _present(raw, at, n) if nullable else (None, at)
        values[name], at = _unpacked(spec, raw, at, n, present, names)
    if at != len(raw):
        raise BadBody(f"the columns have {at} bytes, the body {len(raw)}")
    return Packets.of(values, n)


def _sent(spec: columns.Column) -> bool:
    return spec.source != "enrich" and spec.compute is None


def _inflated(body: bytes, raw_bytes: int) -> bytes:
    if not raw_bytes:
        if body:
            raise BadBody("there are bytes where none should be")
        return b""
    try:
        raw: bytes = _CODEC.decompress(body, decompressed_size=raw_bytes, asbytes=True)
    except (OSError, pa.ArrowException) as error:
        raise BadBody("the body cannot be decompressed") from error
    if len(raw) != raw_bytes:
        raise BadBody(f"the body has {len(raw)} bytes, not {raw_bytes}")
    return raw


def _width(spec: columns.Column) -> Any:
    if pa.types.is_timestamp(spec.type):
        return np.dtype("<i8")
    if pa.types.is_boolean(spec.type):
        return np.dtype("u1")
    if pa.types.is_string(spec.type) or pa.types.is_binary(spec.type):
        return np.dtype("<i4")
    return np.dtype(spec.type.to_pandas_dtype()).newbyteorder("<")


def _packed(spec: columns.Column, array: Any, parts: list[bytes]) -> list[Any]:
    """Put one column behind *parts*; its description."""
    nullable = array.null_count > 0
    if nullable:
        parts.append(np.packbits(np.asarray(array.is_valid()), bitorder="little").tobytes())
    if pa.types.is_binary(spec.type):
        sizes = np.asarray(pa.compute.binary_length(array).fill_null(0)).astype("<i4")
        parts += [sizes.tobytes(), b"".join(each for each in array.to_pylist() if each)]
        return [spec.name, nullable]
    if pa.types.is_string(spec.type):
        array = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        parts.append(np.asarray(array.indices.fill_null(0)).astype("<i4").tobytes())
        return [spec.name, nullable, array.dictionary.to_pylist()]
    array = array.cast(pa.int64()) if pa.types.is_timestamp(spec.type) else array
    filled = array.fill_null(False if pa.types.is_boolean(spec.type) else 0) if nullable else array
    parts.append(np.asarray(filled).astype(_width(spec)).tobytes())
    return [spec.name, nullable]


def _description(each: Any) -> tuple[str, bool, list[str] | None]:
    match each:
        case [str(name), bool(nullable)]:
            return name, nullable, None
        case [str(name), bool(nullable), list(names)] if all(isinstance(text, str) for text in names):
            return name, nullable, names
    raise BadBody("a column is not described as columns are")


def _column(name: str) -> columns.Column:
    try:
        spec = columns.column(name)
    except KeyError:
        raise UnknownColumn(f"there is no column {name[:40]!r}") from None
    if name in _NOT_SENT or not _sent(spec):
        raise BadBody(f"column {name} is not a sensor's to fill")
    return spec


def _taken(raw: bytes, at: int, count: int, width: Any) -> tuple[npt.NDArray[Any], int]:
    end = at + count * width.itemsize
    if end > len(raw):
        raise BadBody(f"the body ends after {len(raw)} bytes, within a column")
    return np.frombuffer(raw, width, count, at), end


def _present(raw: bytes, at: int, n: int) -> tuple[npt.NDArray[np.bool_], int]:
    bits, at = _taken(raw, at, (n + 7) // 8, np.dtype("u1"))
    return np.unpackbits(bits, count=n, bitorder="little").astype(np.bool_), at


def _unpacked(
    spec: columns.Column, raw: bytes, at: int, n: int, present: npt.NDArray[np.bool_] | None, names: list[str] | None
) -> tuple[Any, int]:
    """One column that begins at a place of the body, and where it ends."""
    values, at = _taken(raw, at, n, _width(spec))
    missing = None if present is None else ~present
    if (names is not None) != pa.types.is_string(spec.type):
        raise BadBody(f"column {spec.name} is no column of {'numbers' if names is None else 'texts'}")
    if pa.types.is_binary(spec.type):
        return _texts(raw, at, values, missing)
    if names is not None:
        if n and (int(values.min()) < 0 or int(values.max()) >= len(names)):
            raise BadBody(f"column {spec.name} has numbers without labels")
        return labels(values if missing is None else np.where(missing, -1, values), names), at
    if pa.types.is_boolean(spec.type):
        values = values != 0
    array = pa.array(values.astype(values.dtype.newbyteorder("=")), mask=missing)
    return (array.cast(spec.type) if array.type != spec.type else array), at


def _texts(raw: bytes, at: int, sizes: npt.NDArray[Any], missing: Any) -> tuple[pa.Array, int]:
    if len(sizes) and int(sizes.min()) < 0:
        raise BadBody("a text has a negative length")
    ends = np.r_[0, np.cumsum(sizes, dtype=np.int64)]
    if at + int(ends[-1]) > len(raw):
        raise BadBody(f"the body ends after {len(raw)} bytes, within texts")
    validity = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    data = pa.py_buffer(raw[at : at + int(ends[-1])])
    buffers = [validity, pa.py_buffer(ends.astype(np.int32)), data]
    return pa.Array.from_buffers(pa.binary(), len(sizes), buffers), at + int(ends[-1])
