"""
The body of a segment holds what a sensor sees of packets, and nothing comes out of damaged ones.
"""

from contextlib import suppress

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model import columns
from isdas.model.packets import Packets
from isdas.transport.body import BadBody, UnknownColumn, pack, unpack


def test_packets_come_back_as_they_were(packets: Packets) -> None:
    """Every column that a header fills, values, nulls and payloads, is the same; what the hub fills is left out."""
    described, raw_bytes, body = pack(packets)
    back = unpack(described, raw_bytes, len(packets), body)
    for spec in columns.COLUMNS:
        there, here = packets.table.column(spec.name), back.table.column(spec.name)
        if spec.name in ("sensor", "intake", "editions", "position") or spec.source == "enrich":
            assert here.null_count == len(packets)
        else:
            assert here.to_pylist() == there.to_pylist(), spec.name
    assert back.table.column("payload").null_count < len(packets)


def test_no_packets_are_no_bytes() -> None:
    """A minute of silence costs nothing but its header."""
    assert pack(Packets.of({}, 0)) == ([], 0, b"")
    assert len(unpack([], 0, 0, b"")) == 0


def test_a_packet_costs_little(packets: Packets) -> None:
    """Not more than the headers that it was made of."""
    _, _, body = pack(packets)
    assert len(body) < 60 * len(packets)


@given(data=st.data())
def test_a_damaged_body_is_a_bad_body(packets: Packets, data: st.DataObject) -> None:
    """Whatever is wrong with the sizes or the bytes, only that is said; or the bytes mean other packets."""
    described, raw_bytes, body = pack(packets)
    at = data.draw(st.integers(0, len(body) - 1))
    cut = data.draw(st.sampled_from([body[:at], body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :], body + b"x"]))
    size = data.draw(st.sampled_from([raw_bytes, raw_bytes - 1, raw_bytes + 1, 0, 1 << 40, -1]))
    n = data.draw(st.sampled_from([len(packets), len(packets) + 1, 0]))
    with suppress(BadBody):
        assert len(unpack(described, size, n, cut)) == n


@pytest.mark.parametrize(
    ("described", "raw"),
    [
        ([["ttl"]], b""),
        ([["ttl", 1]], b""),
        ([["ttl", False, ["a"]]], b"\0\0"),
        ([["tunnel", False]], b"\0\0\0\0"),
        ([["tunnel", False, ["a"]]], b"\1\0\0\0"),
        ([["tunnel", False, ["a"]]], b"\xff\xff\xff\xff"),
        ([["payload", False]], b"\xff\xff\xff\xff"),
        ([["payload", False]], b"\5\0\0\0abc"),
        ([["ttl", False], ["ttl", False]], b"\0\0\0\0"),
        ([["ttl", False]], b"\0\0\0"),
        ([["region", False, ["JP"]]], b"\0\0\0\0"),
        ([["sensor", False, ["me"]]], b"\0\0\0\0"),
    ],
)
def test_a_body_that_contradicts_its_description(described: list[list[object]], raw: bytes) -> None:
    """Labels that are not there, negative lengths, columns that are not a sensor's: none of it is taken."""
    body = pa.compress(raw, codec="zstd", asbytes=True) if raw else b""
    with pytest.raises(BadBody):
        unpack(described, len(raw), 1, body)


def test_a_column_of_another_version_is_told_apart() -> None:
    """A newer sensor is not called damaged."""
    with pytest.raises(UnknownColumn, match="colour"):
        unpack([["colour", False]], 0, 0, b"")


def test_a_bomb_is_not_unpacked() -> None:
    """Little that would become much is refused by its size before it is unpacked."""
    bomb = pa.compress(bytes(1 << 24), codec="zstd", asbytes=True)
    with pytest.raises(BadBody):
        unpack([["ttl", False]], 2, 1, bomb)
    with pytest.raises(BadBody, match="too large"):
        unpack([["ttl", False]], 1 << 30, 1, bomb)


SENT = [
    spec
    for spec in columns.COLUMNS
    if spec.source in ("intake", "frame", "header")
    and spec.compute is None
    and spec.name not in ("sensor", "intake", "editions", "position")
]


def values_of(kind: pa.DataType) -> st.SearchStrategy[object]:
    """What a column of a type can hold."""
    if pa.types.is_boolean(kind):
        return st.booleans()
    if pa.types.is_binary(kind):
        return st.binary(max_size=30)
    if pa.types.is_string(kind):
        return st.text(max_size=8)
    width = 64 if pa.types.is_timestamp(kind) else kind.bit_width
    return st.integers(-(2 ** (width - 1)), 2 ** (width - 1) - 1)


@st.composite
def any_packets(draw: st.DrawFn) -> Packets:
    """Packets with any values, and without values, in any columns."""
    n = draw(st.integers(1, 20))
    values = {}
    for spec in draw(st.lists(st.sampled_from(SENT), unique_by=lambda spec: spec.name)):
        some = draw(st.lists(st.none() | values_of(spec.type), min_size=n, max_size=n))
        values[spec.name] = pa.array(some, spec.type)
    return Packets.of(values, n)


def plain(packets: Packets, name: str) -> list[object]:
    """The values of a column; times as numbers, since Python's own end with the year 9999."""
    column = packets.table.column(name)
    found: list[object] = (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
    return found


@given(any_packets(), st.integers(0, 20))
def test_any_packets_come_back(made: Packets, start: int) -> None:
    """Whatever they hold, as a whole or as a slice of others."""
    cut = Packets(made.table.slice(min(start, len(made) - 1)))
    described, raw_bytes, body = pack(cut)
    back = unpack(described, raw_bytes, len(cut), body)
    for spec in SENT:
        assert plain(back, spec.name) == plain(cut, spec.name), spec.name
