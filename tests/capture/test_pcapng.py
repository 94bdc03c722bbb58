"""
The pcapng format.
"""

import struct
from typing import Any

import pytest

from isdas.capture.file import open_capture
from isdas.capture.statistics import InterfaceStatistics
from isdas.model.errors import InputRefused


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
def test_packets_of_both_orders(pcapng: Any, read: Any, records: Any, order: str) -> None:
    """Enhanced and obsolete packet blocks of either byte order give their frames."""
    ng = pcapng(order)
    content = ng.section() + ng.interface(link=101)
    for i, (when, data) in enumerate(records):
        content += ng.packet(when, data) if i % 2 else ng.old_packet(when, data)
    rows, tally = read(content)
    assert rows == [(when, 101, i, len(data), data) for i, (when, data) in enumerate(records)]
    assert not tally.warnings


@pytest.mark.parametrize(
    ("options", "units"),
    [
        ({"tsresol": b"\x09"}, 1_225_371_600_123_456_789),
        ({"tsresol": b"\x03"}, 1_225_371_600_123),
        ({"tsresol": b"\x80\x00"}, 1_225_371_600),
        ({"tsresol": b"\x94"}, 1_225_371_600 << 20 | 129_454),
        ({"tsoffset": struct.pack("<q", 1_225_000_000)}, 371_600_123_456),
        ({"tsoffset": struct.pack("<q", -100)}, 1_225_371_700_123_456),
    ],
    ids=["nano", "milli", "binary-second", "binary", "offset", "negative-offset"],
)
def test_resolution_and_offset(pcapng: Any, read: Any, options: dict[str, bytes], units: int) -> None:
    """Whatever the resolution and offset of an interface, the time is that of 2008-10-30 13:00 UTC to its precision."""
    ng = pcapng()
    rows, _ = read(ng.section() + ng.interface(**options) + ng.packet(units, b"x" * 20))
    assert 1_225_371_600_000_000 <= rows[0][0] <= 1_225_371_600_123_456


def test_sections_and_interfaces_have_their_own_state(pcapng: Any, read: Any) -> None:
    """A section may have another byte order, and forgets the interfaces of the one before."""
    little, big = pcapng("<"), pcapng(">")
    content = little.section() + little.interface(1) + little.interface(101) + little.packet(1, b"a" * 20, 1)
    content += big.section() + big.interface(113) + big.packet(2, b"b" * 20) + big.packet(3, b"c" * 20, 1)
    rows, tally = read(content)
    assert [(row[0], row[1], row[2]) for row in rows] == [(1, 101, 0), (2, 113, 1)]
    assert tally.refused == {"unknown-interface": 1}
    assert tally.reconciles


def test_many_interfaces(pcapng: Any, read: Any) -> None:
    """A section may have more interfaces than there was room for at first."""
    ng = pcapng()
    content = ng.section() + b"".join(ng.interface(link) for link in range(100))
    rows, _ = read(content + b"".join(ng.packet(1, b"x" * 20, link) for link in range(100)))
    assert [row[1] for row in rows] == list(range(100))


def test_simple_packets_have_no_time(pcapng: Any, read: Any) -> None:
    """A simple packet block is cut to the snap length, has no time, and that is told."""
    ng = pcapng()
    rows, tally = read(ng.section() + ng.interface(snap=10) + ng.simple_packet(b"x" * 20, 1500))
    assert rows == [(-1, 1, 0, 1500, b"x" * 10)]
    assert tally.warnings == {"no-timestamp": 1}


def test_other_blocks_are_skipped(pcapng: Any, read: Any) -> None:
    """Name resolution, custom and unknown blocks are passed over, even those larger than any packet."""
    ng = pcapng()
    content = ng.section() + ng.other(4) + ng.interface() + ng.other(0xBAD, b"x" * 100) + ng.other(0x77, bytes(3 << 20))
    rows, tally = read(content + ng.packet(1, b"x" * 20))
    assert len(rows) == 1
    assert tally.warnings == {"large-block": 1}


def test_impossible_length_is_refused_and_passed(pcapng: Any, read: Any) -> None:
    """A packet that claims more bytes than its block holds is refused, and the next one is read."""
    ng = pcapng()
    content = ng.section() + ng.interface() + ng.packet(1, b"x" * 20, captured=4_000_000_000) + ng.packet(2, b"y" * 20)
    rows, tally = read(content + ng.packet(3, bytes(600_000)) + ng.packet(4, b"z" * 20))
    assert [row[0] for row in rows] == [2, 4]
    assert tally.refused == {"impossible-length": 2}
    assert tally.reconciles


