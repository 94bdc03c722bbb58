"""
Activity: how many distinct scanning sources each port saw in each hour, and how many sensors were watching.

Does not know where the counts come from.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isdas.model.port import Port

HOURS = "datetime64[h]"


@dataclass(frozen=True, slots=True)
class Activity:
    """
    What the search for rises looks at.

    Attributes:
        start: the first hour, UTC; hours are named by their begin.
        keys: the k ports.
        counts: int32[k, h], distinct scan-class sources per hour, deduplicated across sensors (a source counts
            once per port and hour, however many sensors and packets).
        exposure: float64[h], live sensor-hours in the hour, in whole sensors; 0 means that nobody observed.
        n_sensors: sensors that observed at any time.
    """

    start: np.datetime64
    keys: tuple[Port, ...]
    counts: npt.NDArray[np.int32]
    exposure: npt.NDArray[np.float64]
    n_sensors: int

    def __post_init__(self) -> None:
        if self.counts.shape != (len(self.keys), len(self.exposure)):
            raise ValueError(f"counts are {self.counts.shape}, expected {(len(self.keys), len(self.exposure))}")

    @property
    def hours(self) -> npt.NDArray[np.datetime64]:
        """datetime64[h][h], the begins of the hours."""
        return np.asarray(self.start.astype(HOURS) + np.arange(len(self.exposure)))
