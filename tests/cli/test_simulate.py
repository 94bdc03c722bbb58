"""``isdas simulate``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Isdas = Callable[..., Any]


def test_the_same_seed_gives_the_same_bytes(isdas: Isdas, tmp_path: Path) -> None:
    """Captures and truth are written, the talk says how many, and a seed repeats them."""
    for name in ("a", "b"):
        said = isdas("simulate", "quiet-week", "--out", tmp_path / name, "--seed", "7")
        assert (said.status, said.out) == (0, "")
        assert f"captures and truth.json in {tmp_path / name}" in said.err
    files = [p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file()]
    assert len(files) > 80
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


def test_other_files_are_not_mixed_with(isdas: Isdas, tmp_path: Path) -> None:
    """A folder that holds other captures is left as it is, in one line."""
    (tmp_path / "captures").mkdir()
    (tmp_path / "captures" / "mine.pcap").write_bytes(b"mine")
    said = isdas("simulate", "quiet-week", "--out", tmp_path)
    assert said.status == 2
    assert "mine.pcap" in said.err
    assert [p.name for p in (tmp_path / "captures").iterdir()] == ["mine.pcap"]


def test_a_place_that_cannot_be_written_is_one_line(isdas: Isdas, tmp_path: Path) -> None:
    """Below a file nothing can be written; the error says where."""
    (tmp_path / "file").touch()
    said = isdas("simulate", "quiet-week", "--out", tmp_path / "file" / "x")
    assert said.status == 2
    assert said.err.count("\n") == 1
    assert "file" in said.err
