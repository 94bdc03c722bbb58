"""
The compressions of Avro blocks (Apache Avro 1.11, required and optional codecs), each bounded in what it may give.
"""

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from isal import isal_zlib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_BLOCK_BYTES = 64 << 20
"""A block that is larger, compressed or not, is taken for damaged, so that no block can fill the memory."""

_RAW = -15
_CRC_BYTES = 4


class DamagedBlock(Exception):
    """The bytes of a block are not what its codec makes, or too many."""


def _stored(data: bytes) -> bytes:
    return data


def _deflate(data: bytes) -> bytes:
    return _streamed(isal_zlib.decompressobj(wbits=_RAW), data)


def _zstandard(data: bytes) -> bytes:
    return _streamed(zstd.ZstdDecompressor(), data)


def _bzip2(data: bytes) -> bytes:
    return _streamed(bz2.BZ2Decompressor(), data)


def _xz(data: bytes) -> bytes:
    return _streamed(lzma.LZMADecompressor(), data)


def _streamed(decompressor: Any, data: bytes) -> bytes:
    out: bytes = decompressor.decompress(data, MAX_BLOCK_BYTES)
    if not decompressor.eof:
        raise DamagedBlock
    return out


def _snappy(data: bytes) -> bytes:
    """Raw Snappy, which begins with the length as a varint, and then a CRC-32 of what is inside, big-endian."""
    length = sum((byte & 0x7F) << 7 * i for i, byte in enumerate(_varint(data)))
    if length > MAX_BLOCK_BYTES:
        raise DamagedBlock
    out: bytes = pa.Codec("snappy").decompress(data[:-_CRC_BYTES], length, asbytes=True)
    if zlib.crc32(out) != int.from_bytes(data[-_CRC_BYTES:], "big"):
        raise DamagedBlock
    return out


def _varint(data: bytes) -> bytes:
    ends = (i for i, byte in enumerate(data[:5]) if byte < 0x80)
    return data[: next(ends, 4) + 1]


CODECS: dict[str, Callable[[bytes], bytes]] = {
    "null": _stored,
    "deflate": _deflate,
    "snappy": _snappy,
    "zstandard": _zstandard,
    "bzip2": _bzip2,
    "xz": _xz,
}
"""The codecs by the names that headers give them."""

_ERRORS: Any = (
    isal_zlib.error,
    zstd.ZstdError,
    lzma.LZMAError,
    pa.ArrowException,
    OSError,
    ValueError,
    EOFError,
)


def inflate(codec: str, data: bytes) -> bytes:
    """
    What is inside a block.

    Raises:
        DamagedBlock: *data* is not what the codec makes, or there is too much in it.
    """
    try:
        return CODECS[codec](data)
    except _ERRORS as error:
        raise DamagedBlock from error
