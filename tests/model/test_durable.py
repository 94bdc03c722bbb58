"""Tests of isdas.model.durable."""

import os
import stat
from pathlib import Path

import pytest

from isdas.model.durable import put_whole, synced


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_the_new_content_is_in_place_of_the_old(tmp_path: Path, mode: int) -> None:
    """With the rights that were asked for, whatever the mask of the process, and with nothing left beside it."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    before = os.umask(0o077)
    try:
        put_whole(path, b"new", mode)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_put_leaves_the_old(tmp_path: Path) -> None:
    """A folder in the place of the file, and no folder at all."""
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        put_whole(tmp_path / "folder", b"new")
    assert (tmp_path / "folder" / "inner").is_dir()
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(FileNotFoundError):
        put_whole(tmp_path / "gone" / "file", b"new")


def test_files_and_folders_are_synced(tmp_path: Path) -> None:
    """What is not there is an error, never taken for synced."""
    (tmp_path / "file").write_bytes(b"x")
    synced(tmp_path / "file")
    synced(tmp_path)
    with pytest.raises(FileNotFoundError):
        synced(tmp_path / "gone")
