"""
The tables that the walk fills.
"""

from isdas.decode.rows import MEDIUM, NARROW, ROW, WIDE, Rows
from isdas.model import columns


def test_tables_hold_columns_of_the_column_table() -> None:
    """Every column that the walk fills is in the column table, and no type of it is wider than its table."""
    for names, bits in ((WIDE, 64), (MEDIUM, 32), (NARROW, 16)):
        for name in names:
            if name != "known":
                assert columns.column(name).type.bit_width <= bits
    assert set(ROW.names or ()) == {*WIDE, *MEDIUM, *NARROW}


def test_every_header_column_is_filled() -> None:
    """The walk fills every column whose source is the frame or the header."""
    wanted = {spec.name for spec in columns.COLUMNS if spec.source in ("frame", "header") and spec.compute is None}
    assert wanted <= {*WIDE, *MEDIUM, *NARROW}


def test_empty_rows_are_zero() -> None:
    """Fresh tables have room for n packets and hold zeros."""
    rows = Rows.empty(5)
    assert [table.shape for table in rows] == [(8, 5)] * 3
    assert not any(table.any() for table in rows)
