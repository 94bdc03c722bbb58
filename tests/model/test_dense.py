"""Tests of isdas.model.dense."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.dense import Numbers


@given(st.lists(st.lists(st.integers(0, 1 << 62), max_size=40), max_size=5))
def test_numbers_are_dense_and_lasting(batches: list[list[int]]) -> None:
    """Each integer has one number for ever, and numbers count up in the order of first appearance."""
    numbers = Numbers()
    seen: dict[int, int] = {}
    for batch in batches:
        found = numbers.of(np.array(batch, np.int64)).tolist()
        assert found == [seen.setdefault(value, len(seen)) for value in batch]
    assert numbers.known.tolist() == list(seen)


def test_numbers_grow() -> None:
    """Far more integers than there was room for keep their numbers."""
    values = np.random.default_rng(1).permutation(1 << 17).astype(np.int64) * 977
    numbers = Numbers()
    first = numbers.of(values)
    assert (first == np.arange(len(values))).all()
    assert (numbers.of(values[::-1].copy()) == first[::-1]).all()
