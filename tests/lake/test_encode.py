"""Tests of isdas.lake.encode: what the encodings hold is tested by other readers in test_parquet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.lake.encode import alike, constant, dense, packed, ranked, ranks, survey, varint, zigzag


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


@given(st.integers(1, 40), st.data())
def test_numbers_of_any_width(width: int, data: st.DataObject) -> None:
    """Bits stand one behind the other, the least first, however many numbers are put together in between."""
    codes = data.draw(st.lists(st.integers(0, (1 << width) - 1), min_size=1, max_size=40))
    whole = int.from_bytes(b"".join(packed(np.array(codes, np.int64), width))[1:], "little")
    assert [whole >> width * i & (1 << width) - 1 for i in range(len(codes))] == codes
    assert whole >> width * len(codes) == 0


@given(st.lists(st.tuples(st.integers(-5, 5) | st.integers(-100, 100), st.booleans()), min_size=1))
def test_values_that_are_there(rows: list[tuple[int, bool]]) -> None:
    """Without the nulls, the same values in their order; bounds and numbers are those of the values."""
    values = np.array([value for value, _ in rows])
    there = [value for value, known in rows if known]
    bitmap = np.packbits([known for _, known in rows], bitorder="little")
    assert dense(values, bitmap, len(there)).tolist() == there
    if there:
        assert survey(values, bitmap) == (min(there), max(there))
    low, high = survey(values)
    assert (low, high) == (min(values), max(values))
    numbers, distinct = ranks(values, low, high)
    known = sorted(set(values.tolist()))
    assert distinct == len(known)
    assert [low + i for i, number in enumerate(numbers) if number >= 0] == known
    assert [known[code] for code in ranked(values, low, numbers)] == values.tolist()


@given(st.lists(st.binary(max_size=3) | st.just(b"abc"), min_size=1, max_size=4) | st.just([bytes(range(7))] * 400))
def test_strings_that_are_alike(words: list[bytes]) -> None:
    """All of them are the same, byte by byte."""
    places = np.cumsum([0, *(len(word) for word in words)], dtype=np.int32)
    assert alike(places, np.frombuffer(b"".join(words), np.uint8)) == (len(set(words)) == 1)
