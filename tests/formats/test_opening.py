"""
Lines out of their envelopes.
"""

import json
from io import BytesIO

import pytest
from enveloped import ALL, NAMED, NAMELESS, TIME, cri, docker, export_field, journal_export, journal_fields
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.envelope import CRI, EXPORT, JSON, Envelope, envelope_of
from isdas.formats.opening import MOST_BYTES, Opened, opened

MESSAGES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=8)


def taken_out(data: bytes, envelope: Envelope | None = None, *, at_once: int = 1 << 20, count: int = 1 << 16) -> bytes:
    """What is in the envelopes of a file that comes in pieces, and is asked for in others."""
    envelope = envelope or envelope_of(data)
    assert envelope is not None
    file = BytesIO(data)
    inside = Opened(envelope, lambda n: file.read(min(n, at_once)))
    pieces = []
    while piece := inside.read(count):
        assert len(piece) <= count
        pieces.append(piece)
    return b"".join(pieces)


def one_line(message: str) -> str:
    """A message as the line that it was."""
    return message.rstrip("\r\n").replace("\n", " ")


@pytest.mark.parametrize("kind", sorted(set(ALL) - {"cri"}))
@given(messages=MESSAGES)
def test_every_message_is_a_line(kind: str, messages: list[str]) -> None:
    """Whatever stands in it, it comes out under its own number, behind what the envelope says or bare."""
    found = taken_out(ALL[kind](messages)).decode().split("\n")
    assert len(found) == len(messages) + 1
    for line, message in zip(found, messages, strict=False):
        told = one_line(message)
        assert line in {told, f"{TIME} kernel: {told}"} or (
            line.endswith(f" tokyo-1 kernel: {told}") and not told.startswith("{")
        )


@pytest.mark.parametrize("kind", NAMED)
def test_who_wrote_a_line_and_when(kind: str) -> None:
    """The time, the machine and the program stand before a line as in any syslog; also one that begins with a time."""
    for message in ("IN=eth0 OUT= ", "Jan  2 03:04:05 other kernel: IN="):
        line = taken_out(NAMED[kind]([message])).decode()
        assert line in {
            f"{TIME} tokyo-1 kernel: {message}\n",
            f"1767323045.678901 tokyo-1 kernel: {message}\n",
        } or (kind == "rsyslog-elasticsearch" and line == message + "\n")


@pytest.mark.parametrize("kind", NAMELESS)
def test_lines_with_a_time_of_their_own_stay_as_they_are(kind: str) -> None:
    """Nor is anything put before JSON, a comment, or nothing; a time since the machine began is no time."""
    for message in ("Jan  2 03:04:05 h kernel: IN=", "2026-01-02 03:04:05 a", '{"a": 1}', "#fields\tts", ""):
        assert taken_out(NAMELESS[kind]([message])).decode() == message + "\n"
    for message in ("IN=eth0 OUT= ", "[12345.678901] IN=eth0", "DROP IN=eth0"):
        assert taken_out(NAMELESS[kind]([message])).decode() == f"{TIME} kernel: {message}\n"


@pytest.mark.parametrize("kind", ALL)
@given(messages=st.lists(st.text('a{"\\ \u00e9', max_size=20), min_size=1, max_size=6), at_once=st.integers(1, 60))
def test_however_it_comes(kind: str, messages: list[str], at_once: int) -> None:
    """Pieces of any size give the same."""
    content = ALL[kind](messages)
    assert taken_out(content, at_once=at_once, count=7) == taken_out(content)
    envelope = envelope_of(content)
    assert envelope is not None
    assert opened(envelope, content) == taken_out(content)


@pytest.mark.parametrize("wrap", [docker, cri])
def test_long_lines_come_in_pieces(wrap: object) -> None:
    """The whole stands at the place of its last piece, and nothing at those of the others."""
    long = '{"a": "' + "x" * 40_000 + '"}'
    content = NAMELESS["docker" if wrap is docker else "cri"]([long, '{"b": 1}'])
    assert taken_out(content).decode() == f'\n\n{long}\n{{"b": 1}}\n'


def test_pieces_of_two_streams() -> None:
    """What stands between the pieces of a line is of the other stream, and stays where it is."""
    lines = (b"stdout P {", b"stderr P [", b"stderr F ]", b"stdout F }")
    content = b"".join(TIME.encode() + b" " + line + b"\n" for line in lines)
    assert taken_out(content).decode() == f"\n\n{TIME} kernel: []\n{{}}\n"


def test_piece_without_an_end() -> None:
    """It is given at the end, so that somebody refuses it."""
    assert taken_out(TIME.encode() + b" stdout P {\n") == b"\n{\n"


