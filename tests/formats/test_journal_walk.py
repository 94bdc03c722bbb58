"""
The compiled reading of the Journal Export Format.
"""

import numpy as np
from enveloped import export_field

from isdas.formats.envelope import EXPORT, HOST, N_PARTS, RAW, WHOLE
from isdas.formats.journal_walk import open_entries


def walked(data: bytes, *, final: bool = False, most: int = 9) -> tuple[list[tuple[int, bytes, bytes | None]], int]:
    """State, text and host of each entry, and where the next begins."""
    begins = np.cumsum([0, *(len(name) for name, _ in EXPORT.keys)])
    names = np.frombuffer("".join(name for name, _ in EXPORT.keys).encode(), np.uint8)
    keys = names, begins, np.array([slot for _, slot in EXPORT.keys])
    text, heads = np.zeros(len(data) + most + 1, np.uint8), np.zeros(len(data) + 1, np.uint8)
    ends, parts, states = np.zeros(most + 1, np.int64), np.zeros((most, N_PARTS, 2), np.int64), np.zeros(most, np.int8)
    n, behind = open_entries(np.frombuffer(data, np.uint8), final, keys, text, ends, heads, parts, states)
    found = []
    for i in range(n):
        at, size = parts[i, HOST].tolist()
        host = heads[at : at + size].tobytes() if size >= 0 else None
        found.append((int(states[i]), text[ends[i] : ends[i + 1]].tobytes(), host))
    return found, behind


def test_fields_of_both_forms() -> None:
    """Text behind an equals sign, and bytes behind their number; equals signs and line ends within are no others."""
    entry = export_field("X", b"\nMESSAGE=no\n\n") + b"_HOSTNAME=a=b\n" + export_field("MESSAGE", b"c\nd=e\n")
    assert walked(entry + b"\n" + b"MESSAGE=\n\n") == ([(WHOLE, b"c d=e\n", b"a=b"), (WHOLE, b"\n", None)], 72)


def test_what_is_not_whole_waits() -> None:
    """An entry is taken when it has ended, or the file has."""
    entry = b"_HOSTNAME=a\n" + export_field("MESSAGE", b"b\nc") + b"\n"
    for cut in range(1, len(entry)):
        assert walked(entry + entry[:cut]) == ([(WHOLE, b"b c\n", b"a")], len(entry))
    found, behind = walked(entry + entry[:-1], final=True)
    assert (found, behind) == ([(WHOLE, b"b c\n", b"a")] * 2, 2 * len(entry) - 1)
    found, behind = walked(entry[:-3], final=True)
    assert ([state for state, _, _ in found], behind) == ([RAW], len(entry) - 3)


def test_no_message_and_blank_lines() -> None:
    """An entry without a message is a line of what it is; blank lines alone are none."""
    assert walked(b"\n\nA=1\nB=2\n\n\n") == ([(RAW, b"A=1 B=2\n", None)], 12)


def test_impossible_size() -> None:
    """What no memory holds is no field."""
    found, _ = walked(b"MESSAGE\n" + b"\xff" * 8 + b"x\n\nMESSAGE=a\n\n", final=True)
    assert [state for state, _, _ in found][-1] == WHOLE
    assert found[0][0] == RAW


def test_no_more_than_there_is_room_for() -> None:
    """The rest comes next."""
    assert walked(b"MESSAGE=a\n\n" * 3, most=2) == ([(WHOLE, b"a\n", None)] * 2, 22)
