"""Opinions in the records."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from made_surge import a_surge

from isdas.lake.lake import Lake
from isdas.lake.opinions import latest, said, say
from isdas.model.errors import IsdasError
from isdas.model.opinion import precision
from isdas.model.surge import Surge
from isdas.model.time import Period


def test_the_latest_opinion_counts_and_all_are_kept(tmp_path: Path) -> None:
    """Who changes their mind adds a row."""
    database = Lake(tmp_path).records.database
    say(database, "a", "right", "duty")
    say(database, "b", "known", "duty", "scanner of a bank")
    say(database, "a", "wrong", "chief")
    assert {k: v.opinion for k, v in latest(database).items()} == {"a": "wrong", "b": "known"}
    assert [o.opinion for o in said(database, "a")] == ["right", "wrong"]
    with pytest.raises(IsdasError, match="no opinion"):
        say(database, "a", "maybe", "duty")


def test_a_surge_that_somebody_judged_is_not_forgotten(tmp_path: Path) -> None:
    """A look that no longer finds it keeps it for the precision, and forgets others."""
    records = Lake(tmp_path).records
    surge = a_surge()
    period = Period(surge.detected_at.replace(day=1), surge.detected_at.replace(day=28), surge.detected_at.tzinfo)  # type: ignore[arg-type]
    records.put_surges([surge])
    say(records.database, surge.identifier, "wrong", "duty")
    records.put_surges([], looked=period)
    assert [s.identifier for s in records.surges()] == [surge.identifier]


def _month(surge: Surge) -> Period:
    return Period(surge.detected_at.replace(day=1), surge.detected_at.replace(day=28), surge.detected_at.tzinfo)  # type: ignore[arg-type]


def test_what_was_said_goes_with_a_rise_that_is_found_under_another_name(tmp_path: Path) -> None:
    """Late data may call a rise an hour earlier; the opinion holds for it, and looking again changes nothing."""
    records = Lake(tmp_path).records
    surge = a_surge()
    earlier = replace(
        surge, identifier="20081007T14-445-tcp", detected_at=surge.detected_at - timedelta(hours=1), score=9.0
    )
    other = replace(surge, identifier="20081007T15-23-tcp", port="23/tcp", ports=("23/tcp",))
    records.put_surges([surge])
    say(records.database, surge.identifier, "wrong", "duty", "a test", verdict="broad")
    for _ in range(3):
        records.put_surges([earlier, other], looked=_month(surge))
        assert records.surges() == [earlier, other]
        opinions = latest(records.database)
        assert opinions[earlier.identifier].opinion == "wrong"
        assert opinions[earlier.identifier].of == surge.identifier
        assert other.identifier not in opinions
    found = precision(records.surges(), opinions)
    assert (found.right, found.wrong, found.unjudged) == (0, 1, 1)
    # Under its first name again: nothing more was said meanwhile, so nothing is added.
    records.put_surges([surge], looked=_month(surge))
    assert [o.opinion for o in said(records.database, surge.identifier)] == ["wrong"]
    # And what is said of it later holds under the other name too.
    say(records.database, surge.identifier, "right", "chief", verdict="broad")
    with closing(sqlite3.connect(records.database.path)) as raw, raw:
        raw.execute("UPDATE opinions SET at = '2100-01-01T00:00:00Z' WHERE opinion = 'right'")
    records.put_surges([earlier], looked=_month(surge))
    assert latest(records.database)[earlier.identifier].opinion == "right"


def test_a_surge_that_is_gone_says_so_once(tmp_path: Path) -> None:
    """What was judged and is not found any more stays with a note in its history, and is as before when found again."""
    records = Lake(tmp_path).records
    surge = a_surge()
    records.put_surges([surge])
    say(records.database, surge.identifier, "right", "duty", verdict="broad")
    for _ in range(2):
        records.put_surges([], looked=_month(surge))
    (kept,) = records.surges()
    assert [what for _, what in kept.history] == ["a new look does not find it any more"]
    assert replace(kept, history=()) == surge
    records.put_surges([surge], looked=_month(surge))
    assert records.surges() == [surge]


def test_opinions_of_an_earlier_version_are_read(tmp_path: Path) -> None:
    """A table without the newer columns gets them when it is opened; a second opening finds them there."""
    path = Lake(tmp_path).records.database.path
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TABLE opinions")
        raw.execute(
            "CREATE TABLE opinions (number INTEGER PRIMARY KEY, at VARCHAR, surge VARCHAR, opinion VARCHAR, "
            "who VARCHAR, note VARCHAR)"
        )
        raw.execute("INSERT INTO opinions VALUES (1, '2008-11-04T00:00:00Z', 'a', 'right', 'duty', '')")
    for _ in range(2):
        database = Lake(tmp_path).records.database
        assert latest(database)["a"].verdict == ""
    say(database, "a", "wrong", "chief", verdict="broad")
    assert [(o.opinion, o.verdict) for o in said(database, "a")] == [("right", ""), ("wrong", "broad")]


def test_a_database_without_opinions_opens(tmp_path: Path) -> None:
    """Before there were opinions nothing was said."""
    path = Lake(tmp_path).records.database.path
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TABLE opinions")
    assert said(Lake(tmp_path).records.database) == []


def test_what_was_said_does_not_go_to_a_surge_that_was_there_beside_it(tmp_path: Path) -> None:
    """Two surges of a port at a time were two; when one is not found any more, the other is not judged by that."""
    records = Lake(tmp_path).records
    surge = a_surge()
    beside = replace(surge, identifier="20081007T14-445-tcp")
    records.put_surges([surge, beside])
    say(records.database, surge.identifier, "wrong", "duty", verdict="broad")
    for _ in range(2):
        records.put_surges([beside], looked=_month(surge))
    opinions = latest(records.database)
    assert opinions.keys() == {surge.identifier}
    (kept,) = (one for one in records.surges() if one.identifier == surge.identifier)
    assert [what for _, what in kept.history] == [f"a new look finds it as {beside.identifier}"]
    found = precision(records.surges(), opinions)
    assert (found.wrong, found.unjudged) == (1, 1)
