"""
Which groups the sources of a surge are in, by what is more than usual of each on an average day.

Whole days are compared, since groups are of days: the day of the onset counts from its midnight, so what it adds is
a little less than the surge has.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def belonging(during: Sequence[Ints], before: Sequence[Ints], groups: int) -> tuple[Floats, Floats | None, Floats]:
    """
    Sources of each group on the port on an average day, what was usual, and each group's share of the excess.

    Args:
        during: for each day of the surge int64[n], the group of each source that scanned the port, -1 for none.
        before: the same for days before it.
        groups: how many there are.

    Returns:
        float64[groups] each; the usual is None without days before, and shares are then of all sources. Sources that
        are in no group have their share too, so the shares told add up to 1 at most.
    """
    seen = _average(during, groups)
    usual = _average(before, groups) if before else None
    more = np.maximum(seen - (usual if usual is not None else 0.0), 0.0)
    share = more / max(float(more.sum()), 1e-9)
    return seen[:-1], None if usual is None else usual[:-1], share[:-1]


def _average(days: Sequence[Ints], groups: int) -> Floats:
    """float64[groups + 1]: sources of each group on an average day, last those in none."""
    counts = np.zeros(groups + 1)
    for of in days:
        counts += np.bincount(np.where(of < 0, groups, of), minlength=groups + 1)
    return counts / max(len(days), 1)
