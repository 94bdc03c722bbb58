"""Opinions in the records."""

from pathlib import Path

import pytest
from conftest import a_surge

from isdas.lake.lake import Lake
from isdas.lake.opinions import latest, said, say
from isdas.model.errors import IsdasError
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
