"""
Zeek's logs as text: header lines that say how the lines after them are to be read, and those lines as a table.

It does not know what a field means.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from isdas.formats.lines import LineBlock

_LABEL = "label"
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
_MARK = b"\xef\xbb\xbf"

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Layout:
    """
    How lines are to be read, by the header lines so far.

    Attributes:
        separator: between fields, one byte.
        unset, empty: what stands for no value and for no members.
        header: the names of the fields as the header separates them; empty before the first header.
    """

    separator: str = "\t"
    unset: str = "-"
    empty: str = "(empty)"
    header: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """All names; people who labelled logs put the last ones behind spaces."""
        return tuple(name for part in self.header for name in part.split())

    def counts(self) -> tuple[int, ...]:
        """How many fields a line may have: labels behind spaces are part of the field before them."""
        names = self.fields
        unlabelled = len(names)
        while unlabelled and _LABEL in names[unlabelled - 1]:
            unlabelled -= 1
        return len(self.header), len(names), unlabelled

    @property
    def certain(self) -> frozenset[str]:
        """The names that a line has however many of its fields are labels."""
        return frozenset(self.fields[: min(self.counts())])

    def after(self, line: str) -> "Layout":
        """The layout after a header line."""
        line = line.strip("\r\n").lstrip("\ufeff \t")
        key, _, value = line.partition(self.separator)
        if line.startswith("#separator"):
            text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), line[len("#separator ") :])
            return (
                replace(self, separator=text)
                if len(text) == 1 and text.isascii() and (text.isprintable() or text == "\t")
                else self
            )
        if key == "#fields":
            return replace(self, header=tuple(value.split(self.separator)))
        if key == "#unset_field":
            return replace(self, unset=value)
        return replace(self, empty=value) if key == "#empty_field" else self


def stretches(block: LineBlock, layout: Layout) -> Iterator[tuple[LineBlock, Layout]]:
    """
    The lines of a block between header lines, each stretch with the layout after all header lines of the block so far.

    The last stretch may be empty; it tells the layout for the next block, and has the warnings of the block.
    """
    begin, line, lines = 0, block.first, block.first
    for start, end in _header_lines(block):
        lines += block.data.count(b"\n", begin, start)
        if start > begin:
            yield _part(block, begin, start, line, ()), layout
        layout = layout.after(block.data[start:end].decode("utf-8", "replace"))
        begin, line = end, lines + 1
        lines += 1
    yield _part(block, begin, len(block.data), line, block.warnings), layout


def _part(block: LineBlock, begin: int, end: int, line: int, warnings: tuple[str, ...]) -> LineBlock:
    if not begin and end == len(block.data):
        return block
    n = block.data.count(b"\n", begin, end) + 1
    moved = {index - (line - block.first): reason for index, reason in block.refused.items()}
    refused = {index: reason for index, reason in moved.items() if 0 <= index < n}
    return LineBlock(block.data[begin:end], line, refused, warnings)


def _header_lines(block: LineBlock) -> Iterator[tuple[int, int]]:
    """Where lines begin and end that begin with ``#``; the first of a file may have blanks before it."""
    data = block.data
    at = 0 if data.startswith(b"#") else data.find(b"\n#") + 1
    if block.first == 1 and data[:1000].removeprefix(_MARK).lstrip(b" \t").startswith(b"#"):
        at = 0
    elif not at and not data.startswith(b"#"):
        return
    while True:
        end = data.find(b"\n", at) + 1 or len(data)
        yield at, end
        if data[end : end + 1] == b"#":
            at = end
        elif (found := data.find(b"\n#", end)) >= 0:
            at = found + 1
        else:
            return


def table_of(block: LineBlock, layout: Layout, wanted: Sequence[str]) -> tuple[pa.Table, Ints, Mask]:
    """
    Some fields of every line that is not blank, as texts; unset and empty ones are empty texts.

    Returns:
        The table with one row for each of n lines; int64[n], their indices in the block; and bool[n], which have the
        right number of fields. Bytes that are no UTF-8 become replacement characters.
    """
    starts, data = block.starts(), block.data
    lines = not_blank(block)
    if len(lines) < len(starts) - 1:
        data = b"".join(data[int(starts[i]) : int(starts[i + 1])] for i in lines.tolist())
    if not len(lines):
        return pa.table({name: pa.array([], pa.string()) for name in wanted}), lines, np.zeros(0, np.bool_)
    names = _names(data, layout)
    found = _quick(data, len(lines), names, layout, wanted) if _is_text(data) else None
    found = found or _quick(_cleaned(data), len(lines), names, layout, wanted)
    if found is None:
        raise AssertionError("cleaned lines are as many as the lines")
    return found[0], lines, found[1]


def _is_text(data: bytes) -> bool:
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def not_blank(block: LineBlock) -> Ints:
    """int64[n]: the lines in which there is anything, by index."""
    starts = block.starts()
    there = np.diff(starts) > 2
    for i in np.flatnonzero(~there).tolist():
        there[i] = bool(block.data[int(starts[i]) : int(starts[i + 1])].strip(b"\r\n"))
    return np.flatnonzero(there)


def _names(data: bytes, layout: Layout) -> tuple[str, ...]:
    """The fields of the lines, of which the first tells how they treat labels."""
    end = data.find(b"\n") + 1 or len(data)
    count = data.count(layout.separator.encode(), 0, end) + 1
    return layout.fields[: count if count in layout.counts() else len(layout.header)]


def _cleaned(data: bytes) -> bytes:
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\ufffd")
    return text.encode()


def _quick(
    data: bytes, n: int, names: tuple[str, ...], layout: Layout, wanted: Sequence[str]
) -> tuple[pa.Table, Mask] | None:
    """All lines at once; None if the lines it saw are not the lines that there are."""
    wrong: list[int] = []

    def note(row: Any) -> str:
        wrong.append(row.number - 1)
        return "skip"

    places = {f"c{names.index(name)}": name for name in wanted if name in names}
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(data),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, column_names=[f"c{i}" for i in range(len(names))], block_size=len(data) + 1
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=layout.separator, quote_char=False, ignore_empty_lines=False, invalid_row_handler=note
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=list(places),
                column_types=dict.fromkeys(places, pa.string()),
                null_values=[layout.unset, layout.empty],
                strings_can_be_null=True,
            ),
        ).rename_columns(list(places.values()))
    except pa.ArrowInvalid:
        return None
    if table.num_rows + len(wrong) != n or (wrong and b"\r" in data.replace(b"\r\n", b"")):
        return None
    whole = np.ones(n, np.bool_)
    whole[wrong] = False
    if wrong:
        table = table.take(pa.array(np.where(whole, np.cumsum(whole) - 1, -1), mask=~whole))
    texts = [table.column(name).combine_chunks().fill_null("") for name in table.column_names]
    return pa.table(dict(zip(table.column_names, texts, strict=True))), whole
