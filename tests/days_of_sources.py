"""Days of sources with known campaigns."""

from collections.abc import Sequence

import numpy as np

from isdas.detect.config import Config
from isdas.detect.day_sources import DaySources
from isdas.detect.groups import groups
from isdas.detect.lineage import described, traced
from isdas.model.source_group import SourceGroup

CONFIG = Config(group_new=100)
TOOLS = ("mirai-like", "none", "zmap")


def a_day(campaigns: Sequence[tuple[int, int, str, Sequence[int]]]) -> DaySources:
    """Sources numbered from the first, so many, with a tool, each seen on all the TCP ports."""
    rows = sorted((first + i, tool, tuple(ports)) for first, n, tool, ports in campaigns for i in range(n))
    breadth = np.array([len(ports) for _, _, ports in rows], np.int64)
    n = len(rows)
    return DaySources(
        high=np.zeros(n, np.int64),
        low=np.array([low for low, _, _ in rows], np.int64),
        packets=breadth * 2,
        hours=np.ones(n, np.int64),
        breadth=breadth,
        tool=np.array([TOOLS.index(tool) for _, tool, _ in rows], np.int64),
        region=np.zeros(n, np.int64),
        tools=TOOLS,
        regions=("JP",),
        visitor=np.repeat(np.arange(n), breadth),
        port=np.array([6 * 65_537 + p + 1 for _, _, ports in rows for p in ports], np.int64),
    )


def told(date: str, day: DaySources, before: Sequence[SourceGroup]) -> list[SourceGroup]:
    """The groups of a day after others."""
    return traced(described(day, groups(day, CONFIG), date), before, CONFIG)
