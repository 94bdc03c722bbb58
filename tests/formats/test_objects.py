"""
JSON in any outer form as lines of objects.
"""

import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.objects import form_of, object_lines
from isdas.model.errors import InputRefused

WRAPPERS = ("attacks", "hits")


def read(path: Path, content: bytes, size: int = 1 << 20) -> list[tuple[int, bytes]]:
    """The lines of a file that are not blank, by their numbers."""
    path.write_bytes(content)
    form = form_of(content[:65536], WRAPPERS)
    assert form is not None
    found = []
    for block, _ in object_lines(path, form, size):
        starts = block.starts().tolist()
        lines = [block.data[a:b].strip() for a, b in pairwise(starts)]
        found += [(block.first + i, line) for i, line in enumerate(lines) if line]
    return found


@pytest.mark.parametrize(
    ("content", "numbers", "depth", "lines"),
    [
        (b'{"a":1}\n\n{"a":2}\n', [1, 3], 0, True),
        (b'[{"a":1},\n,\n{"a":2}\n]', [1, 3], 1, True),
        (b'[{"a":1},\r\n{"a":2}]', [1, 2], 1, True),
        (b'\xef\xbb\xbf[\n{"a":1},\n{"a":2}\n]\n', [2, 3], 1, True),
        (b'{"attacks":[\n{ "a": 1 },\n{ "a": 2 }\n]}\n', [2, 3], 2, True),
        (b'{"n": 1, "attacks":[\n{ "a": 1 },\n{ "a": 2 }\n], "b":2}\n', [2, 3], 2, True),
        (b'[{"a":1}, {"a":2}]', [1, 2], 1, False),
        (b'{"took":3,"_shards":{"total":1},"hits":{"total":{"v":2},"hits":[{"a":1},{"a":2}]}}', [1, 2], 3, False),
        (b'[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  }\n]\n', [1, 2], 1, False),
        (b'\xef\xbb\xbf\n \r\n[\n {\n  "a": 1\n },\n {\n  "a": 2\n }\n]\n', [1, 2], 1, False),
        (b'{\n "a": 1\n}\n{\n "a": 2\n}\n', [1, 2], 0, False),
    ],
    ids=["lines", "array", "dos", "mark", "attacks", "more", "one-line", "hits", "indented", "margin", "objects"],
)  # fmt: skip
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_objects_are_found_in_any_form(
    tmp_path: Path, content: bytes, numbers: list[int], depth: int, lines: bool, packed: bool
) -> None:
    """Objects that have a line each keep its number, those of documents are counted; what is around them is gone."""
    form = form_of(content, WRAPPERS)
    assert form is not None
    assert (form.depth, form.lines, form.first) == (depth, lines, {"a": 1})
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(content) if packed else content)
    found = []
    for block, _ in object_lines(path, form):
        starts = block.starts().tolist()
        rows = [block.data[a:b].strip() for a, b in pairwise(starts)]
        found += [(block.first + i, json.loads(row)) for i, row in enumerate(rows) if row]
    assert found == [(numbers[0], {"a": 1}), (numbers[1], {"a": 2})]


@pytest.mark.parametrize("head", [b"", b"words", b"[1,2]", b"null", b'"x"', b"\x00\x01", b"[]", b'{"attacks":[]}'])
def test_what_holds_no_object_has_no_form(head: bytes) -> None:
    """Without an object that is a record nothing is recognised."""
    form = form_of(head, WRAPPERS)
    assert form is None or form.first == json.loads(head)


def test_lines_that_are_no_objects_stay(tmp_path: Path) -> None:
    """Only what parts and ends a list is taken off: a damaged line is there to be refused."""
    content = b'[{"a":1},\n{"a":\n]]]]]x\n{"a":2}]\n'
    assert read(tmp_path / "file", content) == [(1, b'{"a":1 }'), (2, b'{"a":'), (4, b'{"a":2}')]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_keeps_its_length_without_its_comma(tmp_path: Path, end: bytes) -> None:
    """So nothing has to move, and where lines begin is known; commas that part nothing stay."""
    path = tmp_path / "file"
    path.write_bytes(end.join((b'[{"a":1},', b'{"a":2,', b'"b":3},', b'{"a":4}]', b"")))
    form = form_of(path.read_bytes(), WRAPPERS)
    assert form is not None
    ((block, _),) = object_lines(path, form)
    lines = [block.data[a:b] for a, b in pairwise(block.starts().tolist())]
    assert [len(line) for line in lines[1:3]] == [len(b'{"a":2,' + end), len(b'"b":3},' + end)]
    assert [line.rstrip() for line in lines[:3]] == [
        b'{"a":1' + b" " * len(end) + b"}", b'{"a":2,', b'"b":3' + b" " * len(end) + b"}"
    ]  # fmt: skip
    assert json.loads(lines[3]) == {"a": 4}


@pytest.mark.parametrize("content", [b'[{"a":1}]', b'{"a":1}\n'])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, content: bytes) -> None:
    """Documents and lines alike refuse a file that cannot be opened."""
    form = form_of(content, WRAPPERS)
    assert form is not None
    with pytest.raises(InputRefused) as refused:
        list(object_lines(tmp_path / "absent", form))
    assert refused.value.reason == "unreadable"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.integers() | st.text(max_size=5), min_size=1, max_size=8),
    size=st.integers(8, 60),
    form=st.integers(0, 3),
)
def test_blocks_change_nothing(tmp_path: Path, values: list[Any], size: int, form: int) -> None:
    """Whatever the form and the size of the blocks, every object is there once."""
    texts = [json.dumps({"a": value}) for value in values]
    comma = ",\n".join(texts)
    contents = ("\n".join(texts), f"[{comma}]", f'{{"attacks":[\n{comma}\n]}}', f"[{','.join(texts)}]")
    content = contents[form]
    found = read(tmp_path / "file", content.encode(), size)
    assert [json.loads(line)["a"] for _, line in found] == values
