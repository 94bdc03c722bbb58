"""
The way in: packets are staged in files and committed together with the identities of what they came from.

An intake whose identity the packets table already holds is turned away, so a file taken in twice, in any order and
after any crash, changes nothing. Segments go in by the group: their identities are in the ledger, and the table records
the number of the group. One process admits at a time; readers are never kept waiting.
"""

import fcntl
import os
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from deltalake.transaction import AddAction

from isdas.lake.delta import Table
from isdas.lake.ledger import GROUP, Entry, Ledger
from isdas.lake.mishap import telling
from isdas.lake.pending import Pending
from isdas.lake.records import Intake, Records
from isdas.lake.turns import turns_of
from isdas.model.errors import LakeError
from isdas.model.packets import Packets

_PREFIX = "intake:"
_LARGE = 1 << 17
"""Packets that come together in such numbers are not gathered with others: they fill a row group by themselves."""

_LOOK_AGAIN_S = 0.02
"""How often a writer that waits looks whether the other has ended."""

_WRITERS = 2
"""How many files are written at a time, beside the thread that brings packets."""


class Admission:
    """
    A writer's stay in the lake: ``with lake.admission() as admission``.

    Packets of an intake become visible when its batch is committed; that happens when enough rows are staged and
    at the end. When the block is left by an error, intakes that were finished are committed and the open one is not.
    """

    def __init__(
        self,
        packets: Table,
        records: Records,
        ledger: Ledger,
        lock: "WriterLock",
        pending: Pending | None,
        *,
        staged_rows: int,
        names: Sequence[str] = (),
    ) -> None:
        """
        Ready to be entered.

        Args:
            packets: the table that packets go into.
            records: where intakes are noted.
            ledger: where segments are noted.
            lock: says who writes.
            pending: holds what the next fold needs of the packets; None where another process folds.
            staged_rows: how many packets are held in memory.
            names: only these columns of packets are kept; all if empty.
        """
        self._packets = packets
        self._pending = pending
        self._names = list(names)
        self._writers = ThreadPoolExecutor(_WRITERS)
        self._records = records
        self._ledger = ledger
        self._lock = lock
        self._limit = staged_rows
        self._finished: dict[str, Intake] = {}
        self._contents: set[str] = set()
        self._segments: list[Entry] = []
        self._waiting = self._stage()
        self._open = self._stage()

    def _stage(self) -> "_Stage":
        return _Stage(self._packets, self._pending, self._names, self._writers)

    def __enter__(self) -> "Admission":
        self._lock.acquire()
        try:
            self._packets.refresh()
            # Nobody else writes now, so what is in the ledger beyond the table will never be committed.
            self._ledger.settle(self._group())
        except LakeError:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.abandon()
            if not isinstance(error, LakeError):
                self.commit()
        finally:
            self._waiting.discard()
            self._writers.shutdown()
            self._lock.release()

    def known(self, identity: str) -> bool:
        """Whether an intake with this identity, or these contents, is in already, or about to be."""
        about_to_be = identity in self._finished or identity in self._contents
        return about_to_be or self._packets.transaction(_PREFIX + identity) is not None

    def add(self, packets: Packets) -> None:
        """Stage packets of the open intake."""
        self._open.add(packets)
        if self._open.held >= self._limit or len(packets) >= _LARGE:
            self._open.write()

    def finish(self, intake: Intake) -> None:
        """
        Close the open intake: its packets go in with the next commit.

        Raises:
            ValueError: the intake is in already, or its count of stored packets is not what was added.
        """
        if self.known(intake.identity):
            raise ValueError(f"{intake.name}: {intake.identity} is in already")
        if intake.stored != self._open.rows:
            raise ValueError(f"{intake.name}: {self._open.rows} packets added but {intake.stored} counted as stored")
        self._finished[intake.identity] = intake
        self._contents |= {intake.contents} - {""}
        self._waiting.take(self._open)
        self._open = self._stage()
        if self._waiting.rows >= self._limit:
            self.commit()

    def finish_segments(self, entries: Sequence[Entry]) -> None:
        """
        Close the open packets, which came in segments: they go in with the next commit, as one group.

        Args:
            entries: the segments, none of them in the ledger, in the order of their admission.

        Raises:
            ValueError: their counts of packets are not what was added.
        """
        counted = sum(entry.packets for entry in entries)
        if counted != self._open.rows:
            raise ValueError(f"{len(entries)} segments: {self._open.rows} packets added but {counted} counted")
        self._segments += entries
        self._waiting.take(self._open)
        self._open = self._stage()

    def _group(self) -> int:
        """The number of the last group committed."""
        return self._packets.transaction(GROUP) or 0

    def abandon(self) -> None:
        """Forget the open intake; nothing of it will be visible."""
        self._open.discard()
        self._open = self._stage()

    def commit(self) -> None:
        """Make all finished intakes and segments visible, in one step."""
        if not self._finished and not self._segments:
            return
        # Taken out first: a commit that is cut off by an error or a key press is never tried again with half its rows.
        finished, segments, stage = list(self._finished.values()), self._segments, self._waiting
        identities = [*self._finished, *self._contents]
        self._finished, self._contents, self._segments, self._waiting = {}, set(), [], self._stage()
        transactions = {_PREFIX + identity: 1 for identity in identities}
        try:
            stage.write()
            files = stage.written()
            # The record goes first: a record without its commit counts for nothing, a commit without its record
            # could not be reconciled.
            self._records.intend(finished)
            if segments:
                transactions[GROUP] = self._group() + 1
                self._ledger.intend(transactions[GROUP], segments)
            # A sensor deletes what it is told was admitted, so that must be on the disk; a file can be read again.
            self._packets.commit(files, transactions=transactions, durable=bool(segments))
        except BaseException:
            stage.discard()
            raise


