"""
The lake: one data directory with its five tables, its records and its writer's lock.

Says who may write and what a reader sees; the questions themselves are in `lake.query`.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from isdas.lake.admission import Admission, WriterLock, admitted
from isdas.lake.config import Config
from isdas.lake.delta import Table
from isdas.lake.engine import DuckEngine, Engine
from isdas.lake.fold import FOLDED, Folder
from isdas.lake.records import Intake, Records, Statement
from isdas.lake.tables import NAMES, spec
from isdas.model.errors import LakeError
from isdas.model.time import Period, moment


class Lake:
    """
    The tables and records under one directory.

    Args:
        path: the data directory; made if it is not there.
        config: how tables are written.

    Raises:
        LakeError: the directory cannot be made or opened.
    """

    def __init__(self, path: Path, config: Config | None = None) -> None:
        self.path = path
        self.config = config or Config()
        root = path / "lake"
        try:
            root.mkdir(parents=True, exist_ok=True)
            self._tables = {
                name: Table(root, spec(name), compression_level=self.config.compression_level) for name in NAMES
            }
        except OSError as error:
            raise LakeError(f"cannot open the data directory {path}: {error}") from error
        self.records = Records(path / "records.sqlite")
        self.engine: Engine = DuckEngine(threads=self.config.threads)
        self._lock = path / "writer.lock"

    def table(self, name: str) -> Table:
        """One of the tables."""
        return self._tables[name]

    def refresh(self) -> None:
        """See what other processes have committed since."""
        for table in self._tables.values():
            table.refresh()

    def versions(self) -> dict[str, int]:
        """The version of each table in the snapshot that is being read."""
        return {name: table.version for name, table in self._tables.items()}

    def admission(self) -> Admission:
        """The way in for packets; a context manager."""
        return Admission(self._tables["packets"], self.records, self._lock, staged_rows=self.config.staged_rows)

    def admitted(self) -> list[Intake]:
        """What has really been taken in."""
        return admitted(self._tables["packets"], self.records.intakes())

    def fold(self, *, everything: bool = False, progress: Callable[[int, int], None] | None = None) -> int:
        """
        Bring the derived tables up to the packets; how many hours were folded.

        Args:
            everything: recompute every hour that packets hold.
            progress: called with (batches done, batches to do).
        """
        lock = WriterLock(self._lock)
        lock.acquire()
        try:
            self.refresh()
            folder = Folder(self._tables, self.engine)
            if not everything and not folder.stale():
                return 0
            return folder.fold(self._statements(), everything=everything, progress=progress)
        finally:
            lock.release()

    def _statements(self) -> list[Statement]:
        return [statement for intake in self.admitted() for statement in intake.statements]

    def ask(self, sql: str, name: str, period: Period | None = None) -> pa.Table:
        """Run one SELECT over the files of one table, those that meet *period* if it is given."""
        table = self._tables[name]
        files = table.files()
        if period is not None:
            start = moment(period.start) - np.timedelta64(1, "h")
            files = [f for f in files if f.meets(start, moment(period.end))]
        return self.engine.query(sql, {name: (table, files)})

    def reaches(self, name: str, since: datetime) -> bool:
        """Whether a table still holds everything that counts hold from *since* on."""
        oldest = [min((f.low for f in self._tables[n].files()), default=None) for n in (name, "counts")]
        if oldest[0] is None or oldest[1] is None:
            return True
        return bool(oldest[0] <= max(oldest[1], moment(since)))

    def compact(self) -> dict[str, int]:
        """Merge small files and delete what no reader can see any more; files removed, by table."""
        lock = WriterLock(self._lock)
        lock.acquire()
        try:
            return {name: self._compact(name) for name in NAMES}
        finally:
            lock.release()

    def _compact(self, name: str) -> int:
        table = self._tables[name]
        packets = self._tables["packets"]
        current = name == "packets" and not Folder(self._tables, self.engine).stale()
        metrics = table.compact()
        if current:
            # The same rows in other files: what was folded before is folded still.
            for derived in NAMES[1:]:
                self._tables[derived].commit([], transactions={FOLDED: packets.version})
        table.vacuum()
        return int(metrics.get("numFilesRemoved", 0))
