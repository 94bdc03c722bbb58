"""
Groups of sources told from one day to the next: the same, split off, or new.

Two groups are one if they scan the same with the same tool, or if enough sources are in both: campaigns change their
ports, and hosts come and go.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
from scipy.optimize import linear_sum_assignment

from isdas.detect.config import Config
from isdas.detect.day_sources import DaySources, Ints, address_hashes
from isdas.detect.overlap import shared, smallest
from isdas.model.port import Port
from isdas.model.source_group import SourceGroup

_PORTS, _REGIONS = 20, 6
_OTHER_TOOL = 0.7


def described(day: DaySources, of: Ints, date: str) -> list[SourceGroup]:
    """
    The groups of a day, largest first, as yet without a past.

    Args:
        day: the sources.
        of: int64[n], the group of each, as `detect.groups.groups` gave it.
        date: the day, ISO.
    """
    if not len(day):
        return []
    hashes = address_hashes(day.high, day.low)
    order = np.argsort(of, kind="stable")
    visitors = of[day.visitor]
    by_visit = np.argsort(visitors, kind="stable")
    found: list[SourceGroup] = []
    for number in range(int(of.max()) + 1):
        members = order[np.searchsorted(of[order], number) : np.searchsorted(of[order], number + 1)]
        low, high = np.searchsorted(visitors[by_visit], [number, number + 1])
        found.append(_described(day, members, day.port[by_visit[low:high]], hashes[members], date))
    return found


def _described(day: DaySources, members: Ints, ports: Ints, hashes: np.ndarray, date: str) -> SourceGroup:
    n = len(members)
    tools = _shares(day.tool[members], n, 1)
    tool = day.tools[tools[0][0]]
    shares = tuple((str(_port(code)), share) for code, share in _shares(ports, n, _PORTS))
    return SourceGroup(
        day=date,
        name="",
        standing="first",
        since=date,
        parent="",
        sources=n,
        packets=int(day.packets[members].sum()),
        ports=shares,
        tool=tool,
        tool_share=tools[0][1],
        ports_each=float(np.median(day.breadth[members])),
        packets_an_hour=float(np.median(day.packets[members] / np.maximum(day.hours[members], 1))),
        regions=tuple((day.regions[i], s) for i, s in _shares(day.region[members], n, _REGIONS)),
        sources_before=0,
        shared=0.0,
        sketch=smallest(hashes),
    )


def _shares(values: Ints, of: int, most: int) -> list[tuple[int, float]]:
    names, counts = np.unique(values, return_counts=True)
    return [(int(names[i]), float(counts[i] / of)) for i in np.lexsort((names, -counts))[:most]]


def _port(code: int) -> Port:
    return Port(code // 65_537, code % 65_537 - 1)


def traced(today: Sequence[SourceGroup], before: Iterable[SourceGroup], config: Config) -> list[SourceGroup]:
    """
    The groups of a day with their names and where they come from.

    Args:
        today: the day's groups.
        before: groups of earlier days; of each name the latest counts.
        config: how alike and how much shared is enough.
    """
    latest = {group.name: group for group in sorted(before, key=lambda g: (g.day, g.name))}
    known = list(latest.values())
    score = np.zeros((len(today), len(known)))
    marks = [_marks(other) for other in known]
    for i, group in enumerate(today):
        mine = _marks(group)
        for j, other in enumerate(known):
            # Most pairs have nothing in common, which is quickly seen.
            if not mine.isdisjoint(marks[j]):
                score[i, j] = _score(group, other, config)
    heir = np.full(len(today), -1)
    for i, j in zip(*linear_sum_assignment(-score), strict=True):
        heir[i] = j if score[i, j] > 0 else -1
    names = set(latest)
    told: list[SourceGroup] = []
    for i, group in enumerate(today):
        if heir[i] >= 0:
            told.append(_goes_on(group, known[heir[i]]))
            continue
        near = int(score[i].argmax()) if len(known) else -1
        name = _name(group, names)
        names.add(name)
        if near >= 0 and score[i, near] > 0:
            parent = known[near]
            both = overlap(group, parent)
            values = {"standing": "split-off", "parent": parent.name, "sources_before": parent.sources}
            told.append(replace(group, name=name, shared=both, **values))  # type: ignore[arg-type]
        else:
            told.append(replace(group, name=name, standing="new" if known else "first"))
    return told


def _goes_on(group: SourceGroup, parent: SourceGroup) -> SourceGroup:
    return replace(
        group,
        name=parent.name,
        standing="goes-on",
        since=parent.since,
        parent=parent.name,
        sources_before=parent.sources,
        shared=overlap(group, parent),
    )


def _name(group: SourceGroup, taken: set[str]) -> str:
    stem = f"{group.day.replace('-', '')}-{group.ports[0][0].replace('/', '-')}"
    if group.tool:
        stem += f"-{group.tool}"
    number = 1
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _marks(group: SourceGroup) -> set[str | int]:
    """What two groups must have some of in common to be alike at all: ports and sources."""
    return {*(port for port, _ in group.ports), *group.sketch}


def _score(group: SourceGroup, other: SourceGroup, config: Config) -> float:
    """How surely two groups are one: 0 if they are not."""
    alike, both = likeness(group, other), overlap(group, other)
    if alike < config.group_same and both < config.group_shared:
        return 0.0
    return alike + both


def likeness(one: SourceGroup, other: SourceGroup) -> float:
    """Cosine of the shares of ports, 0 to 1; less if most sources have another tool."""
    mine, theirs = dict(one.ports), dict(other.ports)
    product = sum(share * theirs.get(port, 0.0) for port, share in mine.items())
    lengths = sqrt(sum(s * s for s in mine.values()) * sum(s * s for s in theirs.values()))
    return product / lengths * (1.0 if one.tool == other.tool else _OTHER_TOOL) if lengths else 0.0


def overlap(one: SourceGroup, other: SourceGroup) -> float:
    """Estimated share of the sources of the smaller group that are in both (`isdas.detect.overlap`)."""
    return shared(one.sketch, one.sources, other.sketch, other.sources).share


def findings(told: Iterable[SourceGroup], config: Config) -> list[SourceGroup]:
    """The groups that appeared new with enough sources to be told."""
    return [group for group in told if group.standing == "new" and group.sources >= config.group_new]
