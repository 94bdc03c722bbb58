"""Tests of isdas.lake.spelled: what whole tables say is tested in test_rollup."""

import numpy as np
import pyarrow as pa

from isdas.lake.brief import PACKED_BITS, PORT_BITS
from isdas.lake.group import Groups
from isdas.lake.spelled import table_of
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
        "editions": pa.array(["iptocc=1"] * N_LABELS),
    }
    return pa.table(values)


def groups(label: list[int], protocol: list[int], port: list[int]) -> Groups:
    """Groups with these keys and nothing else of interest."""
    high, middle, low = (np.array(each, np.int64) for each in (label, protocol, port))
    packed = high << PACKED_BITS | middle << PORT_BITS | low + 1
    one = np.ones(len(label), np.int64)
    return Groups(one, one * 0, packed, one, one, one, one, one)


def test_keys_are_taken_apart_and_labels_spelled_out() -> None:
    """Hour, protocol and port, -1 for none, are those of the key; strings, also missing ones, those of its label."""
    found = table_of("counts", groups([2, 0, 1], [17, 6, 47], [65535, 0, -1]), labels(), {"sources": np.arange(3)})
    assert found.column_names == spec("counts").schema.names
    rows = found.select(["protocol", "port", "sensor", "region", "tool", "kind", "sources"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        (17, 65535, "tokyo-1", "JP", "masscan", "scan", 0),
        (6, 0, "tokyo-1", "JP", "zmap", "scan", 1),
        (47, -1, "tokyo-1", "CN", None, "scan", 2),
    ]
    assert found.column("hour").cast(pa.int64()).to_pylist() == [6 * HOUR_US, 5 * HOUR_US, 5 * HOUR_US]


def test_no_groups_are_no_rows() -> None:
    """An empty fold has all columns of the table, each of its type."""
    found = table_of("counts", groups([], [], []), labels(), {"sources": np.empty(0, np.int64)})
    assert (found.num_rows, found.column_names) == (0, spec("counts").schema.names)