@pytest.mark.parametrize(
    ("tail", "warning"),
    [
        (struct.pack("<II", 0x99, 0xFFFFFFF0) + bytes(8), "large-block"),
        (struct.pack("<II", 6, 44) + bytes(10), "truncated-tail"),
        (b"\x06", "truncated-tail"),
    ],
    ids=["endless", "cut", "one-byte"],
)
def test_a_cut_tail_is_a_warning(pcapng: Any, read: Any, tail: bytes, warning: str) -> None:
    """Where a file ends within a block the frames before are given and the cut is counted."""
    ng = pcapng()
    rows, tally = read(ng.section() + ng.interface() + ng.packet(1, b"x" * 20) + tail)
    assert len(rows) == 1
    assert tally.warnings[warning] == 1


@pytest.mark.parametrize(
    "garbage",
    [
        struct.pack("<II", 6, 8),
        struct.pack("<II", 6, 33),
        struct.pack("<II", 0x0A0D0D0A, 28) + bytes(40),
        struct.pack("<II", 6, 44) + bytes(36) + struct.pack("<I", 40),
    ],
    ids=["too-small", "odd-size", "bad-section", "other-length-behind"],
)
def test_garbage_is_refused(pcapng: Any, read: Any, garbage: bytes) -> None:
    """Where blocks stop making sense the frames before are given, and what follows is one refusal."""
    ng = pcapng()
    rows, tally = read(ng.section() + ng.interface() + ng.packet(1, b"x" * 20) + garbage + ng.packet(2, b"y" * 20))
    assert len(rows) == 1
    assert tally.refused == {"damaged-block": 1}
    assert tally.reconciles


def test_wherever_it_is_cut_the_whole_packets_are_given(pcapng: Any, read: Any, records: Any) -> None:
    """Of a file cut anywhere behind its headers, each packet block that is whole gives its frame."""
    ng = pcapng()
    content = ng.section() + ng.interface()
    ends = [len(content)]
    for when, data in records[:4]:
        content += ng.packet(when, data)
        ends.append(len(content))
    for cut in range(ends[0], len(content) + 1):
        rows, tally = read(content[:cut])
        assert len(rows) == sum(end <= cut for end in ends) - 1
        assert tally.warnings["truncated-tail"] == (cut not in ends)


def test_statistics(pcapng: Any, tmp_path: Any) -> None:
    """What the last statistics block says of each interface is kept, in microseconds and packets."""
    ng = pcapng()
    path = tmp_path / "capture"
    path.write_bytes(
        ng.section()
        + ng.interface(tsresol=b"\x09")
        + ng.interface()
        + ng.statistics(1, {4: 5})
        + ng.statistics(9_000, {2: 3_000, 3: 8_000, 4: 17, 5: 2, 7: 1})
        + ng.statistics(5, {}, interface=1)
    )
    with open_capture(path) as capture:
        assert list(capture.frames()) == []
        assert capture.statistics == (InterfaceStatistics(3, 8, 17, 3), InterfaceStatistics())


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({2: 1_000, 3: 1 << 62, 4: 7}, InterfaceStatistics(1_000, None, 7, None)),
        ({2: 1 << 63, 3: 2_000}, InterfaceStatistics(None, 2_000)),
        ({2: 0, 3: 7_000_000_000_000_000, 5: 2}, InterfaceStatistics(None, None, None, 2)),
        ({4: (1 << 64) - 1, 5: 1 << 63, 7: 3}, InterfaceStatistics(None, None, None, 3)),
        ({4: 1 << 48, 7: 1 << 48}, InterfaceStatistics()),
    ],
    ids=["late", "negative", "two centuries", "all ones", "too many"],
)
def test_statistics_that_cannot_be(
    pcapng: Any, tmp_path: Any, options: dict[int, int], left: InterfaceStatistics
) -> None:
    """Of times after 2200, captures of centuries and impossible counts nothing is kept but the warning."""
    ng = pcapng()
    path = tmp_path / "capture"
    path.write_bytes(ng.section() + ng.interface() + ng.statistics(9, options))
    with open_capture(path) as capture:
        assert list(capture.frames()) == []
        assert capture.statistics == (left,)
        assert set(capture.tally.warnings) == {"odd-block"}


@pytest.mark.parametrize("version", [(2, 0), (1, 1)], ids=["2.0", "1.1"])
def test_unknown_version_is_no_capture(pcapng: Any, read: Any, version: tuple[int, int]) -> None:
    """A file whose first section has an unknown version is refused."""
    with pytest.raises(InputRefused) as refused:
        read(pcapng().section(version))
    assert refused.value.reason == "not-a-capture"


def test_cut_section_header(pcapng: Any, read: Any) -> None:
    """A file that ends within its first section header is refused as such."""
    with pytest.raises(InputRefused) as refused:
        read(pcapng().section()[:20])
    assert refused.value.reason == "truncated-header"
