"""``isdas surges``."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from made_surge import a_surge

from isdas.cli.surges import Verdict
from isdas.model.explanation import Explanation, Similar
from isdas.model.surge import VERDICTS

Isdas = Callable[..., Any]
SURGE = "20081007T15-445-tcp"


def test_verdicts_are_those_of_the_model() -> None:
    """What can be asked for is what a surge can turn out to be."""
    assert get_args(Verdict) == VERDICTS


def test_surges_are_data(isdas: Isdas, filled: Path) -> None:
    """With --json there is a list on standard output, whatever was found, and a table with a head without it."""
    said = isdas("surges", "--json", "--data", filled)
    assert (said.status, said.err) == (0, "")
    found = json.loads(said.out)
    assert isinstance(found, list)
    table = isdas("surges", "--data", filled).out.splitlines()
    assert table[0].split()[:3] == ["identifier", "ports", "verdict"]
    assert len(table) == 1 + len(found)


def test_verdicts_can_be_chosen(isdas: Isdas, filled: Path) -> None:
    """With --verdict only surges of that verdict are printed."""
    found = json.loads(isdas("surges", "--verdict", "backscatter", "--json", "--data", filled).out)
    assert all(surge["verdict"] == "backscatter" for surge in found)


def test_one_surge_is_told_in_full(isdas: Isdas, desk: Path) -> None:
    """Everything known of a surge: onset with interval, size, sources, sensors, regions, each guard."""
    out = isdas("surges", "show", SURGE, "--data", desk).out
    for fact in (
        "2008-10-07 22:00 JST  (90 %: 2008-10-07 21:00 JST to 2008-10-07 23:00 JST; step)",
        "61 source-hours in 2 h against 20.5 expected",
        "321 sources, 1,234 packets",
        "11 of 12 rise",
        "JP 50%, CN 25%",
        "not over",
        "stands  without-top-source  Without the most active source",
    ):
        assert fact in out


def test_one_surge_as_data_has_the_documented_keys(isdas: Isdas, desk: Path) -> None:
    """The JSON of a surge has at least the keys of the command contract."""
    told = json.loads(isdas("surges", "show", SURGE, "--json", "--data", desk).out)
    assert told.keys() >= {
        *("identifier", "port", "ports", "verdict", "detected_at", "onset_at", "onset_low_at", "onset_high_at"),
        *("regions", "sources", "packets", "baseline", "factor", "score", "sensors_rising", "sensors_live", "tools"),
    }
    assert told["regions"][0] == {"region": "JP", "excess_share": 0.5}


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_no_data_is_an_error(isdas: Isdas, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Looking for surges where nothing was ever taken in is an error, not an empty list."""
    assert isdas("surges", *arguments, "--data", tmp_path).status == 2


def test_what_is_said_is_shown_and_counted(isdas: Isdas, desk: Path, tmp_path: Path) -> None:
    """An opinion appears with the surge, in the JSON and in the precision, and changes no figure of it."""
    shutil.copytree(desk, tmp_path / "data")
    data = tmp_path / "data"
    before = json.loads(isdas("surges", "show", SURGE, "--json", "--data", data).out)
    said = isdas("surges", "say", SURGE, "right", "--note", "a worm", "--by", "duty", "--data", data)
    assert said.status == 0
    assert "1 of 1 judged broad surges were right (100%" in said.err
    after = json.loads(isdas("surges", "show", SURGE, "--json", "--data", data).out)
    assert after["said"]["opinion"] == "right"
    assert {**after, "said": None} == before
    assert after["said"]["verdict"] == "broad"
    assert after["followed"] == [{"alert": "ISDAS-AT-2008-0001", "state": "draft"}]
    out = isdas("surges", "show", SURGE, "--data", data).out
    assert "right by duty" in out
    assert "alert ISDAS-AT-2008-0001 (draft)" in out
    assert isdas("surges", "say", "20000101T00-1-tcp", "right", "--data", data).status == 2


def test_what_was_judged_can_be_left_out(
    isdas: Isdas, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of what is to be judged leaves out what is and what is like a known one; all are told without it."""
    shutil.copytree(desk, tmp_path / "data")
    data = tmp_path / "data"
    known = a_surge()
    again = a_surge(
        identifier="20081020T15-445-tcp", explanation=Explanation(similar=(Similar(known.identifier, 0.9, ""),))
    )
    other = a_surge(identifier="20081020T15-23-tcp", port="23/tcp", ports=("23/tcp",))
    monkeypatch.setattr("isdas.hub.looking.look", lambda *_, **__: [known, again, other])
    before = json.loads(isdas("surges", "--json", "--data", data).out)
    assert [(s["said"], s["known_as"]) for s in before] == [(None, None)] * 3
    assert isdas("surges", "say", known.identifier, "known", "--by", "duty", "--data", data).status == 0
    after = json.loads(isdas("surges", "--json", "--data", data).out)
    assert [s["known_as"] for s in after] == [known.identifier, known.identifier, None]
    silent = {"said": None, "known_as": None}
    assert [{**s, **silent} for s in after] == before
    assert f"known as {known.identifier}" in isdas("surges", "--data", data).out
    left = json.loads(isdas("surges", "--unsaid", "--json", "--data", data).out)
    assert [s["identifier"] for s in left] == [other.identifier]
