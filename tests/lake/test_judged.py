"""Judged rises in the records."""

from dataclasses import replace
from pathlib import Path

import pytest

from isdas.lake.judged import KEPT_HOURS, Kept
from isdas.lake.lake import Lake

RISE = Kept("a", 100, 130, 131, "digest", {"identifier": "a", "change": "rise"}, b"12345678", b"87654321")


def _rise(name: str, surge: str, hour: int, until: int) -> Kept:
    return replace(
        RISE, surge=surge, hour=hour, until=until, known=until + 1, found={"identifier": name, "change": "rise"}
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Without judged rises."""
    return Lake(tmp_path)


def test_what_is_kept_is_what_was_judged(lake: Lake) -> None:
    """Found by the hour of its detection, until it is called no more."""
    lake.judged.put([RISE], 5)
    assert lake.judged.within(100, 101) == {("a", "rise"): RISE}
    assert lake.judged.within(0, 100) == lake.judged.within(101, 200) == {}
    lake.judged.put([], 5, gone=[("a", "rise")])
    assert lake.judged.within(0, 200) == {}


def test_a_fold_makes_stale_what_knew_of_its_hours(lake: Lake) -> None:
    """Of two rises the one whose hours it may change; also if it was judged while the fold was going on."""
    lake.judged.put([RISE, _rise("b", "b", 10, 20)], 5)
    lake.checkpoints.refolded(50, 6)
    assert {kept.surge: kept.stale for kept in lake.judged.within(0, 200).values()} == {"a": True, "b": False}
    assert lake.judged.stale_from() == 100
    lake.judged.put([RISE], 6)
    assert lake.judged.within(100, 101)["a", "rise"].stale
    lake.judged.put([RISE], 7)
    assert not lake.judged.within(100, 101)["a", "rise"].stale
    assert lake.judged.stale_from() is None


def test_earlier_parts_come_with_their_surge(lake: Lake) -> None:
    """All rises of a surge of which one lasts long enough, and none that knows too much."""
    walk = [_rise("a", "a", 10, 20), _rise("b", "a", 50, 60), _rise("c", "a", 90, 300)]
    lake.judged.put([*walk, _rise("d", "d", 12, 30)], 5)
    assert lake.judged.before(80, lasting=55, known=200) == walk[:2]
    assert lake.judged.before(95, lasting=55, known=400) == walk
    assert lake.judged.before(95, lasting=55, known=200) == walk[:2]
    assert lake.judged.before(80, lasting=61, known=200) == []


def test_what_has_long_been_over_is_forgotten(lake: Lake) -> None:
    """All rises of such a surge together; those of one that went on stay."""
    walk = [_rise("a", "a", 10, 20), _rise("b", "a", 50, 30 + KEPT_HOURS)]
    lake.judged.put([*walk, _rise("d", "d", 12, 28)], 5)
    lake.judged.put([], 5)
    assert {key[0] for key in lake.judged.within(0, 10**6)} == {"a", "b"}
