"""
The compiled reading of lines of tuples.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.corsaro_lines import BLANK, FIELDS, FIRST_FIELD, GOOD, NO_TUPLE, WRONG_COUNT, read_tuples
from isdas.formats.lines import LineBlock

LINE = "1.2.3.4|44.1.2.3|40000|445|6|110|0x02|48,3"


def understood(data: bytes) -> tuple[list[list[int]], list[int]]:
    """The fields of every line, and what each is."""
    starts = LineBlock(data, 1).starts()
    values = np.full((len(starts) - 1, len(FIELDS)), -7, np.int64)
    what = np.full(len(values), -7, np.int8)
    read_tuples(np.frombuffer(data, np.uint8), starts, values, what)
    return values.tolist(), what.tolist()


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_tuple_is_read(end: str) -> None:
    """Every field of a line is a number, whatever ends the line."""
    values, what = understood((LINE + end).encode())
    assert what == [GOOD]
    assert values == [[0x01020304, 0x2C010203, 40000, 445, 6, 110, 2, 48, 3]]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("", BLANK),
        ("# CORSARO_INTERVAL_START 0 9", NO_TUPLE),
        ("#", NO_TUPLE),
        ("START flowtuple_other 9", NO_TUPLE),
        ("END flowtuple_other", NO_TUPLE),
        ("STARTLED", WRONG_COUNT),
        ("words", WRONG_COUNT),
        (LINE.replace(",3", ""), WRONG_COUNT),
        (LINE.replace("|6|", "|"), WRONG_COUNT),
        (LINE + "|3", WRONG_COUNT),
        (LINE + ",3", WRONG_COUNT),
        (LINE.replace("48,3", "48|3"), WRONG_COUNT),
        (LINE.replace("1.2.3.4", "1.2.3"), "source"),
        (LINE.replace("1.2.3.4", "1.2.3.4.5"), "source"),
        (LINE.replace("1.2.3.4", "1.2..4"), "source"),
        (LINE.replace("1.2.3.4", "1.2.3.256"), "source"),
        (LINE.replace("1.2.3.4", "1.2.3.0004"), "source"),
        (LINE.replace("1.2.3.4", "x.2.3.4"), "source"),
        (LINE.replace("1.2.3.4", "*"), "source"),
        (LINE.replace("1.2.3.4", "2001:db8::1"), "source"),
        (LINE.replace("1.2.3.4", "1.2.3.4 "), "source"),
        (LINE.replace("44.1.2.3", "x.1.2.3"), "destination"),
        (LINE.replace("44.1.2.3", "44.1.2.0/24"), "destination"),
        (LINE.replace("44.1.2.3", ""), "destination"),
        (LINE.replace("40000", "-1"), "source_port"),
        (LINE.replace("445", "4 5"), "port"),
        (LINE.replace("|6|", "|tcp|"), "protocol"),
        (LINE.replace("110", ""), "ttl"),
        (LINE.replace("0x02", "0x"), "tcp_flags"),
        (LINE.replace("0x02", "0x0g"), "tcp_flags"),
        (LINE.replace("0x02", "0x0@"), "tcp_flags"),
        (LINE.replace("0x02", "SYN"), "tcp_flags"),
        (LINE.replace("0x02", "0x123456789"), "tcp_flags"),
        (LINE.replace("48,", "forty,"), "ip_length"),
        (LINE.replace(",3", ",9999999999999999999"), "packets"),
        (LINE.replace("|6|", "|tcp|").replace("110", ""), "protocol"),
    ],
)
def test_lines_that_are_no_tuple(line: str, what: int | str) -> None:
    """Marks are told from tuples, and a bad tuple by its first bad field; the lines around are not touched."""
    code = what if isinstance(what, int) else FIRST_FIELD + FIELDS.index(what)
    values, found = understood(f"{LINE}\n{line}\n{LINE}\n".encode())
    assert found == [GOOD, code, GOOD]
    assert values[0] == values[2]


def test_flags_in_any_notation() -> None:
    """Flags are hexadecimal in either case, or decimal."""
    lines = (LINE.replace("0x02", flags) for flags in ("0xaF", "0x1ff", "18", "0x00"))
    values, what = understood("\n".join(lines).encode())
    assert what == [GOOD] * 4
    assert [row[6] for row in values] == [0xAF, 0x1FF, 18, 0]


@given(data=st.binary(max_size=200) | st.lists(st.sampled_from([LINE, "|", ",", "\n", "1", "0x", "."])).map(
    lambda parts: "".join(parts).encode()
))  # fmt: skip
def test_any_bytes_are_lines_of_some_kind(data: bytes) -> None:
    """Whatever the bytes are, every line is given a kind and good ones numbers that are none below zero."""
    if not data:
        return
    values, what = understood(data)
    assert all(GOOD <= kind < FIRST_FIELD + len(FIELDS) for kind in what)
    assert all(number >= 0 for row, kind in zip(values, what, strict=True) if kind == GOOD for number in row)
