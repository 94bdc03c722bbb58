"""
The compiled walk over pcapng blocks.
"""

import numpy as np
import pytest

from isdas.capture import blocks


def _row(**fields: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    row = np.zeros(blocks.N_FIELDS, np.int64)
    row[[blocks.MULTIPLIER, blocks.DIVISOR]] = 1
    for name, value in fields.items():
        row[getattr(blocks, name)] = value
    return row


@pytest.mark.parametrize(
    ("units", "row", "expected"),
    [
        (5, _row(), 5),
        (5, _row(MULTIPLIER=1_000_000), 5_000_000),
        (1_700_000_000_123_456_789, _row(DIVISOR=1000), 1_700_000_000_123_456),
        (3 << 20 | 1 << 19, _row(SHIFT=20), 3_500_000),
        (7 << 50, _row(SHIFT=50), 7_000_000),
        (9, _row(SHIFT=63), 0),
        (5, _row(OFFSET_US=-2), 3),
        (1 << 62, _row(MULTIPLIER=1_000_000), blocks.NO_TIME),
        (-1, _row(), blocks.NO_TIME),
    ],
    ids=["micro", "second", "nano", "binary", "fine-binary", "finest", "offset", "far", "beyond-63-bits"],
)
def test_units_become_microseconds(units: int, row: np.ndarray[tuple[int], np.dtype[np.int64]], expected: int) -> None:
    """Times in an interface's units become microseconds, and absurd ones no time."""
    assert blocks.to_us(units, row) == expected
