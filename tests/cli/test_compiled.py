"""Where compiled code is kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from isdas.cli import compiled
from isdas.cli.compiled import VARIABLE, keep_compiled, writable

READ_ONLY = """
set -e
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
HOME="$1/none" "$2" -m isdas ingest "$3" --data "$4"
"""


def test_the_usual_places_are_left_alone(tmp_path: Path) -> None:
    """Where the package or the home can be written, and where somebody chose a place, nothing changes."""
    for environment in ({"HOME": str(tmp_path)}, {"XDG_CACHE_HOME": str(tmp_path / "x")}, {VARIABLE: "mine"}):
        before = dict(environment)
        keep_compiled(tmp_path / "data", environment)
        assert environment == before


def test_without_them_it_is_the_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither package nor home can be written, compiled code goes with the data."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "file" / "isdas" / "cli" / "compiled.py"))
    environment = {"HOME": str(tmp_path / "file" / "home")}
    keep_compiled(tmp_path / "data", environment)
    assert environment[VARIABLE] == str(tmp_path / "data" / "compiled")


def test_a_folder_to_be_made_is_writable_if_its_parent_is(tmp_path: Path) -> None:
    """What is not there yet counts as its nearest parent."""
    assert writable(tmp_path / "a" / "b")
    (tmp_path / "file").touch()
    assert not writable(tmp_path / "file" / "a")


def test_a_read_only_package_without_a_home_works(tmp_path: Path, captures: Path) -> None:
    """A service whose package cannot be written and whose user has no home takes captures in."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root, in a mount namespace of its own, can make the package read-only")
    package = Path(compiled.__file__).parent.parent
    arguments = [str(package), sys.executable, str(min(captures.iterdir())), str(tmp_path / "data")]
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", READ_ONLY, "read-only", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "1 file taken in" in done.stderr
