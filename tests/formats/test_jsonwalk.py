"""Tests of isdas.formats.jsonwalk."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats import jsonlines
from isdas.formats.account import no_reasons
from isdas.formats.jsonwalk import table_of
from isdas.formats.lines import LineBlock

INNER = pa.struct([("n", pa.int64()), ("s", pa.string()), ("deep", pa.struct([("b", pa.bool_())]))])
SCHEMA = pa.schema([("n", pa.int64()), ("i", pa.int32()), ("s", pa.string()), ("b", pa.bool_()), ("in", INNER)])
GOOD = '{"n":1,"i":-2,"s":"x","b":true,"in":{"n":2,"s":"y","z":[{},[],1.5],"deep":{"b":false}},"more":{"n":"?"}}'
READ = {"n": 1, "i": -2, "s": "x", "b": True, "in": {"n": 2, "s": "y", "deep": {"b": False}}}
NOTHING = dict.fromkeys(SCHEMA.names)


def walked(data: bytes) -> list[dict[str, Any]] | None:
    """The rows of some lines, None if they are left to others."""
    table = table_of(data, LineBlock(data, 1).starts(), SCHEMA)
    if table is None:
        return None
    assert table.schema == SCHEMA
    table.validate(full=True)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def one_by_one(data: bytes) -> tuple[list[dict[str, Any]], list[str | None]]:
    """The rows as the reader of single lines has them, and its reasons."""
    starts = LineBlock(data, 1).starts()
    reasons = no_reasons(len(starts) - 1)
    table = jsonlines._one_by_one(data, starts, np.arange(len(reasons)), SCHEMA, reasons)
    return table.to_pylist(), reasons.tolist()


def test_plain_lines_are_rows() -> None:
    """Fields of objects in objects; what is not named, not there or null; blanks; a last line without an end."""
    blank = GOOD.replace(":", " : ").replace(",", " , ").replace("{}", "{ }").replace("[]", "[ ]")
    assert walked(f'{GOOD}\n{blank} \n{{}}\n{{"in":null,"n":null}}\n{{"in":{{}}}}'.encode()) == [
        READ,
        READ,
        NOTHING,
        NOTHING,
        NOTHING | {"in": {"n": None, "s": None, "deep": None}},
    ]


def test_names_count_where_they_stand() -> None:
    """A name within another object, or a longer or shorter one, is another field; so is one in a list."""
    line = b'{"deep":{"n":1},"nn":1,"":1,"x":[{"n":5}],"in":{"deep":{"n":3},"b":true},"t":"\xc3\xa9","s":"\xc3\xa9"}\n'
    assert walked(line) == [NOTHING | {"s": "\u00e9", "in": {"n": None, "s": None, "deep": {"b": None}}}]


@pytest.mark.parametrize("number", ["0", "9", "-9", "-0", "1.0", "0.25", "-7.5"])
def test_numbers_that_nobody_asks_for(number: str) -> None:
    """They are looked at and passed over."""
    assert walked(f'{{"x":{number},"y":[{number} ,{number}],"n":3}}'.encode()) == [NOTHING | {"n": 3}]


@pytest.mark.parametrize(
    "line",
    [
        b"words", b"[]", b"1", b"{", b"}", b"{}}", b"{}{}", b"{} {}", b"{,}", b'{"n"}', b'{"n":}', b'{"n":1,}',
        b'{"n" 1}', b'{"n":1 "s":"x"}', b'{"n":1]}', b'{"x":[1}', b'{"x":[1,]}', b'{"x":[,1]}', b'{"x":[1 2]}',
        b'{"x":{]}', b'{"x":[}}', b'{n:1}', b"{'n':1}", b'{1:1}', b'{"s":"x}', b'{"s":x"}', b'{"s:"x"}', b'{"x":tru}',
        b'{"x":truee}', b'{"x":nul}', b'{"x":fals}', b'{"x":True}', b'{"x":NaN}', b'{"x":-}', b'{"x":+1}',
        b'{"x":01}', b'{"x":-01}', b'{"x":1.}', b'{"x":.5}', b'{"x":1e5}', b'{"x":1E}', b'{"x":0x1}', b'{"x":1a}',
        b'{"x":1"y":2}', b'{"x":1234567890123456789012345}', b'{"s":"\\u0041"}', b'{"x":"\\q"}', b'{"x":"\t"}',
        b'{"x":"\x01"}', b'{\t"n":1}', b'{"x":"a\nb"}', b'{"n":1}\r', b'{"n":"1"}', b'{"n":1.0}', b'{"n":true}',
        b'{"n":[1]}', b'{"n":{}}', b'{"s":1}', b'{"s":["x"]}', b'{"b":1}', b'{"b":"true"}', b'{"in":1}', b'{"in":[]}',
        b'{"in":"x"}', b'{"i":2147483648}', b'{"i":-2147483649}', b'{"n":1,"n":1}', b'{"n":null,"n":1}',
        b'{"in":{},"in":{}}', b'{"in":{"n":1,"n":2}}', b"", b" ", b' {"n":1}',
        b'{"x":' + b"[" * 70 + b"]" * 70 + b"}",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_as_a_whole(line: bytes) -> None:
    """What is no JSON, is of another type, is said twice or is written in other ways is nothing that this reads."""
    assert walked(GOOD.encode() + b"\n" + line + b"\n" + GOOD.encode() + b"\n") is None


def test_many_fields_are_left() -> None:
    """As many as there are places for names are read, and never more."""
    for count, left in ((63, False), (64, True), (200, True)):
        schema = pa.schema([(f"f{i}", pa.int64()) for i in range(count)])
        table = table_of(b'{"f0":1,"f62":2,"f63":3}\n', np.array([0, 25]), schema)
        assert table is None if left else table is not None and table.column("f62").to_pylist() == [2]


def test_fields_of_other_types_are_left() -> None:
    """Fractions and lists are read by others."""
    for kind in (pa.float64(), pa.list_(pa.string()), pa.uint8(), pa.struct([("f", pa.float32())])):
        assert table_of(b"{}\n", np.array([0, 3]), pa.schema([("x", kind)])) is None


NAMES = st.sampled_from(["n", "i", "s", "b", "in", "deep", "x", "", "nn", "\u00e9"])
TEXTS = st.text("a\u00e9 :,{}[]", max_size=5)
PLAIN_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.sampled_from([0.5, -7.25]), TEXTS
)
SCALARS = st.one_of(PLAIN_SCALARS, st.integers(-(1 << 64), 1 << 64), st.floats(-9, 9), st.text(max_size=5))


def nested(scalars: Any) -> Any:
    """Values with lists and objects of them."""
    return st.recursive(scalars, lambda inner: st.one_of(st.lists(inner), st.dictionaries(NAMES, inner)), max_leaves=8)


def fitting(values: Any) -> Any:
    """Events with fields of the right types, and with other *values* beside them."""
    inner = st.fixed_dictionaries({}, optional={"s": TEXTS, "deep": st.just({"b": True}), "x": values})
    return st.fixed_dictionaries(
        {},
        optional={
            "n": st.one_of(st.none(), st.integers(-(10**17), 10**17)),
            "i": st.integers(-(1 << 31), (1 << 31) - 1),
            "s": st.one_of(st.none(), TEXTS),
            "b": st.one_of(st.none(), st.booleans()),
            "in": st.one_of(st.none(), inner),
            "x": values,
        },
    )


PLAIN, FITTING = fitting(nested(PLAIN_SCALARS)), fitting(nested(SCALARS))


@given(st.lists(st.one_of(FITTING, st.dictionaries(NAMES, nested(SCALARS))), min_size=1, max_size=4), st.booleans())
def test_it_reads_what_the_reader_of_single_lines_does(events: list[Any], spaced: bool) -> None:
    """Any objects are read as one by one, or left."""
    separators = (", ", ": ") if spaced else (",", ":")
    texts = [json.dumps(event, ensure_ascii=False, separators=separators) for event in events]
    data = "".join(text + "\n" for text in texts).encode()
    found = walked(data)
    assert found is None or (found, [None] * len(events)) == one_by_one(data)


@given(st.lists(PLAIN, min_size=1, max_size=4))
def test_plain_events_are_not_left(events: list[Any]) -> None:
    """What fits, with whatever else beside it that needs no escapes and no exponents, is read here."""
    data = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events).encode()
    assert walked(data) is not None


@given(data=st.data())
def test_no_damage_goes_unseen(data: st.DataObject) -> None:
    """Whatever bytes are changed, put in or taken out: what is read at all is JSON, and says what is read."""
    text = bytearray(GOOD.encode() + b"\n" + GOOD.encode() + b"\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        new = data.draw(
            st.one_of(st.sampled_from([b"", b'"', b"{", b"}", b"[", b"]", b",", b":", b" ", b"\n", b"1", b"null"]))
        )
        text[at : at + data.draw(st.integers(0, 2))] = new
    lines = bytes(text)
    if lines:
        found = walked(lines)
        if found is not None:
            assert (found, [None] * len(found)) == one_by_one(lines)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_left(content: bytes) -> None:
    """Nothing raises, and what is read is JSON."""
    line = b'{"s":"' + content + b'"}\n'
    try:
        line.decode()
    except UnicodeDecodeError:
        return
    found = walked(line)
    if found is not None:
        assert (found, [None] * len(found)) == one_by_one(line)
