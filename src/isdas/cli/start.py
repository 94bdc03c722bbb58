"""
What is set before the libraries are loaded, so that commands start quickly. It loads nothing.
"""

import gc
import os
from collections.abc import MutableMapping

_SELDOM = (100_000, 20, 100)
_BLAS = "OPENBLAS_NUM_THREADS"


def prepare(environment: MutableMapping[str, str] = os.environ) -> None:
    """
    Have cycles of objects looked for seldom, and no threads started for matrices.

    Loading libraries makes some hundred thousand objects, which the collector of cycles would look through again and
    again, a tenth of a command's start. Nothing here multiplies large matrices; whoever sets the variable is heeded.
    """
    gc.set_threshold(*_SELDOM)
    environment.setdefault(_BLAS, "1")
