"""``isdas config``."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isdas.config import FILE, Config, build

Isdas = Callable[..., Any]


def test_what_is_shown_is_a_settings_file(isdas: Isdas, tmp_path: Path) -> None:
    """The settings are printed as TOML that builds the very same settings, text with quotes included."""
    (tmp_path / FILE).write_text('zone = "UTC"\n[graphs]\norganisation = "the \\"desk\\"\\n日本"\n')
    shown = isdas("config", "show", "--data", tmp_path).out
    config = build(tomllib.loads(shown))
    assert config.zone == "UTC"
    assert config.graphs.organisation == 'the "desk"\n日本'
    assert config.lake == Config().lake


def test_settings_are_data(isdas: Isdas, tmp_path: Path) -> None:
    """The same as JSON, for a directory that need not be there."""
    told = json.loads(isdas("config", "show", "--json", "--data", tmp_path / "gone").out)
    assert build(told) == Config()
    assert not (tmp_path / "gone").exists()


def test_the_environment_shows(isdas: Isdas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment sets is shown as it holds."""
    monkeypatch.setenv("ISDAS_DETECT__END_SCORE", "3.5")
    assert "\nend_score = 3.5\n" in isdas("config", "show", "--data", tmp_path).out


def test_a_wrong_setting_is_one_line(isdas: Isdas, tmp_path: Path) -> None:
    """A setting that there is not is misuse, with the nearest that there is."""
    (tmp_path / FILE).write_text("[detect]\nend_scores = 1\n")
    said = isdas("config", "show", "--data", tmp_path)
    assert (said.status, said.out) == (2, "")
    assert said.err == "isdas: no setting detect.end_scores; did you mean detect.end_score?\n"