def test_short_lines_without_an_end_are_no_pieces() -> None:
    """As Docker writes what a program wrote last."""
    content = json.dumps({"log": '{"a": 1}', "stream": "stdout", "time": TIME}).encode() + b"\n"
    assert taken_out(content * 2) == b'{"a": 1}\n' * 2


@pytest.mark.parametrize(
    "line",
    [
        b'{"log":"x","stream":"stdout"',
        b'{"log":"x\\q","stream":"stdout","time":"t"}',
        b'{"log":"x","stream":"stdout","time":"t"} x',
        b'{"log":"\\u12","stream":"stdout","time":"t"}',
        b'{"stream":"stdout","time":"t"}',
        b"nothing of the kind",
        b'{"log" "x"}',
        b'{"log": [256]}',
        b'{"log": {"a": "}',
        b"2026\tt\tx",
    ],
)
def test_what_is_in_no_envelope_stays_as_it_is(line: bytes) -> None:
    """So that whoever reads it refuses it."""
    good = docker(['{"a": 1}'])
    assert taken_out(good + line + b"\n" + good + line) == b'{"a": 1}\n' + line + b'\n{"a": 1}\n' + line


def test_programs_cannot_pass_for_the_kernel() -> None:
    """In a journal, which knows on which way a message came; a name is one word, and has a number."""
    for fields, tag in (
        ({"_TRANSPORT": "syslog", "SYSLOG_IDENTIFIER": "kernel", "_PID": "12"}, "journal[12]"),
        ({"_TRANSPORT": "stdout", "SYSLOG_IDENTIFIER": "a b=c[1]: x"}, "a_b_c[0]"),
        ({"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "x"}, "kernel"),
        ({"_TRANSPORT": "syslog", "SYSLOG_IDENTIFIER": "ulogd", "_PID": "7"}, "ulogd[7]"),
    ):
        entry = {**journal_fields("IN="), **fields}
        export = b"".join(export_field(name, value.encode()) for name, value in entry.items())
        for content in (json.dumps(entry).encode() + b"\n", export + b"\n"):
            assert taken_out(content).decode() == f"1767323045.678901 tokyo-1 {tag}: IN=\n"


def test_entries_with_more_than_memory_holds() -> None:
    """The image of a program that crashed is passed over, and what stands around it is not."""
    entry = journal_export(["one"])
    for field in (
        b"COREDUMP\n" + (3 * MOST_BYTES).to_bytes(8, "little") + b"\n\n=" * MOST_BYTES + b"\n",
        b"LONG=" + b"x" * (3 * MOST_BYTES) + b"\n",
    ):
        content = entry + entry.replace(b"_TRANSPORT", field + b"_TRANSPORT") + entry
        for at_once in (1 << 20, 99_991):
            assert taken_out(content, at_once=at_once) == b"1767323045.678901 tokyo-1 kernel: one\n" * 3


def test_entry_that_the_file_breaks_off_in() -> None:
    """It is a line of what is there of it; one that lacks but the blank line is whole."""
    content = journal_export(["one", "two"])
    good = "1767323045.678901 tokyo-1 kernel: "
    assert taken_out(content[:-1]).decode() == f"{good}one\n{good}two\n"
    cut = taken_out(content[:-3]).decode()
    assert cut.startswith(f"{good}one\n__CURSOR=")
    assert cut.endswith(" MESSAGE=tw\n")


def test_entry_of_which_a_size_is_wrong() -> None:
    """It is what it is, and the next is read."""
    bad = journal_export(["a\nb"]).replace((3).to_bytes(8, "little"), (2).to_bytes(8, "little"))
    found = taken_out(bad + journal_export(["one"])).decode(errors="replace").splitlines()
    assert found[0].startswith("__CURSOR=")
    assert found[-1] == "1767323045.678901 tokyo-1 kernel: one"


def test_line_longer_than_any() -> None:
    """It is handed on as it comes, and those around it are read."""
    content = docker(['{"a": 1}']) + b"x" * (2 * MOST_BYTES) + b"\n" + docker(['{"b": 1}'])
    found = taken_out(content).split(b"\n")
    assert (found[0], len(found[1]), found[2:]) == (b'{"a": 1}', 2 * MOST_BYTES, [b'{"b": 1}', b""])


@pytest.mark.parametrize("envelope", [EXPORT, CRI, *JSON], ids=lambda envelope: envelope.name)
@given(data=st.binary(max_size=300), at_once=st.integers(1, 400))
def test_any_bytes(envelope: Envelope, data: bytes, at_once: int) -> None:
    """Nothing raises, and no line gets lost: whoever reads has one for each."""
    found = taken_out(data, envelope, at_once=at_once)
    if envelope is not EXPORT:
        assert found.count(b"\n") == data.count(b"\n") + (found.endswith(b"\n") and not data.endswith(b"\n"))
