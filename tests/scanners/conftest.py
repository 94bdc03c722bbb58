"""
The laboratory's runs and what came of them, done once for all processes that test.
"""

import fcntl
import os
import pickle
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import lab


class Proof(NamedTuple):
    """
    What was done.

    Attributes:
        captures: the folder with a capture of each run.
        data: the data directory that they were taken into.
        results: what each run and tcpdump said.
        report: what ``isdas ingest --json`` printed.
        labels: kinds and tools of the packets of each run.
    """

    captures: Path
    data: Path
    results: dict[str, lab.Result]
    report: dict[str, Any]
    labels: lab.Labels


@pytest.fixture(scope="session")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    """All runs whose programs are there, captured and taken in."""
    if reason := lab.missing():
        pytest.skip(reason)
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "scanners"
    root.mkdir(exist_ok=True)
    # The first process does it, the others wait for it.
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "results").exists():
            captures = root / "captures"
            captures.mkdir(exist_ok=True)
            results = lab.perform_all(captures)
            done = (results, lab.take_in(captures, root / "data"))
            (root / "results").write_bytes(pickle.dumps([(name, tuple(r)) for name, r in done[0].items()]))
            (root / "report").write_bytes(pickle.dumps(done[1]))
    results = {name: lab.Result(*each) for name, each in pickle.loads((root / "results").read_bytes())}
    report = pickle.loads((root / "report").read_bytes())
    return Proof(root / "captures", root / "data", results, report, lab.labels(root / "data"))
