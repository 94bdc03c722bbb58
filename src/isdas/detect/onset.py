"""
Since when: the posterior of the hour in which a rise began, averaged over the shapes that it may have.

Does not decide whether there was a rise.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SHAPES = ("step", "ramp", "exponential")

CREDIBLE = 0.90
"""Probability that the reported interval holds."""

TEMPER = 0.7
"""Power of the likelihood: neighbouring hours repeat each other, so a hundred of them tell less than a hundred."""


@dataclass(frozen=True, slots=True)
class Onset:
    """
    When it began, in hours counted from the first one given.

    Attributes:
        at: the most probable hour.
        low, high: first and last hour of the highest-density set that holds CREDIBLE.
        shape: the most probable of SHAPES.
        odds: probability of each of SHAPES.
        posterior: float64[n], probability of each hour.
    """

    at: int
    low: int
    high: int
    shape: str
    odds: tuple[float, ...]
    posterior: Floats


def growths(hours: int, reach: float) -> list[Floats]:
    """
    Per shape, the factors over the usual rate by hours since the onset, float64[parameters, hours].

    Steps of 1.2 to *reach*; linear ramps that gain 0.02 to a twentieth of *reach* usual rates an hour, or level out
    at one of six heights after 6 to 48 hours; exponentials that double in 2 to 36 hours, without end or up to one of
    these heights. Where little was usual, *reach* is what it takes to explain the busiest hour; otherwise 100.
    Doubling times lie close together, since over six doublings an error of a tenth shifts the onset by half of one.
    """
    h = np.arange(hours) + 0.5
    steps = np.geomspace(1.2, reach, 40)[:, None] * np.ones(hours)
    heights = np.geomspace(2.0, reach, 7)[:6, None, None]
    ramps = 1.0 + np.geomspace(0.02, reach / 20.0, 24)[:, None] * h
    short = 1.0 + (heights - 1.0) * np.minimum(h / np.array([6.0, 12.0, 24.0, 48.0])[:, None], 1.0)
    doublings = np.minimum(2.0 ** (h / np.geomspace(2.0, 36.0, 40)[:, None]), 10.0 * reach)
    capped = np.minimum(2.0 ** (h / np.geomspace(2.0, 24.0, 10)[:, None]), heights)
    return [
        steps,
        np.concatenate([ramps, short.reshape(-1, hours)]),
        np.concatenate([doublings, capped.reshape(-1, hours)]),
    ]


def onset(counts: Floats, means: Floats, variance: float, level_sd: float, first: int, last: int) -> Onset:
    """
    The posterior over change hours first..last (inclusive), uniform beforehand, given counts up to now.

    Args:
        counts: float64[n], sources per hour.
        means: float64[n], what was usual; hours with 0 were not observed and say nothing.
        variance: relative variance of an hour (NB alpha).
        level_sd: standard deviation of the log level about the usual, which the hours before the onset teach.

    The likelihood is negative binomial, averaged over the level, the shape and its parameter.
    """
    size = 1.0 / max(variance, 1e-6)
    seen = means > 0
    y, m = np.where(seen, counts, 0.0), np.where(seen, means, 1.0)
    nodes = np.linspace(-2.5, 2.5, 9)
    levels, prior = np.exp(level_sd * nodes), np.exp(-0.5 * nodes**2)
    base = m[None, :] * levels[:, None]
    quiet = np.where(seen, _log_likelihood(y, base, size), 0.0)
    before = np.concatenate([np.zeros((len(levels), 1)), quiet.cumsum(axis=1)], axis=1)
    reach = max(100.0, 3.0 * float(y.max()) / max(float(m[seen].mean()) if seen.any() else 1.0, 1e-9))
    shapes = growths(len(y), reach)
    weight = np.full((len(SHAPES), last - first + 1), -np.inf)
    for k in range(first, last + 1):
        rest = slice(k, len(y))
        for index, shape in enumerate(shapes):
            factor = shape[:, None, : len(y) - k]
            after = np.where(seen[rest], _log_likelihood(y[rest], base[None, :, rest] * factor, size), 0.0).sum(axis=2)
            logs = TEMPER * (before[None, :, k] + after) + np.log(prior)[None, :]
            weight[index, k - first] = _log_mean(logs)
    posterior = np.exp(weight - weight.max())
    posterior /= posterior.sum()
    return _summary(posterior, first, len(y))


def _summary(posterior: Floats, first: int, n: int) -> Onset:
    by_hour, odds = posterior.sum(axis=0), posterior.sum(axis=1)
    order = np.argsort(-by_hour, kind="stable")
    held = order[: int(np.searchsorted(by_hour[order].cumsum(), CREDIBLE)) + 1]
    whole = np.zeros(n)
    whole[first : first + len(by_hour)] = by_hour
    return Onset(
        at=first + int(order[0]),
        low=first + int(held.min()),
        high=first + int(held.max()),
        shape=SHAPES[int(odds.argmax())],
        odds=tuple(odds.tolist()),
        posterior=whole,
    )


def _log_likelihood(counts: Floats, means: Floats, size: float) -> Floats:
    """Log NB density without the terms that depend on the count alone."""
    return np.asarray(counts * np.log(means) - (counts + size) * np.log(size + means))


def _log_mean(logs: Floats) -> float:
    top = float(logs.max())
    return top + float(np.log(np.exp(logs - top).mean()))
