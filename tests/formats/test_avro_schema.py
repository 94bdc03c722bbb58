"""
Avro schemas, and the plans made of them.
"""

from typing import Any

import pytest

from isdas.formats.avro_records import BYTES, FIXED, NO_NULL, NO_SLOT, NO_UNION, VARINT, VARINTS
from isdas.formats.avro_schema import Encoding, encodings, plan, unreadable


def record(*types: Any) -> dict[str, Any]:
    """A schema with fields a, b, ... of these types."""
    return {
        "type": "record",
        "name": "r",
        "fields": [{"name": n, "type": t} for n, t in zip("abcdef", types, strict=False)],
    }


@pytest.mark.parametrize(
    ("type_", "encoding"),
    [
        ("int", Encoding(VARINT)),
        ("long", Encoding(VARINT)),
        ({"type": "long"}, Encoding(VARINT)),
        ({"type": "long", "logicalType": "timestamp-millis"}, Encoding(VARINT)),
        ({"type": {"type": "int"}}, Encoding(VARINT)),
        ({"type": "enum", "name": "e", "symbols": ["A"]}, Encoding(VARINT)),
        ("string", Encoding(BYTES)),
        ("bytes", Encoding(BYTES)),
        ("boolean", Encoding(FIXED, size=1)),
        ("float", Encoding(FIXED, size=4)),
        ("double", Encoding(FIXED, size=8)),
        ("null", Encoding(FIXED, size=0)),
        ({"type": "fixed", "name": "f", "size": 16}, Encoding(FIXED, size=16)),
        ({"type": "array", "items": "long"}, Encoding(VARINTS)),
        ({"type": "array", "items": {"type": "int"}}, Encoding(VARINTS)),
        (["null", "long"], Encoding(VARINT, null=0)),
        (["string", "null"], Encoding(BYTES, null=1)),
        (["long"], Encoding(VARINT, null=NO_NULL)),
        (["null", {"type": "array", "items": "long"}], Encoding(VARINTS, null=0)),
        ({"type": "array", "items": "string"}, None),
        ({"type": "array", "items": ["null", "long"]}, None),
        ({"type": "map", "values": "long"}, None),
        (["null", "int", "long"], None),
        (["int", "long"], None),
        ([], None),
        ("elsewhere.Named", None),
        (record("int"), None),
    ],
    ids=str,
)
def test_types_have_their_encoding(type_: Any, encoding: Encoding | None) -> None:
    """Numbers, strings, fixed sizes and arrays of numbers are read, each or null too; nothing richer."""
    assert encodings(record(type_)) == {"a": encoding}


@pytest.mark.parametrize(
    "schema",
    [None, 3, "long", [], {}, {"fields": 3}, {"fields": [3]}, {"fields": [{"name": "a"}]}, record({"type": "fixed"})],
    ids=str,
)
def test_what_is_no_record_has_no_fields(schema: Any) -> None:
    """A schema of something else, or a broken one, raises nothing."""
    assert encodings(schema) is None


def test_fields_are_found_by_name() -> None:
    """The plan follows the order of the file, the slots that of the wish."""
    found = encodings(record("long", "string", "int", {"type": "array", "items": "long"}, ["null", "double"]))
    assert found is not None
    assert unreadable(found, ("c", "a"), ("d",)) == []
    made = plan(found, ("c", "a"), ("d",))
    assert made.steps.tolist() == [
        [VARINT, 1, NO_UNION, 0],
        [BYTES, NO_SLOT, NO_UNION, 0],
        [VARINT, 0, NO_UNION, 0],
        [VARINTS, 0, NO_UNION, 0],
        [FIXED, NO_SLOT, 0, 8],
    ]
    assert made.least == 5


def test_what_stands_in_the_way_is_named() -> None:
    """Missing fields, fields of another type, and any of a type that is not read are told."""
    found = encodings(record("long", "string", {"type": "map", "values": "long"}))
    assert found is not None
    assert unreadable(found, ("a", "b", "z"), ("a",)) == ["b", "z", "a", "c"]
