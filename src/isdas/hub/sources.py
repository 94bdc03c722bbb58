"""
The groups of a day's sources, found in the tables, compared with earlier days and kept.
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from isdas.detect.config import Config
from isdas.detect.day_sources import DaySources, Ints
from isdas.detect.groups import NONE, groups
from isdas.detect.lineage import described, findings, traced
from isdas.hub.belonging import link
from isdas.lake import source_groups
from isdas.lake.daily_sources import daily_sources
from isdas.lake.lake import Lake
from isdas.lake.query import extent
from isdas.lake.sketch import hashes
from isdas.lake.source_groups import Members
from isdas.model.source_group import SourceGroup
from isdas.model.time import instant


def group_day(lake: Lake, day: date, config: Config) -> list[SourceGroup]:
    """
    Group the sources of a UTC day, trace the groups to those kept for earlier days, and keep them.

    Doing a day again gives the same, as long as the days before it are those they were.
    """
    sources = day_sources(*daily_sources(lake, day))
    of = groups(sources, config)
    today = described(sources, of, day.isoformat())
    database = lake.records.database
    found = traced(today, source_groups.before(database, day, config.group_days), config)
    inside = of != NONE
    who = hashes(sources.high[inside], sources.low[inside])
    members = Members(tuple(group.name for group in found), who, of[inside].astype(np.int32))
    source_groups.put(database, day, found, len(sources), members)
    return found


def group_upto(lake: Lake, day: date, config: Config, *, at_most: int) -> list[SourceGroup]:
    """
    Group every day up to one that was not grouped yet, and that day itself; the findings of all of them.

    The surges of these days are told which groups take part in them.

    Args:
        at_most: so many days back at most.
    """
    done = source_groups.grouped(lake.records.database)
    reach = extent(lake)
    told, now = list[SourceGroup](), list[date]()
    if reach is None:
        return told
    first, last = (instant(each).astimezone(UTC).date() for each in reach)
    at = max(first, day - timedelta(days=at_most - 1))
    while at <= min(day, last):
        if at not in done or at == day:
            told += findings(group_day(lake, at, config), config)
            now.append(at)
        at += timedelta(days=1)
    link(lake, now)
    return told


def yesterday(at: datetime) -> date:
    """The last UTC day that is over."""
    return at.astimezone(UTC).date() - timedelta(days=1)


def day_sources(sources: pa.Table, pairs: pa.Table) -> DaySources:
    """The arrays of what the lake tells of a day's sources."""
    tools, tool = _named(sources["tool"])
    regions, region = _named(sources["region"])
    return DaySources(
        high=_ints(sources["source_high"]),
        low=_ints(sources["source_low"]),
        packets=_ints(sources["packets"]),
        hours=_ints(sources["hours"]),
        breadth=_ints(sources["ports"]),
        tool=tool,
        region=region,
        tools=tools,
        regions=regions,
        visitor=_ints(pairs["visitor"]),
        port=_ints(pairs["protocol"]) * 65_537 + _ints(pairs["port"]) + 1,
    )


def _ints(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.cast(pa.int64()).to_numpy())


def _named(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    """The names in a column in their order, and the place of each row's."""
    names, places = np.unique(np.asarray(column.to_pylist(), dtype=str), return_inverse=True)
    return tuple(str(name) for name in names), places.astype(np.int64)
