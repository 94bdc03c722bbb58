"""
The Extensible Record Format.
"""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.capture.erf import begins
from isdas.capture.file import open_capture
from isdas.capture.statistics import InterfaceStatistics
from isdas.model.errors import InputRefused

ETHERNET, HDLC, PPP, IP4, IP6 = 1, 104, 50, 228, 229


@pytest.mark.parametrize(
    ("kind", "before", "link"),
    [
        (2, 2, ETHERNET), (11, 2, ETHERNET), (16, 2, ETHERNET), (20, 2, ETHERNET),
        (1, 0, HDLC), (10, 0, HDLC), (15, 0, HDLC), (19, 0, HDLC), (5, 4, HDLC), (17, 4, HDLC),
        (22, 0, IP4), (23, 0, IP6), (24, 0, -1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("extensions", [0, 1, 3])
def test_each_type_gives_its_frames(
    erf: Any, read: Any, records: Any, kind: int, before: int, link: int, extensions: int
) -> None:
    """Records of every type with packets give them with their link type, whatever extension headers stand before."""
    packets = [(when, b"\x0f" + data) for when, data in records]
    rows, tally = read(erf(packets, kind, before=before, extensions=extensions))
    assert rows == [(when, link, i, len(data), data) for i, (when, data) in enumerate(packets)]
    assert tally.as_dict() == {"read": 0, "stored": 0, "refused": {}, "warnings": {}}


def test_the_first_byte_tells_the_framing(erf: Any, read: Any) -> None:
    """An HDLC frame that begins with an address of Cisco's is Cisco's, any other is PPP, an empty one whatever."""
    frames = [b"\x0f\x00\x08\x00", b"\x8f\x00\x08\x00", b"\xff\x03\x00\x21", b"\x00\x21", b""]
    rows, _ = read(erf([(1_225_371_600_000_000, data) for data in frames], 1, before=0), "erf")
    assert [row[1] for row in rows] == [HDLC, HDLC, PPP, PPP, HDLC]


def test_snapped_and_padded_records(erf: Any, read: Any, records: Any) -> None:
    """A record holds less than was on the wire if it was snapped, and more than the frame if it was aligned."""
    rows, _ = read(erf(records[:5], wire=1514))
    assert [(row[3], row[4]) for row in rows] == [(1514, data) for _, data in records[:5]]
    rows, _ = read(erf(records[:5], fill=6))
    assert [(row[3], row[4]) for row in rows] == [(len(data), data) for _, data in records[:5]]
    rows, _ = read(erf(records[:5], fill=60, flags=0))
    assert [row[4] for row in rows] == [data for _, data in records[:5]]


def test_padding_and_metadata_are_no_packets(erf: Any, read: Any, records: Any) -> None:
    """Records of padding and provenance between packets are passed over, and do not count."""
    content = b""
    for record in records[:10]:
        content += erf([record]) + erf([record], 48, before=0) + erf([record], 27, before=0, extensions=1)
    rows, tally = read(content)
    assert [(row[0], row[2]) for row in rows] == [(when, i) for i, (when, _) in enumerate(records[:10])]
    assert tally.read == 0


def test_other_types_are_refused_by_name(erf: Any, read: Any, records: Any) -> None:
    """ATM, InfiniBand, counters, reserved and unheard-of types are counted, and their neighbours read."""
    others = [3, 4, 6, 7, 8, 9, 12, 13, 14, 18, 21, 25, 26, 28, 29, 30, 40, 47, 49, 100, 127, 0]
    content = erf(records[:8]) + b"".join(erf(records[8:9], kind) for kind in others) + erf(records[9:10])
    rows, tally = read(content)
    assert [row[2] for row in rows] == [*range(8), 8 + len(others)]
    assert tally.refused == {"unknown-record-type": len(others)}
    assert tally.reconciles


def test_losses_are_summed_per_interface(erf: Any, tmp_path: Path, records: Any) -> None:
    """Loss counters are summed for each interface that has one, a colour is no loss, and the sum is warned of."""
    content = erf(records[:3], loss=5, flags=4) + erf(records[3:5], loss=7, flags=6) + erf(records[5:9], 11, loss=9)
    (tmp_path / "capture").write_bytes(content + erf(records[9:10], 11, loss=9, flags=7))
    with open_capture(tmp_path / "capture") as capture:
        assert sum(len(frames) for frames in capture.frames()) == 10
        assert capture.statistics == (InterfaceStatistics(dropped=15), InterfaceStatistics(dropped=14))
        assert capture.tally.warnings == {"lost-packets": 29}


def test_wherever_it_is_cut_the_whole_records_are_given(erf: Any, read: Any, records: Any) -> None:
    """Of a file cut anywhere, each record that is whole gives its frame, and the cut is counted."""
    content, ends = b"", [0]
    for record in records[:5]:
        content += erf([record])
        ends.append(len(content))
    for cut in range(1, len(content) + 1):
        rows, tally = read(content[:cut], "erf")
        assert len(rows) == sum(end <= cut for end in ends) - 1
        assert tally.warnings["truncated-tail"] == (cut not in ends)


def test_impossible_lengths(erf: Any, read: Any, records: Any) -> None:
    """A record shorter than its own headers is refused; one shorter than any header ends the file."""
    short = erf(records[:1], extensions=2)[:10] + b"\x00\x18" + bytes(4) + b"\x91" + bytes(7)
    nonsense = erf(records[:1])[:10] + b"\x00\x0f" + bytes(100)
    rows, tally = read(erf(records[:8]) + short + erf(records[8:9]) + nonsense + erf(records[9:20]))
    assert len(rows) == 9
    assert tally.refused == {"impossible-length": 2}
    assert tally.reconciles


def test_the_beginning_tells(erf: Any, records: Any) -> None:
    """Eight chained records, three and a cut one, or any number that fill the file are ERF; fewer are not."""
    content = erf(records)
    assert begins(content[:32768])
    assert begins(erf(records[:1]))
    assert begins(erf(records[:3]) + content[:20])
    assert begins(erf(records[:9]) + bytes(100))
    assert not begins(erf(records[:2]) + content[:10])
    assert not begins(erf(records[:7]) + bytes(100))
    assert not begins(b"")


@pytest.mark.parametrize(
    ("at", "value"),
    [(7, b"\x00"), (8, b"\x7f"), (9, b"\xff"), (10, b"\x00\x0f"), (14, b"\x00\x00"), (14, b"\x00\x01")],
    ids=["before-1990", "type", "flags", "length", "nothing-on-the-wire", "more-than-on-the-wire"],
)
def test_impossible_records_are_not_erf(erf: Any, records: Any, at: int, value: bytes) -> None:
    """A file among whose first records one is impossible is not taken for ERF."""
    content = bytearray(erf(records[5:13]))
    second = len(erf(records[5:6]))
    assert begins(bytes(content))
    content[second + at : second + at + len(value)] = value
    assert not begins(bytes(content))


def test_time_may_run_back_a_little_only(erf: Any, records: Any) -> None:
    """Records that are slightly out of order are ERF, those of which one is hours before the other are not."""
    (first, data), (second, _) = records[:2]
    assert begins(erf([(second, data), (first, data)]))
    assert not begins(erf([(first + 10_000_000_000, data), (first, data)]))


def test_a_short_file_is_read_if_asked_for(erf: Any, read: Any, records: Any) -> None:
    """What is too short to be told is no capture by itself, and ERF to whoever says so."""
    content = erf(records[:2])[:-1]
    with pytest.raises(InputRefused, match="not pcap or pcapng or erf"):
        read(content)
    assert len(read(content, "erf")[0]) == 1


def test_nothing_else_in_the_corpus_begins_like_it(shared: Path) -> None:
    """Of all captures, logs and lists that are there, only those of ERF begin like ERF."""
    found = set()
    for path in sorted(shared.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                if begins(file.read(1 << 15)):
                    found.add(path.suffix)
    assert found == {".erf"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), whole=st.integers(0, 4))
def test_any_bytes_reconcile(erf: Any, read: Any, records: Any, data: bytes, whole: int) -> None:
    """Whatever follows whole records, they are given, and nothing raises."""
    content = erf(records[:whole]) + data
    reason = ""
    try:
        rows, tally = read(content, "erf")
        assert len(rows) >= whole
        assert tally.reconciles
    except InputRefused as refused:
        reason = refused.reason
    assert reason in {"", "empty-file", "truncated-header", "not-a-capture"}
