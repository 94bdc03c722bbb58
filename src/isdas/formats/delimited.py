"""
Lines of fields with a character between them to a table of texts, with the lines that have not the right number.

It does not know what a field means; tables that a profile describes are read by `isdas.formats.csv`.
"""

import csv
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from isdas.formats.account import Reasons, no_reasons, refuse
from isdas.formats.fields import Ints
from isdas.formats.lines import LineBlock

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Shape:
    """
    How lines are divided.

    Attributes:
        names: of the fields, in their order.
        delimiter: one character.
        header: whether lines that begin with the first name and the delimiter are headers.
    """

    names: tuple[str, ...]
    delimiter: str = ","
    header: bool = True


def table_of(block: LineBlock, shape: Shape) -> tuple[pa.Table, Ints, Reasons]:
    """
    All lines of a block that are neither blank nor a header.

    Returns:
        The table with a row of texts, none null, for each of n lines, all empty where a line is refused; int64[n], the
        indices of those lines in the block; and object[n], ``wrong-column-count`` or what the block says of a line.
    """
    starts = block.starts()
    lines = _records(block.data, starts, shape)
    reasons = no_reasons(len(lines))
    for index, reason in block.refused.items():
        reasons[lines == index] = reason
    table = None if block.refused else _at_once(_between(block.data, starts, lines), len(lines), shape)
    if table is None:
        texts = [block.data[int(starts[i]) : int(starts[i + 1])] for i in lines]
        table, wrong = _one_by_one(texts, shape)
        refuse(reasons, wrong, "wrong-column-count")
    return table, lines, reasons


def _between(data: bytes, starts: Ints, lines: Ints) -> bytes:
    """The bytes of some lines one after another."""
    if not len(lines):
        return b""
    if lines[-1] - lines[0] + 1 == len(lines):
        return data[int(starts[lines[0]]) : int(starts[lines[-1] + 1])]
    return b"".join(data[int(starts[i]) : int(starts[i + 1])] for i in lines)


def _records(data: bytes, starts: Ints, shape: Shape) -> Ints:
    octets = np.frombuffer(data, np.uint8)
    there = np.ones(len(starts) - 1, np.bool_)
    doubtful = octets[starts[:-1]] <= ord(" ")
    header = f"{shape.names[0]}{shape.delimiter}".encode()
    heads = (header, b'"' + shape.names[0].encode() + b'"', _MARK)
    if shape.header:
        doubtful |= np.isin(octets[starts[:-1]], [head[0] for head in heads])
    for i in np.flatnonzero(doubtful).tolist():
        line = data[int(starts[i]) : int(starts[i + 1])]
        named = line.removeprefix(_MARK).startswith(heads[:2]) and shape.header
        there[i] = not named and bool(line.strip())
    return np.flatnonzero(there)


def _at_once(data: bytes, n: int, shape: Shape) -> pa.Table | None:
    """The table of lines that all have the right number of fields; None if one has not."""
    # A return within a line would end it for Arrow.
    if not n or (b"\r" in data and b"\r" in data.replace(b"\r\n", b"\n")):
        return None
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, column_names=list(shape.names), block_size=len(data) + 1
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=shape.delimiter, quote_char='"' if b'"' in data else False, ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(shape.names, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return table.combine_chunks() if len(table) == n else None


def _one_by_one(texts: list[bytes], shape: Shape) -> tuple[pa.Table, Any]:
    width = len(shape.names)
    split = [_split(text.decode("utf-8", "replace").rstrip("\r\n"), shape.delimiter) for text in texts]
    wrong = np.array([len(row) != width for row in split], np.bool_)
    rows = [row if len(row) == width else [""] * width for row in split]
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(width)]
    return pa.table(columns, names=list(shape.names)), wrong


def _split(line: str, delimiter: str) -> list[str]:
    """The fields of one line; none if its quotes make no sense."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []
