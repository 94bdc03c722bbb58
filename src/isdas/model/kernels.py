"""
How loops over bytes and columns are compiled: without the interpreter's lock, kept between runs, without counting
references.

For functions that make and keep no array. Counting each time that one is handed to a part of a walk would take several
times as long as the walk; the option is numba's own for such functions, and is in none of its stubs.

Compiled code is cached by the file of the function that was called, so kernels that call each other are in one module,
and whoever changes this file deletes the caches (``__pycache__``).
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Compile a function of its own."""
    return cast(_Function, njit(cache=True, nogil=True, _nrt=False)(function))  # type: ignore[call-overload]


def inlined(function: _Function) -> _Function:
    """Compile a part into its caller, so that it costs no call."""
    options = {"cache": True, "nogil": True, "forceinline": True, "_nrt": False}
    return cast(_Function, njit(**options)(function))  # type: ignore[call-overload]


def fixed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array as one that cannot be written to: one type for the compiler, wherever its memory comes from."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
