"""
The bytes of a file, plain or compressed, through a window that moves over them in constant memory.

It does not know any capture format.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from isdas.model.compression import HEAD_BYTES, Compression, Inside, compression_of
from isdas.model.errors import InputRefused
from isdas.model.tally import Tally

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
        compression: how the file is compressed; None if it is not.
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
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise _unreadable(path, error) from error
        try:
            self.compression: Compression | None = compression_of(self._file.read(HEAD_BYTES))
            self._file.seek(0)
        except OSError as error:
            self._file.close()
            raise _unreadable(path, error) from error
        self._inside = None if self.compression is None else Inside(self.compression, self._file)
        self.buffer: npt.NDArray[np.uint8] = np.empty(size, np.uint8)
        self.refill()

    @property
    def consumed(self) -> int:
        """How many bytes of the file, as it lies on the disk, have been read."""
        try:
            return self._file.tell()
        except (OSError, ValueError):
            return 0

    def look_again(self) -> bool:
        """Read on at the next refill: the file may have grown. False if it is compressed; nobody follows such files."""
        self._ended = self._inside is not None
        return not self._ended

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
            got = self._file.readinto(room) if self._inside is None else self._inflate(room, self._inside)
        except OSError as error:
            self.close()
            raise _unreadable(self._path, error) from error
        self.end += got
        return bool(got)

    def _inflate(self, room: memoryview, inside: Inside) -> int:
        data = inside.read(min(len(room), _CHUNK))
        room[: len(data)] = data
        if not data and inside.warning:
            self.tally.warn(inside.warning)
        return len(data)


def _unreadable(path: Path, error: OSError) -> InputRefused:
    return InputRefused("unreadable", f"{path} cannot be read: {error.strerror or error}")
