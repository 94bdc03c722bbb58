"""
The lines of a text file, plain or compressed, in large blocks with their numbers, in constant memory.

It does not know what a line means.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from isdas.formats.plain import Plain
from isdas.model.errors import InputRefused

BLOCK_BYTES = 8 << 20
"""About how many bytes of lines make a block."""

MAX_LINE_BYTES = 1 << 20
"""A longer line is refused unread, so that a file without line ends cannot fill the memory."""

_KEPT = 1000
_NEWLINE = 10


@dataclass(frozen=True, slots=True)
class LineBlock:
    """
    Whole lines that follow each other in a file.

    Attributes:
        data: the bytes, every line with its end, except perhaps the last of the file.
        first: number of the first line, from 1.
        refused: lines that cannot be records, by index in the block: ``line-too-long``, ``cut-line``.
        warnings: oddities of the file met while reading the block: ``truncated-`` and ``damaged-`` with the name
            of a compression.
    """

    data: bytes
    first: int
    refused: dict[int, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    _starts: npt.NDArray[np.int64] | None = field(default=None, init=False, repr=False, compare=False)

    def starts(self) -> npt.NDArray[np.int64]:
        """int64[n + 1]: where each line begins, and where the data ends; found once, and not to be written to."""
        if self._starts is None:
            ends = np.flatnonzero(np.frombuffer(self.data, np.uint8) == _NEWLINE) + 1
            tail = [len(self.data)] if self.data and not self.data.endswith(b"\n") else []
            object.__setattr__(self, "_starts", np.concatenate([[0], ends, tail]).astype(np.int64))
        assert self._starts is not None
        return self._starts

    def rewritten(self, data: bytes) -> "LineBlock":
        """The same lines with other bytes in them, as many in each."""
        block = replace(self, data=data)
        object.__setattr__(block, "_starts", self.starts())
        return block

    def text(self, start: int, end: int) -> str:
        """The line between two of `starts` as text, cut to 1,000 characters."""
        return self.data[start : min(end, start + 4 * _KEPT)].decode("utf-8", "replace").rstrip("\r\n")[:_KEPT]


def line_blocks(path: Path, block_bytes: int = BLOCK_BYTES, *, sealed: bool = False) -> Iterator[LineBlock]:
    """
    All lines of a file, out of the envelopes that others put them in; *sealed* leaves them as they are.

    Raises:
        InputRefused: ``unreadable`` if it cannot be opened or read.
    """
    try:
        with path.open("rb") as file:
            yield from _blocks(Plain(file, sealed=sealed), block_bytes)
    except OSError as error:
        raise InputRefused("unreadable", f"{path} cannot be read: {error.strerror or error}") from error


def _blocks(file: Plain, block_bytes: int) -> Iterator[LineBlock]:
    first, rest = 1, b""
    while True:
        pieces, warning = _fill(file, block_bytes)
        ended = sum(map(len, pieces)) < block_bytes
        data, rest = (b"".join((rest, *pieces)), b"") if ended else _parted(rest, pieces)
        refused = {data.count(b"\n"): "cut-line"} if warning and data and not data.endswith(b"\n") else {}
        if len(rest) > MAX_LINE_BYTES:
            data, rest, refused = _cut(file, data, rest)
        block = LineBlock(data, first, refused, (warning,) if warning else ())
        if data or warning:
            yield block
        if ended:
            return
        first += len(block.starts()) - 1


def _parted(rest: bytes, pieces: list[bytes]) -> tuple[bytes, bytes]:
    """The whole lines of some pieces, and what begins the next; only the last piece is cut, as a copy costs time."""
    *before, last = pieces
    at = last.rfind(b"\n") + 1
    if at:
        return b"".join((rest, *before, last[:at])), last[at:]
    data = b"".join((rest, *pieces))
    at = data.rfind(b"\n") + 1
    return data[:at], data[at:]


def _cut(file: Plain, data: bytes, line: bytes) -> tuple[bytes, bytes, dict[int, str]]:
    """Replace the begin of an endless line by its first bytes and pass over what follows of it."""
    refused = {data.count(b"\n"): "line-too-long"}
    data += line[:_KEPT] + b"\n"
    while piece := b"".join(_fill(file, BLOCK_BYTES)[0]):
        end = piece.find(b"\n") + 1
        if end:
            return data, piece[end:], refused
    return data, b"", refused


def _fill(file: Plain, count: int) -> tuple[list[bytes], str]:
    """Pieces of up to *count* bytes together, fewer only at the end, and what was wrong with the compression."""
    pieces: list[bytes] = []
    while count > 0:
        piece = file.read(min(count, 1 << 20))
        if not piece:
            return pieces, file.warning
        pieces.append(piece)
        count -= len(piece)
    return pieces, ""
