"""
Since when: the posterior of the hour in which a rise began, averaged over the shapes that it may have.

Does not decide whether there was a rise.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isdas.detect.level import Level

Floats = npt.NDArray[np.float64]

SHAPES = ("step", "ramp", "exponential")

CREDIBLE = 0.90
"""Probability that the reported interval holds."""

MEMORY_HOURS = 48.0
"""Hours over which the level forgets where it was, unless said otherwise."""

UNREST = (0.4, 1.0, 1.5)
"""
How restless the port's own level may be, as parts of what was learnt of it: eight weeks are some fourteen stretches
that tell of it, and the hours before the rise say more.
"""


@dataclass(frozen=True, slots=True)
class Onset:
    """
    When it began, in hours counted from the first one given.

    Attributes:
        at: the most probable hour of these.
        low, high: first and last of the fewest successive hours that hold CREDIBLE.
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


def onset(
    counts: Floats,
    means: Floats,
    variance: float,
    level_sd: float,
    first: int,
    last: int,
    memory: float = MEMORY_HOURS,
) -> Onset:
    """
    The posterior over change hours first..last (inclusive), uniform beforehand, given counts up to now.

    Args:
        counts: float64[n], sources per hour.
        means: float64[n], what was usual; hours with 0 were not observed and say nothing.
        variance: relative variance of an hour (NB alpha).
        level_sd: usual standard deviation of the log level about *means*; it wanders on, before the onset and after it.
        memory: hours over which the level forgets where it was.

    The likelihood is negative binomial, averaged over the paths of the level, how restless it is (UNREST), the shape
    and its parameter.
    """
    size = 1.0 / max(variance, 1e-6)
    seen = means > 0
    y, m = np.where(seen, counts, 0.0), np.where(seen, means, 1.0)
    reach = max(100.0, 3.0 * float(y.max()) / max(float(m[seen].mean()) if seen.any() else 1.0, 1e-9))
    shapes = growths(len(y), reach)
    courses = np.concatenate(shapes)
    logs = np.stack(
        [_joint(y, m, seen, courses, Level.of(part * level_sd, memory), size, first, last) for part in UNREST]
    )
    weights = np.exp(logs - logs.max()).mean(axis=0)
    ends = np.cumsum([len(shape) for shape in shapes])[:-1]
    posterior = np.stack([part.mean(axis=0) for part in np.split(weights, ends)])
    return _summary(posterior / posterior.sum(), first, len(y))


def _joint(
    y: Floats,
    m: Floats,
    seen: npt.NDArray[np.bool_],
    courses: Floats,
    level: Level,
    size: float,
    first: int,
    last: int,
) -> Floats:
    """Log likelihood of all counts by course and change hour, float64[p, k]."""
    base = m[:, None] * level.factors
    states, before = level.forward(np.where(seen[:, None], _log_likelihood(y[:, None], base, size), 0.0))
    ahead, after = _backward(y, base, seen, courses, level, size, first, last)
    met = np.einsum("kl,lkp->pk", states[first : last + 1], ahead)
    return np.asarray(np.log(np.maximum(met, 1e-300)) + after.T + before[first : last + 1])


def _backward(
    y: Floats,
    base: Floats,
    seen: npt.NDArray[np.bool_],
    factors: Floats,
    level: Level,
    size: float,
    first: int,
    last: int,
) -> tuple[Floats, Floats]:
    """
    How likely the counts from each hour k on are, if it rose from then on by each of p courses, in each state at k.

    Returns:
        float64[states, k, p], relative to the likeliest state; float64[k, p], log likelihood in that state.

    States come first, the chain is written out and nothing is allocated anew, since this is where the time goes.
    """
    n_hours, hours = last - first + 1, np.arange(first, last + 1)
    courses = np.ascontiguousarray(factors.T)
    logs = np.log(courses)
    stay, up, down = (np.diag(level.moves, k)[:, None, None] for k in (0, 1, -1))
    ahead, total = np.ones((base.shape[1], n_hours, len(factors))), np.zeros((n_hours, len(factors)))
    room, spare = np.empty_like(ahead), np.empty_like(ahead)
    for t in range(len(y) - 1, first - 1, -1):
        live = min(t - first + 1, n_hours)
        if seen[t]:
            since, here = t - hours[:live], base[t][:, None, None]
            joint = np.multiply(courses[since], here, out=room[:, :live])
            np.log(np.add(joint, size, out=joint), out=joint)
            joint *= -(y[t] + size)
            joint += y[t] * np.log(here)
            top = joint.max(axis=0)
            np.exp(np.subtract(joint, top, out=joint), out=joint)
            joint *= ahead[:, :live]
            most = joint.max(axis=0)
            np.divide(joint, most, out=ahead[:, :live])
            total[:live] += top + y[t] * logs[since] + np.log(most)
        ended = min(t - first, n_hours)
        now, before, moved = ahead[:, :ended], room[:, :ended], spare[1:, :ended]
        np.multiply(stay, now, out=before)
        before[:-1] += np.multiply(up, now[1:], out=moved)
        before[1:] += np.multiply(down, now[:-1], out=moved)
        now[:] = before
    return ahead, total


def _summary(posterior: Floats, first: int, n: int) -> Onset:
    by_hour, odds = posterior.sum(axis=0), posterior.sum(axis=1)
    low, high = shortest(by_hour, CREDIBLE)
    whole = np.zeros(n)
    whole[first : first + len(by_hour)] = by_hour
    return Onset(
        at=first + low + int(by_hour[low : high + 1].argmax()),
        low=first + low,
        high=first + high,
        shape=SHAPES[int(odds.argmax())],
        odds=tuple(odds.tolist()),
        posterior=whole,
    )


def shortest(chances: Floats, held: float) -> tuple[int, int]:
    """
    First and last of the fewest successive hours that hold at least a probability *held*, the likeliest of these.

    The ends of the highest-density hours would hold more than is said wherever these are not in one piece.
    """
    before = np.concatenate([[0.0], chances.cumsum()])
    ends = np.searchsorted(before, before + min(held, before[-1]) * (1.0 - 1e-12))
    begins = np.flatnonzero(ends < len(before))
    length, chance = ends[begins] - begins, before[ends[begins]] - before[begins]
    best = begins[np.lexsort((-chance, length))[0]]
    return int(best), int(ends[best]) - 1


def _log_likelihood(counts: Floats, means: Floats, size: float) -> Floats:
    """Log NB density without the terms that depend on the count alone."""
    return np.asarray(counts * np.log(means) - (counts + size) * np.log(size + means))
