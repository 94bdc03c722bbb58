"""
Where the excess comes from: each region's and each tool's own part of it.

Does not judge whether the excess is an artefact.
"""

import numpy as np
import numpy.typing as npt

from isdas.detect.tail import score

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ALONE, BESIDE = 2.0, 1.0
"""Scores (-log10 p) from which a group has risen by itself, and beside one that has."""

MOST = 0.5
"""Share of the whole excess above which groups may be called the main ones, whatever rose with them."""

FEW = 3
"""More groups than that are many, and none of them is a main one."""

ALIKE = 0.5
"""A group that made so much of what the least of the main ones made is not left out beside it."""


def excess(seen: Ints, usual: Ints, expected: float) -> Floats:
    """
    Excess per group, float64[g]: what was seen less the group's usual share of what was expected.

    Args:
        seen: source-hours of each group in the stretch.
        usual: source-hours of each group in the baseline.
        expected: source-hours expected of all groups in the stretch.

    Counts add up, so a group's own excess is its exact Shapley value; nothing cleverer is needed.
    """
    return np.asarray(seen - expected * usual / max(float(usual.sum()), 1.0))


def shares(parts: Floats) -> Floats:
    """Each group's share of the whole excess, 0 for groups that fell; they sum to at most 1."""
    positive = np.maximum(parts, 0.0)
    whole = max(float(parts.sum()), float(positive.sum()), 1e-9)
    return np.asarray(positive / whole)


def mainly(seen: Ints, usual: Ints, expected: float, variance: float, *, together: float, each: float) -> list[int]:
    """
    The groups that may be called the main ones, at most FEW, largest first; empty if none may.

    A level that wanders lifts all groups alike, and so does a rise of the whole world: neither is from anywhere. So
    what a group made is what it has beyond the level of those that did not rise by themselves. Named are the fewest
    that explain *together* of that and of the whole excess, or MOST of the excess where all of them explain no more,
    and with them those ALIKE the least of them, since of equals none is the main one. They are chosen among the
    `standing_out`.
    """
    share = shares(excess(seen, usual, expected))
    mean = np.maximum(expected * (usual + 0.5) / (float(usual.sum()) + 0.5 * len(usual)), 1e-9)
    out = standing_out(seen, mean, variance, share >= each)
    beyond = seen - _level(seen, mean, ~out) * mean
    whole = float(beyond[out].sum()) + max(float(beyond[~out].sum()), 0.0)
    order = [i for i in np.argsort(-beyond, kind="stable").tolist() if out[i]]
    for least in (together, MOST):
        if found := _fewest(order, beyond, share, together * whole, least):
            return found
    return []


def _fewest(order: list[int], beyond: Floats, share: Floats, enough: float, least: float) -> list[int]:
    """The first of some groups that have *enough* beyond the rest and the *least* share; empty if it takes many."""
    chosen = list[int]()

    def explained() -> bool:
        return bool(beyond[chosen].sum() >= enough and share[chosen].sum() >= least)

    for group in order:
        if explained() and beyond[group] < ALIKE * beyond[chosen[-1]]:
            break
        chosen.append(group)
    return chosen if explained() and len(chosen) <= FEW else []


def standing_out(seen: Ints, mean: Floats, variance: float, able: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """
    Which groups rose beyond the level of the rest, bool[g]: one of them by itself, the others beside it.

    Args:
        seen: source-hours of each group.
        mean: float64[g], what was usual of each.
        variance: relative variance of a count around its mean.
        able: those that may.

    At first all of these are out of the rest, so that none hides behind another; the least remarkable is put back as
    long as it is not BESIDE chance. If then none is ALONE beyond it, the rise is from nowhere in particular.
    """
    out = able.copy()
    while out.any():
        level = _level(seen, mean, ~out)
        # The level itself is known from few sources.
        doubt = variance + 1.0 / (float(seen[~out].sum()) + 1.0)
        scores = {int(g): _beyond(float(seen[g]), level * float(mean[g]), doubt) for g in np.flatnonzero(out)}
        least = min(scores, key=lambda g: scores[g])
        if scores[least] >= BESIDE:
            return out if max(scores.values()) >= ALONE else np.zeros_like(out)
        out[least] = False
    return out


def _beyond(seen: float, due: float, variance: float) -> float:
    return score(seen, due, variance) if seen > due else 0.0


def _level(seen: Ints, mean: Floats, rest: npt.NDArray[np.bool_]) -> float:
    """
    By how much the *rest* rose, at least 1: what fell elsewhere makes nobody rise. One source is taken for usual, so
    that where hardly any is, on a new port, nothing passes for a level and all is beyond it.
    """
    return max(1.0, (float(seen[rest].sum()) + 1.0) / (float(mean[rest].sum()) + 1.0))
