"""
What applications recorded with the commits of a Delta table, all of it at once.

The library answers for one application at a time and goes through the whole log for it; an identity for every file
ever taken in makes that too slow. Only reads; the form of the log is that of the Delta transaction protocol,
https://github.com/delta-io/delta/blob/master/PROTOCOL.md.
"""

import json
from pathlib import Path

import pyarrow.parquet as pq


class Recorded:
    """
    Application names and the last version each recorded.

    Args:
        log: the table's ``_delta_log``.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._versions: dict[str, int] = {}
        self._reached = -1

    def get(self, application: str) -> int | None:
        """The last version that *application* recorded; None if it never did."""
        return self._versions.get(application)

    def advance(self, version: int) -> None:
        """Take in the log up to a version of the table."""
        if self._reached < 0:
            self._start(version)
        while self._reached < version:
            commit = self._log / f"{self._reached + 1:020d}.json"
            if commit.exists():
                self._take(commit)
                self._reached += 1
            else:
                # Commits older than a checkpoint are cleaned up in time.
                self._start(version)

    def _start(self, version: int) -> None:
        """Begin anew at the last checkpoint before *version*."""
        checkpoints = {int(p.name[:20]) for p in self._log.glob("*.checkpoint*")}
        at = max((v for v in checkpoints if self._reached < v <= version), default=None)
        if at is None:
            if self._reached >= 0 or not (self._log / f"{0:020d}.json").exists():
                raise FileNotFoundError(2, f"no commit {self._reached + 1} and no later checkpoint")
            return
        for path in sorted(self._log.glob(f"{at:020d}.checkpoint*")):
            self._take(path)
        self._reached = at

    def _take(self, path: Path) -> None:
        if path.suffix == ".parquet":
            found = pq.read_table(path, columns=["txn"], partitioning=None).column("txn").drop_null().to_pylist()
        else:
            with path.open("rb") as lines:
                actions = [json.loads(line) for line in lines if b'"txn"' in line]
            found = [action["txn"] for action in actions if "txn" in action]
        self._versions.update((t["appId"], int(t["version"])) for t in found)
