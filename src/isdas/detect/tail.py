"""
The upper tail of the negative binomial, in decimal logarithms.

Does not decide what is improbable enough.
"""

import math

import numpy as np
import numpy.typing as npt
from numba import njit

FLOOR = 1e-9
"""Relative variances below this are taken as this: practically Poisson."""


@njit(cache=True, nogil=True)
def score_of(count: float, mean: float, variance: float) -> float:  # pragma: no cover - compiled
    """
    -log10 P(Y >= count) for Y negative binomial with *mean* and Var = mean + variance * mean**2.

    P(Y >= y) = I_x(y, r) with r = 1/variance and x = mean/(mean + r); the incomplete beta function by its continued
    fraction (modified Lentz; NIST DLMF 8.17.22), in logarithms so that far tails do not underflow.
    """
    if count <= 0.0:
        return 0.0
    if mean <= 0.0:
        return 300.0
    b = 1.0 / max(variance, FLOOR)
    a = count
    x = mean / (mean + b)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    upper = x < (a + 1.0) / (a + b + 2.0)
    if not upper:
        a, b, x = b, a, 1.0 - x
    tiny = 1e-300
    c = 1.0
    d = 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    fraction = d
    for m in range(1, 3000):
        step = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        d = 1.0 + step * d
        d = 1.0 / (d if abs(d) > tiny else tiny)
        c = 1.0 + step / c
        c = c if abs(c) > tiny else tiny
        fraction *= d * c
        step = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        d = 1.0 + step * d
        d = 1.0 / (d if abs(d) > tiny else tiny)
        c = 1.0 + step / c
        c = c if abs(c) > tiny else tiny
        fraction *= d * c
        if abs(d * c - 1.0) < 1e-11:
            break
    logarithm = front + math.log(fraction) - math.log(a)
    if not upper:
        p = 1.0 - math.exp(min(logarithm, 0.0))
        return -math.log10(max(p, 1e-16))
    return max(0.0, -logarithm / math.log(10.0))


def score(count: float, mean: float, variance: float) -> float:
    """`score_of` for plain numbers: -log10 P(Y >= count)."""
    return float(score_of(float(count), float(mean), float(variance)))


def scores(
    counts: npt.NDArray[np.float64], means: npt.NDArray[np.float64], variances: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """`score_of` for arrays of one shape."""
    triples = zip(counts.ravel(), means.ravel(), variances.ravel(), strict=True)
    return np.array([score(*triple) for triple in triples]).reshape(counts.shape)
