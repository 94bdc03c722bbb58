"""
Compiled functions run as the Python that they are written in, with the numbers and the bounds of compiled code.

Importing it first replaces ``numba.njit``, so that a fuzzer sees their branches. An index outside an array, a negative
one included, raises `OutOfBounds`: compiled, it would read or write what is not the array's, or its other end.
Numbers out of arrays are Python's, which do not overflow; what is stored in an array is cut off to its width.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np

np.seterr(all="ignore")


class OutOfBounds(Exception):
    """An index outside its array: a memory error of compiled code."""


class Numbers(np.ndarray):  # type: ignore[type-arg]
    """An array as compiled code sees it, over the same memory."""

    def __getitem__(self, at: Any) -> Any:
        _check(self, at)
        value = super().__getitem__(at)
        return value.item() if isinstance(value, np.generic) else value

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __setitem__(self, at: Any, value: Any) -> None:
        _check(self, at)
        if isinstance(value, int | np.integer) and self.dtype.kind in "iu":
            # Compiled code cuts numbers off to the width of the array.
            bits = 8 * self.dtype.itemsize
            value = int(value) & (1 << bits) - 1
            if self.dtype.kind == "i" and value >> bits - 1:
                value -= 1 << bits
        super().__setitem__(at, value)


def _check(array: np.ndarray, at: Any) -> None:  # type: ignore[type-arg]
    for place, size in zip(at if isinstance(at, tuple) else (at,), array.shape, strict=False):
        if isinstance(place, int | np.integer) and not 0 <= place < size:
            raise OutOfBounds(f"index {place} of {size}")


def seen(value: Any) -> Any:
    """An argument as compiled code sees it."""
    if isinstance(value, np.ndarray):
        if value.dtype.names:
            return value.view(np.recarray)
        return value if isinstance(value, Numbers) else value.view(Numbers)
    if isinstance(value, tuple):
        parts = map(seen, value)
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


_depth = 0


def njit(*functions: Any, **_: Any) -> Any:
    """In place of numba's: the function itself, with what it is given as compiled code sees it."""

    def made(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def called(*arguments: Any) -> Any:
            global _depth
            if _depth:
                return function(*arguments)
            _depth += 1
            try:
                return function(*map(seen, arguments))
            finally:
                _depth -= 1

        called.py_func = function  # type: ignore[attr-defined]
        return called

    return made(*functions) if functions else made


numba.njit = njit
