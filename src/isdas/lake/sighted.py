"""
Sightings as a fold moves them about: records of a few bytes, so that moving one touches one line of the cache.

Times are microseconds since the hour of the key began. What the key is, its maker says: what is packed beside the
source at first (`isdas.lake.brief`), later the number of that among all there are.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.model.address import MAPPED

_Ints = npt.NDArray[np.int64]

NARROW = np.dtype(
    [("key", "i8"), ("packets", "i8"), ("source", "u4"), ("first", "u4"), ("last", "u4"), ("members", "u4")]
)
"""A sighting of an IPv4 source; members are its distinct destinations."""

WIDE = np.dtype([(name, "i8") for name in ("key", "packets", "high", "low", "first", "last", "members")])
"""A sighting of any source."""


def sources(rows: npt.NDArray[Any]) -> tuple[_Ints, _Ints]:
    """Both halves of the source of each sighting."""
    if rows.dtype == WIDE:
        return np.ascontiguousarray(rows["high"]), np.ascontiguousarray(rows["low"])
    return np.zeros(len(rows), np.int64), rows["source"] | np.int64(MAPPED)


def widened(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same sightings as wide records."""
    out = np.empty(len(rows), WIDE)
    out["high"], out["low"] = sources(rows)
    for name in ("key", "packets", "first", "last", "members"):
        out[name] = rows[name]
    return out


def by_source(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Wide records in the order of their sources."""
    return rows[np.lexsort((rows["low"], rows["high"]))]
