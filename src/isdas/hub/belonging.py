"""
The groups of sources that take part in surges, from the groups kept for the surges' days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from isdas.detect.belonging import belonging
from isdas.lake import source_groups
from isdas.lake.around import by_day
from isdas.lake.daily_sources import utc_day
from isdas.lake.lake import Lake
from isdas.lake.sketch import hashes
from isdas.lake.source_groups import Members
from isdas.model.explanation import Explanation, GroupShare
from isdas.model.port import Port
from isdas.model.source_group import SourceGroup
from isdas.model.surge import Surge

SPAN = timedelta(hours=72)
"""So long after its detection a surge is looked into anew; then it is explained as well as it will be."""

_BEFORE = timedelta(days=7)
_EPOCH = date(1970, 1, 1)
_LEAST_SHARE, _LEAST_SOURCES, _MOST = 0.05, 3.0, 8

_Ints = npt.NDArray[np.int64]


def groups_of(lake: Lake, surge: Surge, upto: datetime) -> tuple[GroupShare, ...]:
    """
    The groups that the sources of a surge are in, largest share of its excess first; none while its days are not
    grouped.

    Args:
        lake: the tables and the groups.
        surge: one that rose.
        upto: nothing after it plays a part.
    """
    first, last = days_of(surge, upto)
    database = lake.records.database
    grouped = [day for day in source_groups.grouped(database) if first - _BEFORE <= day <= last]
    known = {day: found for day in grouped if (found := source_groups.members(database, day)) is not None}
    if not any(day >= first for day in known):
        return ()
    names = sorted({name for found in known.values() for name in found.names})
    labels = _labels(lake, Port.parse(surge.port), known, names)
    during = [of for day, of in labels.items() if day >= first]
    seen, usual, share = belonging(during, [of for day, of in labels.items() if day < first], len(names))
    told = [i for i in np.argsort(-share, kind="stable").tolist() if share[i] >= _LEAST_SHARE]
    then = _then(lake, (day for day in known if day >= first))
    return tuple(
        GroupShare(
            names[i],
            then[names[i]][0].standing,
            then[names[i]][0].since,
            max(group.sources for group in then[names[i]]),
            round(float(seen[i]), 2),
            None if usual is None else round(float(usual[i]), 2),
            round(float(share[i]), 4),
        )
        for i in told
        if seen[i] >= _LEAST_SOURCES
    )[:_MOST]


def link(lake: Lake, days: Iterable[date]) -> list[Surge]:
    """Tell the surges of some days, which were grouped just now, what groups their sources are in; those changed."""
    wanted, changed = set(days), list[Surge]()
    if not wanted:
        return changed
    upto = utc_day(max(wanted)).end
    for surge in lake.records.surges():
        first, last = days_of(surge, upto)
        if surge.change == "fall" or not any(first <= day <= last for day in wanted):
            continue
        told = surge.explanation or Explanation()
        found = groups_of(lake, surge, upto)
        if found and found != told.source_groups:
            changed.append(replace(surge, explanation=replace(told, source_groups=found)))
    lake.records.put_surges(changed)
    return changed


def looked_into(surge: Surge, upto: datetime) -> datetime:
    """The end of the time in which a surge is looked into, of which nothing after *upto* is known."""
    return min(surge.ended_at or upto, upto, surge.detected_at + SPAN)


def is_young(surge: Surge, at: datetime) -> bool:
    """Whether a surge is still looked into anew; later its packets may be gone, and what was found out stands."""
    return at <= surge.detected_at + SPAN * 2


def days_of(surge: Surge, upto: datetime) -> tuple[date, date]:
    """The first and the last UTC day on which the sources of a surge are looked at."""
    end = looked_into(surge, upto) - timedelta(microseconds=1)
    first = surge.onset_at.astimezone(UTC).date()
    return first, max(first, end.astimezone(UTC).date())


def _labels(lake: Lake, port: Port, known: Mapping[date, Members], names: list[str]) -> dict[date, _Ints]:
    """For each day the group of each source that scanned the port, as a place among *names*, -1 for none."""
    first, last = utc_day(min(known)), utc_day(max(known))
    rows = by_day(lake, port, replace(first, end=last.end))
    day = rows.column("day").to_numpy()
    codes = hashes(*(np.ascontiguousarray(rows.column(f"source_{half}").to_numpy()) for half in ("high", "low")))
    place = {name: i for i, name in enumerate(names)}
    found: dict[date, _Ints] = {}
    for one, members in known.items():
        # The last place is that of -1: in no group.
        to = np.array([*(place[name] for name in members.names), -1], np.int64)
        found[one] = to[members.of(codes[day == (one - _EPOCH).days])]
    return found


def _then(lake: Lake, days: Iterable[date]) -> dict[str, list[SourceGroup]]:
    """The groups of some days by their names, in the order of the days."""
    found: dict[str, list[SourceGroup]] = {}
    for day in days:
        for group in source_groups.on(lake.records.database, day):
            found.setdefault(group.name, []).append(group)
    return found
