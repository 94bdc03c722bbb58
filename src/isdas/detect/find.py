"""
Finding rises: activity in, candidate incidents out.

Does not judge them (isdas.detect.judge).
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from isdas.detect.activity import HOURS, Activity
from isdas.detect.config import Config
from isdas.detect.rise import Rise
from isdas.detect.search import Search

__all__ = ["Rise", "by_day", "find"]


def find(
    activity: Activity,
    config: Config,
    *,
    since: np.datetime64 | None = None,
    until: np.datetime64 | None = None,
) -> list[Rise]:
    """
    All rises, in the order of their detection.

    The search always runs from the first hour, since baselines and spreads are learnt on the way; *since* and
    *until* only choose which detections (by their hour, half-open) are told.
    """
    search, rises = Search.of(activity.start, config), list[Rise]()
    for day in by_day(activity):
        rises += search.look(day)
    return between([*rises, *search.rises()], since, until)


def by_day(activity: Activity) -> Iterator[Activity]:
    """The activity cut at the midnights, as `Search.look` takes it."""
    start = activity.start.astype(HOURS)
    lead = int((start - start.astype("datetime64[D]").astype(HOURS)).astype(int))
    n = len(activity.exposure)
    edges = [0, *range(24 - lead, n, 24), n]
    for low, high in pairwise(edges):
        if high > low:
            yield activity.between(low, high)


def between(rises: list[Rise], since: np.datetime64 | None, until: np.datetime64 | None) -> list[Rise]:
    """Those called in a period (half-open), in the order of their detection."""
    low = None if since is None else since.astype(HOURS)
    high = None if until is None else until.astype(HOURS)
    return [r for r in rises if (low is None or r.hour >= low) and (high is None or r.hour < high)]
