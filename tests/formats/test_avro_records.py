"""
The compiled reading of Avro records, against fastavro.
"""

import io
from typing import Any

import fastavro
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.avro_records import ABSENT, MOST_ITEMS, decode_records
from isdas.formats.avro_schema import encodings, plan

LONGS = {"type": "array", "items": "long"}
SCHEMA = fastavro.parse_schema(
    {
        "type": "record",
        "name": "r",
        "fields": [
            {"name": "s", "type": "string"},
            {"name": "a", "type": "long"},
            {"name": "skipped", "type": LONGS},
            {"name": "b", "type": ["null", "int"]},
            {"name": "d", "type": "double"},
            {"name": "many", "type": LONGS},
            {"name": "flag", "type": ["boolean", "null"]},
            {"name": "perhaps", "type": ["null", LONGS]},
        ],
    }
)
PLAN = plan(encodings(SCHEMA) or {}, ("b", "a"), ("perhaps", "many"))

long = st.integers(-(1 << 63), (1 << 63) - 1)
records = st.fixed_dictionaries(
    {
        "s": st.text(max_size=5),
        "a": long,
        "skipped": st.lists(long, max_size=8),
        "b": st.none() | st.integers(-(1 << 31), (1 << 31) - 1),
        "d": st.floats(allow_nan=False),
        "many": st.lists(long, max_size=8),
        "flag": st.none() | st.booleans(),
        "perhaps": st.none() | st.lists(long, max_size=3),
    }
)


def written(rows: list[dict[str, Any]]) -> bytes:
    """Records one after another, as they stand in a block."""
    out = io.BytesIO()
    for row in rows:
        fastavro.schemaless_writer(out, SCHEMA, row)
    return out.getvalue()


def decoded(data: bytes, count: int) -> tuple[int, int, Any, Any, Any]:
    """What the walk makes of *count* records."""
    values = np.zeros((2, count), np.int64)
    items = np.zeros((2, count, MOST_ITEMS), np.int64)
    lengths = np.zeros((2, count), np.int64)
    n, end = decode_records(np.frombuffer(data, np.uint8), count, PLAN.steps, values, items, lengths, 0)
    return n, end, values, items, lengths


@given(rows=st.lists(records, max_size=6))
def test_records_are_read_as_fastavro_writes_them(rows: list[dict[str, Any]]) -> None:
    """Numbers of all sizes, nulls and arrays come back; strings, doubles and what is not wanted are stepped over."""
    data = written(rows)
    n, end, values, items, lengths = decoded(data, len(rows))
    assert (n, end) == (len(rows), len(data))
    assert values[0].tolist() == [ABSENT if row["b"] is None else row["b"] for row in rows]
    assert values[1].tolist() == [row["a"] for row in rows]
    for slot, name in enumerate(("perhaps", "many")):
        there = [row[name] or [] for row in rows]
        assert lengths[slot].tolist() == [len(each) for each in there]
        kept = [items[slot, i, : len(each)].tolist() for i, each in enumerate(there)]
        assert kept == [each[:MOST_ITEMS] for each in there]


@given(rows=st.lists(records, min_size=1, max_size=4), data=st.data())
def test_a_cut_gives_the_records_before_it(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    """Of bytes that end within a record exactly the whole ones are read."""
    whole = written(rows)
    cut = data.draw(st.integers(0, len(whole)))
    ends = [len(written(rows[:i])) for i in range(len(rows) + 1)]
    n, end, *_ = decoded(whole[:cut], len(rows))
    assert n == sum(each <= cut for each in ends) - 1
    assert end == ends[n]


@given(data=st.binary(max_size=200))
def test_any_bytes_end_within_themselves(data: bytes) -> None:
    """Whatever the bytes are, no record reaches beyond them."""
    n, end, *_ = decoded(data, 20)
    assert 0 <= n <= 20
    assert 0 <= end <= len(data)


def test_arrays_with_sizes_of_their_blocks() -> None:
    """An array may say the bytes of its blocks, and have several blocks."""
    by = plan({"x": (encodings({"fields": [{"name": "x", "type": LONGS}]}) or {})["x"]}, (), ("x",))
    # Minus two items in two bytes: 1, 2; then one item: 3; then the end.
    data = np.frombuffer(bytes([3, 4, 2, 4, 2, 6, 0]), np.uint8)
    items, lengths = np.zeros((1, 1, MOST_ITEMS), np.int64), np.zeros((1, 1), np.int64)
    assert decode_records(data, 1, by.steps, np.zeros((0, 1), np.int64), items, lengths, 0) == (1, 7)
    assert (lengths[0, 0], items[0, 0, :3].tolist()) == (3, [1, 2, 3])
