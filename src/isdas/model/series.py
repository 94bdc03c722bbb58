"""
Series: counts per time bin and key, with the coverage that makes them comparable.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from isdas.model.time import Period

MEASURES = {
    "packets-per-sensor": "packets per sensor",
    "packets": "packets",
    "sources": "sources",
}
"""The measures of a series and their units on paper."""


@dataclass(frozen=True, slots=True)
class Basis:
    """
    What a figure was made from, so that it can be made again (invariant 7 of the lake).

    Attributes:
        versions: table name to Delta version.
        editions: lookup name to edition, such as ``{"iptocc": "3.3.170"}``.
        inferred: share of the coverage that was inferred from the sensors' rhythm, not stated.
    """

    versions: dict[str, int] = field(default_factory=dict)
    editions: dict[str, str] = field(default_factory=dict)
    inferred: float = 0.0


@dataclass(frozen=True, slots=True)
class Series:
    """
    Counts per bin for several keys.

    Attributes:
        period: the stretch of time asked for.
        bins: datetime64[us][b], starts of the bins, UTC.
        bin_hours: width of a bin.
        by: what the keys are: ``total``, ``port``, ``region``, ``sensor``, ``tool``, ``as`` or another column.
        keys: the k series' names, largest first.
        values: float64[k, b]; NaN where nothing was observed (a gap is not a zero).
        coverage: float64[b], how many sensors observed the bin, in whole sensors (0.5 = one sensor for half of it).
        measure: a key of MEASURES.
        port: the one port that the series is about, if any.
        n_sensors: sensors that observed any of the period.
        basis: what it was made from.
        kind: the kind of packets that are counted; ``all`` for every kind.
        of: float64[k, b], for tools: the same measure of all packets that could show the tool, which its share is to
            be divided by; NaN also where that cannot be said. None for other keys.
    """

    period: Period
    bins: npt.NDArray[np.datetime64]
    bin_hours: int
    by: str
    keys: tuple[str, ...]
    values: npt.NDArray[np.float64]
    coverage: npt.NDArray[np.float64]
    measure: str = "packets-per-sensor"
    port: str | None = None
    n_sensors: int = 0
    basis: Basis = field(default_factory=Basis)
    kind: str = "all"
    of: npt.NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.keys), len(self.bins)):
            raise ValueError(f"values are {self.values.shape}, expected {(len(self.keys), len(self.bins))}")
        if self.of is not None and self.of.shape != self.values.shape:
            raise ValueError(f"of is {self.of.shape}, expected {self.values.shape}")
        if self.coverage.shape != self.bins.shape:
            raise ValueError(f"coverage is {self.coverage.shape}, expected {self.bins.shape}")

    @property
    def gaps(self) -> npt.NDArray[np.bool_]:
        """Which bins nobody observed."""
        return self.coverage <= 0

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas series --json`` prints."""
        starts = np.datetime_as_string(self.bins.astype("datetime64[s]"))
        return {
            "measure": self.measure,
            "by": self.by,
            "port": self.port,
            "kind": self.kind,
            "bin_hours": self.bin_hours,
            "bins": [f"{s}Z" for s in starts],
            "series": [self._one(i) for i in range(len(self.keys))],
            "coverage": [round(float(c), 4) for c in self.coverage],
            "n_sensors": self.n_sensors,
            "basis": {
                "versions": self.basis.versions,
                "editions": self.basis.editions,
                "coverage_inferred_share": round(self.basis.inferred, 4),
            },
        }

    def _one(self, i: int) -> dict[str, object]:
        """One key with its values, and what they are a share of if that is known."""
        told = {"values": self.values[i], **({} if self.of is None else {"of": self.of[i]})}
        rows = {name: [None if np.isnan(v) else round(float(v), 4) for v in row] for name, row in told.items()}
        return {"key": self.keys[i], **rows}
