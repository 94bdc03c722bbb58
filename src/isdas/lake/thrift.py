"""
Thrift's compact protocol, as far as the metadata of Parquet needs it: writing only.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isdas.lake.encode import varint, zigzag

_TRUE, _I32, _I64, _BINARY, _LIST, _STRUCT = 1, 5, 6, 8, 9, 12


@dataclass(frozen=True, slots=True)
class Wide:
    """An integer that a reader expects to be of 64 bits."""

    value: int


Value = bool | int | Wide | bytes | str | Sequence["Value"] | Mapping[int, "Value"] | None
"""An int is of 32 bits, a mapping of field numbers is a struct, None is a field that is left out."""


def struct(fields: Mapping[int, Value]) -> bytes:
    """A struct by the numbers of its fields."""
    out, last = bytearray(), 0
    for number, value in sorted(fields.items()):
        if value is None:
            continue
        kind = 2 if value is False else _kind(value)
        out.append((number - last) << 4 | kind)
        out += b"" if isinstance(value, bool) else _body(value)
        last = number
    return bytes(out) + b"\0"


_KINDS: dict[type, int] = {
    bool: _TRUE, int: _I32, Wide: _I64, bytes: _BINARY, str: _BINARY, list: _LIST, tuple: _LIST, dict: _STRUCT
}  # fmt: skip


def _kind(value: Value) -> int:
    return _KINDS[type(value)]


def _body(value: Value) -> bytes:
    kind = _KINDS[type(value)]
    if kind == _I64:
        return varint(zigzag(value.value))  # type: ignore[union-attr]
    if kind == _I32:
        return varint(zigzag(value))  # type: ignore[arg-type]
    if kind == _BINARY:
        data = value.encode() if isinstance(value, str) else value
        return varint(len(data)) + data  # type: ignore[arg-type, operator]
    if kind == _STRUCT:
        return struct(value)  # type: ignore[arg-type]
    return _sequence(value)  # type: ignore[arg-type]


def _sequence(items: Sequence[Value]) -> bytes:
    kind = _kind(items[0]) if items else _STRUCT
    head = bytes([len(items) << 4 | kind]) if len(items) < 15 else bytes([0xF0 | kind]) + varint(len(items))
    return head + b"".join(map(_body, items))
