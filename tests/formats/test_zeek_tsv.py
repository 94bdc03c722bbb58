"""
Zeek's logs as text.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.lines import LineBlock
from isdas.formats.zeek_tsv import Layout, not_blank, stretches, table_of

LAYOUT = Layout(header=("a", "b", "c"))


def read(data: bytes, layout: Layout = LAYOUT, wanted: Any = ("a", "c")) -> tuple[list[Any], list[int], list[bool]]:
    """Rows, indices and which are whole."""
    table, lines, whole = table_of(LineBlock(data, 1), layout, wanted)
    table.validate(full=True)
    return [tuple(row.values()) for row in table.to_pylist()], lines.tolist(), whole.tolist()


def test_header_lines_say_how_lines_are_read() -> None:
    """Separator, placeholders and names are taken from the header, and other header lines change nothing."""
    header = (
        b"#separator ,\n#set_separator,;\n#empty_field,none\n#unset_field,nil\n#path,conn\n#fields,x,y\n#types,a,b\n"
    )
    *_, (rest, layout) = stretches(LineBlock(header + b"1,nil\nnone,2\n", 1), Layout())
    assert layout == Layout(",", "nil", "none", ("x", "y"))
    assert read(rest.data, layout, ("x", "y"))[0] == [("1", ""), ("", "2")]


@pytest.mark.parametrize(
    ("header", "certain"),
    [
        (("a", "b", "c"), {"a", "b", "c"}),
        (("a", "b   label   detailed-label"), {"a", "b"}),
        (("a b c", "d"), {"a", "b"}),
        ((), set()),
    ],
)
def test_certain_names_are_those_of_the_shortest_line(header: tuple[str, ...], certain: set[str]) -> None:
    """Names that a line may be too short for, because others stand between spaces, are not certain."""
    assert Layout(header=header).certain == certain


@pytest.mark.parametrize("text", [r"#separator \x09", "#separator \t", "\t#separator \\x09", "#separator ||", "#x"])
def test_separator_is_a_tab_unless_it_is_another_character(text: str) -> None:
    """The usual header, and one that makes no sense, leave the tab."""
    assert Layout().after(text + "\n") == Layout()


def test_header_within_a_file_goes_for_the_lines_after_it() -> None:
    """Files that were put one after the other are read by their own headers each, with the right line numbers."""
    data = b"1\n#fields\ta\n2\n3\n#close\n#fields\tb\n\n#x\n4"
    found = [(part.first, part.data, layout.header) for part, layout in stretches(LineBlock(data, 1), Layout())]
    assert found == [(1, b"1\n", ()), (3, b"2\n3\n", ("a",)), (7, b"\n", ("b",)), (9, b"4", ("b",))]


def test_refused_lines_and_warnings_stay_with_their_stretch() -> None:
    """What the block says of its last line is said of that line."""
    block = LineBlock(b"1\n#x\n2\n3", 10, {3: "cut-line"}, ("truncated-gzip",))
    first, last = (part for part, _ in stretches(block, Layout()))
    assert (first.first, first.refused, first.warnings) == (10, {}, ())
    assert (last.first, last.refused, last.warnings) == (12, {1: "cut-line"}, ("truncated-gzip",))


def test_header_after_blanks_is_one_at_the_beginning_of_a_file() -> None:
    """A stray tab or a byte order mark before the first header line makes no record of it."""
    for before in (b"\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf "):
        *_, (rest, layout) = stretches(LineBlock(before + b"#fields\ta\n1\n", 1), Layout())
        assert (rest.data, layout.header) == (b"1\n", ("a",))


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("a\tb\tset   label   detailed-label", b"1\t2\t-   Malicious   C&C"),
        ("a\tb\tset\tlabel\tdetailed-label", b"1\t2\t-   Malicious   C&C"),
        ("a\tb\tset   label   detailed-label", b"1\t2\t-\tMalicious\tC&C"),
        ("a\tb\tset\tlabel\tdetailedlabel", b"1\t2\t-\tMalicious\tC&C"),
    ],
)
def test_labels_behind_spaces_are_no_other_columns(header: str, line: bytes) -> None:
    """Labels of the last columns may stand behind tabs or spaces, whatever the header does."""
    layout = Layout().after(f"#fields\t{header}\n")
    assert read(line + b"\n", layout, ("a", "b")) == ([("1", "2")], [0], [True])


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        (b"1\t2", False),
        (b"1\t2\t3\t4", False),
        (b"  ", False),
        (b'"1\t2\t"', True),
        (b"\xff\t2\t3", True),
        (b"1\r\t2\t3", True),
        (b"1\t2\t3\r", True),
        (b"\0\t2\t\0", True),
    ],
    ids=repr,
)
def test_odd_lines_hurt_only_themselves(line: bytes, whole: bool) -> None:
    """Lines of another length, quotes, foreign bytes and stray line ends change nothing about other lines."""
    good = b"1\t-\t3\n"
    rows, lines, found = read(good + b"\r\n" + line + b"\n\n" + good)
    assert (rows[0], rows[2]) == (("1", "3"), ("1", "3"))
    assert lines == [0, 2, 4]
    assert found == [True, whole, True]


@given(
    st.lists(st.binary(max_size=9)), st.sampled_from([LAYOUT, Layout("a", header=("a",)), Layout(header=("a", "a b"))])
)
def test_any_bytes_give_a_row_for_each_line(lines: list[bytes], layout: Layout) -> None:
    """Each line that is not blank has a row, and nothing raises."""
    block = LineBlock(b"\n".join(lines), 1)
    rows, places, whole = read(block.data, layout, ("a",))
    assert len(rows) == len(places) == len(whole)
    assert places == not_blank(block).tolist()


@given(
    st.lists(st.sampled_from([b"#fields\ta", b"1\t2", b"", b"#", b" #", b"#separator ,", b"\xff"])), st.integers(1, 2)
)
def test_stretches_hold_every_line_that_is_no_header(lines: list[bytes], first: int) -> None:
    """The lines of the stretches are those that do not begin with the mark, under their numbers."""
    data = b"\n".join(lines)
    found = {}
    for part, _ in stretches(LineBlock(data, first), Layout()):
        found.update({part.first + i: line for i, line in enumerate(part.data.split(b"\n")) if line})
    header = [line.startswith(b"#") or (first + i == 1 and line == b" #") for i, line in enumerate(lines)]
    assert found == {first + i: line for i, line in enumerate(lines) if line and not header[i]}
