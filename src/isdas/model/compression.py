"""
Compressed files, told by how they begin: gzip, bzip2, xz and Zstandard.

Captures and logs are read through it alike. It knows nothing of what is inside.
"""

import bz2
import errno
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

from isal import igzip_lib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HEAD_BYTES = 6
"""How much of a file tells its compression."""

_CHUNK = 1 << 18
_FIRST_PIECE = 1 << 14
_CAREFUL_PIECE = 1 << 12
_LOOK_BACK = 64
_XZ_MEMORY = 1 << 30


@dataclass(frozen=True, slots=True)
class Compression:
    """
    One kind of compression.

    Attributes:
        name: as in the warnings ``truncated-gzip`` and ``damaged-gzip``.
        magic: what a file of it, and each of its members, begins with.
        decompressor: makes what decompresses one member, as ``bz2.BZ2Decompressor`` does.
        careful: the same, giving all that can be had from the bytes given so far, even if that is slower.
    """

    name: str
    magic: bytes
    decompressor: Callable[[], Any]
    careful: Callable[[], Any]


def _xz() -> lzma.LZMADecompressor:
    # A header may ask for four gibibytes of memory.
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


COMPRESSIONS: tuple[Compression, ...] = (
    Compression(
        "gzip",
        b"\x1f\x8b",
        partial(igzip_lib.IgzipDecompressor, igzip_lib.DECOMP_GZIP),  # 1.1 GB/s where zlib gives 0.65
        partial(zlib.decompressobj, zlib.MAX_WBITS | 16),
    ),
    Compression("bzip2", b"BZh", bz2.BZ2Decompressor, bz2.BZ2Decompressor),
    Compression("xz", b"\xfd7zXZ\0", _xz, _xz),
    Compression("zstd", b"\x28\xb5\x2f\xfd", zstd.ZstdDecompressor, zstd.ZstdDecompressor),
)

# bzip2 tells of damage by OSError and ValueError, and for what is too large by MemoryError.
_DAMAGED: Any = (zlib.error, igzip_lib.error, lzma.LZMAError, zstd.ZstdError, OSError, ValueError, MemoryError)


def compression_of(head: bytes) -> Compression | None:
    """How a file that begins like this is compressed; None if it is not."""
    return next((each for each in COMPRESSIONS if head.startswith(each.magic)), None)


