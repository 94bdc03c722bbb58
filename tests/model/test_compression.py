"""Tests of isdas.model.compression."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.compression import COMPRESSIONS, Compression, Inside, compression_of, inflated

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": partial(zstd.compress, options={zstd.CompressionParameter.checksum_flag: 1}),
}
DATA = np.random.default_rng(5).bytes(200_000)
TEXT = "".join(f"line {i} {i * i * 7919 % 10007}\n" for i in range(30_000)).encode()
EACH = pytest.mark.parametrize("each", COMPRESSIONS, ids=lambda each: each.name)


def whole(compression: Compression, packed: bytes, step: int = 10_000) -> tuple[bytes, str]:
    """Everything in a compressed file, and what was wrong with it."""
    inside, found = Inside(compression, io.BytesIO(packed)), b""
    while piece := inside.read(step):
        assert len(piece) <= step
        found += piece
    assert inside.read(step) == b""
    return found, inside.warning


def by_zlib(packed: bytes) -> bytes:
    """All that zlib can tell of one gzip member, fed byte by byte so that nothing before a damage is lost."""
    decompressor, found = zlib.decompressobj(31), b""
    for i in range(len(packed)):
        try:
            found += decompressor.decompress(packed[i : i + 1])
        except zlib.error:
            break
    return found


@EACH
def test_what_went_in_comes_out(each: Compression) -> None:
    """Files of one member and of several are recognised by their beginning and read whole."""
    one, two = PACK[each.name](DATA), PACK[each.name](DATA[:70_000]) + PACK[each.name](DATA[70_000:])
    assert compression_of(one) is each
    assert whole(each, one) == whole(each, two) == (DATA, "")


@EACH
def test_many_small_members_are_read_whole(each: Compression) -> None:
    """A thousand members of a few bytes, empty ones among them, with zeros between some, give all bytes."""
    parts = [DATA[at * 50 : at * 50 + at % 50] for at in range(1000)]
    packed = b"".join(PACK[each.name](part) + bytes(4 * (len(part) % 3)) for part in parts)
    assert whole(each, packed + bytes(1 << 20)) == (b"".join(parts), "")


@EACH
@pytest.mark.parametrize("lost", [1, 20, 60_000])
def test_a_cut_file_gives_what_came_before(each: Compression, lost: int) -> None:
    """Without its end a file gives its beginning and a warning by name."""
    found, warning = whole(each, PACK[each.name](DATA)[:-lost])
    assert DATA.startswith(found)
    assert warning == f"truncated-{each.name}"


@EACH
def test_a_member_cut_within_its_magic_number_is_told(each: Compression) -> None:
    """A second member of which only a byte is there is a cut, and the first is given whole."""
    assert whole(each, PACK[each.name](TEXT) + each.magic[:1]) == (TEXT, f"truncated-{each.name}")


@EACH
def test_what_lies_behind_the_last_member_is_told(each: Compression) -> None:
    """Bytes behind the last member that begin no other are a damage, and everything before them is given."""
    assert whole(each, PACK[each.name](TEXT) + b"more") == (TEXT, f"damaged-{each.name}")


@EACH
def test_a_damaged_file_gives_what_came_before(each: Compression) -> None:
    """Bytes that make no sense end the file with a warning; nothing raises and nothing is made up."""
    packed = bytearray(PACK[each.name](bytes(400_000) + DATA))
    packed[-5000:-4000] = bytes(1000)
    found, warning = whole(each, bytes(packed))
    assert warning in {f"damaged-{each.name}", f"truncated-{each.name}"}
    assert found[:1000] in {b"", bytes(1000)}


@given(cut=st.integers(18, 110_000), level=st.sampled_from([1, 6, 9]), step=st.sampled_from([1000, 1 << 20]))
def test_a_cut_gzip_gives_all_that_zlib_gives(cut: int, level: int, step: int) -> None:
    """Wherever gzip is cut, not a byte is missing that the bytes before the cut tell."""
    packed = gzip.compress(TEXT, level, mtime=0)[:cut]
    expected = zlib.decompressobj(31).decompress(packed)
    assert whole(COMPRESSIONS[0], packed, step)[0] == expected


@given(flips=st.lists(st.tuples(st.integers(18, 30_000), st.integers(1, 255)), min_size=1, max_size=3))
def test_a_damaged_gzip_gives_all_that_zlib_gives(flips: list[tuple[int, int]]) -> None:
    """Wherever gzip is damaged, all is given that comes out of it before the damage is seen."""
    packed = bytearray(gzip.compress(TEXT[:100_000], mtime=0))
    for at, value in flips:
        packed[at % len(packed)] ^= value
    found, warning = whole(COMPRESSIONS[0], bytes(packed))
    if packed[:2] == b"\x1f\x8b":
        assert found == by_zlib(packed)
    assert warning or found == TEXT[:100_000]


@EACH
def test_a_wrong_checksum_gives_all(each: Compression) -> None:
    """Where only the checksum at the end is wrong, everything is given, and the warning says it."""
    where = {"gzip": -6, "bzip2": -3, "xz": -9, "zstd": -2}[each.name]
    packed = bytearray(PACK[each.name](TEXT))
    packed[where] ^= 0x55
    assert whole(each, bytes(packed)) == (TEXT, f"damaged-{each.name}")


@given(st.sampled_from(COMPRESSIONS), st.binary(max_size=300))
def test_any_bytes_behind_a_magic_number_are_read_or_warned_of(each: Compression, data: bytes) -> None:
    """Nothing but a warning comes of nonsense."""
    _, warning = whole(each, each.magic + data)
    assert warning in {"", f"damaged-{each.name}", f"truncated-{each.name}"}


@EACH
def test_the_beginning_of_a_beginning(each: Compression) -> None:
    """The first bytes of a file can be told from the first bytes of its compressed form, or are the file's own."""
    text = b"a line of a log, as many others\n" * 5_000
    assert text.startswith(inflated(PACK[each.name](text)[:4096], 64))
    assert inflated(b"plain", 3) == b"pla"
