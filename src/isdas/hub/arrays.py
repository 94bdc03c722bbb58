"""
From rows of the tables to arrays.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.detect.activity import HOURS
from isdas.model.time import HOUR_US

Ints = npt.NDArray[np.int64]


def integers(rows: pa.Table, name: str) -> Ints:
    """A column of whole numbers; null is 0."""
    return np.asarray(rows.column(name).fill_null(0).to_numpy(), np.int64)


def hours_after(rows: pa.Table, first: np.datetime64) -> Ints:
    """Which hour after *first* each row is of."""
    return np.asarray(integers(rows, "hour_us") // HOUR_US - int(first.astype(HOURS).astype(np.int64)))


def share_of_hour(coverage: pa.Table) -> npt.NDArray[np.float64]:
    """How much of its hour each row of coverage observed."""
    return np.asarray(coverage.column("seconds").to_numpy() / 3600)


def coded(rows: pa.Table, name: str, more: Iterable[str] = ()) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """A text column as codes into its sorted names and *more*; null is -1."""
    names = sorted({*pc.unique(rows.column(name)).to_pylist(), *more} - {None})
    codes = pc.index_in(rows.column(name), value_set=pa.array(names, pa.string())).fill_null(-1)
    return np.asarray(codes.to_numpy(), np.int32), tuple(names)
