"""
Headers of records that no magic number tells.
"""

import struct
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.capture.pcap_variant import MODIFIED, STANDARD, header_bytes

Order = Literal["little", "big"]


def records(lengths: list[int], extra: int, order: Order = "little", fill: int = 0) -> bytes:
    """Records of frames of these lengths, each a second after the other."""
    sign = "<" if order == "little" else ">"
    return b"".join(
        struct.pack(f"{sign}IIII", 1_225_371_600 + i, 999_999, length, length) + bytes(extra) + bytes([fill]) * length
        for i, length in enumerate(lengths)
    )


def told(data: bytes, sizes: tuple[int, ...], order: Order = "little") -> int:
    """What is said of the beginning of a file's records."""
    buffer = np.frombuffer(bytes(7) + data, np.uint8)
    return header_bytes(buffer, 7, len(buffer), order, sizes)


@pytest.mark.parametrize("order", ["little", "big"])
@given(lengths=st.lists(st.integers(0, 100), min_size=2, max_size=30), fill=st.integers(0, 255))
def test_each_is_told(order: Order, lengths: list[int], fill: int) -> None:
    """From two records on, whatever is in the frames."""
    for sizes in (STANDARD, MODIFIED):
        for size in sizes:
            assert told(records(lengths, size - 16, order, fill), sizes, order) == size


@given(lengths=st.lists(st.integers(0, 100), max_size=5), cut=st.integers(0, 700), fill=st.integers(0, 255))
def test_the_usual_header_is_told_of_any_beginning(lengths: list[int], cut: int, fill: int) -> None:
    """Wherever a file is cut."""
    assert told(records(lengths, 0, fill=fill)[:cut], STANDARD) == 16
    assert told(records(lengths, 8, fill=fill)[:cut], MODIFIED) == 24


def test_damage_makes_no_variant() -> None:
    """If the records make no sense in any way, or in another way only one does, the usual header is meant."""
    good = records([60] * 20, 0)
    assert told(good[: 76 * 3] + b"\xff" * 76 + good[76 * 4 :], STANDARD) == 16
    assert told(b"\xff" * 400, STANDARD) == 16
    assert told(b"\xff" * 400, MODIFIED) == 24


@given(data=st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """One of the sizes is told."""
    assert told(data, STANDARD) in STANDARD
    assert told(data, MODIFIED) in MODIFIED
    assert told(data, (16,)) == 16
