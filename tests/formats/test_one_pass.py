"""Bytes that come once, under a path."""

from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.lines import line_blocks
from isdas.formats.one_pass import AGAIN_BYTES, Content, OnePass
from isdas.formats.stream import byte_stream
from isdas.model.compression import compression_of
from isdas.model.errors import InputRefused


def once(data: bytes) -> OnePass:
    """The path of some bytes that come once."""
    return OnePass.of(Content(BytesIO(data).read))


def test_the_beginning_can_be_looked_at_as_often_as_wanted() -> None:
    """Until more than is kept has been read, it can be opened again."""
    path = once(b"head" + b"x" * 100)
    for _ in range(3):
        with byte_stream(path) as stream:
            assert stream.look(4) == b"head"
    with path.open("rb") as file:
        assert file.read() == b"head" + b"x" * 100


def test_what_has_gone_by_is_told_and_not_made_up() -> None:
    """Whoever needs two passes over much is refused, and gets no part for the whole."""
    path = once(bytes(AGAIN_BYTES + (1 << 20)))
    with path.open("rb") as file:
        assert len(file.read()) == AGAIN_BYTES + (1 << 20)
    with pytest.raises(InputRefused) as refused:
        list(line_blocks(path))
    assert refused.value.reason == "unreadable"


@given(data=st.binary(max_size=400).filter(lambda data: compression_of(data) is None), size=st.integers(1, 100))
def test_it_reads_as_a_file_does(data: bytes, size: int) -> None:
    """Lines of what is not compressed are the same, however large the blocks."""
    blocks = list(line_blocks(once(data), size, sealed=True))
    lines = [block.data[a:b] for block in blocks for a, b in pairwise(block.starts().tolist())]
    *whole, last = data.split(b"\n")
    assert lines == [line + b"\n" for line in whole] + [last] * bool(last)


def test_its_end_is_not_known() -> None:
    """Nobody may seek from it."""
    with once(b"abc").open("rb") as file, pytest.raises(OSError, match="end"):
        file.seek(0, 2)
