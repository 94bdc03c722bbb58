"""
Ordered rules over packets, made into one compiled function; and columns as the compiled code reads them.

It knows no rule. Compiled code is cached by the file of the function that was called, so whoever changes this file
deletes the caches of `isdas.enrich` (``__pycache__``); it is small so that this is seldom.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from isdas.model.kernels import fixed
from isdas.model.packets import Packets

UNKNOWN = -1
"""What a rule sees in place of a value that is not known; no header field is negative."""

Scalar = Any
"""A number or truth of compiled code."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Header(NamedTuple):
    """
    One column as compiled code reads it.

    Attributes:
        values: the values, in the memory of the packets; those that are not known mean nothing.
        known: uint8, Arrow's validity bits from the first row on; empty if all are known.
    """

    values: npt.NDArray[Any]
    known: npt.NDArray[np.uint8]


class Bytes(NamedTuple):
    """A column of byte strings: uint8 data, and int32[n + 1] where each begins and the last ends; null is empty."""

    data: npt.NDArray[np.uint8]
    begins: npt.NDArray[np.int32]


def rule(function: _Function) -> _Function:
    """Compile a rule, or a part of one, into whatever calls it, so that it costs no call and no reference count."""
    options = {"nogil": True, "forceinline": True, "_nrt": False}
    return cast(_Function, njit(**options)(function))  # type: ignore[call-overload]


def first_of(rules: tuple[tuple[int, Any], ...], otherwise: int) -> Any:
    """
    A compiled function from what the rules look at to the code of the first of them that claims it.

    Args:
        rules: code and rule, in their order.
        otherwise: the code of what no rule claims.
    """
    if not rules:
        return rule(lambda _: np.int32(otherwise))
    code, claims = rules[0]
    rest = first_of(rules[1:], otherwise)

    def claimed(packet: Any) -> Any:
        return np.int32(code) if claims(packet) else rest(packet)

    return rule(claimed)


@rule
def at(header: Any, i: int) -> Any:
    """A value as int64, UNKNOWN where it is null."""
    if len(header.known) and not header.known[i >> 3] >> (i & 7) & 1:
        return np.int64(UNKNOWN)
    return np.int64(header.values[i])


@rule
def known(header: Any, i: int) -> Any:
    """Whether a value is not null."""
    return len(header.known) == 0 or header.known[i >> 3] >> (i & 7) & 1 != 0


def header(packets: Packets, name: str) -> Header:
    """A column of numbers, times or truths (as 0 and 1), without a copy where the packets are one batch."""
    array = _one(packets.table.column(name))
    bitmap, data = array.buffers()
    n, offset = len(array), array.offset
    known_bits = _bits(bitmap, offset, n) if array.null_count else np.empty(0, np.uint8)
    if pa.types.is_boolean(array.type):
        values = np.unpackbits(_bits(data, offset, n), count=n, bitorder="little")
    else:
        values = _part(data, np.dtype(array.type.to_pandas_dtype()), offset, n)
    return Header(fixed(values), fixed(known_bits))


def bytes_of(packets: Packets, name: str) -> Bytes:
    """A column of byte strings, without a copy where the packets are one batch."""
    array = _one(packets.table.column(name))
    _, begins, data = array.buffers()
    n = len(array)
    ends = _part(begins, np.dtype(np.int32), array.offset, n + 1) if n else np.zeros(1, np.int32)
    content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.empty(0, np.uint8)
    return Bytes(fixed(content), fixed(ends))


def _one(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _part(buffer: pa.Buffer | None, kind: np.dtype[Any], offset: int, n: int) -> npt.NDArray[Any]:
    if n == 0 or buffer is None:
        return np.empty(0, kind)
    return np.frombuffer(buffer, kind, count=offset + n)[offset:]


def _bits(buffer: pa.Buffer | None, offset: int, n: int) -> npt.NDArray[np.uint8]:
    """Bits from the one at *offset* on, as bytes whose first bit is that one."""
    raw = _part(buffer, np.dtype(np.uint8), offset >> 3, (offset + n + 7 >> 3) - (offset >> 3))
    if offset & 7 == 0:
        return raw
    return np.packbits(np.unpackbits(raw, bitorder="little")[offset & 7 :], bitorder="little")
