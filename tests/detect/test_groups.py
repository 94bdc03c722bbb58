"""Groups of a day's sources, and where they come from."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.detect.config import Config
from isdas.detect.day_sources import DaySources
from isdas.detect.groups import NONE, groups
from isdas.detect.lineage import described, findings, likeness, overlap, traced
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


def test_campaigns_are_told_apart_by_ports_and_by_tool() -> None:
    """Three campaigns, two of them on one port with different tools, and a few that are like nobody."""
    few = [(9000 + i, 1, "none", (10_000 + 7 * i, 20_000 + i)) for i in range(5)]
    day = a_day([(0, 500, "mirai-like", (23, 2323)), (1000, 300, "zmap", (23,)), (2000, 40, "none", (445, 139)), *few])
    assert groups(day, CONFIG).tolist() == [0] * 500 + [1] * 300 + [2] * 40 + [NONE] * 5


def test_sources_seen_on_some_of_the_ports_are_one_campaign() -> None:
    """No two ports are seen of everyone, but they are seen together: still one group, apart from what is popular."""
    rng = np.random.default_rng(3)
    own = [81, 5555, 7547, 8081, 37215, 52869]
    some = [(i, 1, "none", rng.choice(own, 3, replace=False).tolist()) for i in range(400)]
    found = groups(a_day([*some, (5000, 600, "none", (445,)), (7000, 600, "none", (22,))]), CONFIG)
    labels, counts = np.unique(found[:400], return_counts=True)
    assert counts.max() >= 390
    assert not {*labels.tolist()} & {*found[400:].tolist()}


def test_more_profiles_than_are_joined_at_once_are_grouped_in_rounds() -> None:
    """Thousands of scattered sources do not hide a campaign."""
    rng = np.random.default_rng(5)
    noise = [(20_000 + i, 1, "none", rng.integers(1, 65_536, 3).tolist()) for i in range(7000)]
    found = groups(a_day([(0, 200, "zmap", (6379,)), *noise]), CONFIG)
    assert (found[:200] == 0).all()
    assert (found[200:] != 0).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TOOLS), st.sets(st.integers(0, 30), min_size=1, max_size=4)), max_size=60))
def test_grouping_is_a_law_unto_itself(sources: list[tuple[str, set[int]]]) -> None:
    """The same twice; equals are together; groups are numbered by size and as large as they must be."""
    day = a_day([(i, 1, tool, sorted(ports)) for i, (tool, ports) in enumerate(sources)])
    config = Config(group_least=3)
    found = groups(day, config)
    assert (found == groups(day, config)).all()
    by_profile = {(tool, tuple(sorted(ports))): int(g) for (tool, ports), g in zip(sources, found, strict=True)}
    assert [by_profile[tool, tuple(sorted(ports))] for tool, ports in sources] == found.tolist()
    sizes = np.bincount(found[found != NONE])
    assert (sizes >= 3).all()
    assert (np.diff(sizes) <= 0).all()


def test_a_group_goes_on_by_what_it_scans_or_by_who_it_is() -> None:
    """One day to the next: other hosts on the same ports, the same hosts on others, and one that is new."""
    first = told("2024-05-01", a_day([(0, 500, "mirai-like", (23, 2323)), (5000, 200, "zmap", (6379,))]), [])
    assert {g.standing for g in first} == {"first"}
    assert findings(first, CONFIG) == []
    second = told(
        "2024-05-02",
        a_day([(1000, 400, "mirai-like", (23, 2323)), (5000, 180, "zmap", (9200,)), (8000, 300, "none", (53413,))]),
        first,
    )
    by_port = {g.ports[0][0]: g for g in second}
    assert by_port["23/tcp"].standing == by_port["9200/tcp"].standing == "goes-on"
    assert by_port["23/tcp"].name == first[0].name
    assert (by_port["9200/tcp"].name, by_port["9200/tcp"].sources_before) == (first[1].name, 200)
    assert (by_port["23/tcp"].shared, by_port["9200/tcp"].since) == (0.0, "2024-05-01")
    assert by_port["9200/tcp"].shared > 0.8
    (new,) = findings(second, CONFIG)
    assert (new.name, new.sources) == ("20240502-53413-tcp-none-1", 300)
    assert "a new group of 300 sources scans 53413/tcp" in new.sentence()


def test_what_splits_off_is_not_new() -> None:
    """Half of a group's hosts turn to another port: the half that stays keeps the name, the other says from whom."""
    first = told("2024-05-01", a_day([(0, 600, "zmap", (22,))]), [])
    second = told("2024-05-02", a_day([(0, 300, "zmap", (22,)), (300, 300, "zmap", (3389,))]), first)
    by_port = {g.ports[0][0]: g for g in second}
    assert by_port["22/tcp"].name == first[0].name
    assert (by_port["3389/tcp"].standing, by_port["3389/tcp"].parent) == ("split-off", first[0].name)
    assert findings(second, CONFIG) == []


def test_a_pause_is_no_end() -> None:
    """A group that was away for a day comes back under its name."""
    scan = a_day([(0, 200, "zmap", (6379,)), (900, 200, "none", (445,))])
    first = told("2024-05-01", scan, [])
    second = told("2024-05-02", a_day([(900, 200, "none", (445,))]), first)
    third = told("2024-05-03", scan, [*first, *second])
    assert {g.name for g in third} == {g.name for g in first}


def test_overlap_is_estimated_of_the_smaller() -> None:
    """The sketch gives the share of the smaller group within a tenth, whatever the sizes."""
    small, large = (
        described(day, np.zeros(len(day), np.int64), "2024-05-01")[0]
        for day in (a_day([(0, 2000, "zmap", (22,))]), a_day([(1000, 6000, "zmap", (22,))]))
    )
    assert abs(overlap(small, large) - 0.5) < 0.15
    assert overlap(small, large) == overlap(large, small)
    assert overlap(small, small) == 1.0
    assert likeness(small, large) == 1.0
    assert likeness(small, replace(large, ports=(("445/tcp", 1.0),))) == 0.0


def test_a_group_is_kept_as_it_is() -> None:
    """What is kept reads back."""
    (group,) = told("2024-05-01", a_day([(0, 300, "zmap", (22, 23))]), [])
    assert SourceGroup.from_dict(group.as_dict()) == group


def test_a_day_without_sources_has_no_groups() -> None:
    """Nothing seen is nothing found."""
    assert told("2024-05-01", a_day([]), []) == []
