"""
Tests of isdas.model.packets.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model import columns
from isdas.model.packets import Packets, constant, in_memory, labels

PORTS = st.lists(st.integers(-1, 65535), max_size=30)


@given(PORTS)
def test_packets_have_the_columns_of_the_table(ports: list[int]) -> None:
    """Whatever is given, packets have all columns in the table's order, each in its type."""
    table = Packets.of({"port": np.array(ports, np.int64)}, len(ports)).table
    assert tuple(table.schema.names) == columns.names()
    assert [f.type for f in table.schema] == [in_memory(c.type) for c in columns.COLUMNS]
    assert table["port"].to_pylist() == ports


def test_columns_that_are_not_given_are_null() -> None:
    """What nobody knows is null, not zero."""
    table = Packets.of({"port": 445}, 3).table
    assert table["ttl"].null_count == 3
    assert table["port"].to_pylist() == [445] * 3


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ttl", 64, 64),
        ("ttl", np.int64(64), 64),
        ("dont_fragment", True, True),
        ("region", "JP", "JP"),
        ("time", np.datetime64("2008-10-30T13:00", "us"), np.datetime64("2008-10-30T13:00")),
    ],
    ids=["int", "numpy-int", "bool", "text", "time"],
)
def test_scalar_is_shared_by_all_rows(name: str, value: Any, expected: Any) -> None:
    """One value stands for every row."""
    column = Packets.of({name: value}, 2).table[name]
    if name == "time":
        assert (column.to_numpy() == expected).all()
    else:
        assert column.to_pylist() == [expected] * 2


@pytest.mark.parametrize(
    "value",
    [
        ["JP", "CN", None],
        np.array(["JP", "CN", None], object),
        pa.array(["JP", "CN", None]),
        pa.chunked_array([["JP"], ["CN", None]]),
        pa.array(["JP", "CN", None]).dictionary_encode(),
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), ["JP", "CN"]),
        labels(np.array([0, 1, -1]), ["JP", "CN"]),
    ],
    ids=["list", "objects", "strings", "chunks", "dictionary", "small-dictionary", "labels"],
)
def test_strings_travel_as_dictionaries(value: Any) -> None:
    """Strings may come in any form; they travel dictionary-encoded with 32-bit codes."""
    column = Packets.of({"region": value}, 3).table["region"]
    assert column.type == pa.dictionary(pa.int32(), pa.string())
    assert column.to_pylist() == ["JP", "CN", None]


def test_unknown_column_is_refused() -> None:
    """A column that the table does not have is a KeyError."""
    with pytest.raises(KeyError, match="colour"):
        Packets.of({"colour": [1]}, 1)


def test_other_length_is_refused() -> None:
    """An array of another length is a ValueError that names the column."""
    with pytest.raises(ValueError, match="column ttl has 2 rows, expected 3"):
        Packets.of({"ttl": [1, 2]}, 3)


@pytest.mark.parametrize(
    ("name", "value"), [("port", [2**40]), ("ttl", "far"), ("port", [1.5])], ids=["too-large", "text", "fraction"]
)
def test_value_that_does_not_fit_is_refused(name: str, value: Any) -> None:
    """A value that its column's type cannot hold is never stored as something else."""
    with pytest.raises(pa.ArrowInvalid):
        Packets.of({name: value}, 1)


@given(st.lists(PORTS, max_size=5))
def test_concatenation_keeps_rows_and_order(batches: list[list[int]]) -> None:
    """Batches one after another are the rows of each in turn, also where their strings differ."""
    packets = [Packets.of({"port": ports, "region": f"R{i}"}, len(ports)) for i, ports in enumerate(batches)]
    together = Packets.concat(packets)
    assert together.table["port"].to_pylist() == [p for ports in batches for p in ports]
    assert together.table["region"].to_pylist() == [f"R{i}" for i, ports in enumerate(batches) for _ in ports]
    assert len(together) == sum(map(len, batches))


def test_replacing_columns_leaves_the_others() -> None:
    """New values replace a column and nothing else, and the packets they came from stay as they were."""
    before = Packets.of({"port": [445, 139], "ttl": [64, 128]}, 2)
    after = before.with_columns({"region": ["JP", "CN"]})
    assert after.table["region"].to_pylist() == ["JP", "CN"]
    assert after.table["ttl"].equals(before.table["ttl"])
    assert before.table["region"].null_count == 2


def test_words_are_those_that_occur() -> None:
    """Of several batches, without nulls and without words of the dictionary that no row has."""
    some = [Packets.of({"sensor": value}, 2) for value in ("a", labels(np.array([1, -1]), ["x", "b", "c"]))]
    assert Packets.concat(some).words("sensor") == {"a", "b"}
    assert some[0].words("sensor") == {"a"}
    assert Packets.of({"sensor": "a"}, 0).words("sensor") == some[0].words("region") == set()


def test_numpy_fills_nulls() -> None:
    """A column as numpy has the asked-for number where the table has null."""
    packets = Packets.of({"source_port": [1024, None]}, 2)
    assert packets.numpy("source_port", -1).tolist() == [1024, -1]
    assert packets.numpy("ttl").tolist() == [0, 0]


def test_numpy_of_many_batches_is_one_array() -> None:
    """A column that came in pieces is one array, and that of no packets is empty."""
    packets = Packets.concat(Packets.of({"port": [n]}, 1) for n in range(3))
    assert packets.numpy("port").tolist() == [0, 1, 2]
    assert Packets.concat([]).numpy("port").shape == (0,)


def test_time_as_numpy_is_utc_microseconds() -> None:
    """Times come out as numpy instants in microseconds."""
    times = np.array(["2008-10-30T13:00:00.000001"], "datetime64[us]")
    packets = Packets.of({"time": times}, 1)
    assert packets.numpy("time").tolist() == times.tolist()


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_few_packets_let_go_of_the_memory_of_many(count: int) -> None:
    """Packets in memory of their own are the same, and keep nothing of the far longer columns that they came from."""
    n = 1_000_000
    ports, words = pa.array(np.arange(n) % 65536, pa.int32()), [b"GET" if i % 2 else None for i in range(n)]
    many = Packets.of({"port": ports, "payload": pa.array(words), "sensor": "a"}, n)
    few = Packets(many.table.slice(7, count))
    del ports
    before = pa.total_allocated_bytes()
    own = few.in_own_memory()
    assert own.table.equals(few.table)
    del few, many
    assert pa.total_allocated_bytes() < before - n


def test_constant_is_one_word() -> None:
    """A string that all rows share is kept once."""
    array = constant("scan", 1000)
    assert len(array) == 1000
    assert array.dictionary.to_pylist() == ["scan"]


def test_code_without_a_name_is_refused() -> None:
    """A code beyond the names is an error, not a wrong label."""
    with pytest.raises(IndexError):
        labels(np.array([2]), ["JP", "CN"])
