"""
The compressions of Avro blocks.
"""

import bz2
import lzma
import zlib

import pyarrow as pa
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.avro_codec import CODECS, MAX_BLOCK_BYTES, DamagedBlock, inflate


def packed(codec: str, data: bytes) -> bytes:
    """A block as a writer makes it."""
    if codec == "snappy":
        return bytes(pa.Codec("snappy").compress(data, asbytes=True)) + zlib.crc32(data).to_bytes(4, "big")
    how = {
        "null": bytes,
        "deflate": lambda data: zlib.compress(data)[2:-4],
        "zstandard": zstd.compress,
        "bzip2": bz2.compress,
        "xz": lzma.compress,
    }
    return how[codec](data)


@pytest.mark.parametrize("codec", CODECS)
@given(data=st.binary(max_size=3000))
def test_what_was_compressed_comes_back(codec: str, data: bytes) -> None:
    """Every codec gives the bytes that went in."""
    assert inflate(codec, packed(codec, data)) == data


@pytest.mark.parametrize("codec", [name for name in CODECS if name != "null"])
@given(data=st.binary(min_size=20, max_size=300), at=st.integers(1, 1000))
def test_a_cut_block_is_damaged(codec: str, data: bytes, at: int) -> None:
    """A block without its end gives nothing, whatever the codec."""
    whole = packed(codec, data)
    with pytest.raises(DamagedBlock):
        inflate(codec, whole[: at % len(whole)])


@pytest.mark.parametrize("codec", CODECS)
@given(data=st.binary(max_size=100))
def test_any_bytes_are_inflated_or_damaged(codec: str, data: bytes) -> None:
    """Bytes that no writer made raise nothing but that."""
    try:
        inflate(codec, data)
    except DamagedBlock:
        return


def test_snappy_is_checked() -> None:
    """A Snappy block whose checksum is of something else is damaged."""
    whole = packed("snappy", b"tuples")
    with pytest.raises(DamagedBlock):
        inflate("snappy", whole[:-1] + bytes([whole[-1] ^ 1]))


@pytest.mark.parametrize("codec", ["deflate", "zstandard", "bzip2", "xz", "snappy"])
def test_no_block_fills_the_memory(codec: str) -> None:
    """A small block of very many bytes is damaged instead of being inflated."""
    block = packed(codec, bytes(MAX_BLOCK_BYTES + 1))
    with pytest.raises(DamagedBlock):
        inflate(codec, block)
