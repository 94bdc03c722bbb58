"""
Pages of Parquet: a head that says what follows, and the bytes, compressed by Zstandard where that is worth it.

It knows nothing of what the bytes mean.
"""

import sys
from collections import deque
from contextlib import suppress
from functools import cache

from isdas.lake.encode import Pieces
from isdas.lake.thrift import Value, struct

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor
else:
    from backports.zstd import ZstdCompressor

DATA, DICTIONARY = 0, 2
"""The types of pages."""

_SAMPLE = 1 << 14
_WORTH = 0.9
_SHORT_BYTES = 256
"""Pages up to here stay as they are: nothing would be saved that a reader's work is worth."""


class Compressor:
    """Zstandard by contexts that are used again: making one takes longer than compressing a short page."""

    def __init__(self, level: int) -> None:
        """Of a level from 1 to 22."""
        self._level = level
        self._idle: deque[ZstdCompressor] = deque()

    def compress(self, data: bytes | memoryview) -> bytes:
        """A frame of its own; threads may ask at once, and each has a context then."""
        context = None
        with suppress(IndexError):
            context = self._idle.pop()
        context = context or ZstdCompressor(self._level)
        # From the size follows how much room it takes, and readers are told.
        context.set_pledged_input_size(len(data))
        frame = context.compress(data, ZstdCompressor.FLUSH_FRAME)
        self._idle.append(context)
        return frame


@cache
def compressor(level: int) -> Compressor:
    """The one for a level."""
    return Compressor(level)


def page(kind: int, about: dict[int, Value], body: Pieces, by: Compressor | None) -> tuple[Pieces, int]:
    """
    A page, and how long it would be uncompressed.

    Args:
        kind: its type.
        about: the fields of its head that its type has.
        body: what is in it.
        by: compresses it; None leaves it as it is.
    """
    raw = sum(map(len, body))
    data = body if by is None else (by.compress(b"".join(body)),)
    head = struct({1: kind, 2: raw, 3: sum(map(len, data)), **about})
    return (head, *data), len(head) + raw


def worthwhile(body: Pieces, dictionary_bytes: int, by: Compressor) -> bool:
    """Whether the middle of a page becomes smaller: bit-packed noise does not."""
    values = max(body, key=len)
    if len(values) < 4 * _SAMPLE:
        return len(values) + dictionary_bytes > _SHORT_BYTES
    middle = len(values) // 2
    return len(by.compress(values[middle : middle + _SAMPLE])) < _WORTH * _SAMPLE
