"""
Lines of fields to tables of texts.
"""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.delimited import Shape, table_of
from isdas.formats.lines import LineBlock

SHAPE = Shape(("a", "b", "c"), "|")


def read(data: bytes, shape: Shape = SHAPE, **refused: dict[int, str]) -> tuple[list[list[str]], list[int], list[str]]:
    """Rows, indices of lines, and reasons."""
    table, lines, reasons = table_of(LineBlock(data, 1, **refused), shape)  # type: ignore[arg-type]
    table.validate(full=True)
    assert table.column_names == list(shape.names)
    return [list(row.values()) for row in table.to_pylist()], lines.tolist(), reasons.tolist()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["unix", "dos"])
def test_lines_that_are_neither_blank_nor_header_are_rows(end: bytes) -> None:
    """Headers may come again, as in files put together; the last line needs no end."""
    lines = [b"\xef\xbb\xbfa|b|c", b"1|2|3", b"", b"  ", b"a|b|c", b'"a"|b|c', b"|4|"]
    rows, indices, reasons = read(end.join(lines))
    assert (rows, indices, reasons) == ([["1", "2", "3"], ["", "4", ""]], [1, 6], [None, None])


def test_without_headers_every_line_is_a_row() -> None:
    """A table that has no header may have a row that looks like one."""
    assert read(b"a|b|c\n", Shape(("a", "b", "c"), "|", header=False))[0] == [["a", "b", "c"]]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (b"1|2", None),
        (b"1|2|3|4", None),
        (b'1|"2|2"|3', ["1", "2|2", "3"]),
        (b'1|"2""2"|3', ["1", '2"2', "3"]),
        (b'1|"2|3', None),
        (b"1|\xff|3", ["1", "\ufffd", "3"]),
        (b"1|NULL|", ["1", "NULL", ""]),
    ],
    ids=["fewer", "more", "quotes", "quote", "open", "not-utf8", "null"],
)
def test_odd_lines_hurt_only_themselves(line: bytes, row: list[str] | None) -> None:
    """A line with another number of fields is refused, and those around it are whole."""
    rows, _, reasons = read(b"x|y|z\n" + line + b"\nx|y|z\n")
    assert rows == [["x", "y", "z"], row or [""] * 3, ["x", "y", "z"]]
    assert reasons == [None, None if row else "wrong-column-count", None]


def test_what_the_block_says_of_a_line_holds() -> None:
    """A line that is cut is refused as that."""
    assert read(b"x|y|z\nx|y", refused={1: "cut-line"})[2] == [None, "cut-line"]


_FIELD = st.text(st.sampled_from('ab|" 1é'), max_size=4)


@given(st.lists(st.tuples(_FIELD, _FIELD, _FIELD), max_size=6))
def test_what_was_written_comes_back(rows: list[tuple[str, str, str]]) -> None:
    """Whatever the fields hold, they are read as the standard library wrote them."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="|", lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows(("-", *row[1:]) for row in rows)
    assert read(text.getvalue().encode())[0] == [["-", *row[1:]] for row in rows]


@given(st.binary(max_size=60) | st.text('ab|"\r\n ', max_size=60).map(str.encode))
def test_any_bytes_give_as_many_rows_as_lines(data: bytes) -> None:
    """Nothing raises, and every line that is counted has a row."""
    rows, indices, reasons = read(data)
    assert len(rows) == len(indices) == len(reasons)
