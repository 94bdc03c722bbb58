"""
The bytes of a file as they were before it was compressed and before its lines were put into envelopes.

It does not know what they mean.
"""

from typing import BinaryIO

from isdas.formats.envelope import envelope_of
from isdas.formats.opening import Opened
from isdas.model.compression import HEAD_BYTES as TOLD_BYTES
from isdas.model.compression import Inside, compression_of

HEAD_BYTES = 1 << 16
"""How much of a file tells whether its lines are in envelopes."""


class Plain:
    """An open file from its beginning."""

    def __init__(self, file: BinaryIO, *, sealed: bool = False) -> None:
        """Over *file*, which can seek and stands at its begin; *sealed* leaves envelopes closed."""
        compression = compression_of(file.read(TOLD_BYTES))
        file.seek(0)
        self._file = file
        self._inside = None if compression is None else Inside(compression, file)
        self._ahead = b""
        self._opened: Opened | None = None
        if not sealed and (envelope := envelope_of(self._head())) is not None:
            self._opened = Opened(envelope, self._as_written)

    def read(self, count: int) -> bytes:
        """Up to *count* bytes, none at the end."""
        return self._as_written(count) if self._opened is None else self._opened.read(count)

    @property
    def warning(self) -> str:
        """What is wrong with the compression as far as it was read, ``truncated-`` or ``damaged-`` with its name."""
        return "" if self._inside is None else self._inside.warning

    def _as_written(self, count: int) -> bytes:
        if self._ahead:
            data, self._ahead = self._ahead[:count], self._ahead[count:]
            return data
        return self._file.read(count) if self._inside is None else self._inside.read(count)

    def _head(self) -> bytes:
        """The beginning, which stays to be given."""
        if self._inside is None:
            self._ahead = self._file.read(HEAD_BYTES)
            return self._ahead
        while len(self._ahead) < HEAD_BYTES and (piece := self._inside.read(HEAD_BYTES - len(self._ahead))):
            self._ahead += piece
        return self._ahead
