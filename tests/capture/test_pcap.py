"""
The pcap format.
"""

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isdas.model.errors import InputRefused


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize(
    "magic",
    [0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34, 0x1C0001AC, 0x1C0001AB],
    ids=["micro", "nano", "modified", "ixia-hardware", "ixia-software"],
)
def test_every_variant_gives_the_same_frames(pcap: Any, read: Any, records: Any, order: str, magic: int) -> None:
    """Byte order, unit of time and the modified record header change nothing about the frames."""
    rows, tally = read(pcap(records, order, magic))
    assert rows == [(when, 1, i, len(data), data) for i, (when, data) in enumerate(records)]
    assert not tally.warnings
    assert tally.read == 0


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize(
    ("magic", "extra"),
    [
        (0xA1B2C3D4, b"\2\0\0\0\0\x08\0\0"),
        (0xA1B2C3D4, b"\0\0\0\1"),
        (0xA1B2CD34, b"\2\0\0\0\0\x08\4\0\1\0\0\0"),
        (0xA1B2CD34, bytes(12)),
        (0xA1B2C3D4, bytes(8)),
    ],
    ids=["red-hat-6.1", "nokia", "suse-6.3", "suse-zeros", "red-hat-zeros"],
)
@pytest.mark.parametrize("count", [0, 2, 3, 40])
def test_longer_headers_of_records(
    pcap: Any, read: Any, records: Any, order: str, magic: int, extra: bytes, count: int
) -> None:
    """What no magic number tells is told by what the records say."""
    some = (records * 5)[:count]
    rows, tally = read(pcap(some, order, magic, extra=extra))
    assert rows == [(when, 1, i, len(data), data) for i, (when, data) in enumerate(some)]
    assert not tally.warnings
    assert tally.read == 0


@pytest.mark.parametrize(("given", "link"), [(6, 1), (9, 6), (15, 10), (24, 0)])
def test_captures_of_aix(pcap: Any, read: Any, records: Any, given: int, link: int) -> None:
    """They have types of interfaces for those of links, and nanoseconds under the number for microseconds."""
    content = pcap(records, ">", 0xA1B23C4D, given, (2, 2))
    rows, _ = read(b"\xa1\xb2\xc3\xd4" + content[4:])
    assert rows == [(when, link, i, len(data), data) for i, (when, data) in enumerate(records)]


@pytest.mark.parametrize("form", ["pcap", "modpcap", "nokiapcap", "rh6_1pcap", "suse6_3pcap", "nsecpcap"])
def test_what_editcap_writes(pcap: Any, read: Any, records: Any, tmp_path: Path, form: str) -> None:
    """Every form of the format that Wireshark knows how to write gives the same frames."""
    if not (editcap := shutil.which("editcap")):
        pytest.skip("editcap is not installed")
    (tmp_path / "in").write_bytes(pcap(records))
    subprocess.run([editcap, "-F", form, tmp_path / "in", tmp_path / "out"], check=True, capture_output=True)
    rows, tally = read((tmp_path / "out").read_bytes())
    assert rows == [(when, 1, i, len(data), data) for i, (when, data) in enumerate(records)]
    assert not tally.warnings


def test_an_ixia_header_that_is_cut_gives_nothing(pcap: Any, read: Any) -> None:
    """A file that ends within the four bytes that Ixia adds to the header has no frames."""
    for cut in (24, 27, 28):
        rows, tally = read(pcap([], magic=0x1C0001AC)[:cut])
        assert rows == []
        assert tally.reconciles


def test_cut_tail_gives_the_whole_frames(pcap: Any, read: Any, records: Any) -> None:
    """Wherever a file is cut, the frames that are whole are given, and a cut within one is a counted warning."""
    content = pcap(records[:5])
    ends = [24]
    for _, data in records[:5]:
        ends.append(ends[-1] + 16 + len(data))
    for cut in range(24, len(content) + 1):
        rows, tally = read(content[:cut])
        assert len(rows) == sum(end <= cut for end in ends) - 1
        assert tally.warnings["truncated-tail"] == (cut not in ends)


def test_impossible_length_ends_the_file(pcap: Any, read: Any, records: Any) -> None:
    """A record longer than any frame is refused and counted, and nothing behind it is read."""
    hostile = struct.pack("<IIII", 1, 1, 0xFFFFFFFF, 60)
    rows, tally = read(pcap(records[:3]) + hostile + pcap(records[3:6])[24:])
    assert len(rows) == 3
    assert tally.as_dict() == {"read": 1, "stored": 0, "refused": {"impossible-length": 1}, "warnings": {}}


def test_old_versions_swap_the_lengths(read: Any, pcap: Any) -> None:
    """Version 2.2 states the length on the wire first, and version 2.3 either way."""
    record = struct.pack("<IIII", 5, 0, 100, 20) + bytes(20)
    for version in ((2, 2), (2, 3)):
        rows, _ = read(pcap([], version=version) + record)
        assert [(row[3], len(row[4])) for row in rows] == [(100, 20)]


def test_odd_header_is_warned_of(pcap: Any, read: Any) -> None:
    """Reserved bits above the link type are not taken for the link type, and are told."""
    rows, tally = read(pcap([(0, b"x" * 20)], link=0x00300000 | 101))
    assert rows[0][1] == 101
    assert tally.warnings == {"odd-header": 1}


def test_unknown_version_is_no_capture(pcap: Any, read: Callable[[bytes], Any]) -> None:
    """A version that nobody has written is refused by name."""
    with pytest.raises(InputRefused, match=r"version 1\.4") as refused:
        read(pcap([], version=(1, 4)))
    assert refused.value.reason == "not-a-capture"
