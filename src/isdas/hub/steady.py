"""
Memory of a process that streams for long: what is freed stays at hand.
"""

import ctypes
from contextlib import suppress

import pyarrow as pa

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_KEPT_BYTES = 128 << 20
_ARENAS = 2
_LARGEST_BYTES = 32 << 20
"""The most that glibc lets live in its heaps."""


def steady() -> None:
    """
    Make the process ready to stream.

    Every batch fills some hundred arrays of megabytes. Given back to the system and asked for again, their pages are
    zeroed each time, which took a sixth of the time of taking packets in; so glibc is told to keep them (mallopt(3)).
    Where the C library is another, nothing is told.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        # Each thread would keep what it freed in a heap of its own.
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_MMAP_THRESHOLD, _LARGEST_BYTES)
        library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)


def settle() -> None:
    """Give memory that one stage has freed back to the system, before another stage needs its own."""
    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
