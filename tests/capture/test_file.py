"""
Opening a capture file by what is in it.
"""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.capture.file import FORMATS, is_capture, open_capture
from isdas.model.errors import InputRefused


def test_containers_change_nothing(pcap: Any, pcapng: Any, read: Any, records: Any) -> None:
    """The same packets in pcap, pcapng and gzip of either give the same frames."""
    ng = pcapng()
    blocks = ng.section() + ng.interface() + b"".join(ng.packet(when, data) for when, data in records)
    plain = read(pcap(records))[0]
    assert len(plain) == len(records)
    for content in (blocks, gzip.compress(blocks), gzip.compress(pcap(records))):
        assert read(content)[0] == plain


def test_splitting_changes_nothing(pcap: Any, read: Any, records: Any) -> None:
    """Two files with half of the packets each give the frames of the one, but for their positions."""
    whole, first, second = (read(pcap(part))[0] for part in (records, records[:120], records[120:]))
    assert [row[:2] + row[3:] for row in whole] == [row[:2] + row[3:] for row in first + second]


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
    for content in (b"", b"datetime,host,src\n", gzip.compress(b"text"), b"\x1f\x8b", b"\x1f\x8b\xff\xff\xff\xff"):
        assert not is_capture(content)


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
