"""
How much counts spread around what was expected, per window length and level, learnt from the detector's own past.

Does not scan; it owns the tables that the scan reads and adds to.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from isdas.detect.config import Config
from isdas.detect.scan import DAY_WINDOW, ELSEWHERE, N_BINS, N_REFERENCES, RECENT, USUAL, WINDOWS, spread

Floats = npt.NDArray[np.float64]

FORGET = 0.982
"""Weight that a day's sums keep per day: a memory of eight weeks."""

RECENT_HOURS = 12.0
"""Hours that the recent level remembers."""

SLOW_SD = 0.05, 0.6
"""
Bounds of how far a log rate is believed to wander: none stands quite still, and what makes the days of sparse ports
differ by more are bursts of single hosts, which are no level.
"""

PRIOR_WINDOWS = 150.0
"""Windows that the prior is worth in every bin."""


def wandering(hours: Floats, slow_hours: float) -> Floats:
    """Variance of the mean over *hours* of a unit Ornstein-Uhlenbeck process that forgets over *slow_hours*."""
    stretch = hours / slow_hours
    return np.asarray(2.0 * (stretch - 1.0 + np.exp(-stretch)) / stretch**2)


def widened(days: Floats, config: Config) -> Floats:
    """
    By which factor spreads around a baseline of so many *days* are larger than around a full one, float64[k].

    The mean of a wandering rate over few days is itself uncertain, but for what it shares with a window that begins
    when the days left out are over. What is left of that with a full baseline is in the spreads that are learnt.
    """
    slow = config.slow_hours

    def unsure(hours: Floats) -> Floats:
        shared = slow / hours * (1.0 - np.exp(-hours / slow)) * np.exp(-24.0 * config.excluded_days / slow)
        return np.asarray(wandering(hours, slow) - 2.0 * shared)

    few, full = 24.0 * np.clip(days, 1.0, config.baseline_days), np.array(24.0 * config.baseline_days)
    return np.asarray(1.0 + np.maximum(unsure(few) - unsure(full), 0.0) / wandering(np.array(24.0), slow))


def prior(config: Config) -> Floats:
    """
    Relative variances before history tells, float64[3, 12].

    An hour's own spread averages out over a window, the slow wandering of the rate hardly does: taking hours for
    independent is what ruins most detectors. Against the recent level only the wandering since then remains.
    """
    hours = WINDOWS.astype(np.float64)
    quick = config.hourly_variance / hours
    slow = config.slow_sd**2
    table = np.empty((N_REFERENCES, len(WINDOWS)))
    table[USUAL] = table[ELSEWHERE] = quick + slow * wandering(hours, config.slow_hours)
    table[RECENT] = quick + slow * np.minimum(0.3 + 0.5 * hours / config.slow_hours, 1.0)
    return table


def bins(means: Floats) -> npt.NDArray[np.int64]:
    """The bin of each expected count, as `isdas.detect.scan.bin_of`."""
    with np.errstate(divide="ignore"):
        return np.clip(2.0 * (np.log10(np.maximum(means, 1e-3)) + 3.0), 0, N_BINS - 1).astype(np.int64)


@dataclass(slots=True)
class Spread:
    """
    The running sums of squared residuals.

    Attributes:
        prior: float64[3, 12], see `prior`.
        sums: float64[3, 12, N_BINS, 4], excess, square, counts and means, pooled over series of similar expected count.
        own: float32[k, 3, 12, 2], the same for each series alone.
    """

    prior: Floats
    sums: Floats
    own: npt.NDArray[np.float32]
    memory: Floats = field(default_factory=lambda: np.zeros(3))

    @classmethod
    def of(cls, n_series: int, config: Config) -> "Spread":
        """Nothing learnt yet."""
        memory = np.array([np.exp(-1.0 / RECENT_HOURS), 1.0 / config.slow_sd**2, config.slow_hours])
        n = len(WINDOWS)
        own = np.zeros((n_series, N_REFERENCES, n, 2), np.float32)
        return cls(prior(config), np.zeros((N_REFERENCES, n, N_BINS, 4)), own, memory)

    def welcome(self, n_new: int) -> None:
        """Room for series that have taught nothing yet."""
        self.own = np.concatenate([self.own, np.zeros((n_new, *self.own.shape[1:]), np.float32)])

    def pool(self) -> Floats:
        """Relative variances as the scan reads them, float64[3, 12, N_BINS]."""
        centre = 10.0 ** (np.arange(N_BINS) / 2.0 - 2.75)
        # Where means are tiny, the sums are mostly noise: sqrt(2 square) of excess for Poisson counts.
        weight = np.maximum(PRIOR_WINDOWS * centre**2, 0.05)
        excess = self.sums[..., 0] + self.prior[:, :, None] * weight
        # Negative estimates (less spread than Poisson) are noise; a little is always left.
        return np.maximum(excess / (self.sums[..., 1] + weight), 0.1 * self.prior[:, :, None])

    def lean(self) -> Floats:
        """
        By how much counts exceed their means on average, per bin, at least 1, float64[3, 12, N_BINS].

        Series chosen for having shown little so far show more later (regression to the mean); left in, this bias
        would pass for an enormous spread where means are tiny.
        """
        return np.maximum((self.sums[..., 2] + 3.0) / (self.sums[..., 3] + 3.0), 1.0)

    def forget(self) -> None:
        """Let a day pass."""
        self.sums *= FORGET
        self.own *= FORGET

    def slow_sd(self, series: int, hourly: float, day: float) -> float:
        """
        Standard deviation of the slow wandering of a series' log rate, from how far its days lie from their means.

        Args:
            series: which.
            hourly: relative variance of one hour, which a day averages out.
            day: source-hours that are usual in a day.
        """
        of_day = self.variance(series, USUAL * len(WINDOWS) + DAY_WINDOW, day, day, np.inf)
        hours = WINDOWS[DAY_WINDOW].astype(np.float64)
        level = max(of_day - hourly / hours, 0.0) / float(wandering(hours, float(self.memory[2])))
        return float(np.clip(math.sqrt(math.log1p(level)), *SLOW_SD))

    def variance(self, series: int, which: int, usual: float, mean: float, support: float, wider: float = 1.0) -> float:
        """The relative variance that the scan used for one window of one series."""
        reference, window = divmod(which, len(WINDOWS))
        pool = float(self.pool()[reference, window, bins(np.array([usual]))[0]])
        excess, square = self.own[series, reference, window]
        length, slow = int(WINDOWS[window]), float(self.memory[2])
        return wider * float(spread(pool, float(excess), float(square), mean, length, slow)) + 1.0 / support
