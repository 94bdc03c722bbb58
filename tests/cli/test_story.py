"""The story of the demo; told to its end in tests/e2e/test_main_job.py."""

from pathlib import Path

import pytest

from isdas.cli.story import PARTS, clear, tell
from isdas.model.errors import IsdasError


@pytest.mark.parametrize("part", PARTS)
def test_nothing_of_others_is_deleted(tmp_path: Path, part: str) -> None:
    """Any file or folder that a demo would write, if no demo wrote it, stops the story before it begins."""
    (tmp_path / part).write_text("mine")
    with pytest.raises(IsdasError, match=part):
        tell(tmp_path, seed=1, site=False)
    assert (tmp_path / part).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_what_an_earlier_demo_wrote_is_made_anew(tmp_path: Path) -> None:
    """In a folder that a demo has marked as its own, its parts are cleared away and everything else is left."""
    clear(tmp_path / "demo")
    for part in PARTS[:-1]:
        (tmp_path / "demo" / part / "deep").mkdir(parents=True)
    (tmp_path / "demo" / PARTS[-1]).write_text("{}")
    (tmp_path / "demo" / "mine.txt").write_text("mine")
    clear(tmp_path / "demo")
    assert [path.name for path in (tmp_path / "demo").iterdir() if not path.name.startswith(".")] == ["mine.txt"]


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Below a file there can be no folder; the error names it."""
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        clear(tmp_path / "file" / "demo")
