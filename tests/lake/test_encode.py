"""Tests of isdas.lake.encode: what the encodings hold is tested by other readers in test_parquet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.lake.encode import constant, dense, numbered, packed, survey, varint, zigzag


@pytest.mark.parametrize(("number", "expected"), [(0, b"\0"), (127, b"\x7f"), (300, b"\xac\x02")])
def test_numbers_of_seven_bits_a_byte(number: int, expected: bytes) -> None:
    """The examples of the LEB128 definition."""
    assert varint(number) == expected


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (-1, 1), (1, 2), (-(1 << 63), (1 << 64) - 1)])
def test_small_numbers_of_either_sign_stay_small(number: int, expected: int) -> None:
    """The examples of the zigzag definition."""
    assert zigzag(number) == expected


def test_the_example_of_the_specification() -> None:
    """The numbers 0 to 7 in three bits each are the bytes that Parquet's documentation gives."""
    assert b"".join(packed(np.arange(8, dtype=np.uint32), 3)) == bytes([3, 0b10001000, 0b11000110, 0b11111010])
    assert constant(100, 1) == bytes([0xC8, 1, 1])


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=1))
def test_values_that_are_there(rows: list[tuple[int, bool]]) -> None:
    """Without the nulls, the same values in their order; bounds and numbers are those of the values."""
    values = np.array([value for value, _ in rows])
    there = [value for value, known in rows if known]
    bitmap = np.packbits([known for _, known in rows], bitorder="little")
    assert dense(values, bitmap, 0, len(there)).tolist() == there
    low, high = survey(values)
    assert (low, high) == (min(values), max(values))
    seen, codes = np.zeros(high - low + 1, np.int32), np.empty(len(values), np.uint32)
    known = sorted(set(values.tolist()))
    assert numbered(values, low, seen, codes) == len(known)
    assert [known[code] for code in codes] == values.tolist()
