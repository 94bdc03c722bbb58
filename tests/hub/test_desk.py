"""The alert desk."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from isdas.config import Config
from isdas.hub.desk import draft_alert, last_day
from isdas.lake.lake import Lake
from isdas.model.errors import IsdasError, NotFound
from isdas.model.surge import Surge
from isdas.model.time import now


def test_a_draft_is_numbered_and_kept(tmp_path: Path, make_surge: Callable[..., Surge]) -> None:
    """A draft has the next number of its year, both languages, the quarter's figures, and is found again."""
    lake, config = Lake(tmp_path), Config()
    lake.records.put_surges([make_surge(), make_surge(identifier="other", port="23/tcp", ports=("23/tcp",))])
    first = draft_alert(lake, make_surge().identifier, config, issued=date(2008, 11, 4))
    second = draft_alert(lake, "other", config, issued=date(2008, 11, 4))
    assert (first.number, second.number) == ("ISDAS-AT-2008-0001", "ISDAS-AT-2008-0002")
    assert first.state == "draft"
    assert [text.language for text in first.texts] == ["en", "ja"]
    assert first.figures == ("isdas/2008/20080805-1104_445_port.png", "isdas/2008/20080805-1104_445_region.png")
    assert lake.records.alert(first.number) == first
    assert "445" in first.text("ja").title


def test_a_draft_drafted_again_keeps_its_number(tmp_path: Path, make_surge: Callable[..., Surge]) -> None:
    """Drafting the same surge again replaces the draft; once it is approved a new number is taken."""
    lake, config, day = Lake(tmp_path), Config(), date(2008, 11, 4)
    lake.records.put_surges([make_surge()])
    first = draft_alert(lake, make_surge().identifier, config, issued=day)
    assert draft_alert(lake, make_surge().identifier, config, issued=day) == first
    lake.records.put_alert(replace(first, state="approved"))
    assert draft_alert(lake, make_surge().identifier, config, issued=day).number == "ISDAS-AT-2008-0002"


def test_without_a_date_it_is_that_of_the_data(desk: Path) -> None:
    """A draft about old data has the last day of the data as its date; without data that is today."""
    (alert,) = Lake(desk).records.alerts()
    assert alert.first_issued == date(2008, 10, 7)
    assert last_day(Lake(desk), Config()) == date(2008, 10, 7)


def test_without_data_it_is_today(tmp_path: Path) -> None:
    """Without data the last day is today, in the zone of dates on paper."""
    config = Config(zone="UTC")
    before = now().date()
    assert before <= last_day(Lake(tmp_path), config) <= now().date()


def test_an_unknown_surge_is_not_drafted(tmp_path: Path) -> None:
    """A surge that there is not is an error, and nothing is kept."""
    lake = Lake(tmp_path)
    with pytest.raises(NotFound, match="gone"):
        draft_alert(lake, "gone", Config())
    assert lake.records.alerts() == []


def test_no_alert_is_drafted_of_what_vanished(tmp_path: Path, make_surge: Callable[..., Surge]) -> None:
    """Sources that are gone are no threat, and a text about an increase would be wrong."""
    lake = Lake(tmp_path)
    lake.records.put_surges([make_surge(change="fall", verdict="vanished")])
    with pytest.raises(IsdasError, match="vanished"):
        draft_alert(lake, make_surge().identifier, Config())
    assert lake.records.alerts() == []
