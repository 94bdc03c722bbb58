"""
Thrift's compact protocol, as far as the metadata of Parquet needs it: writing only.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from isdas.lake.encode import put_varint, zigzag

_TRUE, _FALSE, _I32, _I64, _BINARY, _LIST, _STRUCT = 1, 2, 5, 6, 8, 9, 12
_SHORT_LIST = 15


class Wide(int):
    """An integer that a reader expects to be of 64 bits."""

    __slots__ = ()


Value = bool | int | Wide | bytes | str | Sequence["Value"] | Mapping[int, "Value"] | None
"""An int is of 32 bits, a mapping of field numbers, in their order, is a struct, None is a field that is left out."""


def struct(fields: Mapping[int, Value]) -> bytes:
    """A struct by the numbers of its fields, in their order."""
    out = bytearray()
    _put_struct(out, fields)
    return bytes(out)


def _put_struct(out: bytearray, fields: Mapping[int, Value]) -> None:
    last = 0
    for number, value in fields.items():
        if value is None:
            continue
        kind = _FALSE if value is False else _KINDS[type(value)]
        out.append((number - last) << 4 | kind)
        if kind > _FALSE:
            _PUT[kind](out, value)
        last = number
    out.append(0)


def _put_number(out: bytearray, number: int) -> None:
    put_varint(zigzag(number), out)


def _put_binary(out: bytearray, value: bytes | str) -> None:
    data = value.encode() if isinstance(value, str) else value
    put_varint(len(data), out)
    out += data


def _put_list(out: bytearray, items: Sequence[Value]) -> None:
    kind = _KINDS[type(items[0])] if items else _STRUCT
    if len(items) < _SHORT_LIST:
        out.append(len(items) << 4 | kind)
    else:
        out.append(0xF0 | kind)
        put_varint(len(items), out)
    put = _PUT[kind]
    for item in items:
        put(out, item)


_KINDS: dict[type, int] = {
    bool: _TRUE, int: _I32, Wide: _I64, bytes: _BINARY, str: _BINARY, list: _LIST, tuple: _LIST, dict: _STRUCT
}  # fmt: skip
_PUT: dict[int, Callable[[bytearray, Any], None]] = {
    _I32: _put_number, _I64: _put_number, _BINARY: _put_binary, _LIST: _put_list, _STRUCT: _put_struct
}  # fmt: skip
