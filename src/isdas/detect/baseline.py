"""
The usual rate of every port, robustly from its past.

Does not know about hours of the day (isdas.detect.profile) nor about the spread around the rate.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

PRIOR = 0.5
"""Source-hours that every port is taken to have had besides those seen (Jeffreys prior of a Poisson rate)."""

LIMIT = 2.58
"""Anscombe residual from which a day loses weight (Noufaily et al. 2013, Statistics in Medicine 32:1206)."""

FEW = 3.0
"""Source-hours below which a day keeps its weight."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rates:
    """
    What is usual per series at one moment.

    Attributes:
        rate: float64[k], source-hours per sensor-hour.
        support: float64[k], weighted source-hours that the rate rests on, PRIOR included; the relative variance
            of the rate is its inverse (Gamma posterior).
        days: float64[k], observed days behind it.
    """

    rate: Floats
    support: Floats
    days: Floats


def rates(counts: Floats, exposure: Floats, variance: Floats) -> Rates:
    """
    Farrington-weighted rates from daily totals.

    Args:
        counts: float64[k, d], source-hours per day.
        exposure: float64[k, d], sensor-hours per day that count for the series.
        variance: float64[k], relative variance of a day, beyond Poisson.

    A day whose Anscombe residual s exceeds LIMIT weighs s**-2, so that past outbreaks do not hide new ones; a day
    with fewer than three source-hours keeps its weight, since in a sparse series every single one has a large
    residual. Three rounds settle the weights.
    """
    rate, support = np.empty(len(counts)), np.empty(len(counts))
    _settle(counts, exposure, variance, rate, support)
    rate[exposure.sum(axis=1) <= 0] = 0.0
    return Rates(rate, support, (exposure > 0).sum(axis=1).astype(np.float64))


@njit(cache=True, nogil=True)
def _settle(  # pragma: no cover - compiled
    counts: Floats, exposure: Floats, variance: Floats, rate: Floats, support: Floats
) -> None:
    """Weigh the days of every series and fill its rate and support."""
    n_days = counts.shape[1]
    weight = np.empty(n_days)
    for s in range(len(counts)):
        weight[:] = 1.0
        for _ in range(4):
            seen, watched = PRIOR, 0.0
            for d in range(n_days):
                seen += weight[d] * counts[s, d]
                watched += weight[d] * exposure[s, d]
            support[s] = seen
            rate[s] = seen / max(watched, 1e-9)
            for d in range(n_days):
                weight[d] = 1.0
                if counts[s, d] >= FEW:
                    mean = max(rate[s] * exposure[s, d], 1e-9)
                    root = math.sqrt(1.0 + variance[s] * mean)
                    residual = 1.5 * (counts[s, d] ** (2 / 3) * mean ** (-1 / 6) - math.sqrt(mean)) / root
                    if residual > LIMIT:
                        weight[d] = residual**-2.0
