"""
The bytes of a file, plain or gzip, through a window that moves over them in constant memory.

It does not know any capture format.
"""

import gzip
import io
import zlib
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from isdas.model.errors import InputRefused
from isdas.model.tally import Tally

GZIP_MAGIC = b"\x1f\x8b"
WINDOW_BYTES = 16 << 20
"""Size of the window. A batch of frames shares it, so it bounds what a batch holds in memory."""

_CHUNK = 1 << 20


class Window:
    """
    A stretch of a file in memory: ``buffer[at:end]`` is what nobody has taken yet.

    Frames keep referring to the buffer that they were found in, so the window moves into a new buffer instead of
    overwriting the old one.

    Attributes:
        buffer: uint8, the bytes in memory.
        at: first byte not yet taken.
        end: first byte after what has been read.
        tally: where a damaged compression is counted.
    """

    def __init__(self, path: Path, tally: Tally, size: int = WINDOW_BYTES) -> None:
        """
        Open *path* and read its beginning.

        Raises:
            InputRefused: ``unreadable`` if it cannot be opened or read.
        """
        self.tally = tally
        self.at = self.end = 0
        self._path = path
        self._size = size
        self._ended = False
        try:
            self._file: IO[bytes] = path.open("rb", buffering=0)
            head = _read_head(self._file)
        except OSError as error:
            raise _unreadable(path, error) from error
        self._begin(head)

    def _begin(self, head: bytes) -> None:
        self._gzip: gzip.GzipFile | None = None
        self.buffer: npt.NDArray[np.uint8] = np.empty(self._size, np.uint8)
        if head.startswith(GZIP_MAGIC):
            joined = io.BufferedReader(_Rejoined(head, self._file), _CHUNK)
            self._gzip = gzip.GzipFile(fileobj=joined)
            self.refill()
        else:
            self.buffer[: len(head)] = np.frombuffer(head, np.uint8)
            self.end = len(head)
            self._ended = not head

    @property
    def is_compressed(self) -> bool:
        """Whether the file is gzip."""
        return self._gzip is not None

    @property
    def consumed(self) -> int:
        """How many bytes of the file, as it lies on the disk, have been read."""
        try:
            return self._file.tell()
        except (OSError, ValueError):
            return 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def refill(self) -> bool:
        """
        Move on: keep what is not yet taken and read behind it until the window is full or the file ends.

        Returns:
            False if nothing more came.

        Raises:
            InputRefused: ``unreadable`` if the disk fails in the middle.
        """
        kept = self.end - self.at
        if self.at or self.end == len(self.buffer):
            fresh = np.empty(self._size, np.uint8)
            fresh[:kept] = self.buffer[self.at : self.end]
            self.buffer, self.at, self.end = fresh, 0, kept
        while not self._ended and self.end < len(self.buffer):
            self._ended = not self._read_some()
        return self.end > kept

    def skip(self, count: int) -> bool:
        """Pass over *count* bytes without keeping them; False if the file ends before."""
        while count > self.end - self.at:
            count -= self.end - self.at
            self.at = self.end
            if not self.refill():
                return False
        self.at += count
        return True

    def _read_some(self) -> bool:
        room = self.buffer[self.end :].data
        try:
            if self._gzip is None:
                got = self._file.readinto(room)  # type: ignore[attr-defined]
            else:
                data = self._gzip.read1(min(len(room), _CHUNK))
                got = len(data)
                room[:got] = data
        except EOFError:
            self.tally.warn("truncated-gzip")
            return False
        except (gzip.BadGzipFile, zlib.error):
            self.tally.warn("damaged-gzip")
            return False
        except OSError as error:
            raise _unreadable(self._path, error) from error
        self.end += got
        return bool(got)


class _Rejoined(io.RawIOBase):
    """A raw file whose beginning has already been read."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]
        if not self._head:
            return int(self._rest.readinto(room))  # type: ignore[attr-defined]
        count = min(len(room), len(self._head))
        room[:count] = self._head[:count]
        self._head = self._head[count:]
        return count


def _read_head(file: IO[bytes]) -> bytes:
    """The first bytes; a pipe may give them in pieces."""
    head = b""
    while len(head) < 2 and (piece := file.read(4096 - len(head))):
        head += piece
    return head


def _unreadable(path: Path, error: OSError) -> InputRefused:
    return InputRefused("unreadable", f"{path} cannot be read: {error.strerror or error}")
