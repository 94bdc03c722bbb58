"""
The bytes of a file, plain or compressed or in envelopes, looked at before they are taken, in constant memory.

It does not know what they mean.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from isdas.formats.plain import Plain
from isdas.model.errors import InputRefused

_CHUNK = 1 << 20


class ByteStream:
    """
    A file from where it has been taken to.

    Attributes:
        warning: what is wrong with the compression, once its end is reached: ``truncated-`` or ``damaged-`` with its
            name; empty otherwise.
        taken: how many bytes, decompressed, have been taken or passed over.
    """

    def __init__(self, file: BufferedReader) -> None:
        """Over an open buffered binary file, from its beginning."""
        self.warning = ""
        self.taken = 0
        self._plain = Plain(file)
        self._held, self._at = b"", 0

    def look(self, count: int) -> bytes:
        """The next *count* bytes, fewer only at the end of the file; they stay to be taken."""
        if len(self._held) - self._at < count:
            self._hold(count)
        return self._held[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """The next *count* bytes, fewer only at the end of the file."""
        data = self.look(count)
        self._at += len(data)
        self.taken += len(data)
        return data

    def some(self, most: int) -> bytes:
        """The next bytes, at most so many, as they come without being put together; none at the end."""
        data = self._held[self._at : self._at + most]
        self._at += len(data)
        if not data and most:
            data = self._read(most)
        self.taken += len(data)
        return data

    def find(self, mark: bytes) -> bool:
        """Pass over everything before the next *mark*; False, and everything is passed over, if there is none."""
        while True:
            at = self._held.find(mark, self._at)
            if at >= 0:
                self.take(at - self._at)
                return True
            # The mark may lie across the end of what is held.
            self.take(max(0, len(self._held) - self._at - len(mark) + 1))
            if len(self.look(len(mark))) < len(mark):
                self.take(len(mark))
                return False

    def _hold(self, count: int) -> None:
        pieces = [self._held[self._at :]]
        missing = count - len(pieces[0])
        # What is asked for may be a lie that no memory holds.
        while missing > 0 and (piece := self._read(_CHUNK)):
            pieces.append(piece)
            missing -= len(piece)
        self._held, self._at = b"".join(pieces), 0

    def _read(self, most: int) -> bytes:
        data = self._plain.read(min(most, _CHUNK))
        self.warning = self._plain.warning
        return data


@contextmanager
def byte_stream(path: Path) -> Iterator[ByteStream]:
    """
    A file to read from, closed at the end.

    Raises:
        InputRefused: ``unreadable`` if it cannot be opened, or fails while it is read.
    """
    try:
        with path.open("rb") as file:
            yield ByteStream(file)
    except OSError as error:
        raise InputRefused("unreadable", f"{path} cannot be read: {error.strerror or error}") from error
