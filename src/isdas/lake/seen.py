"""
What was observed in the bins of a period; every figure is divided by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from isdas.lake.clause import Grid, matching
from isdas.lake.lake import Lake

LEAST = 0.25
"""Sensors that together saw less than this of a bin count as if they had seen so much: no wild extrapolation."""

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """
    Coverage of a period in its bins.

    Attributes:
        sensors: names, sorted.
        share: float64[s, b], how much of each bin each sensor observed, 0 to 1.
        editions: lookup editions that labelled the rows.
        inferred: share of the observed time that was inferred.
    """

    sensors: tuple[str, ...]
    share: _Floats
    editions: dict[str, str]
    inferred: float


def observed(lake: Lake, grid: Grid, sensors: Sequence[str] = ()) -> Seen:
    """Coverage of the bins by each sensor, or by some sensors only."""
    statement = f"""
        SELECT sensor, {grid.place} AS bin, basis, editions, sum(seconds) AS seconds FROM coverage
        WHERE {grid.within} AND {matching(sensors=sensors)} GROUP BY sensor, {grid.place}, basis, editions
    """
    rows = lake.ask(statement, "coverage", grid.period)
    names = rows.column("sensor").combine_chunks().dictionary_encode()
    present = names.dictionary.to_pylist()
    rank = np.argsort(np.argsort(present)) if present else np.empty(0, np.int64)
    seconds = rows.column("seconds").to_numpy()
    share = np.zeros((len(present), len(grid.bins)))
    at = (rank[names.indices.to_numpy()], rows.column("bin").to_numpy())
    np.add.at(share, at, seconds / grid.widths[at[1]])
    inferred = pc.equal(rows.column("basis"), "inferred").to_numpy()
    total = float(seconds.sum())
    return Seen(
        tuple(sorted(present)),
        np.minimum(share, 1.0),
        _editions({text for text in pc.unique(rows.column("editions")).to_pylist() if text}),
        float(seconds[inferred].sum() / total) if total else 0.0,
    )


def _editions(found: set[str]) -> dict[str, str]:
    """``{"iptocc": "3.3.170"}`` from the ``name=edition;...`` of the rows; several editions are joined."""
    editions: dict[str, set[str]] = {}
    for text in found:
        for part in filter(None, text.split(";")):
            name, _, edition = part.partition("=")
            editions.setdefault(name, set()).add(edition)
    return {name: ", ".join(sorted(values)) for name, values in sorted(editions.items())}
