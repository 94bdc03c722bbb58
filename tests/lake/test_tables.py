"""Tests of isdas.lake.tables."""

import pyarrow as pa
import pytest

from isdas.lake.tables import DERIVED, NAMES, spec
from isdas.model import columns
from isdas.model.columns import Column

EACH = pytest.mark.parametrize("name", NAMES)


@EACH
def test_a_table_says_what_it_is(name: str) -> None:
    """Every table is described, ordered by a time that it has, and keyed by columns that it has."""
    table = spec(name)
    assert table.name == name
    assert table.meaning
    assert table.kept
    assert table.schema.field(table.clock).type == pa.timestamp("us", tz="UTC")
    assert set(table.key) <= set(table.schema.names)
    assert table.delta_schema.names == [*table.schema.names, table.partition]


@EACH
def test_delta_lake_has_all_the_types(name: str) -> None:
    """No table uses an unsigned type."""
    assert not any(pa.types.is_unsigned_integer(f.type) for f in spec(name).schema)


def test_an_unknown_table_is_a_key_error() -> None:
    """There are five tables and no other."""
    assert len(NAMES) == 5
    assert NAMES[1:] == DERIVED
    with pytest.raises(KeyError):
        spec("alerts")


def test_tables_follow_the_column_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new dimension is a column and part of the key of the tables that are kept apart by it."""
    added = Column("colour", pa.string(), "name", "Its colour.", "header", dimension="counts")
    short = Column("shape", pa.string(), "name", "Its shape.", "header", dimension="sightings")
    monkeypatch.setattr(columns, "COLUMNS", (*columns.COLUMNS, added, short))
    assert {"colour", "shape"} <= set(spec("packets").schema.names)
    assert {"colour", "shape"} <= set(spec("sightings").key)
    assert "colour" in spec("counts").key
    assert "shape" not in spec("counts").schema.names
