"""
Files as they were before anything was done to them.
"""

import bz2
import gzip
import lzma
from collections.abc import Callable
from io import BytesIO

import pytest
from enveloped import ALL, NAMELESS

from isdas.formats.plain import HEAD_BYTES, Plain

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


def everything(plain: Plain, count: int = 1 << 16) -> bytes:
    """All that it gives."""
    return b"".join(iter(lambda: plain.read(count), b""))


@pytest.mark.parametrize("how", PACKED)
@pytest.mark.parametrize("content", [b"", b"a\n", bytes(range(256)) * 999], ids=["empty", "short", "long"])
def test_other_files_are_given_as_they_are(how: str, content: bytes) -> None:
    """Plain and compressed, asked for in pieces of any size."""
    for count in (5, 1 << 20):
        assert everything(Plain(BytesIO(PACKED[how](content))), count) == content
    assert everything(Plain(BytesIO(PACKED[how](content)), sealed=True)) == content


@pytest.mark.parametrize("how", PACKED)
@pytest.mark.parametrize("kind", ALL)
def test_envelopes_are_opened(how: str, kind: str) -> None:
    """Of all lines, also of those far behind the beginning, unless they should stay closed."""
    content = ALL[kind](['{"a": 1}'] * 2000)
    assert len(content) > HEAD_BYTES
    packed = PACKED[how](content)
    assert everything(Plain(BytesIO(packed))) == b'{"a": 1}\n' * 2000
    assert everything(Plain(BytesIO(packed), sealed=True)) == content


@pytest.mark.parametrize("kind", NAMELESS)
def test_cut_compression_is_told_of(kind: str) -> None:
    """What is there is given, and then what is wrong."""
    packed = gzip.compress(ALL[kind]([f'{{"a": {i * i}}}' for i in range(9999)]))
    plain = Plain(BytesIO(packed[: len(packed) // 2]))
    found = everything(plain)
    assert found.startswith(b'{"a": 0}\n{"a": 1}\n')
    assert plain.warning == "truncated-gzip"
