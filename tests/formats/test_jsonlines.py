"""
JSON lines to tables.
"""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.jsonlines import sniff_object, table_of
from isdas.formats.lines import LineBlock

SCHEMA = pa.schema(
    [
        ("n", pa.int32()),
        ("f", pa.float64()),
        ("s", pa.string()),
        ("b", pa.bool_()),
        ("in", pa.struct([("n", pa.int64()), ("s", pa.string())])),
        ("list", pa.list_(pa.string())),
    ]
)
GOOD = b'{"n":1,"f":0.5,"s":"x","b":true,"in":{"n":2,"s":"y","z":[{}]},"list":["p","q"],"more":{"n":"?"}}\n'
READ = {"n": 1, "f": 0.5, "s": "x", "b": True, "in": {"n": 2, "s": "y"}, "list": ["p", "q"]}
NOTHING = dict.fromkeys(SCHEMA.names)


def read(data: bytes, **refused: Any) -> tuple[list[Any], list[int], list[Any]]:
    """Rows, indices and reasons."""
    table, lines, reasons = table_of(LineBlock(data, 1, **refused), SCHEMA)
    assert table.schema == SCHEMA
    table.validate(full=True)
    return table.to_pylist(), lines.tolist(), reasons.tolist()


def test_lines_that_are_not_blank_are_rows() -> None:
    """Each line with an object is a row, blank lines are none, the last line needs no end."""
    rows, lines, reasons = read(GOOD + b"\n  \t\r\n{}\r\n" + GOOD.rstrip())
    assert rows == [READ, NOTHING, READ]
    assert lines == [0, 3, 4]
    assert reasons == [None] * 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"words", "not-json"),
        (b'{"n":1', "not-json"),
        (b'{"n":1,}', "not-json"),
        (b'{"n":1} {"n":2}', "not-json"),
        (b'{"n":NaN', "not-json"),
        (b'{"n":+Infinity}', "not-json"),
        (b'{"f":1e999}', "not-json"),
        (b'{"s":"\xff"}', "not-json"),
        (b'{"z":"\xff"}', "not-json"),
        (b'{"s":"\\ud800"}', "not-json"),
        (b'{"n":{\n},"s":"x"}{"n":3}', "not-json"),
        (b"[1]", "not-an-object"),
        (b"7", "not-an-object"),
        (b"null", "not-an-object"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("around", [1, 300])
def test_bad_lines_hurt_only_themselves(line: bytes, reason: str, around: int) -> None:
    """A line that is no object is refused, and those around it are read as ever."""
    rows, _, reasons = read(GOOD * around + line + b"\n" + GOOD * around)
    bad = line.count(b"\n") + 1
    assert rows == [READ] * around + [NOTHING] * bad + [READ] * around
    assert reasons == [None] * around + [reason] * bad + [None] * around


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('{"s":80}', "s", "80"),
        ('{"s":1601998366.785668}', "s", "1601998366.785668"),
        ('{"s":true}', "s", "true"),
        ('{"s":["x"]}', "s", None),
        ('{"n":"80"}', "n", 80),
        ('{"n":80.0}', "n", 80),
        ('{"n":80.5}', "n", None),
        ('{"n":"many"}', "n", None),
        ('{"n":4294967296}', "n", None),
        ('{"n":99999999999999999999999}', "n", None),
        ('{"n":true}', "n", None),
        ('{"f":"1.5e1"}', "f", 15.0),
        ('{"f":7}', "f", 7.0),
        ('{"f":"x"}', "f", None),
        ('{"b":"true"}', "b", True),
        ('{"b":1}', "b", None),
        ('{"in":{"n":"5","s":5}}', "in", {"n": 5, "s": "5"}),
        ('{"in":5}', "in", None),
        ('{"list":["x",1]}', "list", ["x", "1"]),
        ('{"list":{}}', "list", None),
        ('{"n":1,"n":2}', "n", 2),
        ('{"n":NaN}', "n", None),
        ('{"f":NaN}', "f", None),
        ('{"f": -Infinity ,"z":[-Inf]}', "f", None),
        ('{"f":1.5,"z":[NaN, Infinity]}', "f", 1.5),
    ],
)
def test_values_of_other_types_are_converted_or_null(text: str, field: str, value: object) -> None:
    """A value of another type never costs the line: it is converted where that loses nothing, else null."""
    rows, _, reasons = read(GOOD + text.encode() + b"\n" + GOOD)
    assert rows == [READ, {**NOTHING, field: value}, READ]
    assert reasons == [None] * 3


def test_lines_that_the_block_refuses_stay_refused() -> None:
    """What was found out when the line was read counts, even if the rest of it looks like an object."""
    rows, _, reasons = read(GOOD + b"\n" + GOOD, refused={2: "cut-line"})
    assert rows == [READ, NOTHING]
    assert reasons == [None, "cut-line"]


def test_byte_order_mark_is_no_part_of_the_first_line() -> None:
    """A file with a mark at its beginning loses no line to it."""
    assert read(b"\xef\xbb\xbf" + GOOD)[0] == [READ]


def test_endless_nesting_is_survived() -> None:
    """A line of a hundred thousand brackets neither crashes nor refuses others."""
    line = b'{"z":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    rows, _, _ = read(GOOD + line + line.replace(b"]", b"") + GOOD)
    assert rows == [READ, NOTHING, NOTHING, READ]


_VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats()
    # Surrogates on their own are no text.
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ns"), inner, max_size=2),
    max_leaves=4,
)
_OBJECT = st.dictionaries(st.sampled_from([*SCHEMA.names, "other"]), _VALUE).map(lambda o: json.dumps(o).encode())
_LINE = st.one_of(_OBJECT, st.just(GOOD.rstrip()), st.binary(max_size=12), st.just(b""), st.just(b"{}"))


@given(st.lists(_LINE, max_size=8), st.integers(0, 100))
def test_company_changes_nothing(lines: list[bytes], around: int) -> None:
    """Any bytes give a row for each line that is not blank, the same whatever stands around it; none raises."""
    data = b"\n".join(lines)
    rows, places, reasons = read(data)
    split = data.split(b"\n")
    assert places == [i for i, line in enumerate(split) if line.strip()]
    for row, place, reason in zip(rows, places, reasons, strict=True):
        alone = read(GOOD * around + split[place] + b"\n")
        assert (alone[0][-1], alone[2][-1]) == (row, reason)


@given(st.integers(-(2**31), 2**31 - 1), st.text(st.characters(exclude_categories=("Cs",))))
def test_values_survive(number: int, text: str) -> None:
    """What a line says is what the table holds."""
    (row,), _, _ = read(json.dumps({"n": number, "s": text}).encode())
    assert (row["n"], row["s"]) == (number, text)


def test_lines_can_be_read_in_any_thread() -> None:
    """Nothing is read of a block but its bytes, so that its table is the same twice."""
    block = LineBlock(GOOD * 10, 1)
    first, second = (table_of(block, SCHEMA) for _ in range(2))
    assert first[0].equals(second[0])
    assert np.array_equal(first[1], second[1])


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b'\n \r\n{"a":1}\n{"b":2}\n', {"a": 1}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":', None),
        (b"[1]\n", None),
        (b"words\n{}\n", None),
        (b"", None),
    ],
)
def test_first_object_of_a_beginning(head: bytes, found: dict[str, Any] | None) -> None:
    """The first line that is not blank is the one to recognise a file by."""
    assert sniff_object(head) == found
