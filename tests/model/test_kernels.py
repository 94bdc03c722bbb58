"""Tests of isdas.model.kernels."""

from typing import Any

import numpy as np

from isdas.model.kernels import compiled, fixed, inlined


@inlined
def _square(value: Any) -> Any:
    return value * value


@compiled
def _squares(values: Any, found: Any) -> Any:
    for i in range(len(values)):
        found[i] = _square(values[i])
    return len(values)


def test_a_kernel_and_its_parts_do_what_they_say() -> None:
    """As Python would, at any type that it is called with."""
    for kind in (np.int64, np.float64):
        values = np.arange(5, dtype=kind)
        found = np.empty_like(values)
        assert _squares(values, found) == 5
        assert found.tolist() == [value**2 for value in range(5)]


def test_kernels_are_kept_and_let_others_run() -> None:
    """Compiled for each type once, without the interpreter's lock, into the folder where compiled code is kept."""
    _squares(np.zeros(1, np.int64), np.zeros(1, np.int64))
    kernel: Any = _squares
    assert kernel.targetoptions["nogil"] is True
    assert kernel.stats.cache_path
    assert len(kernel.signatures) == len(set(kernel.signatures))


def test_columns_are_of_one_type_for_the_compiler() -> None:
    """Whether an array could be written to or not, and however it lies in memory, it is compiled for once."""
    array = np.arange(6)
    for some in (array, array[::2], np.frombuffer(array.tobytes(), np.int64)):
        assert fixed(some).tolist() == some.tolist()
        assert not fixed(some).flags.writeable
        assert fixed(some).flags.c_contiguous
    assert array.flags.writeable