class _Stage:
    """Packets on their way to a commit: some in memory, some in files already or about to be."""

    def __init__(self, table: Table, pending: Pending | None, names: list[str], writers: ThreadPoolExecutor) -> None:
        self._table = table
        self._pending = pending
        self._names = names
        self._writers = writers
        self._batches: list[Packets] = []
        self._files: list[AddAction] = []
        self._writing: deque[Future[list[AddAction]]] = deque()
        self.rows = 0
        self.held = 0

    def add(self, packets: Packets) -> None:
        """Hold packets in memory."""
        self._batches.append(packets)
        self.rows += len(packets)
        self.held += len(packets)

    def take(self, other: "_Stage") -> None:
        """Hold what *other* holds."""
        self._batches += other._batches
        self._files += other._files
        self._writing += other._writing
        self.rows += other.rows
        self.held += other.held

    def write(self) -> None:
        """Have what is in memory written to files; waits where too much is being written already."""
        if self._batches:
            while len(self._writing) >= _WRITERS:
                self._files += self._writing.popleft().result()
            self._writing.append(self._writers.submit(self._put, self._batches))
            self._batches, self.held = [], 0

    def _put(self, batches: list[Packets]) -> list[AddAction]:
        rows = Packets.concat(batches).table
        files = self._table.write(rows.select(self._names) if self._names else rows)
        if self._pending is not None:
            self._pending.add((file.path for file in files), rows)
        return files

    def written(self) -> list[AddAction]:
        """
        The files, when all of them are written.

        Raises:
            LakeError: one of them could not be.
        """
        while self._writing:
            self._files += self._writing.popleft().result()
        return self._files

    def discard(self) -> None:
        """Delete the files that no commit names, those too that are being written."""
        while self._writing:
            with suppress(LakeError):
                self._files += self._writing.popleft().result()
        self._table.discard(self._files)


def admitted(packets: Table, intakes: Sequence[Intake]) -> list[Intake]:
    """Those of *intakes* that the packets table really holds."""
    return [intake for intake in intakes if packets.transaction(_PREFIX + intake.identity) is not None]


class WriterLock:
    """
    At most one writer for one data directory, in whatever process; told apart by a lock on a file that dies with it.

    Args:
        path: the file.
        patience_s: how long to wait for another writer.
    """

    def __init__(self, path: Path, *, patience_s: float = 0.0) -> None:
        self._path = path
        self._turns = turns_of(path)
        self._patience_s = patience_s
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """
        Take the lock.

        Raises:
            LakeError: another writer holds it and has not let go in time; the message names its process.
        """
        with telling("lock", self._path):
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._wait(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        # Who it is, is only for the message: a full disk must not keep the lock from being taken.
        with suppress(OSError):
            os.truncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def _wait(self, descriptor: int) -> None:
        """Wait for the turn among the threads of this process, then for the other processes."""
        until = time.monotonic() + self._patience_s
        if not self._turns.take(self._patience_s):
            raise self._busy(descriptor)
        try:
            while not _locked(descriptor):
                if time.monotonic() >= until:
                    raise self._busy(descriptor)
                time.sleep(_LOOK_AGAIN_S)
        except BaseException:
            self._turns.give()
            raise

    def _busy(self, descriptor: int) -> LakeError:
        holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
        return LakeError(f"process {holder} is writing to {self._path.parent}; try again when it has ended")

    def __enter__(self) -> "WriterLock":
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let the next writer in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._turns.give()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
