"""
The bytes of a binary file, looked at before they are taken.
"""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.stream import byte_stream
from isdas.model.errors import InputRefused

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("how", PACKED)
def test_looking_leaves_what_taking_takes(tmp_path: Path, how: str) -> None:
    """A file gives the same bytes plain and compressed, and a look does not move."""
    path = tmp_path / "file"
    content = bytes(range(256)) * 9000
    path.write_bytes(PACKED[how](content))
    with byte_stream(path) as stream:
        assert stream.look(3) == stream.look(3) == content[:3]
        assert stream.take(1_500_000) == content[:1_500_000]
        assert stream.taken == 1_500_000
        assert stream.take(len(content)) == content[1_500_000:]
        assert stream.take(1) == stream.look(1) == b""
        assert stream.warning == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.binary(max_size=40), mark=st.binary(min_size=1, max_size=4), after=st.binary(max_size=9))
def test_find_stands_before_the_first_mark(tmp_path: Path, before: bytes, mark: bytes, after: bytes) -> None:
    """Whatever surrounds a mark, the stream then stands at its first occurrence."""
    path = tmp_path / "file"
    # Not the beginning of a compressed file.
    content = b"\0" + before + mark + after
    path.write_bytes(content)
    with byte_stream(path) as stream:
        assert stream.find(mark)
        assert stream.taken == content.find(mark)
        assert stream.look(len(mark)) == mark


@pytest.mark.parametrize("at", [0, (1 << 20) - 3, (1 << 20), 3 << 20])
def test_find_across_what_is_read_at_a_time(tmp_path: Path, at: int) -> None:
    """A mark is found though it lies across two stretches that are read from the disk; without one all is passed."""
    path = tmp_path / "file"
    path.write_bytes(bytes(at) + b"marked" + bytes(10))
    with byte_stream(path) as stream:
        assert stream.find(b"marked")
        assert stream.taken == at
        stream.take(6)
        assert not stream.find(b"marked")
        assert stream.look(1) == b""


def test_what_is_asked_for_may_be_a_lie(tmp_path: Path) -> None:
    """To ask for more than any memory holds gives what there is."""
    path = tmp_path / "file"
    path.write_bytes(b"short")
    with byte_stream(path) as stream:
        assert stream.look(1 << 60) == b"short"


def test_cut_compression_is_told_at_its_end(tmp_path: Path) -> None:
    """What is before a cut is given, and the warning is there once it has been."""
    path = tmp_path / "file.gz"
    content = bytes(i * i % 251 for i in range(100_000))
    path.write_bytes(gzip.compress(content)[:-20])
    with byte_stream(path) as stream:
        data = stream.take(len(content))
        assert content.startswith(data)
        assert stream.look(1) == b""
        assert stream.warning == "truncated-gzip"


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    """A file that is not there is refused as unreadable."""
    with pytest.raises(InputRefused) as refused, byte_stream(tmp_path / "absent"):
        pass
    assert refused.value.reason == "unreadable"


@pytest.mark.parametrize("how", PACKED)
@given(steps=st.lists(st.tuples(st.sampled_from(["look", "take", "some"]), st.integers(0, 3000)), max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_some_are_the_next_however_they_come(tmp_path: Path, how: str, steps: list[tuple[str, int]]) -> None:
    """In any order with looking and taking, each byte is given once; none are given only if none were asked for."""
    content = bytes(range(256)) * 40
    path = tmp_path / "file"
    path.write_bytes(PACKED[how](content))
    at = 0
    with byte_stream(path) as stream:
        for step, count in steps:
            data = getattr(stream, step)(count)
            assert content.startswith(data, at)
            assert len(data) <= count
            if step == "some":
                assert bool(data) == (count > 0 and at < len(content))
            else:
                assert len(data) == min(count, len(content) - at)
            at += 0 if step == "look" else len(data)
            assert stream.taken == at
