"""
Objects out of JSON documents, in pieces.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.lines import MAX_LINE_BYTES
from isdas.formats.unwrap import Documents

Taken = tuple[list[bytes], dict[int, str], dict[int, bytes], list[str]]

DOCUMENT = b'{"type": "firewall", "logs": [{"a": 1}, {"b": "x]}\\"{"}], "secret": "S"}\n'


def taken(data: bytes, depth: int, size: int = 1 << 20) -> Taken:
    """The lines, refusals and texts around by number, and the warnings, of a file read in pieces."""
    documents = Documents(depth)
    lines: list[bytes] = []
    refused: dict[int, str] = {}
    around: dict[int, bytes] = {}
    warnings: list[str] = []
    for piece in [*(data[i : i + size] for i in range(0, len(data), size)), b""]:
        block, texts = documents.take(piece, not piece)
        assert block.first == len(lines) + 1
        assert block.data.count(b"\n") == len(block.starts()) - 1
        refused |= {block.first + i: reason for i, reason in block.refused.items()}
        around |= {block.first + i: text for i, text in texts.items()}
        lines += block.data.split(b"\n")[:-1]
        warnings += block.warnings
    return lines, refused, around, warnings


def test_objects_of_documents_are_lines() -> None:
    """Each object of the list is a line, and the text around stands before the first of its document."""
    lines, refused, around, warnings = taken(DOCUMENT * 2, 2)
    assert [json.loads(line) for line in lines] == [{"a": 1}, {"b": 'x]}"{'}] * 2
    assert (refused, warnings) == ({}, [])
    assert around == {
        1: b'{"type":"firewall""logs":[',
        3: b']"secret":"S"}\n{"type":"firewall""logs":[',
    }


@pytest.mark.parametrize(
    ("data", "depth", "objects"),
    [
        (b'[{"a":1},\n {"a":{"b":[{}]}}]', 1, [{"a": 1}, {"a": {"b": [{}]}}]),
        (b'{\n "a": 1\n}\n{"a":2}{"a":3}', 0, [{"a": 1}, {"a": 2}, {"a": 3}]),
        (b'{"hits":{"total":{"value":2},"hits":[{"a":1},{"a":2}]}}', 3, [{"a": 1}, {"a": 2}]),
        (b'{"logs":[]}', 2, []),
        (b"", 2, []),
    ],
    ids=["array", "one-after-another", "hits", "none", "nothing"],
)
def test_records_are_the_objects_of_lists_at_one_depth(data: bytes, depth: int, objects: list[Any]) -> None:
    """What is not in a list at that depth is around the records or inside of them."""
    lines, refused, _, warnings = taken(data, depth)
    assert [json.loads(line) for line in lines] == objects
    assert (refused, warnings) == ({}, [])


@pytest.mark.parametrize(
    ("data", "depth", "refused", "warnings"),
    [
        (DOCUMENT + DOCUMENT[:36] + b"\n" + DOCUMENT, 2, {3: "cut-object"}, []),
        (DOCUMENT + DOCUMENT[:30] + b"\n" + DOCUMENT, 2, {3: "not-json"}, []),
        (DOCUMENT + DOCUMENT[:40] + b"\n" + DOCUMENT, 2, {}, ["truncated-document"]),
        (DOCUMENT + b"junk, words\n" + DOCUMENT, 2, {3: "not-json", 4: "not-json"}, []),
        (DOCUMENT + b'{"type": "x"\n' + DOCUMENT, 2, {3: "not-json"}, []),
        (b'[{"a":1},5,"x,y",[1,{}],{"b":2}]', 1, dict.fromkeys((2, 3, 4), "not-an-object"), []),
        (DOCUMENT[:36], 2, {1: "cut-object"}, []),
        (DOCUMENT[:40], 2, {}, ["truncated-document"]),
        (DOCUMENT[:50], 2, {2: "cut-object"}, []),
        (b'[{"a":"' + b"x" * MAX_LINE_BYTES + b'"},{"b":1}]', 1, {1: "object-too-long"}, []),
    ],
    ids=[
        "cut-line",
        "no-object",
        "cut-list",
        "words",
        "no-list",
        "scalars",
        "cut-in-object",
        "cut-between",
        "cut-in-string",
        "endless",
    ],
)
def test_damage_is_counted_and_hurts_little(
    data: bytes, depth: int, refused: dict[int, str], warnings: list[str]
) -> None:
    """What is no object is refused by name, and documents on other lines stay whole."""
    lines, found, _, told = taken(data, depth)
    assert (found, told) == (refused, warnings)
    good = [json.loads(line) for number, line in enumerate(lines, 1) if number not in found]
    assert all(isinstance(each, dict) for each in good)
    assert max(map(len, lines), default=0) < 2000
    assert len(good) >= 2 * data.count(DOCUMENT)


_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    objects=st.lists(st.dictionaries(st.text(max_size=4), _JSON, max_size=4), max_size=6),
    size=st.integers(1, 50), indent=st.none() | st.just(1),
)  # fmt: skip
def test_every_object_comes_back(objects: list[dict[str, Any]], size: int, indent: int | None) -> None:
    """However a document is written and in whatever pieces it comes, its objects are what was put in."""
    for data, depth in ((objects, 1), ({"x": {"y": 1}, "logs": objects, "z": []}, 2)):
        lines, refused, _, warnings = taken(json.dumps(data, indent=indent, ensure_ascii=False).encode(), depth, size)
        assert [json.loads(line) for line in lines] == objects
        assert (refused, warnings) == ({}, [])


@given(data=st.binary(max_size=80) | st.text('{}[]",:\\ \n01ab', max_size=80).map(str.encode), depth=st.integers(0, 3))
def test_pieces_change_nothing(data: bytes, depth: int) -> None:
    """Whatever the bytes are, they give the same in pieces of any size, and nothing raises."""
    whole = taken(data, depth)
    for size in (1, 2, 7):
        assert taken(data, depth, size) == whole
