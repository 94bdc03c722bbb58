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


@dataclass(slots=True)
class Grid:
    """
    An activity laid out in whole UTC days, with what may be used of it so far.

    Attributes:
        first: the midnight at which it begins.
        n_hours: hours up to the last one that the activity has; what follows is padding.
        counts: int32[k, days * 24].
        exposure: float64[days * 24], 0 in gaps and padding.
        usable: bool[k, days * 24], observed and not part of an incident, as known so far.
    """

    first: np.datetime64
    n_hours: int
    counts: npt.NDArray[np.int32]
    exposure: npt.NDArray[np.float64]
    usable: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, activity: Activity) -> "Grid":
        """Pad to whole days; padding is unobserved, so it can neither raise nor lower anything."""
        start = activity.start.astype(HOURS)
        first = start.astype("datetime64[D]").astype(HOURS)
        lead = int((start - first).astype(int))
        n_hours = lead + len(activity.exposure)
        trail = -n_hours % 24
        exposure = np.pad(activity.exposure.astype(np.float64), (lead, trail))
        counts = np.pad(activity.counts.astype(np.int32), ((0, 0), (lead, trail)))
        observed = exposure > 0
        counts[:, ~observed] = 0
        usable = np.repeat(observed[None, :], len(activity.keys), axis=0)
        return cls(first, n_hours, counts, exposure, usable)

    @property
    def n_days(self) -> int:
        """Whole days, padding included."""
        return len(self.exposure) // 24

    def hour(self, index: int) -> np.datetime64:
        """The begin of hour *index*."""
        return self.first + index

    @property
    def weekday(self) -> int:
        """Day of the week of the first day, Monday 0 (1970-01-01 was a Thursday)."""
        return int((self.first.astype("datetime64[D]").astype(int) + 3) % 7)


def effective(
    exposure: npt.NDArray[np.float64], config_days: int = 28, excluded_days: int = 3
) -> npt.NDArray[np.float64]:
    """
    The exposure that expected counts are proportional to, float64[days * 24].

    Distinct sources do not fall in proportion when sensors drop out, because many sources are seen by several of
    them; nor do they all stay. Below its level of the weeks before, exposure is therefore the geometric mean of the
    two, so that an outage cannot look like a rise of what is still seen. Above it, it counts in full.
    """
    by_day = exposure.reshape(-1, 24)
    seen, total = (by_day > 0).sum(1), by_day.sum(1)
    result = by_day.copy()
    for day in range(len(by_day)):
        past = slice(max(0, day - excluded_days - config_days), max(0, day - excluded_days))
        if seen[past].sum() == 0:
            continue
        usual = total[past].sum() / seen[past].sum()
        low = (by_day[day] > 0) & (by_day[day] < usual)
        result[day, low] = np.sqrt(by_day[day, low] * usual)
    return np.asarray(result.reshape(-1))
