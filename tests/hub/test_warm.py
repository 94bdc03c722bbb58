"""Tests of isdas.hub.warm."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from isdas.hub.warm import HALVES


@pytest.mark.parametrize("name", HALVES)
def test_each_half_runs_by_itself(name: str, tmp_path: Path) -> None:
    """Both halves do their part of taking packets in, from a capture of their own."""
    HALVES[name](tmp_path)
    assert (tmp_path / "telescope.pcap").is_file()


@pytest.mark.slow
def test_nothing_is_left_to_compile(tmp_path: Path) -> None:
    """After compiling ahead, taking in a capture adds no compiled code to the folder where it is kept."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "compiled")}

    def run(*words: str) -> set[str]:
        subprocess.run([sys.executable, *words], env=environment, check=True, capture_output=True)
        return {path.name for path in (tmp_path / "compiled").rglob("*.nbi")}

    before = run("-m", "isdas", "compile")
    run("-c", f"from isdas.simulate.telescope import write_telescope as w; from pathlib import Path as P; "
              f"w(P({str(tmp_path / 'a.pcap')!r}), 5000)")  # fmt: skip
    after = run("-m", "isdas", "ingest", str(tmp_path / "a.pcap"), "--data", str(tmp_path / "data"))
    assert after == before
