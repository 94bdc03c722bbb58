"""Tests of isdas.lake.thrift: real readers read it in test_parquet."""

from isdas.lake.thrift import Wide, struct


def test_fields_are_written_by_their_distance() -> None:
    """Numbers, texts, lists and structs as the compact protocol has them; what is None is left out."""
    assert struct({}) == b"\0"
    assert struct({1: 1, 3: None, 4: Wide(-1)}) == bytes([0x15, 2, 0x36, 1, 0])
    assert struct({1: "ab", 2: True, 3: False}) == bytes([0x18, 2, 97, 98, 0x11, 0x12, 0])
    assert struct({1: [1, 2], 2: [{}]}) == bytes([0x19, 0x25, 2, 4, 0x19, 0x1C, 0, 0])


def test_a_long_list_tells_its_length_apart() -> None:
    """From fifteen entries on the length stands behind the head."""
    assert struct({1: [0] * 15}) == bytes([0x19, 0xF5, 15]) + bytes(15) + b"\0"
