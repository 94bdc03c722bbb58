"""Groups of sources in the records."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from made_group import GROUP as NEW

from isdas.lake.lake import Lake
from isdas.lake.source_groups import MEMBERS_DAYS, Members, before, grouped, members, named, on, put

DAY = date(2013, 6, 2)
GROUP = replace(NEW, name="a", sources=30)


def test_a_day_grouped_again_is_replaced(tmp_path: Path) -> None:
    """What was kept for it before is gone; other days stay."""
    database = Lake(tmp_path).records.database
    put(database, DAY, [GROUP, replace(GROUP, name="b", sources=50)], 80)
    assert [group.name for group in on(database, DAY)] == ["b", "a"]
    put(database, date(2013, 6, 3), [replace(GROUP, day="2013-06-03", name="c")], 30)
    put(database, DAY, [GROUP], 30)
    assert on(database, DAY) == [GROUP]
    assert grouped(database) == {DAY: 30, date(2013, 6, 3): 30}


def test_days_before_are_those_within_reach(tmp_path: Path) -> None:
    """Neither the day itself nor what is too long ago."""
    database = Lake(tmp_path).records.database
    for n in (1, 2, 3):
        put(database, date(2013, 6, n), [replace(GROUP, day=f"2013-06-0{n}", name=str(n))], 30)
    assert [group.name for group in before(database, date(2013, 6, 3), 1)] == ["2"]
    assert [group.name for group in before(database, date(2013, 6, 3), 14)] == ["1", "2"]


def test_it_is_known_who_was_in_a_group(tmp_path: Path) -> None:
    """Of each source its group, whatever the order in which they were given; of others none; of old days nothing."""
    database = Lake(tmp_path).records.database
    who = Members(("a", "b"), np.array([30, -7, 12]), np.array([1, 0, 1], np.int32))
    for n in range(MEMBERS_DAYS + 1):
        put(database, DAY + timedelta(days=n), [], 3, who)
    found = members(database, DAY + timedelta(days=1))
    assert found is not None
    assert found.names == ("a", "b")
    assert found.of(np.array([12, -7, 5, 30, 99])).tolist() == [1, 0, -1, 1, -1]
    assert members(database, DAY) is None
    put(database, DAY + timedelta(days=1), [], 3, Members((), np.empty(0, np.int64), np.empty(0, np.int32)))
    none = members(database, DAY + timedelta(days=1))
    assert none is not None
    assert none.of(np.array([12])).tolist() == [-1]


def test_a_group_is_told_day_by_day(tmp_path: Path) -> None:
    """All days of one name, oldest first, and of no other."""
    database = Lake(tmp_path).records.database
    for n in (2, 1):
        day = date(2013, 6, n)
        put(database, day, [replace(GROUP, day=day.isoformat(), name=name) for name in ("a", "b")], 60)
    assert [group.day for group in named(database, "a")] == ["2013-06-01", "2013-06-02"]
