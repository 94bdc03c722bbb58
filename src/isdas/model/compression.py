"""
Compressed files, told by how they begin: gzip, bzip2, xz and Zstandard.

Captures and logs are read through it alike. It knows nothing of what is inside.
"""

import bz2
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from isal import igzip, isal_zlib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HEAD_BYTES = 6
"""How much of a file tells its compression."""


@dataclass(frozen=True, slots=True)
class Compression:
    """
    One kind of compression.

    Attributes:
        name: as in the warnings ``truncated-gzip`` and ``damaged-gzip``.
        magic: what a file of it begins with.
        reader: from a binary file to the file inside it, of all its members one after another.
    """

    name: str
    magic: bytes
    reader: Callable[[Any], Any]


COMPRESSIONS: tuple[Compression, ...] = (
    Compression("gzip", b"\x1f\x8b", lambda file: igzip.IGzipFile(fileobj=file, mode="rb")),
    Compression("bzip2", b"BZh", bz2.BZ2File),
    Compression("xz", b"\xfd7zXZ\0", lzma.LZMAFile),
    Compression("zstd", b"\x28\xb5\x2f\xfd", zstd.ZstdFile),
)

_DAMAGED: tuple[type[Exception], ...] = (gzip.BadGzipFile, zlib.error, isal_zlib.error, lzma.LZMAError, zstd.ZstdError)


def compression_of(head: bytes) -> Compression | None:
    """How a file that begins like this is compressed; None if it is not."""
    return next((each for each in COMPRESSIONS if head.startswith(each.magic)), None)


def fault(compression: Compression, error: Exception) -> str | None:
    """
    The warning for an error met while reading inside a compressed file; None for one of the file system.

    What was read before it is whole.
    """
    if isinstance(error, EOFError):
        return f"truncated-{compression.name}"
    # bzip2 tells of damage by an error of the system that has no number.
    if isinstance(error, _DAMAGED) or (isinstance(error, OSError) and error.errno is None):
        return f"damaged-{compression.name}"
    return None


def read_inside(compression: Compression, file: "IO[bytes]", count: int) -> tuple[bytes, str]:
    """
    Up to *count* bytes, none at the end, and the warning where the compression is truncated or damaged.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        return file.read1(count), ""  # type: ignore[attr-defined]
    except (EOFError, OSError, *_DAMAGED) as error:
        warning = fault(compression, error)
        if warning is None:
            raise
        return b"", warning


def inflated(head: bytes, most: int) -> bytes:
    """The beginning of a file from the beginning of its bytes, decompressed if need be, as far as these reach."""
    compression = compression_of(head)
    if compression is None:
        return head[:most]
    return read_inside(compression, compression.reader(io.BytesIO(head)), most)[0]
