"""Tests of isdas.lake.chunk: what is in the pages is tested by other readers in test_parquet."""

import numpy as np
import pyarrow as pa

from isdas.lake.chunk import chunk


def test_a_constant_column_takes_a_few_bytes() -> None:
    """What is the same in every row is said once."""
    for column in (pa.array(np.full(100_000, 7)), pa.array(["sensor"] * 100_000), pa.nulls(100_000, pa.int64())):
        assert chunk(column, bounded=False, level=3).size_bytes < 150


def test_noise_is_not_compressed() -> None:
    """Bits that nothing can be saved of are stored as they are; what repeats is compressed."""
    rng = np.random.default_rng(1)
    assert chunk(pa.array(rng.integers(0, 1 << 62, 100_000)), bounded=False, level=3).codec == 0
    assert chunk(pa.array(np.tile(np.arange(200), 500)), bounded=False, level=3).codec == 6


def test_bounds_are_of_the_values_that_are_there() -> None:
    """Nulls have no part in them."""
    told = chunk(pa.array([None, 5, -3], pa.int32()), bounded=True, level=3)
    assert told.bounds == ((-3).to_bytes(4, "little", signed=True), (5).to_bytes(4, "little"))
    assert told.nulls == 1
