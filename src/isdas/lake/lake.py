"""
The lake: one data directory with its five tables, its records and its writer's lock.

Says who may write and what a reader sees; the questions themselves are in `lake.query`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from isdas.lake.admission import Admission, WriterLock, admitted
from isdas.lake.brief import needed
from isdas.lake.checkpoints import Checkpoints
from isdas.lake.config import Config
from isdas.lake.delta import DataFile, Table
from isdas.lake.engine import DuckEngine, Engine
from isdas.lake.expire import EXPIRING, Gone, expire, going
from isdas.lake.fold import COVERED, FOLDED, PUBLISHED, Folder
from isdas.lake.gathering import gather
from isdas.lake.judged import JudgedRises
from isdas.lake.ledger import GROUP, Ledger
from isdas.lake.mishap import telling
from isdas.lake.pending import Pending
from isdas.lake.records import Intake, Records, Statement
from isdas.lake.sensors import Sensors
from isdas.lake.tables import DERIVED, NAMES, spec
from isdas.model.time import Period, instant, moment

_CROWD = 500
_SMALL_ROWS = 100_000
"""So many files with fewer rows than that are a crowd."""


@dataclass(frozen=True, slots=True)
class View:
    """
    What readers see: the derived tables as the last whole fold left them, so that figures never mix two states.

    Attributes:
        versions: the version of each table.
        files: the files of each.
    """

    versions: dict[str, int]
    files: dict[str, list[DataFile]]


class Lake:
    """
    The tables and records under one directory.

    Args:
        path: the data directory; made if it is not there.
        config: how tables are written.
        patience_s: how long to wait for another writer.
        folds: whether what is admitted here is folded here; if not, nothing is held for the next fold.

    Raises:
        LakeError: the directory cannot be made or opened.
    """

    def __init__(
        self, path: Path, config: Config | None = None, *, patience_s: float = 0.0, folds: bool = True
    ) -> None:
        self.path = path
        self._patience_s = patience_s
        self._folds = folds
        self.config = config or Config()
        root = path / "lake"
        with telling("open the data directory", path):
            root.mkdir(parents=True, exist_ok=True)
        self._tables = {
            name: Table(root, spec(name), compression_level=self.config.compression_level) for name in NAMES
        }
        self.records = Records(path / "records.sqlite")
        self.ledger = Ledger(self.records.database)
        self.sensors = Sensors(self.records.database)
        self.judged = JudgedRises(self.records.database)
        self.checkpoints = Checkpoints(path / "searches", self.records.database, also=self.judged.touched)
        self.engine: Engine = DuckEngine(path / "spill", threads=self.config.threads)
        self._pending = Pending(path / "spill")
        self._lock = path / "writer.lock"
        # Another process may have published between the openings above.
        self.refresh()

    def _writing(self) -> WriterLock:
        return WriterLock(self._lock, patience_s=self._patience_s)

    def table(self, name: str) -> Table:
        """One of the tables."""
        return self._tables[name]

    def refresh(self) -> None:
        """See what other processes have committed since."""
        # Coverage first: what it names is then there in the others.
        for name in reversed(NAMES):
            self._tables[name].refresh()
        self._view = self._published()

    def _published(self) -> View:
        named = {name: self._tables["coverage"].transaction(PUBLISHED + name) for name in NAMES}
        versions = {name: self._tables[name].version if at is None else at for name, at in named.items()}
        return View(versions, {name: self._tables[name].files(version=at) for name, at in versions.items()})

    def open_from(self) -> np.datetime64:
        """The hour from which on the packets table holds all that was taken in."""
        return self._folder().open_from()

    def _folder(self) -> Folder:
        ledger, threads = self.records.database, self.config.threads
        return Folder(
            self._tables, self.engine, self._pending, ledger=ledger, threads=threads, changing=self.checkpoints.refolded
        )

    def versions(self) -> dict[str, int]:
        """The version of each table in the snapshot that is being read."""
        return dict(self._view.versions)

    def files(self, name: str) -> list[DataFile]:
        """The files of a table in the snapshot that is being read."""
        return self._view.files[name]

    def admission(self) -> Admission:
        """The way in for packets; a context manager."""
        names = () if self.config.keep_packets else ("intake", *needed())
        rows = self.config.staged_rows
        packets = self._tables["packets"]
        lock, pending = self._writing(), self._pending if self._folds else None
        return Admission(packets, self.records, self.ledger, lock, pending, staged_rows=rows, names=names)

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
        with self._writing():
            return self._fold(everything=everything, progress=progress)

    def _fold(self, *, everything: bool = False, progress: Callable[[int, int], None] | None = None) -> int:
        self.refresh()
        folder = self._folder()
        hours = 0
        if everything or folder.stale():
            hours = folder.fold(self._statements(), everything=everything, progress=progress)
        self._pending.forget()
        if not self.config.keep_packets and folder.let_go():
            self._mark()
        self.refresh()
        return hours

    def _statements(self) -> list[Statement]:
        return [statement for intake in self.admitted() for statement in intake.statements]

    def ask(
        self, sql: str, name: str, period: Period | None = None, frames: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        """
        Run one SELECT over the files of one table, those that meet *period* if it is given, and over Arrow tables.
        """
        files = self.files(name)
        if period is not None:
            start = moment(period.start) - np.timedelta64(1, "h")
            files = [f for f in files if f.meets(start, moment(period.end))]
        return self.engine.query(sql, {name: (self._tables[name], files)}, frames)

    def reaches(self, name: str, since: datetime) -> bool:
        """Whether a table still holds everything that counts hold from *since* on."""
        oldest = [min((f.low for f in self.files(n)), default=None) for n in (name, "counts")]
        if oldest[0] is None or oldest[1] is None:
            return True
        return bool(oldest[0] <= max(oldest[1], moment(since)))

    def expire(self, present: datetime, *, dry_run: bool = False) -> list[Gone]:
        """
        Remove packets and sightings that have been kept as long as the settings say.

        Days are counted back from the last hour that was observed: an archive of old captures is no older for lying
        there, and a clock that is wrong loses nothing.

        Args:
            present: from when they are counted if that is earlier, as where a sensor's clock was ahead.
            dry_run: only say what would go.
        """
        kept = {"packets": self.config.packets_days, "sightings": self.config.sightings_days}
        if dry_run:
            self.refresh()
            return [going(self._tables[name], kept[name], self._upto(present)) for name in EXPIRING]
        with self._writing():
            # What is not folded must not go.
            self._fold()
            gone = expire(self._tables, kept, self._upto(present))
            if any(each.files for each in gone):
                self._mark()
                self.refresh()
            return gone

    def _upto(self, present: datetime) -> datetime:
        last = max((f.high for f in self._tables["coverage"].files()), default=moment(present))
        return min(instant(last), present)

    def compact(self) -> dict[str, int]:
        """Merge small files and delete what no reader can see any more; files removed, by table."""
        with self._writing():
            # Only a lake that is folded up to its packets can be told to be so still.
            self._fold()
            removed = {name: self._compact(name) for name in NAMES}
            self._mark()
            for table in self._tables.values():
                table.vacuum()
            self._mark()
            self.refresh()
            return removed

    def tidy(self) -> int:
        """
        Merge the small files that groups of segments left among the packets, where they are many; files removed.

        A commit takes the longer, the more files the table has, and a hub makes tens of thousands a day.
        """
        packets = self._tables["packets"]
        with self._writing():
            self.refresh()
            crowded = packets.crowded(files=_CROWD, rows=_SMALL_ROWS)
            if not crowded:
                return 0
            self._fold()
            removed = sum(int(packets.compact(day).get("numFilesRemoved", 0)) for day in crowded)
            self._mark()
            self.refresh()
            return removed

    def _compact(self, name: str) -> int:
        return int(self._tables[name].compact().get("numFilesRemoved", 0))

    def _mark(self) -> None:
        """Record that the same rows in other files are folded and published still."""
        version = self._tables["packets"].version
        for name in DERIVED:
            if self._tables[name].transaction(FOLDED) != version:
                self._tables[name].commit([], transactions={FOLDED: version})
        self._folder().publish()

    def last_group(self) -> int:
        """The number of the last group of segments that was committed."""
        return self._tables["packets"].transaction(GROUP) or 0

    def covered_group(self) -> int:
        """The number of the last group of segments that the tables are folded up to."""
        return self._tables["coverage"].transaction(COVERED) or 0

    def gather_segments(self, before_us: int) -> int:
        """
        Make few rows of what the ledger has of segments admitted before an instant and folded; how many fewer.

        Raises:
            LakeError: another process is writing.
        """
        with self._writing():
            self.refresh()
            self.ledger.settle(self.last_group())
            covered = self.covered_group()
        steps = gather(self.records.database, upto=covered, before_us=before_us)
        gathered = 0
        while True:
            # Between the steps the door has its turn.
            with self._writing():
                step = next(steps, None)
            if step is None:
                return gathered
            gathered += step
