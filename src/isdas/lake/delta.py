"""
One Delta Lake table: its files, and commits that add and remove them atomically.

Files are written first and named in a commit afterwards, so a crash in between leaves files that no reader sees.
Knows no SQL and nothing of what the rows mean.
"""

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Field, Schema, Transaction
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction

from isdas.lake import parquet
from isdas.lake.encode import survey
from isdas.lake.mishap import MISHAPS, telling
from isdas.lake.recorded import Recorded
from isdas.lake.tables import ROW_GROUP_ROWS, TableSpec
from isdas.model.durable import synced
from isdas.model.errors import LakeError
from isdas.model.kernels import fixed
from isdas.model.time import now

_BOUNDED = {"time", "hour", "protocol", "port", "sensor", "source_low"}
"""The columns that queries can prune by."""

_BUSY: dict[str, str | None] = {
    "delta.logRetentionDuration": "interval 2 days",
    "delta.deletedFileRetentionDuration": "interval 2 days",
}
"""A hub commits packets every two seconds: a week of that would be half a million entries and as many small files."""

_EPOCH = np.datetime64(0, "us")


@dataclass(frozen=True, slots=True)
class DataFile:
    """
    One Parquet file of a table.

    Attributes:
        path: relative to the table's folder.
        rows: how many.
        low, high: first and last value of the clock column, microseconds.
    """

    path: str
    rows: int
    low: np.datetime64
    high: np.datetime64

    def meets(self, start: np.datetime64, end: np.datetime64) -> bool:
        """Whether the file may hold rows of the half-open stretch from *start* to *end*."""
        return bool(self.low < end and self.high >= start)


