"""``isdas scanners``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Isdas = Callable[..., Any]


def test_the_register_is_listed_and_shown(isdas: Isdas) -> None:
    """As a table and as data, with the edition; an address shows whom it belongs to."""
    told = json.loads(isdas("scanners", "list", "--json").out)
    assert "censys" in {each["name"] for each in told["scanners"]}
    assert told["edition"] in isdas("scanners", "list").err
    assert "class" in isdas("scanners", "show", "censys").out
    assert isdas("scanners", "show", "192.0.2.1").status == 2


def test_lists_are_imported(isdas: Isdas, tmp_path: Path) -> None:
    """Lists of others become one register; a line that makes no sense is told, and the status is 1."""
    (tmp_path / "a.txt").write_text("192.0.2.0/24 # probe\nnonsense\n")
    said = isdas("scanners", "import", tmp_path / "a.txt", "-o", tmp_path / "mine.toml")
    assert said.status == 1
    assert "a.txt:2: nonsense" in said.err
    assert 'name = "probe"' in (tmp_path / "mine.toml").read_text()
