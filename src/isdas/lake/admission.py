"""
The way in: packets are staged in files and committed together with the identities of what they came from.

An intake whose identity the packets table already holds is turned away, so a file taken in twice, in any order and
after any crash, changes nothing. One process admits at a time; readers are never kept waiting.
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa
from deltalake.transaction import AddAction

from isdas.lake.delta import Table
from isdas.lake.records import Intake, Records
from isdas.model.errors import LakeError
from isdas.model.packets import Packets

_PREFIX = "intake:"


class Admission:
    """
    A writer's stay in the lake: ``with lake.admission() as admission``.

    Packets of an intake become visible when its batch is committed; that happens when enough rows are staged and
    at the end. When the block is left by an error, intakes that were finished are committed and the open one is not.
    """

    def __init__(self, packets: Table, records: Records, lock: Path, *, staged_rows: int) -> None:
        self._packets = packets
        self._records = records
        self._lock = WriterLock(lock)
        self._limit = staged_rows
        self._finished: list[Intake] = []
        self._waiting: list[Packets] = []
        self._staged: list[AddAction] = []
        self._open: list[Packets] = []
        self._open_staged: list[AddAction] = []
        self._open_rows = 0

    def __enter__(self) -> "Admission":
        self._lock.acquire()
        self._packets.refresh()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.abandon()
            if not isinstance(error, LakeError):
                self.commit()
        finally:
            self._packets.discard(self._staged)
            self._lock.release()

    def known(self, identity: str) -> bool:
        """Whether an intake is in already, or about to be."""
        pending = any(intake.identity == identity for intake in self._finished)
        return pending or self._packets.transaction(_PREFIX + identity) is not None

    def add(self, packets: Packets) -> None:
        """Stage packets of the open intake."""
        self._open.append(packets)
        self._open_rows += len(packets)
        if sum(map(len, self._open)) >= self._limit:
            self._open_staged += self._packets.write(_rows(self._open))
            self._open.clear()

    def finish(self, intake: Intake) -> None:
        """
        Close the open intake: its packets go in with the next commit.

        Raises:
            ValueError: the intake's count of stored packets is not what was added.
        """
        if intake.stored != self._open_rows:
            raise ValueError(f"{intake.name}: {self._open_rows} packets added but {intake.stored} counted as stored")
        self._finished.append(intake)
        self._waiting += self._open
        self._staged += self._open_staged
        self._reset_open()
        if sum(map(len, self._waiting)) >= self._limit or self._staged:
            self.commit()

    def abandon(self) -> None:
        """Forget the open intake; nothing of it will be visible."""
        self._packets.discard(self._open_staged)
        self._reset_open()

    def commit(self) -> None:
        """Make all finished intakes visible, in one step."""
        if not self._finished:
            return
        if self._waiting:
            self._staged += self._packets.write(_rows(self._waiting))
        # The record goes first: a record without its commit counts for nothing, a commit without its record
        # could not be reconciled.
        self._records.intend(self._finished)
        transactions = {_PREFIX + intake.identity: 1 for intake in self._finished}
        self._packets.commit(self._staged, transactions=transactions)
        self._finished, self._waiting, self._staged = [], [], []

    def _reset_open(self) -> None:
        self._open, self._open_staged, self._open_rows = [], [], 0


def admitted(packets: Table, intakes: Sequence[Intake]) -> list[Intake]:
    """Those of *intakes* that the packets table really holds."""
    return [intake for intake in intakes if packets.transaction(_PREFIX + intake.identity) is not None]


def _rows(batches: Sequence[Packets]) -> pa.Table:
    return Packets.concat(batches).table


class WriterLock:
    """At most one writing process for one data directory; told apart by a lock on a file that dies with it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """
        Take the lock.

        Raises:
            LakeError: another process holds it; the message names it.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise LakeError(
                f"process {holder} is writing to {self._path.parent}; try again when it has ended"
            ) from None
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next writer in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
