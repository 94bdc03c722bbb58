"""
Opening a capture file by what is in it.
"""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.capture.file import FORMATS, first_time, is_capture, open_capture
from isdas.model.errors import InputRefused

PACK: tuple[Callable[[bytes], bytes], ...] = (bytes, gzip.compress, bz2.compress, lzma.compress, zstd.compress)

PACKETS = st.lists(
    st.tuples(st.integers(631_152_000_000_000, 4_102_444_799_999_999), st.binary(min_size=1, max_size=90)), max_size=20
)
"""Packets at any time from 1990 to 2100, in any order."""


def _containers(pcap: Any, pcapng: Any, erf: Any, packets: Any) -> list[tuple[str, bytes]]:
    """The same packets in every format and variant that can hold them, with the name of the format."""
    out = [
        ("pcap", pcap(packets, order, magic))
        for order in "<>"
        for magic in (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34, 0x1C0001AC)
    ]
    for order in "<>":
        ng = pcapng(order)
        # Powers of ten and of two; the latter are rounded up, so that they are the same when cut to microseconds.
        for code, units in ((6, 10**6), (8, 10**8), (9, 10**9), (0x80 | 20, 1 << 20), (0x80 | 30, 1 << 30)):
            blocks = [ng.packet(-(-when * units // 10**6), data) for when, data in packets]
            out.append(("pcapng", ng.section() + ng.interface(tsresol=bytes([code])) + b"".join(blocks)))
    return [*out, *([("erf", erf(packets))] if packets else [])]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(packets=PACKETS, pack=st.sampled_from(PACK))
def test_containers_change_nothing(
    pcap: Any, pcapng: Any, erf: Any, read: Any, packets: Any, pack: Callable[[bytes], bytes]
) -> None:
    """The same packets in any format, byte order, resolution and compression give the same frames."""
    expected = [(when, 1, i, len(data), data) for i, (when, data) in enumerate(packets)]
    for name, content in _containers(pcap, pcapng, erf, packets):
        rows, tally = read(pack(content), name)
        assert rows == expected
        assert not tally.warnings


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(packets=PACKETS, at=st.integers(0, 20))
def test_splitting_changes_nothing(pcap: Any, pcapng: Any, erf: Any, read: Any, packets: Any, at: int) -> None:
    """Two files with a part of the packets each give the frames of the one, but for their positions."""
    parts = [_containers(pcap, pcapng, erf, part) for part in (packets[:at], packets[at:])]
    for (name, whole), first, second in zip(_containers(pcap, pcapng, erf, packets), *parts, strict=False):
        rows = [read(content, name)[0] for content in (whole, first[1], second[1])]
        assert [row[:2] + row[3:] for row in rows[0]] == [row[:2] + row[3:] for row in rows[1] + rows[2]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty-file"),
        (gzip.compress(b""), "empty-file"),
        (b"Oct 30 22:00:01 sensor kernel: IN=eth0", "not-a-capture"),
        (gzip.compress(b"some text"), "not-a-capture"),
        (b"\xd4\xc3\xb2\xa1\x02\x00", "truncated-header"),
        (b"\xd4\xc3", "truncated-header"),
        (b"\x0a\x0d\x0d\x0a\x1c\x00", "truncated-header"),
        (b"\x0a\x0d\x0d\x0a" + bytes(40), "not-a-capture"),
    ],
    ids=["empty", "empty-gzip", "text", "text-gzip", "pcap-6", "pcap-2", "pcapng-6", "pcapng-no-order"],
)
def test_refusals(tmp_path: Path, content: bytes, reason: str) -> None:
    """What is no capture is refused with a fixed reason and a message that names the file."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(content)
    with pytest.raises(InputRefused, match=r"capture\.pcap") as refused:
        open_capture(path)
    assert refused.value.reason == reason


def test_sniffing(pcap: Any, pcapng: Any) -> None:
    """A capture is known by its first bytes, also within gzip, and a text is not one."""
    for content in (pcap([(1, bytes(99))]), pcap([], ">"), pcapng().section()):
        assert is_capture(content)
        assert is_capture(gzip.compress(content)[:64])
        assert all(is_capture(pack(content)) for pack in PACK)
    for content in (b"", b"datetime,host,src\n", gzip.compress(b"text"), b"\x1f\x8b", b"\x1f\x8b\xff\xff\xff\xff"):
        assert not is_capture(content)


def test_the_first_time(tmp_path: Path, pcap: Any, pcapng: Any, erf: Any, records: Any) -> None:
    """The time of the first packet that has one is told, in any format; without a packet there is none."""
    ng = pcapng()
    timeless = ng.section() + ng.interface() + ng.simple_packet(b"x" * 20)
    path = tmp_path / "capture"
    for content in (pcap(records), gzip.compress(erf(records)), timeless + ng.packet(*records[0])):
        path.write_bytes(content)
        assert first_time(path) == records[0][0]
    for content in (pcap([]), timeless, pcap(records)[:30]):
        path.write_bytes(content)
        assert first_time(path) is None
    path.write_bytes(b"words")
    with pytest.raises(InputRefused):
        first_time(path)


def test_the_first_time_needs_the_beginning_only(tmp_path: Path, pcap: Any) -> None:
    """Of a large file no more than a mebibyte is held to know its first time."""
    path = tmp_path / "capture"
    one = pcap([(1, bytes(40))])
    path.write_bytes(one + one[24:] * 100_000)
    with open_capture(path, window_bytes=1 << 20) as capture:
        frames = next(capture.frames())
        assert len(frames.buffer) == 1 << 20
        assert capture.consumed < 2 << 20
    assert first_time(path) == 1


def test_large_file_comes_in_batches(tmp_path: Path, pcap: Any) -> None:
    """More frames than a batch holds come in several batches, numbered through, and progress is told."""
    one = pcap([(1, bytes(40))])
    path = tmp_path / "capture"
    path.write_bytes(one + one[24:] * 400_000)
    with open_capture(path) as capture:
        positions = [frames.positions for frames in capture.frames()]
        assert capture.consumed == path.stat().st_size
        assert capture.format == "pcap"
        assert capture.statistics == ()
    assert max(map(len, positions)) <= 262_144
    assert len(positions) > 1
    assert (np.concatenate(positions) == np.arange(400_001)).all()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), start=st.sampled_from([magic for each in FORMATS for magic in each.magics]))
def test_any_bytes_are_frames_or_refused(tmp_path: Path, data: bytes, start: bytes) -> None:
    """Whatever follows a magic number, reading ends with frames inside the file or with a refusal."""
    path = tmp_path / "capture"
    path.write_bytes(start + data)
    reason = ""
    try:
        with open_capture(path) as capture:
            for frames in capture.frames():
                assert (frames.offsets + frames.captured <= 4 + len(data)).all()
                assert (frames.captured <= frames.original).all()
            assert capture.tally.reconciles
    except InputRefused as refused:
        reason = refused.reason
    assert reason in {"", "not-a-capture", "truncated-header"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.integers(0, 479), st.integers(0, 255)), max_size=6))
def test_damaged_pcapng_never_raises(tmp_path: Path, pcapng: Any, flips: list[tuple[int, int]]) -> None:
    """A pcapng file with any bytes overwritten gives frames inside the file or is refused."""
    ng = pcapng()
    content = bytearray(ng.section() + ng.interface(tsresol=b"\x09", tsoffset=bytes(8)))
    content += ng.packet(1, bytes(60)) + ng.statistics(1, {4: 1}) + ng.simple_packet(bytes(40)) + ng.old_packet(3, b"x")
    content += ng.section() + ng.interface() + ng.packet(4, bytes(50))
    for at, value in flips:
        content[at % len(content)] = value
    path = tmp_path / "capture"
    path.write_bytes(content)
    reason = ""
    try:
        with open_capture(path) as capture:
            assert all((f.offsets + f.captured <= len(content)).all() for f in capture.frames())
            assert capture.tally.reconciles
    except InputRefused as refused:
        reason = refused.reason
    assert reason in {"", "not-a-capture", "truncated-header"}
