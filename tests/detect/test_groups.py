"""Groups of a day's sources, and where they come from."""

import numpy as np
from days_of_sources import CONFIG, TOOLS, a_day, told
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.detect.config import Config
from isdas.detect.groups import NONE, groups
from isdas.model.source_group import SourceGroup


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


def test_a_group_is_kept_as_it_is() -> None:
    """What is kept reads back."""
    (group,) = told("2024-05-01", a_day([(0, 300, "zmap", (22, 23))]), [])
    assert SourceGroup.from_dict(group.as_dict()) == group


def test_a_day_without_sources_has_no_groups() -> None:
    """Nothing seen is nothing found."""
    assert told("2024-05-01", a_day([]), []) == []