class Inside:
    """
    The bytes inside a compressed file, of all its members one after another.

    All that can be had before a cut or a damage is given. Where the fast decompressor keeps some of that to itself, the
    member is read a second time with a careful one, byte by byte where it matters.

    Attributes:
        warning: ``truncated-`` or ``damaged-`` with the name of the compression, once everything has been given; empty
            if nothing is wrong.
    """

    def __init__(self, compression: Compression, file: BinaryIO) -> None:
        """Ready to read *file*, which can seek and stands at its begin."""
        self.warning = ""
        self._compression = compression
        self._file = file
        self._decompressor: Any = None
        self._ended = False
        self._chunk, self._at, self._read_to = b"", 0, 0
        self._held = b""
        self._piece_bytes = _FIRST_PIECE
        self._member = self._piece = self._given = 0
        self._again: Iterator[bytes] | None = None

    def read(self, count: int) -> bytes:
        """
        Up to *count* bytes; none at the end.

        Raises:
            OSError: the file cannot be read.
        """
        data, self._held = self._held, b""
        while not data and not self._ended:
            if self._again is not None:
                data = next(self._again, b"")
                self._again = self._again if data else None
            elif self._decompressor is None:
                self._begin_member()
            else:
                data = self._some(count)
        self._held = data[count:]
        return data[:count]

    def _some(self, count: int) -> bytes:
        """What the member at hand gives next; none does not mean its end."""
        piece = b""
        if self._decompressor.needs_input:
            piece = self._next_piece()
            if not piece:
                return self._cut()
        try:
            data: bytes = self._decompressor.decompress(piece, count)
        except _DAMAGED:
            return self._reread("damaged")
        self._given += len(data)
        if self._decompressor.eof:
            self._end_member(self._decompressor.unused_data)
        return data

    def _begin_member(self) -> None:
        """Go on to the next member, over zeros, as tapes and xz have them between members."""
        while self._ahead(1) == b"\0":
            rest = self._chunk[self._at :]
            self._at += len(rest) - len(rest.lstrip(b"\0"))
        magic = self._compression.magic
        ahead = self._ahead(len(magic))
        if ahead == magic:
            self._decompressor = self._compression.decompressor()
            self._member, self._given, self._piece_bytes = self._position, 0, _FIRST_PIECE
        elif ahead:
            self._stop("truncated" if magic.startswith(ahead) else "damaged")
        else:
            self._ended = True

    def _end_member(self, unused: bytes) -> None:
        """What was fed but not used is the begin of the next member."""
        beyond = max(0, len(unused) - self._at)
        self._chunk, self._at = unused[:beyond] + self._chunk, self._at + beyond - len(unused)
        self._decompressor = None

    def _stop(self, how: str) -> None:
        self.warning = f"{how}-{self._compression.name}"
        self._ended = True

    @property
    def _position(self) -> int:
        """Where in the file the next byte lies that no decompressor was given."""
        return self._read_to - len(self._chunk) + self._at

    def _ahead(self, count: int) -> bytes:
        """The next bytes without taking them, fewer only at the end of the file."""
        while len(self._chunk) - self._at < count and (more := self._file.read(_CHUNK)):
            self._read_to += len(more)
            self._chunk, self._at = self._chunk[self._at :] + more, 0
        return self._chunk[self._at : self._at + count]

    def _next_piece(self) -> bytes:
        # Members may be tiny, and what lies behind one is copied at its end: so small pieces first.
        self._piece = self._position
        piece = self._ahead(1) and self._chunk[self._at : self._at + self._piece_bytes]
        self._at += len(piece)
        self._piece_bytes = min(2 * self._piece_bytes, _CHUNK)
        return piece

    def _cut(self) -> bytes:
        """The file ends within the member."""
        if self._compression.careful is not self._compression.decompressor:
            return self._reread("truncated")
        self._stop("truncated")
        return b""

    def _reread(self, how: str) -> bytes:
        if self._is_back():
            self._again = self._carefully()
        else:
            self._stop(how)
        return b""

    def _is_back(self) -> bool:
        """Go back to where the member begins; not if it came once only, as from within an archive."""
        self._file.seek(self._member)
        self._chunk, self._at, self._read_to = b"", 0, self._member
        try:
            self._ahead(1)
        except OSError as error:
            if error.errno == errno.ESPIPE:
                return False
            raise
        return True

    def _carefully(self) -> Iterator[bytes]:
        """What the member gives beyond what was given, as far as a careful decompressor comes."""
        careful, passed = self._compression.careful(), 0
        suspect, suspect_end = max(self._member, self._piece - _LOOK_BACK), self._piece + _CHUNK
        while not careful.eof:
            here = self._position
            piece = self._ahead(1 if suspect <= here < suspect_end else min(_CAREFUL_PIECE, abs(suspect - here)))
            if not piece:
                self._stop("truncated")
                return
            self._at += len(piece)
            try:
                data = careful.decompress(piece)
            except _DAMAGED:
                self._stop("damaged")
                return
            passed += len(data)
            if passed > self._given:
                yield data[self._given - passed :]
                self._given = passed
        self._end_member(careful.unused_data)


def inflated(head: bytes, most: int) -> bytes:
    """The beginning of a file from the beginning of its bytes, decompressed if need be, as far as these reach."""
    compression = compression_of(head)
    if compression is None:
        return head[:most]
    inside, pieces = Inside(compression, io.BytesIO(head)), b""
    while len(pieces) < most and (piece := inside.read(most - len(pieces))):
        pieces += piece
    return pieces[:most]
