"""
Dotted names of columns in nested tables.
"""

import pyarrow as pa
import pytest

from isdas.formats.nested import flat, leaf, names, schema_of, tree_of, way

TABLE = pa.table({"a": [{"b": {"c": 1}, "d.e": 2}, None], "a.b": [3, 4], "f": [5, 6]})


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("f", ("f",)),
        ("a.b", ("a.b",)),
        ("a.b.c", ("a", "b", "c")),
        ("a.d.e", ("a", "d.e")),
        ("a", None),
        ("a.x", None),
        ("f.x", None),
        ("", None),
    ],
)
def test_way(name: str, steps: tuple[str, ...] | None) -> None:
    """A dotted name is a column of that name if there is one, else leads into structs, whose names may have dots."""
    assert way(tree_of(TABLE.schema), name) == steps


def test_leaf_is_the_type_at_the_end() -> None:
    """A way ends at the type of its column, and nowhere if it leads past one."""
    tree = tree_of(TABLE.schema)
    assert leaf(tree, ("a", "b", "c")) == pa.int64()
    assert leaf(tree, ("f", "x")) is None


def test_names_are_those_of_all_columns() -> None:
    """The names of a tree are what a profile may write."""
    assert names(tree_of(TABLE.schema)) == ["a.b.c", "a.d.e", "a.b", "f"]


def test_schema_has_the_types_at_the_ends_of_the_ways() -> None:
    """Ways with a common beginning share their structs."""
    tree = tree_of(schema_of({("a", "b"): pa.int64(), ("a", "c"): pa.string(), ("d",): pa.bool_()}))
    assert tree == {"a": {"b": pa.int64(), "c": pa.string()}, "d": pa.bool_()}


def test_flat_table_has_the_columns_by_their_dotted_names() -> None:
    """A column of a struct that is missing in a row is null there."""
    table = flat(TABLE, {"a.b.c": ("a", "b", "c"), "f": ("f",)})
    assert table.to_pydict() == {"a.b.c": [1, None], "f": [5, 6]}
