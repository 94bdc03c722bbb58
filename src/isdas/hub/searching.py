"""
The search over the tables, gone on with from where it was last time.

Does not judge what it finds (isdas.detect.gather).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np

from isdas.detect.activity import HOURS, Activity
from isdas.detect.config import Config
from isdas.detect.find import between, by_day
from isdas.detect.remember import Unusable, read, write
from isdas.detect.rise import Rise
from isdas.detect.search import Search
from isdas.hub.activity import activity
from isdas.lake.lake import Lake
from isdas.lake.query import extent
from isdas.model.port import Port
from isdas.model.time import Period, instant, moment

_DAY = timedelta(days=1)

_AT_ONCE = timedelta(days=7)
"""How much is read from the tables at a time."""

_LEARNING = timedelta(days=14)
"""What a search that remembers nothing looks at beyond the longest baseline, to learn how counts spread."""

_BEFORE_ALL = -(1 << 40)

_RECENT = timedelta(days=7)
"""So long before the end every midnight is remembered, in case late segments change the hours after it."""


def rises(lake: Lake, period: Period, config: Config, sensors: Sequence[str] = ()) -> list[Rise]:
    """
    The rises called within a period, in the order of their detection.

    The search remembers: it begins where it was at the last midnight that nothing has changed since, and otherwise
    at the first hour of the tables.

    Args:
        lake: the tables.
        period: in which they were called.
        config: how they are found.
        sensors: only what these saw. Then nothing is remembered, and the search begins as long before the period as
            baselines reach.
    """
    found = extent(lake)
    if found is None:
        return []
    # Hours that are over: of one that is not, nobody knew the rest.
    end = instant(moment(min(instant(found[1]) + timedelta(hours=1), period.end)).astype(HOURS))
    begin = instant(found[0])
    if sensors:
        begin = max(begin, period.start - timedelta(days=config.baseline_days + config.excluded_days) - _LEARNING)
    search = None if sensors else _remembered(lake, period, end, config)
    search = search or Search.of(moment(begin).astype(HOURS), config)
    told = list[Rise]()
    version = lake.versions()["coverage"]
    # Of the next day it is known what will be asked; of a week that is read at once it is not.
    loud = search.loud if end - instant(search.end) <= _DAY else ()
    for day in _days(lake, instant(search.end), end, period, sensors, loud):
        told += search.look(day)
        if not sensors and search.grid.n_hours % 24 == 0 and _worth_it(search, end):
            lake.checkpoints.put(_number(search.end), _reaches(search), version, lambda out: write(search, out))
    return between([*told, *search.rises()], moment(period.start), moment(period.end))


def _remembered(lake: Lake, period: Period, end: datetime, config: Config) -> Search | None:
    """The latest search that is of use for a period."""
    for checkpoint in lake.checkpoints.upto(_number(moment(end)), since=_number(moment(period.start))):
        try:
            with checkpoint.open() as stream:
                return read(stream, config)
        except (OSError, Unusable):
            # Made room for, damaged, or from before the settings were changed: an older one or none will do.
            continue
    return None


def _days(
    lake: Lake, begin: datetime, end: datetime, period: Period, sensors: Sequence[str], loud: Sequence[Port]
) -> Iterator[Activity]:
    """What was seen from *begin* to *end*, day by day, read a week at a time."""
    while begin < end:
        until = min(_midnight(begin) + _AT_ONCE, end)
        yield from by_day(activity(lake, Period(begin, until, period.zone), sensors, loud))
        begin = until


def _midnight(when: datetime) -> datetime:
    return instant(moment(when).astype("datetime64[D]"))


def _worth_it(search: Search, end: datetime) -> bool:
    """Whether to remember this midnight: all of the last days, and before them one a week."""
    at = instant(search.end)
    return at > end - _RECENT or at.weekday() == 0


def _reaches(search: Search) -> int:
    """The first hour from which on the search can still tell what it called."""
    return _BEFORE_ALL if search.tells_from is None else _number(search.tells_from)


def _number(hour: np.datetime64) -> int:
    return int(hour.astype(HOURS).astype(np.int64))
