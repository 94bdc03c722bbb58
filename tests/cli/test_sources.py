"""``isdas sources``."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
