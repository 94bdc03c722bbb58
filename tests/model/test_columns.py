"""
Tests of isdas.model.columns.
"""

import pyarrow as pa
import pytest

from isdas.model import columns
from isdas.model.columns import Capability, Column
from isdas.model.packets import Packets

SOURCES = {"intake", "frame", "header", "enrich"}
EACH = pytest.mark.parametrize("spec", columns.COLUMNS, ids=lambda c: c.name)


@EACH
def test_column_says_what_it_is(spec: Column) -> None:
    """Every column has a unit, a sentence of meaning and somebody who fills it."""
    assert spec.name == spec.name.lower()
    assert spec.unit
    assert spec.meaning.endswith(".")
    assert spec.source in SOURCES


@EACH
def test_column_fits_the_tables(spec: Column) -> None:
    """No column has an unsigned type: Delta Lake has none."""
    assert not pa.types.is_unsigned_integer(spec.type)


@EACH
def test_column_is_found_by_name(spec: Column) -> None:
    """A column is found under its name."""
    assert columns.column(spec.name) is spec


def test_names_are_unique() -> None:
    """No two columns share a name."""
    assert len(set(columns.names())) == len(columns.COLUMNS)


def test_unknown_column_is_a_key_error() -> None:
    """A name that the table does not have is refused and told."""
    with pytest.raises(KeyError, match="no column 'colour'"):
        columns.column("colour")


def test_schema_is_the_table() -> None:
    """The schema at rest has the columns of the table in their order."""
    schema = columns.schema()
    assert tuple(schema.names) == columns.names()
    assert [f.type for f in schema] == [c.type for c in columns.COLUMNS]


def test_lasting_dimensions_are_dimensions() -> None:
    """What counts are kept apart by for ever, sightings are kept apart by too."""
    assert set(columns.lasting_dimensions()) <= set(columns.dimensions())


def test_capabilities_are_single_bits_of_a_small_mask() -> None:
    """Each capability is a bit of its own; a capture has all but that which says less."""
    single = [c for c in Capability if c is not Capability.CAPTURE]
    assert sum(single) == 2 ** len(single) - 1
    assert sum(single) - Capability.DESTINATION_NETWORK == Capability.CAPTURE
    assert all(int(c).bit_count() == 1 for c in single)


def test_one_edit_adds_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that is added to the table, and follows from others, is in all packets from then on."""
    parity = Column(
        "parity",
        pa.string(),
        "odd or even",
        "Whether the destination port is odd.",
        "header",
        dimension="counts",
        compute=lambda table: ["odd" if port % 2 else "even" for port in table["port"].to_pylist()],
    )
    monkeypatch.setattr(columns, "COLUMNS", (*columns.COLUMNS, parity))
    packets = Packets.of({"port": [445, 80]}, 2)
    assert packets.table["parity"].to_pylist() == ["odd", "even"]
    assert packets.with_columns({"port": [2, 3]}).table["parity"].to_pylist() == ["even", "odd"]
    assert columns.dimensions()[-1] is columns.lasting_dimensions()[-1] is parity
    assert columns.schema().names[-1] == "parity"
