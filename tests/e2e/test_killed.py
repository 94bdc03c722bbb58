"""An ingest that is killed at any moment, or interrupted, leaves tables that reconcile and can go on."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from isdas.lake.lake import Lake
from isdas.lake.tables import NAMES

Isdas = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]
SMALL_COMMITS = "[lake]\nstaged_rows = 2000\n"
"""Settings with which many commits are made of few packets, so that there are many moments between them."""


@pytest.fixture(scope="module")
def undisturbed(filled: Path) -> dict[str, pa.Table]:
    """The tables of a run that nobody disturbed."""
    return contents(filled)


def contents(data: Path) -> dict[str, pa.Table]:
    """Every row of every table, in an order of its own; which file was read when is no part of it."""
    lake = Lake(data)
    found = {}
    for name in NAMES:
        rows = lake.ask(f"SELECT * FROM {name}", name)
        rows = rows.select([column for column in rows.column_names if column != "sketch"])
        found[name] = rows.sort_by([(column, "ascending") for column in rows.column_names])
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data directory whose settings make many commits."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "isdas.toml").write_text(SMALL_COMMITS)
    return tmp_path / "data"


def commits(data: Path) -> int:
    """How many commits the tables have by now."""
    return sum(1 for _ in data.glob("lake/*/_delta_log/*.json"))


def kill_after(child: "subprocess.Popen[str]", data: Path, n_commits: int, with_signal: int) -> None:
    """Send a signal as soon as there are so many commits, or not at all if the process has ended by itself."""
    while commits(data) < n_commits:
        with suppress(subprocess.TimeoutExpired):
            child.wait(0.005)
            return
    child.send_signal(with_signal)


# The five tables are made by five commits; packets follow, and at the end the folds.
@pytest.mark.parametrize(
    "n_commits", [4, 7, 10, 15, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 5, 6, 8, 9, 12, 18, 21, 24))]
)
def test_a_killed_ingest_can_be_taken_up(
    isdas: Isdas, start: Start, data: Path, captures: Path, undisturbed: dict[str, pa.Table], n_commits: int
) -> None:
    """Killed after any commit, nothing is half in; a second run ends with the tables of an undisturbed one."""
    with start("ingest", captures, "--data", data) as child:
        kill_after(child, data, n_commits, signal.SIGKILL)
        child.communicate()
    verified = isdas("lake", "verify", "--json", "--data", data)
    assert verified.status == 0, verified.out + verified.err
    rest = isdas("ingest", captures, "--json", "--data", data)
    files = json.loads(rest.out)["files"]
    assert rest.status == 0
    assert files["known"] >= json.loads(verified.out)["intakes"]
    assert isdas("lake", "verify", "--data", data).status == 0
    for name, rows in contents(data).items():
        assert rows.equals(undisturbed[name]), name


INTERRUPTING = """
import os, signal, sys
from isdas.cli.main import main
from isdas.hub.identity import Identities

nth, of, seen = int(sys.argv[1]), Identities.of, []

def interrupting(identities, path):
    seen.append(path)
    if len(seen) == nth:
        os.kill(os.getpid(), signal.SIGINT)
    return of(identities, path)

Identities.of = interrupting
sys.exit(main(sys.argv[2:]))
"""
"""The command, which presses Ctrl-C on itself as it opens a file; from outside the moment would depend on the load."""


@pytest.mark.parametrize("nth_file", [1, 9])
def test_ctrl_c_keeps_whole_files(isdas: Isdas, data: Path, captures: Path, nth_file: int) -> None:
    """Interrupted by Ctrl-C it ends in order: it says so in a line, and what is in is folded and reconciles at once."""
    command = [sys.executable, "-c", INTERRUPTING, str(nth_file), "ingest", captures, "--json", "--data", data]
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    out, err = child.stdout, child.stderr
    assert "Traceback" not in err
    assert (child.returncode, err.splitlines()[-1]) == (130, "isdas: interrupted")
    # Before the first file there is nothing to tell.
    taken = json.loads(out)["files"]["taken"] if out else 0
    verified = json.loads(isdas("lake", "verify", "--json", "--data", data).out)
    assert verified == {"intakes": taken, "hours_folded": 0, "differences": [], "holes": []}
    rest = json.loads(isdas("ingest", captures, "--json", "--data", data).out)
    assert rest["interrupted"] is False
    assert rest["files"]["known"] >= taken
