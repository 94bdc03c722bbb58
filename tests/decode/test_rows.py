"""
The tables that the walk fills.
"""

import numpy as np
import pytest

from isdas.decode.rows import ASIDE, MEDIUM, NARROW, ROW, WIDE, Rows
from isdas.model import columns


def test_tables_hold_columns_of_the_column_table() -> None:
    """Every column that the walk fills is in the column table, and no type of it is wider than its table."""
    for names, bits in ((WIDE, 64), (MEDIUM, 32), (NARROW, 16)):
        for name in names:
            if name not in ASIDE:
                assert columns.column(name).type.bit_width <= bits
    assert set(ROW.names or ()) == {*WIDE, *MEDIUM, *NARROW}


def test_every_header_column_is_filled() -> None:
    """The walk fills every column whose source is the frame or the header, but for those that few packets have."""
    wanted = {spec.name for spec in columns.COLUMNS if spec.source in ("frame", "header") and spec.compute is None}
    rare = {name for name in wanted if name.startswith("quoted_")} | {"payload", "tunnel"}
    rare |= {"outer_source_high", "outer_source_low"}
    assert wanted - rare <= {*WIDE, *MEDIUM, *NARROW}


def test_a_column_is_a_row_of_its_table() -> None:
    """Fresh tables have room for n packets, and a column is found by its name."""
    rows = Rows.empty(5)
    assert [table.shape for table in rows] == [(len(names), 5) for names in (WIDE, MEDIUM, NARROW)]
    rows.narrow[NARROW.index("ttl")] = range(5)
    assert rows.column("ttl").tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(KeyError):
        rows.column("colour")


def test_some_rows_are_a_copy() -> None:
    """What is done to the rows that were kept does not reach the table that they are from."""
    rows = Rows.empty(3)
    rows.wide[WIDE.index("time")] = [10, 11, 12]
    kept = rows.only(np.array([0, 2]))
    kept.column("time")[0] = 7
    assert (kept.column("time").tolist(), rows.column("time").tolist()) == ([7, 12], [10, 11, 12])
    assert all(table.flags.c_contiguous for table in kept)
