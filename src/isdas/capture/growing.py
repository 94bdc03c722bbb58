"""
A folder into which somebody else captures: pcap or pcapng files that grow and are rotated, each packet read once.

A file is known by its name, without the ending of a compression, and by how it begins: so one that is compressed after
its rotation is the same file, and one that is written over is another. Where to read on after a crash is told by a
number of frames for each.
"""

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from isdas.capture.file import SNIFFED_BYTES, Capture, is_capture, open_capture
from isdas.model.compression import inflated
from isdas.model.errors import InputRefused
from isdas.model.frames import Frames
from isdas.model.tally import Tally

_ENDINGS = (".gz", ".zst", ".xz", ".bz2", ".lz4")

_HEAD_BYTES = 40
"""What tells files of one name apart: the header of a pcap file and the time of its first packet."""

_WINDOW_BYTES = 4 << 20

_GONE = 3600
"""After so many looks at which a file was not there it is forgotten."""


@dataclass(slots=True)
class _Reading:
    """
    A file that is being read.

    Attributes:
        path: where.
        capture: the open file.
        skip: how many of its first frames were read before it was opened.
        passed: how many have passed since.
    """

    path: Path
    capture: Capture
    skip: int
    passed: int = 0


@dataclass(slots=True)
class Growing:
    """
    A folder that grows.

    Attributes:
        folder: where the files are.
        done: how many frames of each file have been read; give what there was before a crash.
        tally: files, and places in files, that could not be read, by reason.
    """

    folder: Path
    done: dict[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    _open: dict[str, _Reading] = field(default_factory=dict)
    _sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    _missed: Counter[str] = field(default_factory=Counter)

    def news(self) -> Iterator[tuple[str, Frames]]:
        """
        Frames that have come since this was last asked, with what their file is known by; the oldest file first.

        Positions are numbers of frames in the file. A record that is not whole yet is left for the next time.

        Raises:
            OSError: the folder cannot be read.
        """
        files = self._files()
        for name, path in files:
            try:
                yield from self._news_of(name, path)
            except InputRefused as refusal:
                self.tally.warn(refusal.reason)
                self._close(name)
            except FileNotFoundError:
                self._close(name)
        # Each open file takes memory; what is not the newest will hardly grow, and is found again if it does.
        for name in self._open.keys() - {name for name, _ in files[-1:]}:
            self._close(name)
        self._forget({name for name, _ in files})

    def _forget(self, present: set[str]) -> None:
        """Forget files that have long been gone; one that could not be read for a moment is not."""
        for name in self._missed.keys() & present:
            del self._missed[name]
        for name in self.done.keys() - present:
            self._missed[name] += 1
            if self._missed[name] > _GONE:
                del self.done[name], self._missed[name]
                self._sizes.pop(name, None)

    def close(self) -> None:
        """Close all files."""
        for name in list(self._open):
            self._close(name)

    def _files(self) -> list[tuple[str, Path]]:
        """The captures by what they are known by, those that were changed first at the beginning."""
        found: dict[str, tuple[int, Path]] = {}
        for path in self.folder.iterdir():
            try:
                if path.name.startswith(".") or not path.is_file():
                    continue
                name, changed = _known_by(path), path.stat().st_mtime_ns
            except OSError:
                continue
            # While a file is being compressed both are there, and the plain one is whole.
            if name and (name not in found or path.suffix not in _ENDINGS):
                found[name] = (changed, path)
        return [(name, path) for name, (_, path) in sorted(found.items(), key=lambda item: (item[1][0], item[0]))]

    def _news_of(self, name: str, path: Path) -> Iterator[tuple[str, Frames]]:
        status = path.stat()
        size = (status.st_ino, status.st_size)
        if self._sizes.get(name) == size:
            return
        reading = self._reading(name, path)
        for frames in reading.capture.frames():
            new = self._new(reading, frames)
            self.done[name] = max(self.done.get(name, 0), reading.passed)
            if len(new):
                yield name, new
        self._sizes[name] = size
        refused = reading.capture.tally.refused
        if refused:
            # Behind it nothing can be read, however much comes.
            self.tally.warnings.update(refused)
            self._sizes[name] = (status.st_ino, -1)
            self._close(name)

    def _reading(self, name: str, path: Path) -> _Reading:
        reading = self._open.get(name)
        if reading is not None and reading.path == path and reading.capture.look_again():
            return reading
        self._close(name)
        capture = open_capture(path, window_bytes=_WINDOW_BYTES)
        reading = self._open[name] = _Reading(path, capture, self.done.get(name, 0))
        return reading

    def _new(self, reading: _Reading, frames: Frames) -> Frames:
        """Of a batch the frames that were not read before."""
        first = reading.passed
        reading.passed += len(frames)
        skipped = min(max(reading.skip - first, 0), len(frames))
        positions = first + np.arange(len(frames), dtype=np.int64)
        return Frames(
            frames.buffer,
            frames.offsets[skipped:],
            frames.captured[skipped:],
            frames.original[skipped:],
            frames.times_us[skipped:],
            frames.links[skipped:],
            positions[skipped:],
        )

    def _close(self, name: str) -> None:
        reading = self._open.pop(name, None)
        if reading is not None:
            reading.capture.close()


def _known_by(path: Path) -> str:
    """What a file is known by; empty if it is no capture, or one without a packet yet."""
    with path.open("rb") as file:
        head = inflated(file.read(SNIFFED_BYTES), SNIFFED_BYTES)
    if len(head) < _HEAD_BYTES or not is_capture(head):
        return ""
    name = path.stem if path.suffix in _ENDINGS else path.name
    return f"{name}:{zlib.crc32(head[:_HEAD_BYTES]):08x}"
