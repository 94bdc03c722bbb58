"""``isdas alert``."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Isdas = Callable[..., Any]
SURGE = "20081007T15-445-tcp"
NUMBER = "ISDAS-AT-2008-0001"


@pytest.fixture
def own(tmp_path: Path, desk: Path) -> Path:
    """A data directory with one surge and its draft, to be changed."""
    shutil.copytree(desk, tmp_path / "data")
    return tmp_path / "data"


def test_a_draft_is_printed_in_the_language_asked_for(isdas: Isdas, own: Path) -> None:
    """The text, and nothing but the text, goes to standard output."""
    english = isdas("alert", "draft", SURGE, "--data", own)
    japanese = isdas("alert", "draft", SURGE, "--lang", "ja", "--data", own)
    assert (english.status, english.err) == (japanese.status, japanese.err) == (0, "")
    assert "TCP port 445" in english.out
    assert "注意喚起" in japanese.out
    assert NUMBER in english.out
    assert NUMBER in japanese.out


def test_a_draft_can_be_dated(isdas: Isdas, own: Path) -> None:
    """With --date that date stands on paper."""
    said = isdas("alert", "draft", SURGE, "--date", "2008-11-05", "--data", own)
    assert "2008-11-05" in said.out


def test_notes_are_talk(isdas: Isdas, own: Path) -> None:
    """The notes for the analyst on duty are not part of the text."""
    plain, noted = (isdas("alert", "draft", SURGE, *more, "--data", own) for more in ((), ("--notes",)))
    assert noted.out == plain.out
    assert len(noted.err) > 100


def test_a_draft_as_data(isdas: Isdas, own: Path) -> None:
    """With --json the whole alert is printed: both texts, claims with evidence, figures."""
    told = json.loads(isdas("alert", "draft", SURGE, "--json", "--data", own).out)
    assert told.keys() >= {"number", "surge", "state", "texts", "claims", "figures"}
    assert told["state"] == "draft"
    assert told == json.loads(isdas("alert", "show", NUMBER, "--json", "--data", own).out)


def test_alerts_are_listed_and_shown(isdas: Isdas, own: Path) -> None:
    """The list has number, state, date, surge and title; a number shows the text as it was drafted."""
    listed = isdas("alert", "list", "--data", own)
    assert listed.out.splitlines()[1].split()[:4] == [NUMBER, "draft", "2008-10-07", SURGE]
    assert [a["number"] for a in json.loads(isdas("alert", "list", "--json", "--data", own).out)] == [NUMBER]
    shown = isdas("alert", "show", NUMBER, "--lang", "ja", "--data", own)
    assert shown.out == isdas("alert", "draft", SURGE, "--lang", "ja", "--data", own).out
