"""
The compiled opening of lines and entries in envelopes, as a table of what it finds.
"""

from typing import Any

import numpy as np
import pytest
from enveloped import export_field

from isdas.formats.envelope import CRI, EXPORT, HOST, JSON, MESSAGE, N_PARTS, PIECE, RAW, STREAM, TIME, WHOLE
from isdas.formats.envelope_walk import open_entries, open_lines

Opened = list[tuple[int, bytes, dict[int, bytes]]]


def keys(names: tuple[tuple[str, int], ...]) -> Any:
    """Names of parts as the kernels have them."""
    begins = np.cumsum([0, *(len(name) for name, _ in names)])
    return np.frombuffer("".join(n for n, _ in names).encode(), np.uint8), begins, np.array([s for _, s in names], int)


def walked(data: bytes, names: tuple[tuple[str, int], ...], piece_bytes: int = 1 << 62) -> Opened:
    """State, text and parts of each line."""
    octets = np.frombuffer(data, np.uint8)
    starts = np.append(0, np.flatnonzero(octets == 10) + 1)
    n = len(starts) - 1
    text, ends, heads = np.zeros(len(data) + n + 1, np.uint8), np.zeros(n + 1, np.int64), np.zeros(len(data), np.uint8)
    parts, states = np.zeros((n, N_PARTS, 2), np.int64), np.zeros(n, np.int8)
    open_lines(octets, starts, keys(names), piece_bytes, text, ends, heads, parts, states)
    return [
        (
            int(states[i]),
            text[ends[i] : ends[i + 1]].tobytes(),
            {part: heads[at : at + size].tobytes() for part, (at, size) in enumerate(parts[i].tolist()) if size >= 0},
        )
        for i in range(n)
    ]


DOCKER = JSON[0].keys


def test_members_in_any_order_with_blanks_and_others() -> None:
    """Only names at the top are those of parts, and numbers are texts."""
    line = b' { "x" : {"log": "}", "y": ["]", 1]}, "time":12.5 , "n":null,"t":true,\t"log":"a\\/b" }  \n'
    assert walked(line, DOCKER) == [(WHOLE, b"a/b\n", {TIME: b"12.5"})]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"\\u0041\\u00e9\\u3042\\ud83d\\ude00", "A\u00e9\u3042\U0001f600".encode()),
        (b"\\ud83dx\\ude00", "\ufffdx\ufffd".encode()),
        (b"\\ud83d\\u0041", "\ufffdA".encode()),
        (b'\\"\\\\\\t\\b\\f', b'"\\\t\b\f'),
        (b"a\\nb\\r\\n", b"a b"),
    ],
    ids=["plain", "halves", "half", "letters", "line-ends"],
)
def test_escapes(written: bytes, meant: bytes) -> None:
    """All that RFC 8259 knows; what ends a line is taken off, and is a blank within."""
    assert walked(b'{"log":"' + written + b'"}\n', DOCKER) == [(WHOLE, meant + b"\n", {})]


def test_numbers_of_bytes() -> None:
    """As journald writes a message that is no text."""
    assert walked(b'{"MESSAGE":[97, 10,98,255,10]}\n', (("MESSAGE", MESSAGE),)) == [(WHOLE, b"a b\xff\n", {})]


def test_of_a_name_twice_the_last_counts() -> None:
    """For the message, and for a part of which two names tell."""
    names = (("m", MESSAGE), ("a", TIME), ("b", TIME))
    assert walked(b'{"m":"long one","a":"1","m":"x","b":"2"}\n', names) == [(WHOLE, b"x\n", {TIME: b"2"})]


def test_long_message_without_an_end_goes_on() -> None:
    """If it is as long as the writer's pieces are."""
    lines = b'{"log":"abcd"}\n{"log":"abcd\\n"}\n{"log":"abc"}\n'
    assert [state for state, _, _ in walked(lines, DOCKER, 4)] == [PIECE, WHOLE, WHOLE]


def test_lines_of_the_cri() -> None:
    """Time, stream, tag and line; more tags may follow the first, and a line may be empty."""
    lines = b"T stdout F a b\nT stderr P:x c\nT stdout F \nT stdout F\nT stdxxx\nT stdout G x\nT\n"
    out, err = {TIME: b"T", STREAM: b"stdout"}, {TIME: b"T", STREAM: b"stderr"}
    assert walked(lines, CRI.keys) == [
        (WHOLE, b"a b\n", out),
        (PIECE, b"c\n", err),
        (WHOLE, b"\n", out),
        (WHOLE, b"\n", out),
        (RAW, b"T stdxxx\n", {}),
        (RAW, b"T stdout G x\n", {}),
        (RAW, b"T\n", {}),
    ]


def entries(data: bytes, *, final: bool = False, most: int = 9) -> tuple[list[tuple[int, bytes, bytes | None]], int]:
    """State, text and host of each entry, and where the next begins."""
    text, heads = np.zeros(len(data) + most + 1, np.uint8), np.zeros(len(data) + 1, np.uint8)
    ends, parts, states = np.zeros(most + 1, np.int64), np.zeros((most, N_PARTS, 2), np.int64), np.zeros(most, np.int8)
    n, behind = open_entries(np.frombuffer(data, np.uint8), final, keys(EXPORT.keys), text, ends, heads, parts, states)
    found = []
    for i in range(n):
        at, size = parts[i, HOST].tolist()
        host = heads[at : at + size].tobytes() if size >= 0 else None
        found.append((int(states[i]), text[ends[i] : ends[i + 1]].tobytes(), host))
    return found, behind


def test_fields_of_both_forms() -> None:
    """Text behind an equals sign, and bytes behind their number; equals signs and line ends within are no others."""
    entry = export_field("X", b"\nMESSAGE=no\n\n") + b"_HOSTNAME=a=b\n" + export_field("MESSAGE", b"c\nd=e\n")
    assert entries(entry + b"\n" + b"MESSAGE=\n\n") == ([(WHOLE, b"c d=e\n", b"a=b"), (WHOLE, b"\n", None)], 72)


def test_what_is_not_whole_waits() -> None:
    """An entry is taken when it has ended, or the file has."""
    entry = b"_HOSTNAME=a\n" + export_field("MESSAGE", b"b\nc") + b"\n"
    for cut in range(1, len(entry)):
        assert entries(entry + entry[:cut]) == ([(WHOLE, b"b c\n", b"a")], len(entry))
    found, behind = entries(entry + entry[:-1], final=True)
    assert (found, behind) == ([(WHOLE, b"b c\n", b"a")] * 2, 2 * len(entry) - 1)
    found, behind = entries(entry[:-3], final=True)
    assert ([state for state, _, _ in found], behind) == ([RAW], len(entry) - 3)


def test_no_message_and_blank_lines() -> None:
    """An entry without a message is a line of what it is; blank lines alone are none."""
    assert entries(b"\n\nA=1\nB=2\n\n\n") == ([(RAW, b"A=1 B=2\n", None)], 12)


def test_impossible_size() -> None:
    """What no memory holds is no field."""
    found, _ = entries(b"MESSAGE\n" + b"\xff" * 8 + b"x\n\nMESSAGE=a\n\n", final=True)
    assert [state for state, _, _ in found][-1] == WHOLE
    assert found[0][0] == RAW


def test_no_more_than_there_is_room_for() -> None:
    """The rest comes next."""
    assert entries(b"MESSAGE=a\n\n" * 3, most=2) == ([(WHOLE, b"a\n", None)] * 2, 22)
