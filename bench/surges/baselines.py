"""
Six detectors as they are published, on the same counts that ours looks at.

Each gives a score for every port and hour, larger where more remarkable, and the threshold at which its authors call;
it is NaN where the method has too little of a past. Daily methods look at midnight at the day that ends there.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.stats import nbinom, norm, poisson

Floats = npt.NDArray[np.float64]


def days(counts: Floats) -> Floats:
    """Counts by whole day, float64[k, d]."""
    return counts[:, : counts.shape[1] // 24 * 24].reshape(len(counts), -1, 24).sum(axis=2)


def hourly(by_day: Floats, n_hours: int) -> Floats:
    """Scores of days placed at the last hour of each."""
    found = np.full((len(by_day), n_hours), np.nan)
    found[:, 23 : by_day.shape[1] * 24 : 24] = by_day
    return found


def ears_c2(counts: Floats) -> Floats:
    """EARS C2 (Hutwagner et al. 2003; R package surveillance, earsC): seven days, two days back, in their sd."""
    y = days(counts)
    score = np.full(y.shape, np.nan)
    for d in range(9, y.shape[1]):
        past = y[:, d - 9 : d - 2]
        score[:, d] = (y[:, d] - past.mean(axis=1)) / np.maximum(past.std(axis=1, ddof=1), 0.5)
    return hourly(score, counts.shape[1])


def ears_c3(counts: Floats) -> Floats:
    """EARS C3: what C2 exceeds 1 by, over three days (ibid.)."""
    c2 = ears_c2(counts)[:, 23::24]
    over = np.maximum(c2 - 1.0, 0.0)
    score = np.full(c2.shape, np.nan)
    score[:, 2:] = over[:, 2:] + over[:, 1:-1] + over[:, :-2]
    return hourly(score, counts.shape[1])


def farrington(counts: Floats) -> Floats:
    """
    Farrington flexible (Noufaily et al. 2013) with weeks for years: -log10 p of the day under a negative binomial.

    The same weekday and its neighbours over eight weeks, the last three days left out, quasi-Poisson mean, days with
    an Anscombe residual above 2.58 reweighted; phi plugged in (threshold method nbPlugin).
    """
    y = days(counts)
    score = np.full(y.shape, np.nan)
    for d in range(28, y.shape[1]):
        back = [d - 7 * w + o for w in range(1, 9) for o in (-1, 0, 1) if 0 <= d - 7 * w + o < d - 3]
        past = y[:, back]
        weight = np.ones_like(past)
        for _ in range(2):
            mean = np.maximum((weight * past).sum(axis=1) / weight.sum(axis=1), 1e-3)
            phi = _dispersion(past, mean, weight)
            residual = 1.5 * (np.cbrt(past) ** 2 * mean[:, None] ** (-1 / 6) - np.sqrt(mean)[:, None])
            residual /= np.sqrt(phi)[:, None]
            weight = np.where(residual > 2.58, np.maximum(residual, 1.0) ** -2.0, 1.0)
        mean = np.maximum((weight * past).sum(axis=1) / weight.sum(axis=1), 1e-3)
        phi = _dispersion(past, mean, weight)
        size = mean / np.maximum(phi - 1.0, 1e-6)
        odds = 1.0 / np.maximum(phi, 1.0 + 1e-6)
        spread = nbinom.sf(y[:, d] - 1, size, odds)
        p = np.where(phi > 1.0 + 1e-6, spread, poisson.sf(y[:, d] - 1, mean))
        # Fewer than five counts in the last four periods are never called (limit54).
        enough = y[:, d - 3 : d + 1].sum(axis=1) >= 5
        score[:, d] = np.where(enough, -np.log10(np.maximum(p, 1e-300)), 0.0)
    return hourly(score, counts.shape[1])


def _dispersion(past: Floats, mean: Floats, weight: Floats) -> Floats:
    square = (weight * (past - mean[:, None]) ** 2 / mean[:, None]).sum(axis=1)
    return np.maximum(square / max(past.shape[1] - 1, 1), 1.0)


def dshield(counts: Floats) -> Floats:
    """
    The old trend formula of DShield, sqrt((S - s)^2 / s), with sources alone: the last day against 30 days' mean.

    It has no sign; falls are left out here, which flatters it.
    """
    y = days(counts)
    score = np.full(y.shape, np.nan)
    for d in range(30, y.shape[1]):
        usual = y[:, d - 30 : d].mean(axis=1)
        score[:, d] = np.where(y[:, d] > usual, np.abs(y[:, d] - usual) / np.sqrt(np.maximum(usual, 1 / 30)), 0.0)
    return hourly(score, counts.shape[1])


def greynoise(counts: Floats) -> Floats:
    """GreyNoise's two rules (2025): above median + 2 IQR of all days and 28 days' mean + 2 sd; the lesser ratio."""
    y = days(counts)
    score = np.full(y.shape, np.nan)
    for d in range(28, y.shape[1]):
        whole, month = y[:, :d], y[:, d - 28 : d]
        low, middle, high = np.quantile(whole, [0.25, 0.5, 0.75], axis=1)
        by_all = (y[:, d] - middle) / np.maximum(high - low, 0.5)
        by_month = (y[:, d] - month.mean(axis=1)) / np.maximum(month.std(axis=1), 0.5)
        score[:, d] = np.minimum(by_all, by_month)
    return hourly(score, counts.shape[1])


def changefinder(counts: Floats) -> Floats:
    """ChangeFinder as NICT runs it: two stages of SDAR of order 2, r 0.005, smoothed over 10 and 5, on hours."""
    first = _smooth(_sdar(counts, 0.005), 10)
    score = _smooth(_sdar(first, 0.005), 5)
    score[:, :15] = np.nan
    return score


def _sdar(x: Floats, r: float) -> Floats:
    """-log of the Gaussian predictive density of each point under a discounted AR(2)."""
    k, n = x.shape
    mean, c0, c1, c2, spread = np.zeros(k), np.full(k, 1.0), np.zeros(k), np.zeros(k), np.full(k, 1.0)
    score = np.zeros((k, n))
    last, before = x[:, 0].copy(), x[:, 0].copy()
    for t in range(n):
        determinant = np.maximum(c0**2 - c1**2, 1e-12)
        w1, w2 = c1 * (c0 - c2) / determinant, (c0 * c2 - c1**2) / determinant
        predicted = mean + w1 * (last - mean) + w2 * (before - mean)
        score[:, t] = 0.5 * (np.log(2 * np.pi * spread) + (x[:, t] - predicted) ** 2 / spread)
        mean = (1 - r) * mean + r * x[:, t]
        c0 = (1 - r) * c0 + r * (x[:, t] - mean) ** 2
        c1 = (1 - r) * c1 + r * (x[:, t] - mean) * (last - mean)
        c2 = (1 - r) * c2 + r * (x[:, t] - mean) * (before - mean)
        # Sparse series bring the variance to nothing, where the density has no bound.
        spread = np.maximum((1 - r) * spread + r * (x[:, t] - predicted) ** 2, 1e-2)
        before, last = last, x[:, t].copy()
    return score


def _smooth(x: Floats, width: int) -> Floats:
    sums = np.cumsum(np.pad(x, ((0, 0), (width, 0))), axis=1)
    return (sums[:, width:] - sums[:, :-width]) / width


def nb_cusum(counts: Floats) -> Floats:
    """NB-CUSUM for a doubling (Hoehle and Paul 2008) on hours, with the mean and dispersion of 28 days."""
    k, n = counts.shape
    score, value = np.full((k, n), np.nan), np.zeros(k)
    mean, alpha = np.ones(k), np.zeros(k)
    for t in range(28 * 24, n):
        if t % 24 == 0:
            past = counts[:, t - 28 * 24 : t - 72]
            mean = np.maximum(past.mean(axis=1), 1e-4)
            alpha = np.maximum((past.var(axis=1) - mean) / mean**2, 0.0)
        ratio = counts[:, t] * np.log(2.0) - (counts[:, t] + 1 / np.maximum(alpha, 1e-6)) * (
            np.log1p(2 * np.maximum(alpha, 1e-6) * mean) - np.log1p(np.maximum(alpha, 1e-6) * mean)
        )
        value = np.maximum(0.0, value + ratio)
        score[:, t] = value
    return score


BASELINES: dict[str, tuple[Callable[[Floats], Floats], float]] = {
    "EARS C2": (ears_c2, float(norm.isf(0.001))),
    "EARS C3": (ears_c3, 2.0),
    "Farrington flexible": (farrington, float(-np.log10(0.05))),
    "DShield trend": (dshield, 3.0),
    "GreyNoise, two rules": (greynoise, 2.0),
    "ChangeFinder (NICT)": (changefinder, 3.0),
    "NB-CUSUM": (nb_cusum, 5.0),
}
"""Each method and its threshold; DShield's page only ranked, and that of NB-CUSUM depends on the run length wanted."""
