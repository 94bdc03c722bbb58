"""
What is set before the libraries are loaded, so that commands start quickly. It loads nothing.
"""

import gc
import os
from collections.abc import MutableMapping

_AT_START = 500_000
"""More objects than loading the libraries of any command makes."""
_SELDOM = (100_000, 20, 100)
_SETTINGS = {
    # Nothing here multiplies large matrices, and its threads take time to start.
    "OPENBLAS_NUM_THREADS": "1",
    # Arrays of megabytes come and go with every batch. Pages of two megabytes are zeroed whole each time, and memory
    # that Arrow's allocator (mimalloc) gives back after 10 ms is asked for again in the next 20: both together were a
    # tenth of the time of taking packets in.
    "NUMPY_MADVISE_HUGEPAGE": "0",
    "MIMALLOC_PURGE_DELAY": "1000",
}


def prepare(environment: MutableMapping[str, str] = os.environ) -> None:
    """
    Have cycles of objects hardly ever looked for, and memory kept at hand.

    Loading libraries makes some hundred thousand objects, which the collector of cycles would look through again and
    again, a tenth of a command's start. Whoever sets one of the variables is heeded.
    """
    gc.set_threshold(_AT_START, *_SELDOM[1:])
    for name, value in _SETTINGS.items():
        environment.setdefault(name, value)


def stay() -> None:
    """Have cycles looked for now and then, among what is made from now on: for commands that run for long."""
    gc.freeze()
    gc.set_threshold(*_SELDOM)
