"""Tests of isdas.lake.spelled: what whole tables say is tested in test_rollup."""

import numpy as np
import pyarrow as pa

from isdas.lake.brief import PACKED_BITS, PORT_BITS
from isdas.lake.spelled import begins, table_of, taken, words
from isdas.lake.tables import spec
from isdas.model.time import HOUR_US

N_LABELS = 3


def labels() -> pa.Table:
    """Three labels: columns of one value, of several, and with a null."""
    values = {
        "hour": pa.array([5, 5, 6]),
        "sensor": pa.array(["tokyo-1"] * N_LABELS),
        "region": pa.array(["JP", "CN", "JP"]),
        "tool": pa.array(["zmap", None, "masscan"]),
        "kind": pa.array(["scan"] * N_LABELS),
        "capabilities": pa.array([4, 5, 4], pa.int32()),
        "editions": pa.array(["iptocc=1"] * N_LABELS),
    }
    return pa.table(values)


def keys(label: list[int], protocol: list[int], port: list[int]) -> np.ndarray:
    """Packed keys."""
    high, middle, low = (np.array(each, np.int64) for each in (label, protocol, port))
    return high << PACKED_BITS | middle << PORT_BITS | low + 1


def test_keys_are_taken_apart_and_labels_spelled_out() -> None:
    """Hour, protocol and port, -1 for none, are those of the key; strings, also missing ones, those of its label."""
    packed = keys([2, 0, 1], [17, 6, 47], [65535, 0, -1])
    found = words("counts", packed, labels())
    rows = found.select(["protocol", "port", "sensor", "region", "tool", "kind", "capabilities"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        (17, 65535, "tokyo-1", "JP", "masscan", "scan", 4),
        (6, 0, "tokyo-1", "JP", "zmap", "scan", 4),
        (47, -1, "tokyo-1", "CN", None, "scan", 5),
    ]
    assert found.column("hour").cast(pa.int64()).to_pylist() == [6 * HOUR_US, 5 * HOUR_US, 5 * HOUR_US]
    assert begins(packed, labels()).tolist() == [6 * HOUR_US, 5 * HOUR_US, 5 * HOUR_US]


def test_words_are_taken_by_number() -> None:
    """Any words as often as they are asked for, in the type that they have, nulls among them."""
    found = words("counts", keys([2, 0, 1], [17, 6, 47], [65535, 0, -1]), labels())
    number = np.array([1, 1, 2, 0])
    for name in found.column_names:
        column = found.column(name).chunk(0)
        told = taken(column, number)
        assert told.to_pylist() == [column[i].as_py() for i in number.tolist()]
        assert pa.types.is_dictionary(told.type) or told.type == column.type


def test_a_table_has_its_columns_in_its_order() -> None:
    """Integers become what the table has, instants too; what is Arrow already stays."""
    told = words("counts", keys([0], [6], [445]), labels())
    values = {"packets": np.array([9]), "sources": np.array([2]), "first_at": np.array([1]), "last_at": np.array([2])}
    found = table_of("counts", {**{name: told.column(name).chunk(0) for name in told.column_names}, **values})
    assert found.column_names == spec("counts").schema.names
    assert found.cast(spec("counts").schema).num_rows == 1
    assert found.schema.field("first_at").type == spec("counts").schema.field("first_at").type


def test_no_keys_are_no_rows() -> None:
    """An empty fold has all key columns of the table."""
    found = words("counts", keys([], [], []), labels())
    assert found.num_rows == 0
    assert all(
        len(taken(found.column(name).combine_chunks(), np.empty(0, np.int64))) == 0 for name in found.column_names
    )
