"""Tests of isdas.model.compression."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable

import numpy as np
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.compression import COMPRESSIONS, Compression, compression_of, inflated, read_inside

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}
DATA = np.random.default_rng(5).bytes(200_000)


def whole(compression: Compression, packed: bytes) -> tuple[bytes, str]:
    """Everything in a compressed file, and what was wrong with it."""
    file, found = compression.reader(io.BytesIO(packed)), b""
    while True:
        piece, warning = read_inside(compression, file, 10_000)
        found += piece
        if not piece:
            return found, warning


@pytest.mark.parametrize("each", COMPRESSIONS, ids=lambda each: each.name)
def test_what_went_in_comes_out(each: Compression) -> None:
    """Files of one member and of several are recognised by their beginning and read whole."""
    one, two = PACK[each.name](DATA), PACK[each.name](DATA[:70_000]) + PACK[each.name](DATA[70_000:])
    assert compression_of(one) is each
    assert whole(each, one) == whole(each, two) == (DATA, "")


@pytest.mark.parametrize("each", COMPRESSIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("lost", [1, 20, 60_000])
def test_a_cut_file_gives_what_came_before(each: Compression, lost: int) -> None:
    """Without its end a file gives its beginning and a warning by name."""
    found, warning = whole(each, PACK[each.name](DATA)[:-lost])
    assert DATA.startswith(found)
    assert warning == f"truncated-{each.name}"


@pytest.mark.parametrize("each", COMPRESSIONS, ids=lambda each: each.name)
def test_a_damaged_file_gives_what_came_before(each: Compression) -> None:
    """Bytes that make no sense end the file with a warning; nothing raises and nothing is made up."""
    packed = bytearray(PACK[each.name](bytes(400_000) + DATA))
    packed[-5000:-4000] = bytes(1000)
    found, warning = whole(each, bytes(packed))
    assert warning in {f"damaged-{each.name}", f"truncated-{each.name}"}
    assert found[:1000] in {b"", bytes(1000)}


@given(st.sampled_from(COMPRESSIONS), st.binary(max_size=300))
def test_any_bytes_behind_a_magic_number_are_read_or_warned_of(each: Compression, data: bytes) -> None:
    """Nothing but a warning comes of nonsense."""
    _, warning = whole(each, each.magic + data)
    assert warning in {"", f"damaged-{each.name}", f"truncated-{each.name}"}


@pytest.mark.parametrize("each", COMPRESSIONS, ids=lambda each: each.name)
def test_the_beginning_of_a_beginning(each: Compression) -> None:
    """The first bytes of a file can be told from the first bytes of its compressed form, or are the file's own."""
    text = b"a line of a log, as many others\n" * 5_000
    assert text.startswith(inflated(PACK[each.name](text)[:4096], 64))
    assert inflated(b"plain", 3) == b"pla"
