"""Simulations as a person asks for them."""

import json
from pathlib import Path

import pytest

from isdas.hub.simulation import run
from isdas.model.errors import NotFound


def test_a_scenario_becomes_captures_and_truth(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The files named are the files there, truth.json stands beside them, and nothing is printed off a terminal."""
    files = run("quiet-week", tmp_path, seed=3)
    assert sorted(files) == sorted((tmp_path / "captures").iterdir())
    assert json.loads((tmp_path / "truth.json").read_text())["seed"] == 3
    assert capfd.readouterr() == ("", "")


def test_an_unknown_scenario_is_named(tmp_path: Path) -> None:
    """A scenario that there is not is an error that lists those there are."""
    with pytest.raises(NotFound, match="autumn-2008, quiet-week"):
        run("spring-1969", tmp_path, seed=1)
