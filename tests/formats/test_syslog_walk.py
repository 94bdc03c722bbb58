"""
The time that a line begins with.
"""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.syslog_walk import (
    BAD,
    BARE,
    BASE,
    DAYS,
    HAVE,
    HOST,
    INSTANT,
    LOCAL,
    NONE,
    RFC5424,
    TURN,
    TURNS,
    YEARLESS,
    stamps,
)

NEVER = 1 << 62
EPOCH = datetime(1970, 1, 1)


def read(*lines: bytes, base: int = 2026) -> tuple[list[tuple[int, str, bytes, int]], list[int]]:
    """Kind, time, what is behind it and what follows of each line; and the state behind the last."""
    data = b"".join(line + b"\n" for line in lines)
    n = len(lines)
    starts = np.cumsum([0, *(len(line) + 1 for line in lines)]).astype(np.int64)
    state = np.array([0, 0, 0, base], np.int64)
    times, kinds, afters, followings = (np.zeros(n, kind) for kind in (np.int64, np.int8, np.int64, np.int8))
    seen = np.zeros((2 * TURNS + 1, DAYS), np.int64)
    buffer = np.frombuffer(data, np.uint8)
    stamps(buffer, starts, state, NEVER, seen, np.zeros(8, np.int64), times, kinds, afters, followings)
    found = [
        (
            int(kinds[i]),
            (EPOCH + timedelta(microseconds=int(times[i]))).isoformat() if kinds[i] not in (NONE, BAD) else "",
            data[afters[i] : starts[i + 1] - 1],
            int(followings[i]),
        )
        for i in range(n)
    ]
    return found, state.tolist()


@pytest.mark.parametrize(
    ("line", "kind", "time", "rest", "following"),
    [
        (b"Jan  2 03:04:05 host x", YEARLESS, "2026-01-02T03:04:05", b" host x", HOST),
        (b"Jan 2 03:04:05 host x", YEARLESS, "2026-01-02T03:04:05", b" host x", HOST),
        (b"Jan 12 03:04:05 host x", YEARLESS, "2026-01-12T03:04:05", b" host x", HOST),
        (b"Jan 02 03:04:05.25 host x", YEARLESS, "2026-01-02T03:04:05.250000", b" host x", HOST),
        (b"Jan  2 2025 03:04:05 host x", LOCAL, "2025-01-02T03:04:05", b" host x", HOST),
        (b"<134>Jan  2 03:04:05 host x", YEARLESS, "2026-01-02T03:04:05", b" host x", HOST),
        (b"2026-01-02T03:04:05.678901+09:00 host x", INSTANT, "2026-01-01T18:04:05.678901", b" host x", HOST),
        (b"2026-01-02T03:04:05+0900 host x", INSTANT, "2026-01-01T18:04:05", b" host x", HOST),
        (b"2026-01-02T03:04:05-03 host x", INSTANT, "2026-01-02T06:04:05", b" host x", HOST),
        (b"2026-01-02T03:04:05Z host x", INSTANT, "2026-01-02T03:04:05", b" host x", HOST),
        (b"2026-01-02T03:04:05 host x", LOCAL, "2026-01-02T03:04:05", b" host x", HOST),
        (b"2026-01-02 03:04:05 host x", LOCAL, "2026-01-02T03:04:05", b" host x", HOST),
        (b"2026-01-02T03:04:05.1234567891Z host", INSTANT, "2026-01-02T03:04:05.123456", b" host", HOST),
        (b"2026-01-02T03:04:05,678901+09:00 x", INSTANT, "2026-01-01T18:04:05.678901", b" x", BARE),
        (b"<4>1 2026-01-02T03:04:05.25+09:00 h - - x", INSTANT, "2026-01-01T18:04:05.250000", b" h - - x", RFC5424),
        (b"<4>1 - host k - - - x", NONE, "", b" host k - - - x", RFC5424),
        (b"1536000000 host x", INSTANT, "2018-09-03T18:40:00", b" host x", HOST),
        (b"1536000000.123456 host x", INSTANT, "2018-09-03T18:40:00.123456", b" host x", HOST),
        (b"999999999 host x", INSTANT, "2001-09-09T01:46:39", b" host x", HOST),
        (b"[Fri Jan  2 03:04:05 2026] x", LOCAL, "2026-01-02T03:04:05", b" x", BARE),
        (b"kern.log:Jan  2 03:04:05 host x", YEARLESS, "2026-01-02T03:04:05", b" host x", HOST),
        (b"var/kern.log:17:2026-01-02T03:04:05Z host x", INSTANT, "2026-01-02T03:04:05", b" host x", HOST),
        (b"Dec 31 23:59:60 host x", YEARLESS, "2027-01-01T00:00:00", b" host x", HOST),
        (b"2026-01-02 03:04:05 +0900 host x", INSTANT, "2026-01-01T18:04:05", b" host x", HOST),
        (b"2026-01-02 03:04:05.5 -03 host x", INSTANT, "2026-01-02T06:04:05.500000", b" host x", HOST),
        (b"2026-01-02 03:04:05 UTC host x", INSTANT, "2026-01-02T03:04:05", b" host x", HOST),
        (b"2026-01-02 03:04:05 +a host x", LOCAL, "2026-01-02T03:04:05", b" +a host x", HOST),
        (b"Fri 2026-01-02 03:04:05.25 GMT host x", INSTANT, "2026-01-02T03:04:05.250000", b" host x", HOST),
        (b"Fri 2026-01-02 03:04:05 CEST host x", LOCAL, "2026-01-02T03:04:05", b" host x", HOST),
        (b"Fri 2026-01-02 03:04:05 -03 host x", INSTANT, "2026-01-02T06:04:05", b" host x", HOST),
        (b"Fri Jan  2 03:04:05 2026 kern.warn kernel: x", LOCAL, "2026-01-02T03:04:05", b" kern.warn kernel: x", BARE),
        (b"Fri Jan  2 03:04:05 host x", YEARLESS, "2026-01-02T03:04:05", b" host x", HOST),
        (b"\xef\xbb\xbfJan  2 03:04:05 host x", YEARLESS, "2026-01-02T03:04:05", b" host x", HOST),
        (b"\x00\x00\x00Jan  2 03:04:05 host x", YEARLESS, "2026-01-02T03:04:05", b" host x", HOST),
        (b"57 <4>1 2026-01-02T03:04:05Z h - - x", INSTANT, "2026-01-02T03:04:05", b" h - - x", RFC5424),
        (b"[12345.678901] x", NONE, "", b"[12345.678901] x", BARE),
        (b"<6>[12345.678901] x", NONE, "", b"[12345.678901] x", BARE),
        (b"IN=eth0 OUT=", NONE, "", b"IN=eth0 OUT=", HOST),
        (b"", NONE, "", b"", HOST),
        (b"May", NONE, "", b"May", HOST),
        (b"12 monkeys", NONE, "", b"12 monkeys", HOST),
    ],
    ids=lambda value: value.decode() if isinstance(value, bytes) else "",
)  # fmt: skip
def test_notations(line: bytes, kind: int, time: str, rest: bytes, following: int) -> None:
    """Every notation gives its time, and where the rest of the line begins."""
    assert read(line)[0] == [(kind, time, rest, following)]


