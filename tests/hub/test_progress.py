"""Progress bars."""

import os
import pty
import subprocess
import sys

import pytest

from isdas.hub.progress import progress

SCRIPT = """
from isdas.hub.progress import progress
with progress("taking [in]", "folding") as (taken, folded):
    taken(1, 4)
    taken(4, 4)
    folded(2, 2)
"""


def test_bars_are_silent_where_nobody_looks(capfd: pytest.CaptureFixture[str]) -> None:
    """Without a terminal nothing is written anywhere."""
    with progress("taking in", "folding") as (taken, folded):
        taken(1, 2)
        folded(0, 0)
    assert capfd.readouterr() == ("", "")


def test_bars_are_drawn_on_a_terminal() -> None:
    """On a terminal each work has a bar with its name, brackets included, and nothing of it goes to standard output."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=theirs, check=True, env=environment
    )
    os.close(theirs)
    drawn = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert done.stdout == b""
    assert "taking [in]" in drawn
    assert "folding" in drawn
    assert "100%" in drawn
