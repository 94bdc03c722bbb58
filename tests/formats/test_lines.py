"""
The lines of a text file in blocks.
"""

import gzip
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.lines import MAX_LINE_BYTES, LineBlock, line_blocks
from isdas.model.errors import InputRefused


def _lines(block: LineBlock) -> list[str]:
    starts = block.starts().tolist()
    return [block.text(a, b) for a, b in pairwise(starts)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.sampled_from("ab,1")), max_size=30), size=st.integers(1, 40), ended=st.booleans(),
    packed=st.booleans(),
)  # fmt: skip
def test_blocks_give_every_line_once(tmp_path: Path, texts: list[str], size: int, ended: bool, packed: bool) -> None:
    """Whatever the size of the blocks, they hold every line once, whole, under its own number."""
    content = "\n".join([*texts, ""] if ended else texts).encode()
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(content) if packed else content)
    found: dict[int, str] = {}
    for block in line_blocks(path, size):
        for i, line in enumerate(_lines(block)):
            assert block.first + i not in found
            found[block.first + i] = line
    lines = content.decode().split("\n")
    assert found == dict(enumerate(lines if lines[-1] else lines[:-1], 1))


def test_starts_are_found_once_and_are_those_of_the_data() -> None:
    """Whoever asks again gets the same, and a block with other data has its own."""
    block = LineBlock(b"a\nbc\nd", 1)
    assert block.starts() is block.starts()
    assert block.starts().tolist() == [0, 2, 5, 6]
    assert replace(block, data=b"abc\n").starts().tolist() == [0, 4]
    assert block == LineBlock(b"a\nbc\nd", 1)


def test_endless_line_is_not_kept(tmp_path: Path) -> None:
    """A line longer than any record is cut and marked, and the lines around it are whole."""
    path = tmp_path / "file"
    path.write_bytes(b"first\n" + b"x" * (3 * MAX_LINE_BYTES) + b"\nlast\n")
    blocks = list(line_blocks(path, 1 << 18))
    assert [(block.first, i, reason) for block in blocks for i, reason in block.refused.items()] == [
        (2, 0, "line-too-long")
    ]
    assert [len(line) for block in blocks for line in _lines(block)] == [5, 1000, 4]


def test_cut_gzip_marks_its_last_line(tmp_path: Path) -> None:
    """The last line of a gzip file without its end is marked as cut, because its rest is unknown."""
    text = "".join(f"line {i} {i * i * 7919 % 10007}\n" for i in range(2000)).encode()
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(text)[:-3000])
    blocks = list(line_blocks(path))
    assert [block.warnings for block in blocks] == [("truncated-gzip",)]
    last = len(_lines(blocks[0])) - 1
    assert blocks[0].refused == {last: "cut-line"}


def test_damaged_gzip_is_told(tmp_path: Path) -> None:
    """A gzip file with a wrong checksum gives its lines and a warning."""
    packed = bytearray(gzip.compress(b"a\nb\n"))
    packed[-6] ^= 1
    path = tmp_path / "file"
    path.write_bytes(packed)
    blocks = list(line_blocks(path))
    assert [line for block in blocks for line in _lines(block)] == ["a", "b"]
    assert [warning for block in blocks for warning in block.warnings] == ["damaged-gzip"]


def test_unreadable_is_refused(tmp_path: Path) -> None:
    """A file that is not there is refused as unreadable."""
    with pytest.raises(InputRefused) as refused:
        list(line_blocks(tmp_path / "absent"))
    assert refused.value.reason == "unreadable"
