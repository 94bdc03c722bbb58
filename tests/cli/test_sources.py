"""``isdas sources``."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from made_surge import a_surge

from isdas.lake.lake import Lake

EARLY = datetime(2008, 9, 1, tzinfo=UTC)
Isdas = Callable[..., Any]


@pytest.fixture
def data(tmp_path: Path, filled: Path) -> Path:
    """A copy of the filled data directory, as groups are kept in it."""
    shutil.copytree(filled, tmp_path / "data")
    return tmp_path / "data"


def test_groups_are_data_and_a_table(isdas: Isdas, data: Path) -> None:
    """The same groups with --json and without; the talk says how many sources they hold."""
    told = json.loads(isdas("sources", "--day", "2008-10-07", "--json", "--data", data).out)
    said = isdas("sources", "--day", "2008-10-07", "--data", data)
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0].split()[:4] == ["group", "standing", "since", "sources"]
    assert [line.split()[0] for line in lines[1:]] == [group["name"] for group in told]
    assert told[0]["sources"] >= 10
    assert "sketch" not in told[0]
    assert "sources are in groups" in said.err


def test_a_day_that_is_none_is_refused(isdas: Isdas, data: Path) -> None:
    """What is no date, and a date of which nothing is known, end with 2 and a line."""
    for day, word in (("yesterday", "is not a date"), ("1999-01-01", "nothing was observed")):
        said = isdas("sources", "--day", day, "--data", data)
        assert (said.status, said.out) == (2, "")
        assert word in said.err


def test_a_group_and_its_surges_name_each_other(isdas: Isdas, data: Path) -> None:
    """The day's list names the surge that a group takes part in, the group's own list too, and the surge the group."""
    Lake(data).records.put_surges([a_surge()])
    told = json.loads(isdas("sources", "--day", "2008-10-07", "--json", "--data", data).out)
    surge = Lake(data).records.surge(a_surge().identifier)
    assert surge.explanation is not None
    share = surge.explanation.source_groups[0]
    parts = {group["name"]: group["surges"] for group in told}
    assert [part["surge"] for part in parts[share.name]] == [surge.identifier]
    early = {"onset_at": EARLY, "detected_at": EARLY, "ended_at": EARLY + timedelta(days=2)}
    over = replace(surge, identifier="20080901T00-445-tcp", verdict="campaign", **early)
    Lake(data).records.put_surges([over])
    said = isdas("sources", "--day", "2008-10-07", "--data", data)
    assert f"{surge.identifier} {share.excess_share:.0%}" in said.out
    assert over.identifier not in said.out
    one = json.loads(isdas("sources", "--name", share.name, "--json", "--data", data).out)
    assert {part["surge"] for part in one["surges"]} == {surge.identifier, over.identifier}
    assert "2008-10-07" in [day["day"] for day in one["days"]]
    table = isdas("sources", "--name", share.name, "--data", data)
    assert "campaign" in table.out
    assert "takes part in 2 surges" in table.err
    shown = isdas("surges", "show", surge.identifier, "--data", data).out
    assert (
        f"{share.name}  {share.excess_share:.0%} of the excess: {share.sources:,.1f} sources a day on the port" in shown
    )


def test_a_group_that_is_none_is_refused(isdas: Isdas, data: Path) -> None:
    """A name that no group has ends with 2 and says where names are listed."""
    said = isdas("sources", "--name", "nothing", "--data", data)
    assert (said.status, said.out) == (2, "")
    assert "`isdas sources` lists" in said.err
