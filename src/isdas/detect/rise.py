"""
Rise: a port that rose beyond what chance allows, with the hours around it.

Does not say where it came from or whether it is an artefact (isdas.detect.judge).
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isdas.model.port import Port

REFERENCES = ("usual", "recent", "elsewhere")
"""
What a window may have been compared with: the baseline of weeks; that baseline at the level of the hours just before;
and, for silent ports, the baseline of weeks with what came to some other sensor than the loudest.
"""


@dataclass(frozen=True, slots=True)
class Rise:
    """
    A candidate incident: a port that rose beyond what chance allows.

    Attributes:
        port: which.
        hour: datetime64[h], the hour that gave the score; it could be called at the end of this hour.
        window_hours: length of the window that scored best.
        reference: which of REFERENCES gave the score.
        score, threshold: recalibrated -log10 p at that hour, and what its stratum asks for.
        observed: source-hours in that window, over all sensors whatever the reference.
        baseline: what was usual for that window.
        expected: what the reference let expect; at least the baseline.
        variance: relative variance (NB alpha) of the window's count around it.
        support: source-hours that the baseline rests on, 0.5 of prior included.
        ended: datetime64[h], first hour at which it was over; None while it lasts.
        settled: whether it lasted so long that it became the port's new level.
        begin: datetime64[h], the first hour of the following columns.
        counts: int32[n], sources per hour from before the rise to its end or the last hour known.
        means: float64[n], what was usual then; 0 in hours that nobody observed.
        hourly_variance: relative variance of a single hour.
        slow_sd: standard deviation of the slow wandering of the log rate.
        change: ``rise``; ``ramp`` if it grew over weeks, ``fall`` if sources vanished. The window is the whole change.
    """

    port: Port
    hour: np.datetime64
    window_hours: int
    reference: str
    score: float
    threshold: float
    observed: int
    baseline: float
    expected: float
    variance: float
    support: float
    ended: np.datetime64 | None
    settled: bool
    begin: np.datetime64
    counts: npt.NDArray[np.int32]
    means: npt.NDArray[np.float64]
    hourly_variance: float
    slow_sd: float
    change: str = "rise"

    @property
    def window_begin(self) -> np.datetime64:
        """First hour of the window that scored best."""
        return self.hour - np.timedelta64(self.window_hours - 1, "h")

    @property
    def factor(self) -> float:
        """Observed over usual, at most 9999."""
        return min(self.observed / max(self.baseline, 1e-9), 9999.0)

    def as_called(self) -> "Rise":
        """The rise as it was known at the end of the hour that called it."""
        return self.as_of(self.hour + 1)

    def as_of(self, hour: np.datetime64) -> "Rise":
        """The rise as it was known at the begin of *hour*, which is after the one that called it."""
        known = int((hour - self.begin).astype(int))
        over = self.ended is not None and bool(self.ended < hour)
        return replace(
            self,
            ended=self.ended if over else None,
            settled=self.settled and over,
            counts=self.counts[:known],
            means=self.means[:known],
        )