@pytest.mark.parametrize(
    "line",
    [
        b"Jan 32 03:04:05 host",
        b"Jan  0 03:04:05 host",
        b"Feb 30 03:04:05 host",
        b"Jan  2 24:00:00 host",
        b"Jan  2 03:60:00 host",
        b"Jan  2 03:04:61 host",
        b"Jan  2 03-04-05 host",
        b"Jan  2 host",
        b"Jan 123 03:04:05 host",
        b"Feb 29 2025 03:04:05 host",
        b"Feb 29 03:04:05 host",
        b"2026-13-02T03:04:05Z host",
        b"2026-02-29T03:04:05Z host",
        b"2026-01-02T03:04 host",
        b"2026-01-02X03:04:05 host",
        b"2026-01-02",
        b"2026-01-02T03:04:05+24:00 host",
        b"15360000000000 host",
        b"1536000000000 host",
        b"1536000000x host",
        b"[Thu Feb 29 03:04:05 2025] x",
        b"Thu Feb 29 03:04:05 2025 kern.warn kernel: x",
        b"Fri 2026-13-02 03:04:05 UTC host",
    ],
    ids=bytes.decode,
)
def test_times_that_cannot_be(line: bytes) -> None:
    """What looks like a time and is none is bad; milliseconds are not guessed to be such."""
    assert read(line, base=2026)[0][0][0] == BAD


def test_years_go_with_the_lines() -> None:
    """A line without a year is within half a year of the one before, so that New Year is found in both directions."""
    stamp = [b"Dec 31 23:59:59", b"Jan  1 00:00:01", b"Dec 31 23:59:58", b"Jan  1 00:00:02", b"May  1 00:00:00"]
    found, state = read(*stamp, base=2025)
    assert [time[:4] for _, time, _, _ in found] == ["2025", "2026", "2025", "2026", "2026"]
    assert (state[HAVE], state[TURN], state[BASE]) == (1, 1, 2025)


def test_a_stated_year_settles_the_others() -> None:
    """A line that states its year tells the years of the lines behind it."""
    found, state = read(
        b"2021-12-01T00:00:00Z", b"Mar  1 00:00:00", b"[Fri Jan  2 03:04:05 2026]", b"Jan  3 00:00:00", base=0
    )
    assert [time[:4] for _, time, _, _ in found] == ["2021", "2022", "2026", "2026"]
    assert state[BASE] == 2021


@given(st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b" ")), max_size=20))
def test_any_bytes_are_read(lines: list[bytes]) -> None:
    """Whatever a line is, it has a kind, and its rest begins within it."""
    for line, (kind, _, rest, _) in zip(lines, read(*lines)[0] if lines else [], strict=True):
        assert kind in range(5)
        assert line.endswith(rest)


_DIGITS = st.text(st.sampled_from("0123456789:-+.,T Z<>[]JanFebMarDec"), max_size=45)


@given(st.lists(_DIGITS.map(str.encode), min_size=1, max_size=20))
def test_anything_like_a_time_is_read(lines: list[bytes]) -> None:
    """Lines of the bytes that times are made of are read without harm, cut anywhere."""
    assert len(read(*lines)[0]) == len(lines)
