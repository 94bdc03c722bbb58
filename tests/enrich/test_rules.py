"""Tests of isdas.enrich.rules."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.rules import UNKNOWN, at, bytes_of, first_of, header, known, rule
from isdas.model.packets import Packets

Make = Callable[..., Packets]
PORTS = st.lists(st.one_of(st.none(), st.integers(-1, 65535)), max_size=60)


def in_parts(packets: Packets, at_row: int) -> Packets:
    """The same packets, whose columns lie in two pieces."""
    return Packets(pa.concat_tables([packets.table.slice(0, at_row), packets.table.slice(at_row)]))


@given(ports=PORTS, start=st.integers(0, 60), whole=st.booleans())
def test_compiled_code_reads_what_arrow_holds(ports: list[int | None], start: int, whole: bool) -> None:
    """Values and nulls are Arrow's own, from any row on, in one piece or several."""
    packets = Packets.of({"port": pa.array(ports, pa.int32())}, len(ports))
    packets = Packets(packets.table.slice(start)) if whole else Packets(in_parts(packets, start).table)
    expected = ports[start:] if whole else ports
    column = header(packets, "port")
    assert [at(column, i) for i in range(len(expected))] == [UNKNOWN if p is None else p for p in expected]
    assert [bool(known(column, i)) for i in range(len(expected))] == [p is not None for p in expected]


@given(flags=st.lists(st.one_of(st.none(), st.booleans()), max_size=40), start=st.integers(0, 40))
def test_truths_are_ones_and_zeroes(flags: list[bool | None], start: int) -> None:
    """A column of truths is read as numbers, UNKNOWN where it is null."""
    packets = Packets(Packets.of({"dont_fragment": flags}, len(flags)).table.slice(start))
    column = header(packets, "dont_fragment")
    expected = [UNKNOWN if flag is None else int(flag) for flag in flags[start:]]
    assert [at(column, i) for i in range(len(expected))] == expected


@given(payloads=st.lists(st.one_of(st.none(), st.binary(max_size=30)), max_size=40), start=st.integers(0, 40))
def test_byte_strings_are_read_in_place(payloads: list[bytes | None], start: int) -> None:
    """Each byte string is a stretch of the data; a null is an empty one."""
    packets = Packets(Packets.of({"payload": payloads}, len(payloads)).table.slice(start))
    found = bytes_of(packets, "payload")
    read = [found.data[a:b].tobytes() for a, b in zip(found.begins[:-1], found.begins[1:], strict=True)]
    assert read == [payload or b"" for payload in payloads[start:]]


def test_a_column_without_nulls_is_not_copied() -> None:
    """The values are the packets' own memory, and nobody can write to it."""
    ports = np.arange(100, dtype=np.int32)
    column = header(Packets.of({"port": ports}, 100), "port")
    assert np.shares_memory(column.values, ports)
    assert not len(column.known)
    with pytest.raises(ValueError, match="read-only"):
        column.values[0] = 1


def test_the_first_rule_that_claims_wins() -> None:
    """Rules are asked in their order; what none claims gets the code for that."""
    even, small = rule(lambda n: n % 2 == 0), rule(lambda n: n < 10)
    code = first_of(((1, even), (2, small)), 7)
    assert [code(n) for n in (4, 5, 12, 13)] == [1, 2, 1, 7]
    assert first_of((), 7)(4) == 7
