"""
What a score really means here: its tail recalibrated on the past, and the threshold that keeps false alarms rare.

Does not compute scores.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isdas.detect.config import Config
from isdas.detect.scan import N_TESTS

Floats = npt.NDArray[np.float64]

STRATA = np.array([0.5, 5.0, 50.0])
"""Edges of the strata, in expected source-hours a day: silent, sparse, lively, busy."""

SILENT, SPARSE = 0, 1
"""The stratum of ports that see next to nothing, or nothing ever, and that of those that see a little more."""

BUDGET = np.array([0.1, 0.2, 0.35, 0.35])
"""How the allowed false alarms are shared among the strata: a tenth more in the silent one would gain it nothing."""

CLUSTER_DAYS = 1.25
"""
Days in a row on which a rate that has wandered far exceeds: they are one incident. Measured on levels that forget over
48 hours: 1.2 to 1.4 one to two decades below the threshold, 1.1 to 1.3 next to it. The farther away, the sooner it is
back.
"""

BEGIN = 2.0
"""Score from which the tail is taken to be exponential (a Gumbel law's tail)."""

TIERS = (BEGIN, 4.0, 5.0, 6.0, 7.0)
"""Scores from which it has a slope of its own, where enough has been seen: wandering rates make far tails heavier."""

GAIN = 0.4
"""By how much recalibration may raise a score."""

CENSOR = 3.0
"""Decades beyond a tier after which a past exceedance counts as "at least that": it may be an outbreak."""

FORGET = 0.982
"""Weight that a day's maxima keep per day: a memory of eight weeks."""

PRIOR_DAYS, PRIOR_EXCEEDANCES, PRIOR_SHARE = 200.0, 20.0, 0.02
"""Series-days and exceedances that the prior is worth, and the share of days that exceed BEGIN under it."""


def adjusted(best: Floats) -> Floats:
    """Scores after paying for the number of windows and references looked at (Bonferroni)."""
    return np.asarray(np.maximum(best - np.log10(N_TESTS), 0.0))


def strata(per_day: Floats) -> npt.NDArray[np.int64]:
    """The stratum of each series by its expected source-hours a day."""
    return np.searchsorted(STRATA, per_day, side="right")


@dataclass(slots=True)
class Calibration:
    """
    Daily maxima of the score per stratum: how many, and for each of TIERS how many beyond, by how much, uncensored.

    Attributes:
        sums: float64[4 strata, 1 + 3 * tiers], in that order.
    """

    sums: Floats

    @classmethod
    def of(cls) -> "Calibration":
        """Nothing learnt yet."""
        return cls(np.zeros((len(STRATA) + 1, 1 + 3 * len(TIERS))))

    def learn(self, maxima: Floats, stratum: npt.NDArray[np.int64], n_unseen: int = 0) -> None:
        """
        Add one day: the largest adjusted score of each series, float64[k], and 0 of so many ports hardly ever seen.

        Those are in the threshold of the silent stratum. Left out here, the few that are seen would stand for all of
        them, although a port is only looked at once it has shown something.
        """
        self.sums *= FORGET
        self.sums[SILENT, 0] += n_unseen
        for index in range(len(self.sums)):
            day = maxima[stratum == index]
            self.sums[index, 0] += len(day)
            for tier, begin in enumerate(TIERS):
                beyond = day[day > begin] - begin
                told = len(beyond), np.minimum(beyond, CENSOR).sum(), (beyond <= CENSOR).sum()
                self.sums[index, 1 + 3 * tier : 4 + 3 * tier] += told

    def recalibrated(self, score: Floats, stratum: npt.NDArray[np.int64]) -> Floats:
        """
        -log10 of the probability that an hour shows such a score, as the past of its stratum tells.

        Beyond BEGIN the daily maximum exceeds s with probability q * 10**(-beta (s - BEGIN)), with beta the
        censored maximum-likelihood rate; beyond each further tier with a q and beta of its own, drawn to what the tier
        before lets expect as far as too little has been seen there. Paying for 24 tests that say much the same is
        paying too much, so the recalibrated score may be the larger one, by at most GAIN.
        """
        far = score > BEGIN
        told = score.copy()
        # Nearly all are below, and millions of them at a time.
        told[far] = self._beyond(score[far], stratum[far])
        return told

    def _beyond(self, score: Floats, stratum: npt.NDArray[np.int64]) -> Floats:
        """Scores beyond BEGIN as the tails tell."""
        levels, slopes = self._tails()
        tier = np.clip(np.searchsorted(TIERS, score, side="left") - 1, 0, len(TIERS) - 1)
        begins, at = np.array(TIERS), levels[stratum, tier]
        following = np.minimum(tier + 1, len(TIERS) - 1)
        # Up to the next tier a straight line, so that a larger score never means less.
        width = np.where(following > tier, begins[following] - begins[tier], 1.0)
        slope = np.where(following > tier, (levels[stratum, following] - at) / width, slopes[stratum])
        return np.asarray(np.clip(at + slope * (score - begins[tier]), 0.0, score + GAIN))

    def _tails(self) -> tuple[Floats, Floats]:
        """-log10 of the hourly probability to exceed each tier, float64[4, tiers], and the slope beyond the last."""
        days = self.sums[:, 0]
        levels = np.empty((len(self.sums), len(TIERS)))
        slope = np.ones(len(self.sums))
        for tier, begin in enumerate(TIERS):
            beyond, over, uncensored = self.sums[:, 1 + 3 * tier : 4 + 3 * tier].T
            if tier == 0:
                share = (beyond + PRIOR_SHARE * PRIOR_DAYS) / (days + PRIOR_DAYS)
                levels[:, 0] = -np.log10(np.clip(share, 1e-12, 1.0) / 24.0)
            else:
                due = levels[:, tier - 1] + slope * (begin - TIERS[tier - 1])
                expected = 24.0 * days * 10.0**-due
                due -= np.log10((beyond + PRIOR_EXCEEDANCES) / (expected + PRIOR_EXCEEDANCES))
                levels[:, tier] = np.maximum(due, levels[:, tier - 1])
            slope = (PRIOR_EXCEEDANCES + uncensored) / (PRIOR_EXCEEDANCES / slope + np.log(10.0) * over)
        return levels, slope


def thresholds(n_known: npt.NDArray[np.int64], config: Config) -> Floats:
    """
    The score from which a series of each stratum is called, float64[4].

    Each stratum may give the same share of the false alarms allowed: a weighted Bonferroni correction (Genovese,
    Roeder and Wasserman 2006, Biometrika 93:509) with weights fixed by the baseline, known before the test. The
    ports that were never seen belong to the silent stratum, all of them.
    """
    sizes = n_known.astype(np.float64)
    sizes[0] = max(sizes[0], config.n_series - sizes[1:].sum())
    share = config.false_per_week * CLUSTER_DAYS * BUDGET
    return np.asarray(np.log10(168.0 * np.maximum(sizes, 10.0) / share))
