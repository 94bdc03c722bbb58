"""
Dotted names of columns in nested tables: ``http.status`` is a column of that name, or ``status`` inside ``http``.

It does not know what a column means.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Way = tuple[str, ...]
"""The names of the structs that lead to a column, and its own."""

Tree = Mapping[str, Any]
"""Names to what is below them: another tree, or anything else for a column."""


def tree_of(fields: Iterable[pa.Field]) -> Tree:
    """The tree of a schema or struct, with Arrow types for columns."""
    return {field.name: tree_of(field.type) if pa.types.is_struct(field.type) else field.type for field in fields}


def way(tree: Tree, name: str) -> Way | None:
    """The way to the column called *name*, the one with the fewest steps; None if there is no such column."""
    if name in tree and not isinstance(tree[name], Mapping):
        return (name,)
    # Longer beginnings first: a name may have dots of its own.
    for end in sorted((i for i, letter in enumerate(name) if letter == "."), reverse=True):
        below = tree.get(name[:end])
        rest = way(below, name[end + 1 :]) if isinstance(below, Mapping) else None
        if rest is not None:
            return (name[:end], *rest)
    return None


def leaf(tree: Tree, steps: Way) -> Any:
    """What the tree has at the end of a way; None if it does not go there."""
    below: Any = tree
    for step in steps:
        below = below.get(step) if isinstance(below, Mapping) else None
    return below


def schema_of(types: Mapping[Way, pa.DataType]) -> pa.Schema:
    """The schema with a column of each type at the end of each way."""
    return pa.schema(_fields(types))


def _fields(types: Mapping[Way, pa.DataType]) -> list[pa.Field]:
    fields = []
    for name in dict.fromkeys(steps[0] for steps in types):
        below = {steps[1:]: kind for steps, kind in types.items() if steps[0] == name}
        fields.append(pa.field(name, below[()] if () in below else pa.struct(_fields(below))))
    return fields


def flat(table: pa.Table, ways: Mapping[str, Way]) -> pa.Table:
    """The columns at the ends of the ways, by the names that lead there."""
    return pa.table({name: _column(table, steps) for name, steps in ways.items()})


def _column(table: pa.Table, steps: Way) -> pa.ChunkedArray:
    column = table.column(steps[0])
    for step in steps[1:]:
        column = pc.struct_field(column, step)
    return column


def names(tree: Tree, before: str = "") -> list[str]:
    """The dotted names of all columns."""
    found: list[str] = []
    for name, below in tree.items():
        found += names(below, f"{before}{name}.") if isinstance(below, Mapping) else [before + name]
    return found
