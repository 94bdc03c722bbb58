"""
A process that streams for long: what it frees stays at hand, threads get the interpreter soon, and nothing is loaded
that it does not use.
"""

import ctypes
import importlib
import sys
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_KEPT_BYTES = 128 << 20
_LARGEST_BYTES = 32 << 20
"""The most that glibc lets live in its heaps."""

_SWITCH_S = 0.0005
"""After how long a thread that computes in Python lets another do so; Python itself has ten times as much."""

_LINEAR_ALGEBRA = "scipy.linalg.cython_blas"


def steady() -> None:
    """
    Make the process ready to stream; to be called before its first thread begins.

    Every batch fills some hundred arrays of megabytes. Given back to the system and asked for again, their pages are
    zeroed each time, which took a sixth of the time of taking packets in; so glibc is told to keep them (mallopt(3)).
    Where the C library is another, nothing is told. Threads that compute without the interpreter need it for moments,
    hundreds of times a second: they get it at once, not when another is done with loading a library.
    """
    sys.setswitchinterval(_SWITCH_S)
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        # Each thread would keep what it freed in a heap of its own; a heap that has been begun is not given up.
        library.mallopt(_ARENA_MAX, 1)
        library.mallopt(_MMAP_THRESHOLD, _LARGEST_BYTES)
        library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)


def without_linear_algebra() -> None:
    """
    Load numba's functions of arrays without products of matrices, which no kernel has.

    For them numba would load a part of scipy that takes longer to load than all its own functions of arrays.
    """
    if _LINEAR_ALGEBRA in sys.modules:
        return
    sys.modules[_LINEAR_ALGEBRA] = None  # type: ignore[assignment]
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del sys.modules[_LINEAR_ALGEBRA]
