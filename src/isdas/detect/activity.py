"""
Activity: how many distinct scanning sources each port saw in each hour, and how many sensors were watching.

Does not know where the counts come from.
"""

from dataclasses import dataclass, replace

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
        elsewhere: int32[k, h], new sources that came to some other sensor than the loudest, see
            `isdas.detect.elsewhere`; None where sensors are not told apart.
        apart: bool[h], in which hours *elsewhere* means something; None if in none.
    """

    start: np.datetime64
    keys: tuple[Port, ...]
    counts: npt.NDArray[np.int32]
    exposure: npt.NDArray[np.float64]
    n_sensors: int
    elsewhere: npt.NDArray[np.int32] | None = None
    apart: npt.NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.counts.shape != (len(self.keys), len(self.exposure)):
            raise ValueError(f"counts are {self.counts.shape}, expected {(len(self.keys), len(self.exposure))}")
        if self.elsewhere is not None and self.elsewhere.shape != self.counts.shape:
            raise ValueError(f"elsewhere is {self.elsewhere.shape}, expected {self.counts.shape}")

    @property
    def hours(self) -> npt.NDArray[np.datetime64]:
        """datetime64[h][h], the begins of the hours."""
        return np.asarray(self.start.astype(HOURS) + np.arange(len(self.exposure)))

    def between(self, low: int, high: int) -> "Activity":
        """Some of its hours, half-open."""
        return replace(
            self,
            start=self.start.astype(HOURS) + low,
            counts=self.counts[:, low:high],
            exposure=self.exposure[low:high],
            elsewhere=None if self.elsewhere is None else self.elsewhere[:, low:high],
            apart=None if self.apart is None else self.apart[low:high],
        )
