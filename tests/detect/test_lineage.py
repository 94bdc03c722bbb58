"""Groups from day to day."""

from dataclasses import replace

import numpy as np
from days_of_sources import CONFIG, a_day, told

from isdas.detect.lineage import described, findings, likeness, overlap


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