class Table:
    """A Delta table in a local folder, created on first use and widened when the column table grew."""

    def __init__(self, root: Path, spec: TableSpec, *, compression_level: int = 3) -> None:
        self.spec = spec
        self.path = root / spec.name
        self._level = compression_level
        self._recorded = Recorded(self.path / "_delta_log")
        self._listed: dict[int, list[DataFile]] = {}
        with telling("open", self.path):
            self._delta = self._open()
            self._recorded.advance(self.version)

    def _open(self) -> DeltaTable:
        if not DeltaTable.is_deltatable(str(self.path)):
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                self._create()
            except DeltaError:
                # Another process was first.
                if not DeltaTable.is_deltatable(str(self.path)):
                    raise
        return self._widen(DeltaTable(str(self.path)))

    def _create(self) -> None:
        DeltaTable.create(
            str(self.path),
            schema=self.spec.delta_schema,
            mode="ignore",
            partition_by=[self.spec.partition],
            name=self.spec.name,
            description=self.spec.meaning,
            configuration=_BUSY if self.spec.name == "packets" else None,
        )

    def _widen(self, delta: DeltaTable) -> DeltaTable:
        wanted = Schema.from_arrow(self.spec.delta_schema).fields
        present = {field.name: field for field in delta.schema().fields}
        for field in wanted:
            if field.name in present and str(present[field.name].type) != str(field.type):
                raise LakeError(
                    f"{self.path}: column {field.name} is {present[field.name].type}, expected {field.type}"
                )
        missing = [Field(f.name, f.type, nullable=True) for f in wanted if f.name not in present]
        if missing:
            widened = CommitProperties(app_transactions=[Transaction("widened", delta.version() + 1)])
            delta.alter.add_columns(missing, commit_properties=widened)
            delta = DeltaTable(str(self.path))
        return delta

    def refresh(self) -> None:
        """
        See what others have committed since.

        Raises:
            LakeError: the log cannot be read.
        """
        with telling("read", self.path):
            self._delta.update_incremental()
            self._recorded.advance(self.version)

    @property
    def version(self) -> int:
        """The version of the snapshot."""
        return int(self._delta.version())

    @property
    def widened(self) -> bool:
        """Whether older files may lack columns that the table has now."""
        return self.transaction("widened") is not None

    def transaction(self, application: str) -> int | None:
        """The last version that *application* recorded with a commit; None if it never did."""
        return self._recorded.get(application)

    def files(self, *, version: int | None = None) -> list[DataFile]:
        """
        The files of the snapshot, or of an earlier *version*.

        Raises:
            LakeError: there is no such version any more.
        """
        wanted = self.version if version is None else version
        if wanted not in self._listed:
            with telling("read", self.path):
                delta = self._delta if wanted == self.version else DeltaTable(str(self.path), version=wanted)
                kept = {v: files for v, files in self._listed.items() if v == self.version}
                self._listed = {**kept, wanted: _listing(delta, self.spec.clock)}
        return self._listed[wanted]

    def paths(self, files: Iterable[DataFile]) -> list[str]:
        """Absolute paths of *files*."""
        return [str(self.path / f.path) for f in files]

    def write(self, rows: pa.Table, *, threads: int = 1) -> list[AddAction]:
        """
        Write rows to new files, one per partition, for a later `commit`.

        Columns of the table that *rows* lacks are null for every reader.

        Raises:
            LakeError: the disk is full or not writable; nothing of the files remains.
        """
        written: list[AddAction] = []
        try:
            with telling("write to", self.path):
                for part in _split(rows, self.spec.clock, self.spec.partition):
                    written.append(self._write_file(part, threads))
        except BaseException:
            self._delete(written)
            raise
        return written

    def _write_file(self, part: "_Part", threads: int) -> AddAction:
        folder = f"{self.spec.partition}={part.label}"
        name = f"{folder}/{uuid.uuid4().hex}.parquet"
        target = self.path / name
        target.parent.mkdir(exist_ok=True)
        try:
            self._write_rows(part.rows, target, threads)
            synced(target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        stats = _stats(part, self.spec.clock)
        values: dict[str, str | None] = {self.spec.partition: part.label}
        return AddAction(name, target.stat().st_size, values, int(now().timestamp() * 1000), True, stats)

    def _write_rows(self, part: pa.Table, target: Path, threads: int) -> None:
        held = set(part.column_names)
        names = [name for name in self.spec.schema.names if name in held]
        rows = part.select(names)
        if parquet.writable(rows.schema):
            parquet.write(
                rows, target, row_group_rows=ROW_GROUP_ROWS, bounded=_BOUNDED, level=self._level, threads=threads
            )
            return
        pq.write_table(
            rows,
            target,
            compression="zstd",
            compression_level=self._level,
            row_group_size=ROW_GROUP_ROWS,
            # Bounds are worth their time where rows of a group lie close together.
            write_statistics=[name for name in names if name in _BOUNDED],
            store_schema=False,
        )

    def discard(self, actions: Sequence[AddAction]) -> None:
        """Delete files that were written and that no commit names; where that cannot be told they stay."""
        if actions:
            with suppress(LakeError):
                self.refresh()
                named = {f.path for f in self.files()}
                self._delete(action for action in actions if action.path not in named)

    def _delete(self, actions: Iterable[AddAction]) -> None:
        for action in actions:
            with suppress(OSError):
                (self.path / action.path).unlink(missing_ok=True)

    def commit(
        self,
        adds: Sequence[AddAction],
        *,
        removes: Sequence[DataFile] = (),
        transactions: dict[str, int] | None = None,
        durable: bool = False,
    ) -> None:
        """
        Add and remove files in one step, recording application transactions with it.

        Args:
            adds, removes: the files.
            transactions: recorded with the commit, by application.
            durable: wait until a power cut could no longer undo it.

        Raises:
            LakeError: another process committed something that contradicts it, or the log cannot be written.
        """
        gone_at, before = int(now().timestamp() * 1000), self.version
        actions: list[AddAction | RemoveAction] = [
            *adds,
            *(RemoveAction(f.path, True, gone_at, None, None) for f in removes),
        ]
        recorded = [Transaction(name, version) for name, version in (transactions or {}).items()]
        try:
            self._delta.create_write_transaction(
                actions,
                mode="append",
                schema=Schema.from_arrow(self.spec.delta_schema),
                partition_by=[self.spec.partition],
                commit_properties=CommitProperties(app_transactions=recorded),
            )
        except MISHAPS as error:
            # What follows a commit, such as a checkpoint of the log, can fail too.
            if not self._committed(adds, transactions or {}):
                self.discard(adds)
                raise LakeError(f"cannot commit to {self.path}: {error}") from error
        self.refresh()
        if durable:
            with telling("write to", self.path):
                self._keep(before, adds)

    def _keep(self, before: int, adds: Sequence[AddAction]) -> None:
        """Have the disk take the log after a version, and the names of added files, which are synced themselves."""
        log = self.path / "_delta_log"
        for version in range(before + 1, self.version + 1):
            synced(log / f"{version:020d}.json")
        for folder in {log, self.path, *((self.path / add.path).parent for add in adds)}:
            synced(folder)

    def _committed(self, adds: Sequence[AddAction], transactions: dict[str, int]) -> bool:
        with suppress(LakeError):
            self.refresh()
            named = {f.path for f in self.files()}
            if not adds and not transactions:
                return False
            return all(a.path in named for a in adds) and all(self.transaction(n) == v for n, v in transactions.items())
        return False

    def replace(
        self,
        hours: npt.NDArray[np.datetime64],
        rows: pa.Table,
        *,
        transactions: dict[str, int] | None = None,
        threads: int = 1,
    ) -> None:
        """
        Replace all rows of some hours by *rows*, atomically (invariant 2: overwritten, never incremented).

        Args:
            hours: the starts of the hours, sorted; rows of other hours stay as they are.
            rows: the new rows, all of them within *hours*.
            transactions: recorded with the commit.
            threads: how many columns are encoded at a time.
        """
        touched = [f for f in self.files() if _any_between(hours, f.low, f.high)]
        kept = [self._rest(f, hours) for f in touched]
        rest = [k for k in kept if k.num_rows]
        # Rows from memory may have their strings as dictionaries, which a file takes as they are.
        rows = rows.select(self.spec.schema.names)
        adds = self.write(pa.concat_tables([rows.cast(self.spec.schema), *rest]) if rest else rows, threads=threads)
        self.commit(adds, removes=touched, transactions=transactions)

    def read(
        self, files: Iterable[DataFile], names: Sequence[str], start: np.datetime64, end: np.datetime64
    ) -> Iterator[pa.Table]:
        """
        Some columns of files in stretches that lie in memory one at a time, without those wholly outside a period.

        Strings are dictionaries; columns that older files lack are null.

        Raises:
            LakeError: a file is missing or broken.
        """
        for file in files:
            path = self.path / file.path
            with telling("read", path):
                about = pq.read_metadata(path)
            # A list is stored under the name of its elements, below its own.
            held = {about.schema.column(i).path.partition(".")[0] for i in range(len(about.schema.names))}
            stored = [name for name in names if name in held]
            texts = [name for name in stored if pa.types.is_string(self.spec.schema.field(name).type)]
            with telling("read", path), pq.ParquetFile(path, metadata=about, read_dictionary=texts) as parquet:
                for index in _meeting(about, self.spec.clock, start, end):
                    rows = parquet.read_row_group(index, columns=stored)
                    for name in names:
                        if name not in stored:
                            rows = rows.append_column(name, pa.nulls(rows.num_rows, self.spec.schema.field(name).type))
                    yield rows

    def _rest(self, file: DataFile, hours: npt.NDArray[np.datetime64]) -> pa.Table:
        with telling("read", self.path / file.path):
            table = pq.read_table(self.path / file.path, partitioning=None)
        for field in self.spec.schema:
            if field.name not in table.column_names:
                table = table.append_column(field, pa.nulls(table.num_rows, field.type))
        table = table.select(self.spec.schema.names).cast(self.spec.schema)
        replaced = pa.array(hours.astype("datetime64[us]")).cast(self.spec.schema.field("hour").type)
        return table.filter(pc.invert(pc.is_in(table.column("hour"), value_set=replaced)))

    def compact(self, partition: str | None = None) -> dict[str, Any]:
        """Merge small files of each partition, or of one such as 2024-03-18, into larger ones; rows do not change."""
        only: list[tuple[str, str, Any]] | None = None
        if partition is not None:
            only = [(self.spec.partition, "=", partition)]
        with telling("compact", self.path):
            metrics = self._delta.optimize.compact(partition_filters=only)
        self.refresh()
        return dict(metrics)

    def crowded(self, *, files: int, rows: int) -> list[str]:
        """The partitions in which at least so many files have fewer rows than that, sorted."""
        small = Counter(f.path.partition("/")[0] for f in self.files() if f.rows < rows)
        return sorted(name.partition("=")[2] for name, n in small.items() if n >= files)

    def vacuum(self) -> int:
        """
        Delete files that no version of the last week (of packets: two days) names, left by crashes and replacements.

        How many that were.
        """
        with telling("clean", self.path):
            deleted = self._delta.vacuum(dry_run=True, full=True)
            # It writes to the log even if there is nothing to do.
            if deleted:
                self._delta.vacuum(dry_run=False, full=True)
        self.refresh()
        return len(deleted)


def _meeting(metadata: pq.FileMetaData, clock: str, start: np.datetime64, end: np.datetime64) -> Iterator[int]:
    """The row groups of a file that may hold rows of a period."""
    column = metadata.schema.names.index(clock)
    for index in range(metadata.num_row_groups):
        seen = metadata.row_group(index).column(column).statistics
        low, high = (start, end) if seen is None else (np.datetime64(t, "us") for t in (seen.min_raw, seen.max_raw))
        if low < end and high >= start:
            yield index


def _listing(delta: DeltaTable, clock: str) -> list[DataFile]:
    actions = pa.table(delta.get_add_actions(flatten=True))
    if actions.num_rows == 0:
        return []
    low, high = (actions.column(f"{end}.{clock}").to_numpy().astype("datetime64[us]") for end in ("min", "max"))
    rows = actions.column("num_records").to_pylist()
    paths = actions.column("path").to_pylist()
    return [DataFile(*f) for f in zip(paths, rows, low, high, strict=True)]


def _any_between(hours: npt.NDArray[np.datetime64], low: np.datetime64, high: np.datetime64) -> bool:
    at = np.searchsorted(hours, low)
    return bool(at < len(hours) and hours[at] <= high)


@dataclass(frozen=True, slots=True)
class _Part:
    """
    The rows of one partition.

    Attributes:
        label: the partition.
        rows: at least one.
        low, high: first and last value of the clock column, microseconds.
    """

    label: str
    rows: pa.Table
    low: int
    high: int


def _split(rows: pa.Table, clock: str, partition: str) -> Iterator[_Part]:
    """The rows by day or month of their clock."""
    if rows.num_rows == 0:
        return
    unit = "datetime64[D]" if partition == "day" else "datetime64[M]"
    low, high = _extent(rows.column(clock))
    first, last = (np.datetime64(end, "us").astype(unit) for end in (low, high))
    if first == last:
        # Most rows that are written together are of one day.
        yield _Part(_day(first), rows, low, high)
        return
    labels = rows.column(clock).to_numpy().astype("datetime64[us]").astype(unit)
    order = np.argsort(labels, kind="stable")
    if np.any(labels[1:] < labels[:-1]):
        rows, labels = rows.take(pa.array(order)), labels[order]
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    for start, end in zip(starts, np.r_[starts[1:], len(labels)], strict=True):
        part = rows.slice(start, end - start)
        yield _Part(_day(labels[start]), part, *_extent(part.column(clock)))


def _day(label: np.datetime64) -> str:
    return str(label.astype("datetime64[D]"))


def _extent(clock: pa.ChunkedArray) -> tuple[int, int]:
    """The first and the last of some times, which are all there, in microseconds."""
    bounds = [survey(fixed(chunk.view(pa.int64()).to_numpy())) for chunk in clock.chunks if len(chunk)]
    return min(low for low, _ in bounds), max(high for _, high in bounds)


def _stats(part: _Part, clock: str) -> str:
    return json.dumps(
        {
            "numRecords": part.rows.num_rows,
            "minValues": {clock: _text(part.low)},
            "maxValues": {clock: _text(part.high)},
            "nullCount": {clock: 0},
        }
    )


def _text(micros: int) -> str:
    return f"{np.datetime_as_string(_EPOCH + np.timedelta64(micros, 'us'))}Z"
