"""
JSON lines to a table of the fields that are asked for, with the lines that are none.

It does not know what a field means.
"""

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from isdas.formats import jsonwalk
from isdas.formats.account import Reasons, no_reasons
from isdas.formats.jsonobject import json_object
from isdas.formats.lines import LineBlock

_FAN = 16
"""Into how many parts lines are divided that cannot be read at once, to find those that are to blame."""

_FEW = 64
"""So many lines and fewer are read one by one."""

_NO_NUMBER = re.compile(rb"([:\[,]\s*)-?(?:NaN|Inf(?:inity)?)(?=\s*[,\]}])")
"""What Arrow takes for numbers and Python writes for some, though RFC 8259 has none of it: nulls here."""

_MARK = b"\xef\xbb\xbf"
_INT = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_WORDS = {"true": True, "false": False}

Lines = npt.NDArray[np.int64]


def table_of(block: LineBlock, schema: pa.Schema) -> tuple[pa.Table, Lines, Reasons]:
    """
    The fields of *schema* in every line of a block that is not blank.

    A value of another type than the schema's is converted if that loses nothing (``"80"`` to 80, 80 to ``"80"``),
    else null; a field that the schema does not name is passed over; of a field named twice the last counts. NaN and
    Infinity, which Python writes, are null.

    Args:
        block: the lines.
        schema: booleans, integers, floats and strings, and lists and structs of them.

    Returns:
        The table with one row for each of n lines, all null where a line is refused; int64[n], the indices of those
        lines in the block; and object[n], ``not-json``, ``not-an-object`` or what the block says against a line.
    """
    starts = block.starts()
    lines = _not_blank(block.data, starts)
    reasons = no_reasons(len(lines))
    for index, reason in block.refused.items():
        reasons[lines == index] = reason
    tables = list(_tables(block.data, starts, lines, schema, reasons))
    table = pa.concat_tables(tables) if tables else schema.empty_table()
    return table.combine_chunks(), lines, reasons


def sniff_object(head: bytes) -> dict[str, Any] | None:
    """The object in the first line of a beginning that is not blank; None if it holds none."""
    line = head.removeprefix(_MARK).lstrip().split(b"\n", 1)[0]
    return json_object(line) if line.startswith(b"{") else None


def _not_blank(data: bytes, starts: Lines) -> Lines:
    there = np.frombuffer(data, np.uint8)[starts[:-1]] == ord("{")
    for i in np.flatnonzero(~there).tolist():
        there[i] = bool(data[int(starts[i]) : int(starts[i + 1])].strip())
    return np.flatnonzero(there)


def _tables(data: bytes, starts: Lines, lines: Lines, schema: pa.Schema, reasons: Reasons) -> Any:
    """Tables that together have a row for each of *lines*; *reasons*, a view of their part, are filled in."""
    table = _at_once(data, starts, lines, schema, reasons)
    if table is not None:
        yield table
    elif len(lines) <= _FEW:
        yield _one_by_one(data, starts, lines, schema, reasons)
    else:
        size = max(-(-len(lines) // _FAN), _FEW)
        for at in range(0, len(lines), size):
            part = slice(at, at + size)
            yield from _tables(data, starts, lines[part], schema, reasons[part])


def _at_once(data: bytes, starts: Lines, lines: Lines, schema: pa.Schema, reasons: Reasons) -> pa.Table | None:
    """The table of lines of which each is one object with values of the right types; None if one is not."""
    if not len(lines) or not _closed(data, starts, lines) or (reasons != None).any():  # noqa: E711 - elementwise
        return None
    part = data[int(starts[lines[0]]) : int(starts[lines[-1] + 1])]
    try:
        if not part.isascii():
            part.decode()
        ends = starts[lines[0] : lines[-1] + 2] - starts[lines[0]]
        # Blank lines between them are for others, as is all that is not plain.
        together = len(ends) == len(lines) + 1
        if together and (walked := jsonwalk.table_of(part, ends, schema)) is not None:
            return walked
        table = pyarrow.json.read_json(
            pa.BufferReader(part),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(part) + 1),
            parse_options=pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except (pa.ArrowException, UnicodeDecodeError):
        return None
    if len(table) != len(lines) or not all(_finite(table.column(field.name), field.type) for field in schema):
        return None
    return table.select(schema.names)


def _closed(data: bytes, starts: Lines, lines: Lines) -> bool:
    """
    Whether every line begins with ``{`` and ends with ``}``.

    Then no object goes over lines: what follows a ``}`` inside of one is never a ``{``. Arrow, for which line ends
    are blanks, thus finds as many objects as lines only if each line is one.
    """
    octets = np.frombuffer(data, np.uint8)
    last = starts[lines + 1] - 1
    last = last - (octets[last] == ord("\n"))
    last = last - (octets[np.maximum(last, 0)] == ord("\r"))
    return bool((octets[starts[lines]] == ord("{")).all() and (octets[np.maximum(last, 0)] == ord("}")).all())


def _finite(column: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> bool:
    """Whether all floats in a column are numbers."""
    if pa.types.is_floating(kind):
        return pc.all(pc.is_finite(column)).as_py() is not False
    if pa.types.is_list(kind):
        return _finite(pc.list_flatten(column), kind.value_type)
    if pa.types.is_struct(kind):
        return all(_finite(pc.struct_field(column, [i]), field.type) for i, field in enumerate(kind))
    return True


def _one_by_one(data: bytes, starts: Lines, lines: Lines, schema: pa.Schema, reasons: Reasons) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for i, line in enumerate(lines.tolist()):
        row: dict[str, Any] = {}
        if reasons[i] is None:
            row, reasons[i] = _row(data[int(starts[line]) : int(starts[line + 1])], schema)
        rows.append(row)
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _row(line: bytes, schema: pa.Schema) -> tuple[dict[str, Any], str | None]:
    line = line.strip().removeprefix(_MARK)
    try:
        found = _loaded(line)
    except orjson.JSONDecodeError:
        return {}, "not-json"
    if not isinstance(found, dict):
        return {}, "not-an-object"
    return {field.name: _converted(found.get(field.name), field.type) for field in schema}, None


def _loaded(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        without = _NO_NUMBER.sub(rb"\1null", line)
        if without == line:
            raise
        return orjson.loads(without)


def _converted(value: Any, kind: pa.DataType) -> Any:
    """A value as one of *kind*; None if it is none."""
    if pa.types.is_struct(kind):
        return {f.name: _converted(value.get(f.name), f.type) for f in kind} if isinstance(value, dict) else None
    if pa.types.is_list(kind):
        return [_converted(each, kind.value_type) for each in value] if isinstance(value, list) else None
    if value is None or isinstance(value, dict | list):
        return None
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else orjson.dumps(value).decode()
    if pa.types.is_boolean(kind):
        return value if isinstance(value, bool) else _WORDS.get(value) if isinstance(value, str) else None
    if isinstance(value, bool):
        return None
    return _integer(value, kind) if pa.types.is_integer(kind) else _float(value)


def _integer(value: Any, kind: pa.DataType) -> int | None:
    if isinstance(value, str):
        value = int(value) if _INT.fullmatch(value) else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    limits = np.iinfo(kind.to_pandas_dtype())
    return value if value is not None and limits.min <= value <= limits.max else None


def _float(value: Any) -> float | None:
    return float(value) if not isinstance(value, str) or _FLOAT.fullmatch(value) else None
