"""
Arrays that come and go with every batch.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def pooled(n: int, kind: npt.DTypeLike) -> npt.NDArray[Any]:
    """
    An array for *n* values, with anything in it, in memory of Arrow's pool, which keeps it for the next one.

    Large arrays of numpy are fetched from the system each time: fresh pages cost more than filling them.
    """
    kind = np.dtype(kind)
    return np.frombuffer(pa.allocate_buffer(n * kind.itemsize), kind)
