"""
Where the excess comes from: each region's and each tool's own part of it.

Does not judge whether the excess is an artefact.
"""

import numpy as np
import numpy.typing as npt

from isdas.detect.tail import score

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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
    The smallest set of groups that may be called the main ones, largest first; empty if none may.

    Together they explain at least *together* of the excess, each of them at least *each*, and each has risen by
    itself (p < 0.01). The criteria are those of Adtributor (Bhagwan et al., NSDI 2014) with its thresholds.
    """
    part = shares(excess(seen, usual, expected))
    chosen: list[int] = []
    total = 0.0
    for group in np.argsort(-part, kind="stable").tolist():
        mean = expected * (float(usual[group]) + 0.5) / (float(usual.sum()) + 0.5 * len(usual))
        if part[group] < each or score(float(seen[group]), max(mean, 1e-9), variance) < 2.0:
            return []
        chosen.append(group)
        total += float(part[group])
        if total >= together:
            return chosen
    return []
