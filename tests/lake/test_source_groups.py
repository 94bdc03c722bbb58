"""Groups of sources in the records."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from made_group import GROUP as NEW

from isdas.lake.lake import Lake
from isdas.lake.source_groups import before, grouped, on, put

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
