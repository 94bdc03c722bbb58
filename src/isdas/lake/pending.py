"""
Briefs of packets that were written and not yet folded, so that a fold need not read them back.

A cache: what it does not hold is read from the packets table, with the same result. Beyond a bounded number of rows
they lie in a file without a name, which ends with the process.
"""

import os
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.lake.brief import PARTS, ROW, Briefer
from isdas.lake.group import Rows
from isdas.lake.mishap import telling
from isdas.model.errors import LakeError

_HELD_ROWS = 14_000_000
"""How many rows are held in memory; 24 bytes each."""

_FEW_ROWS = 1 << 16
"""Smaller briefs are put together before they are parted again: most of a small one's parts are empty."""


@dataclass(slots=True)
class Kept:
    """
    A brief on hold.

    Attributes:
        paths: the files of the packets table that hold the same packets.
        begins, others: of the brief.
        rows: of the brief while they are in memory.
        file: where they lie otherwise.
        at: where in it they begin.
    """

    paths: frozenset[str]
    begins: npt.NDArray[np.int64]
    others: Rows
    rows: npt.NDArray[Any] | None
    file: Any = None
    at: int = 0

    def __len__(self) -> int:
        return int(self.begins[-1])

    def read(self, low: int, high: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        """The rows of parts *low* to *high*, and where each part begins among them."""
        begins = self.begins[low : high + 1]
        if self.rows is not None:
            return self.rows[begins[0] : begins[-1]], begins - begins[0]
        rows = np.empty(int(begins[-1] - begins[0]), ROW)
        view, at = rows.view(np.uint8).data, self.at + int(begins[0]) * ROW.itemsize
        while view:
            got = os.preadv(self.file.fileno(), [view], at)
            if not got:
                raise LakeError(f"the spill file ends before {at}")
            view, at = view[got:], at + got
        return rows, begins - begins[0]


@dataclass(slots=True)
class Pending:
    """
    The briefs on hold, by the files that hold their packets.

    Attributes:
        folder: where rows are spilled to.
        briefer: makes the briefs, so that all share their labels.
        held_rows: how many rows stay in memory.
    """

    folder: Path
    held_rows: int = _HELD_ROWS
    briefer: Briefer = field(default_factory=Briefer)
    _kept: list[Kept] = field(default_factory=list)
    _n_held: int = 0
    _file: Any = None
    _end: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def aside(self) -> "Pending":
        """Room of its own for other briefs with the same labels."""
        return Pending(self.folder, self.held_rows, self.briefer)

    def add(self, paths: Iterable[str], packets: pa.Table) -> None:
        """Hold the brief of packets that have been written to files of the packets table."""
        brief = self.briefer.of(packets)
        with self._lock:
            kept = Kept(frozenset(paths), brief.begins, brief.others, brief.rows)
            if self._n_held + len(brief.rows) > self.held_rows:
                kept.at, kept.rows, kept.file = self._spill(brief.rows), None, self._file
            else:
                self._n_held += len(brief.rows)
            self._kept.append(kept)

    def _spill(self, rows: npt.NDArray[Any]) -> int:
        with telling("spill to", self.folder):
            if self._file is None:
                self.folder.mkdir(exist_ok=True)
                self._file = tempfile.TemporaryFile(dir=self.folder, buffering=0)  # noqa: SIM115 - lives as long as this
            at = self._end
            view = rows.view(np.uint8).data
            while view:
                view = view[os.pwrite(self._file.fileno(), view, self._end) :]
                self._end = at + rows.nbytes - len(view)
        return at

    def of(self, paths: set[str]) -> list[Kept]:
        """The briefs that hold packets of some files and of no others, few small ones among them."""
        with self._lock:
            found = [kept for kept in self._kept if kept.paths <= paths]
        small = [kept for kept in found if kept.rows is not None and len(kept) < _FEW_ROWS]
        if len(small) < 2:
            return found
        return [*(kept for kept in found if kept.rows is None or len(kept) >= _FEW_ROWS), _together(small)]

    def drop(self, paths: set[str]) -> None:
        """Let go of the briefs that hold packets of some files and of no others."""
        with self._lock:
            gone = [kept for kept in self._kept if kept.paths <= paths]
            self._kept = [kept for kept in self._kept if not kept.paths <= paths]
            self._n_held -= sum(len(kept) for kept in gone if kept.rows is not None)

    def forget(self) -> None:
        """Let everything go; labels too, so that their number is bounded by what one fold needs."""
        with self._lock:
            self._kept, self._n_held, self._end = [], 0, 0
            self.briefer = Briefer()
            if self._file is not None:
                self._file.close()
                self._file = None


def _together(kept: Sequence[Kept]) -> Kept:
    """Small briefs in memory as one."""
    rows = np.concatenate([each.rows for each in kept])
    of = np.concatenate([np.repeat(np.arange(PARTS, dtype=np.int16), np.diff(each.begins)) for each in kept])
    begins = np.r_[0, np.cumsum(np.bincount(of, minlength=PARTS))]
    others = Rows(*(np.concatenate([getattr(each.others, name) for each in kept]) for name in Rows.__slots__))
    return Kept(frozenset().union(*(k.paths for k in kept)), begins, others, rows[np.argsort(of, kind="stable")])
