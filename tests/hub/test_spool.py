"""Standard input as a file."""

import io
import sys
from pathlib import Path

import pytest

from isdas.hub.spool import STDIN, spooled
from isdas.model.errors import IsdasError


class Typed(io.TextIOWrapper):
    """Standard input with given bytes in it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


class Keys(Typed):
    """Standard input at a terminal."""

    def isatty(self) -> bool:
        """Whether somebody types."""
        return True


class Interrupted(io.RawIOBase):
    """Bytes that Ctrl-C, or a failing disk, ends."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def readable(self) -> bool:
        """Whether there is something to read."""
        return True

    def readinto(self, room: object) -> int:
        """Raise."""
        raise self.error


def test_paths_without_it_stay_as_they_are(tmp_path: Path) -> None:
    """Where standard input is not among the paths nothing is made."""
    paths = [tmp_path / "a"]
    with spooled(paths, tmp_path / "data") as there:
        assert there is paths
    assert not (tmp_path / "data").exists()


def test_it_is_a_file_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input stands as a file in its place, with its bytes, and is gone afterwards."""
    monkeypatch.setattr(sys, "stdin", Typed(b"bytes"))
    with spooled([tmp_path, STDIN], tmp_path / "data") as (other, kept):
        assert other == tmp_path
        assert kept.read_bytes() == b"bytes"
        assert kept.name == "stdin"
        assert kept.is_relative_to(tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(5, "Input/output error")], ids=["ctrl-c", "disk"])
def test_nothing_stays_of_what_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """Ctrl-C is raised, a failure is an error that names the folder, and the file is gone after both."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Interrupted(error))))
    expected = IsdasError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as raised, spooled([STDIN], tmp_path / "data"):
        pass
    if expected is IsdasError:
        assert str(raised.value) == f"standard input cannot be kept in {tmp_path / 'data'}: Input/output error"
    assert list((tmp_path / "data").iterdir()) == []


def test_an_error_while_it_is_used_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is gone also if taking it in fails."""
    monkeypatch.setattr(sys, "stdin", Typed(b"bytes"))
    with pytest.raises(ZeroDivisionError), spooled([STDIN], tmp_path / "data"):
        raise ZeroDivisionError
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("stdin", [None, Keys(b"")], ids=["closed", "terminal"])
def test_a_terminal_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stdin: object) -> None:
    """Without a pipe or a file behind it there is nothing to take in, and that is an error."""
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(IsdasError, match="another program"), spooled([STDIN], tmp_path / "data"):
        pass
