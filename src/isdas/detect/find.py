"""
Finding rises: activity in, candidate incidents out.

Does not judge them (isdas.detect.judge).
"""

import numpy as np

from isdas.detect.activity import HOURS, Activity
from isdas.detect.config import Config
from isdas.detect.rise import Rise
from isdas.detect.search import Search

__all__ = ["Rise", "find"]


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
    if not activity.counts.size:
        return []
    search = Search.of(activity, config)
    for day in range(search.grid.n_days):
        search.look(day)
    rises = [search.rise(incident, activity.keys) for incident in search.ledger.incidents]
    low = None if since is None else since.astype(HOURS)
    high = None if until is None else until.astype(HOURS)
    return [r for r in rises if (low is None or r.hour >= low) and (high is None or r.hour < high)]
