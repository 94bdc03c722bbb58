"""Tests of isdas.lake.page: what is in the pages is tested by other readers in test_parquet."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from isdas.lake.page import DATA, Compressor, page


def test_frames_are_whole_and_tell_their_size() -> None:
    """What one context compresses one after another is read back by another library, each by itself."""
    compressor, reader = Compressor(1), pa.Codec("zstd")
    for data in (b"", b"a" * 100_000, bytes(range(256)) * 10, b"a" * 100_000):
        frame = compressor.compress(data)
        assert reader.decompress(frame, decompressed_size=len(data), asbytes=True) == data


def test_threads_compress_at_once() -> None:
    """Frames do not run into each other."""
    compressor, reader = Compressor(1), pa.Codec("zstd")
    texts = [bytes([i]) * 100_000 for i in range(64)]
    with ThreadPoolExecutor(4) as pool:
        frames = list(pool.map(compressor.compress, texts))
    assert [reader.decompress(frame, decompressed_size=100_000, asbytes=True) for frame in frames] == texts


def test_a_page_says_how_long_it_is() -> None:
    """Its head has both lengths, and with it both are told."""
    plain, raw = page(DATA, {}, (b"ab", b"c" * 998), None)
    assert raw == sum(map(len, plain))
    packed, same = page(DATA, {}, (b"ab", b"c" * 998), Compressor(1))
    assert sum(map(len, packed)) < 100
    assert same - len(packed[0]) == 1000
