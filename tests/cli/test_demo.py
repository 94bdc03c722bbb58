"""``isdas demo``; the whole of it is tests/e2e/test_main_job.py."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from isdas.cli.serve import listen

Isdas = Callable[..., Any]


def test_a_taken_port_is_told_before_the_work(isdas: Isdas, tmp_path: Path) -> None:
    """A demo that could not be served does not begin."""
    with listen(0) as first:
        said = isdas("demo", "--out", tmp_path / "demo", "--port", first.getsockname()[1])
    assert (said.status, said.out) == (2, "")
    assert "cannot serve" in said.err
    assert not (tmp_path / "demo").exists()


def test_a_folder_of_others_is_not_touched(isdas: Isdas, tmp_path: Path) -> None:
    """Where a folder holds data that no demo wrote, nothing of it is deleted and nothing added."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "precious").write_text("years of work")
    said = isdas("demo", "--no-serve", "--out", tmp_path)
    assert said.status == 2
    assert "not of an earlier demo" in said.err
    assert [p.name for p in tmp_path.rglob("*")] == ["data", "precious"]
