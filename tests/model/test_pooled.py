"""Tests of isdas.model.pooled."""

import numpy as np
import pyarrow as pa
import pytest

from isdas.model.pooled import pooled


@pytest.mark.parametrize("n", [0, 1, 1000])
@pytest.mark.parametrize("kind", [np.int16, np.int64, np.dtype([("a", "i8"), ("b", "u4")])])
def test_arrays_are_of_the_size_and_type_asked_for_and_can_be_written(n: int, kind: np.dtype) -> None:
    """What is written into one is read from it, and its memory is Arrow's while it lives."""
    before = pa.total_allocated_bytes()
    made = pooled(n, kind)
    made[:] = np.arange(n).astype(kind)
    assert made.dtype == kind
    assert np.array_equal(made, np.arange(n).astype(kind))
    assert pa.total_allocated_bytes() >= before + made.nbytes
    del made
    assert pa.total_allocated_bytes() == before
