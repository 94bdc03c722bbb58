"""
The usual rate of every port, robustly from its past.

Does not know about hours of the day (isdas.detect.profile) nor about the spread around the rate.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PRIOR = 0.5
"""Source-hours that every port is taken to have had besides those seen (Jeffreys prior of a Poisson rate)."""

LIMIT = 2.58
"""Anscombe residual from which a day loses weight (Noufaily et al. 2013, Statistics in Medicine 32:1206)."""

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
    weight = np.ones_like(counts)
    total = exposure.sum(axis=1)
    rate = np.zeros(len(counts))
    for round_ in range(4):
        support = PRIOR + (weight * counts).sum(axis=1)
        rate = support / np.maximum((weight * exposure).sum(axis=1), 1e-9)
        if round_ < 3:
            mean = np.maximum(rate[:, None] * exposure, 1e-9)
            spread = np.sqrt(1.0 + variance[:, None] * mean)
            residual = 1.5 * (np.cbrt(counts) ** 2 * mean ** (-1 / 6) - np.sqrt(mean)) / spread
            heavy = (residual > LIMIT) & (counts >= 3)
            weight = np.where(heavy, 1.0 / np.maximum(residual, 1.0) ** 2, 1.0)
    rate[total <= 0] = 0.0
    return Rates(rate, support, (exposure > 0).sum(axis=1).astype(np.float64))
