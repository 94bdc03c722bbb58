"""
A file of lines that survives a power cut: each carries a checksum, and a line that was cut off counts as not written.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from blake3 import blake3

from isdas.transport.disk import Disk

_CHECK_DIGITS = 16


class Notebook:
    """
    Notes in the order in which they were made.

    Args:
        path: the file; made with the first note.
        disk: what it lies on.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._disk = disk
        if path.exists():
            # Whoever wrote the last of it may have died before it was on the disk, and it is believed from now on.
            disk.sync(path)
            disk.sync_folder(path.parent)

    def add(self, *notes: dict[str, Any]) -> None:
        """
        Write notes down; they are on the disk when this returns.

        Raises:
            OSError: they could not be written, and none is there.
        """
        new = not self._path.exists()
        # A line that a power cut has left without its end must not swallow this one.
        end = b"" if new or self._ended() else b"\n"
        self._disk.append(self._path, end + b"".join(map(_line, notes)))
        self._disk.sync(self._path)
        if new:
            self._disk.sync_folder(self._path.parent)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if not self._path.exists():
            return
        for line in self._path.read_bytes().split(b"\n"):
            check, _, text = line.partition(b" ")
            if text and check == _check(text):
                yield orjson.loads(text)

    def rewrite(self, notes: Sequence[dict[str, Any]]) -> None:
        """
        Keep only some notes.

        Raises:
            OSError: it could not be done, and all are there as before.
        """
        self._disk.put(self._path, b"".join(map(_line, notes)))

    def _ended(self) -> bool:
        with self._path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - 1, 0))
            return file.read(1) in (b"", b"\n")


def _line(note: dict[str, Any]) -> bytes:
    text = orjson.dumps(note)
    return _check(text) + b" " + text + b"\n"


def _check(text: bytes) -> bytes:
    return blake3(text).hexdigest()[:_CHECK_DIGITS].encode()
