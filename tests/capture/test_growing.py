"""
A folder of captures that grow, are rotated, written over and compressed.
"""

import gzip
import struct
from pathlib import Path

import pytest
from cable import ethernet, ip, tcp
from hypothesis import given
from hypothesis import strategies as st

from isdas.capture.growing import Growing

HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def record(number: int) -> bytes:
    """A record of a frame that says its number, in that second."""
    frame = ethernet(ip(6, tcp(number, 445)))
    return struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame


def records(first: int, last: int) -> bytes:
    """Some of them."""
    return b"".join(map(record, range(first, last)))


def told(growing: Growing) -> list[int]:
    """The numbers of the frames that are new."""
    return [second // 1_000_000 for _, frames in growing.news() for second in frames.times_us.tolist()]


def test_a_file_is_read_as_it_grows(tmp_path: Path) -> None:
    """Each record comes once, when it is whole, and its position is its number in the file."""
    path, growing = tmp_path / "a.pcap", Growing(tmp_path)
    half = len(record(0)) // 2
    path.write_bytes(HEADER + records(0, 3) + record(3)[:half])
    assert told(growing) == [0, 1, 2]
    assert told(growing) == []
    with path.open("ab") as file:
        file.write(record(3)[half:] + records(4, 6))
    found = list(growing.news())
    assert [frames.positions.tolist() for _, frames in found] == [[3, 4, 5]]
    growing.close()


def test_a_file_without_a_packet_is_waited_for(tmp_path: Path) -> None:
    """An empty file, or one with a header alone, is no fault."""
    path, growing = tmp_path / "a.pcap", Growing(tmp_path)
    path.write_bytes(b"")
    assert told(growing) == []
    path.write_bytes(HEADER)
    assert told(growing) == []
    path.write_bytes(HEADER + record(7))
    assert told(growing) == [7]
    assert not growing.tally.warnings
    growing.close()


def test_rotated_files_are_read_in_turn(tmp_path: Path) -> None:
    """The rest of the older file comes before the newer one; what is no capture is left alone."""
    growing = Growing(tmp_path)
    (tmp_path / "notes.txt").write_text("not a capture, and long enough that it could be one")
    (tmp_path / "1.pcap").write_bytes(HEADER + records(0, 2))
    assert told(growing) == [0, 1]
    with (tmp_path / "1.pcap").open("ab") as file:
        file.write(records(2, 4))
    (tmp_path / "0.pcap").write_bytes(HEADER + records(4, 6))
    assert told(growing) == [2, 3, 4, 5]
    growing.close()


def test_a_file_that_is_compressed_is_the_same(tmp_path: Path) -> None:
    """Compressing a file after its rotation brings nothing again, and nothing is missing."""
    path, growing = tmp_path / "a.pcap", Growing(tmp_path)
    path.write_bytes(HEADER + records(0, 3))
    assert told(growing) == [0, 1, 2]
    (tmp_path / "a.pcap.gz").write_bytes(gzip.compress(HEADER + records(0, 5)))
    assert told(growing) == []
    path.unlink()
    assert told(growing) == [3, 4]
    growing.close()


def test_a_file_that_is_written_over_is_another(tmp_path: Path) -> None:
    """With tcpdump -W names come again."""
    path, growing = tmp_path / "a.pcap0", Growing(tmp_path)
    path.write_bytes(HEADER + records(0, 3))
    assert told(growing) == [0, 1, 2]
    path.write_bytes(HEADER + records(10, 14))
    assert told(growing) == [10, 11, 12, 13]
    growing.close()


def test_what_is_damaged_is_told_once(tmp_path: Path) -> None:
    """Nothing behind an impossible length can be read; the files after it are."""
    growing = Growing(tmp_path)
    (tmp_path / "a.pcap").write_bytes(HEADER + records(0, 2) + b"\xff" * 64)
    assert told(growing) == [0, 1]
    (tmp_path / "b.pcap").write_bytes(HEADER + records(2, 3))
    assert told(growing) == [2]
    assert told(growing) == []
    assert growing.tally.warnings["impossible-length"] >= 1
    growing.close()


STEP = st.tuples(st.integers(1, 40), st.booleans(), st.floats(0, 1), st.booleans())


@given(st.lists(STEP, min_size=1, max_size=12))
def test_each_packet_once_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bool, float, bool]]
) -> None:
    """However a capture grows and is rotated, and whenever reading begins anew, each packet comes once and in order."""
    folder = tmp_path_factory.mktemp("growing")
    growing, found, written = Growing(folder), [], 0
    path = folder / "00.pcap"
    for i, (n, rotated, part, anew) in enumerate(steps):
        new = records(written, written + n)
        written += n
        if i == 0 or rotated:
            path = folder / f"{i:02}.pcap"
            new = HEADER + new
        cut = round(part * len(new))
        with path.open("ab") as file:
            file.write(new[:cut])
        found += told(growing)
        with path.open("ab") as file:
            file.write(new[cut:])
        if anew:
            growing.close()
            growing = Growing(folder, dict(growing.done))
    found += told(growing)
    growing.close()
    assert found == list(range(written))
