"""
Avro schemas (Apache Avro 1.11) of records of numbers, strings and arrays of numbers, each perhaps or null.

It gives the plan by which `isdas.formats.avro_records` reads a record; richer types have none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from isdas.formats.avro_records import BYTES, FIXED, NO_NULL, NO_SLOT, NO_UNION, VARINT, VARINTS

_KINDS = {"int": VARINT, "long": VARINT, "enum": VARINT, "string": BYTES, "bytes": BYTES}
_SIZES = {"null": 0, "boolean": 1, "float": 4, "double": 8}


class Encoding(NamedTuple):
    """How a field is encoded, in the words of `isdas.formats.avro_records`."""

    kind: int
    null: int = NO_UNION
    size: int = 0

    @property
    def least(self) -> int:
        """The fewest bytes that a value takes."""
        return int(self.null != NO_UNION) or (self.size if self.kind == FIXED else 1)


def encodings(schema: Any) -> dict[str, Encoding | None] | None:
    """The encoding of each field of a record, in their order, None for types not read; None for what is no record."""
    try:
        return {str(field["name"]): _encoding(field["type"]) for field in schema["fields"]}
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _encoding(type_: Any) -> Encoding | None:
    if isinstance(type_, list):
        return _union(type_)
    name = type_["type"] if isinstance(type_, dict) else type_
    if isinstance(name, dict | list):
        return _encoding(name)
    if name == "array":
        return Encoding(VARINTS) if _encoding(type_["items"]) == Encoding(VARINT) else None
    if name == "fixed":
        return Encoding(FIXED, size=max(0, min(int(type_["size"]), 1 << 20)))
    if name in _KINDS:
        return Encoding(_KINDS[name])
    return Encoding(FIXED, size=_SIZES[name]) if name in _SIZES else None


def _union(branches: list[Any]) -> Encoding | None:
    """A type or null, or a union of one type."""
    others = [branch for branch in branches if branch != "null"]
    inner = _encoding(others[0]) if len(others) == 1 and len(branches) <= 2 else None
    if inner is None or inner.null != NO_UNION:
        return None
    return inner._replace(null=branches.index("null") if len(branches) == 2 else NO_NULL)


@dataclass(frozen=True, slots=True)
class Plan:
    """
    How to read records.

    Attributes:
        steps: int64[fields, 4], for `avro_records.decode_records`.
        numbers, arrays: the fields whose values are wanted, in the order of their slots.
        least: the fewest bytes that a record takes, at least 1.
    """

    steps: npt.NDArray[np.int64]
    numbers: tuple[str, ...]
    arrays: tuple[str, ...]
    least: int


def unreadable(found: dict[str, Encoding | None], numbers: Sequence[str], arrays: Sequence[str]) -> list[str]:
    """The fields that stand in the way: wanted and not there or of another type, or of a type that is not read."""
    wanted = [(VARINT, name) for name in numbers] + [(VARINTS, name) for name in arrays]
    wrong = [name for kind, name in wanted if (encoding := found.get(name)) is None or encoding.kind != kind]
    return wrong + [name for name, encoding in found.items() if encoding is None and name not in wrong]


def plan(found: dict[str, Encoding | None], numbers: Sequence[str], arrays: Sequence[str]) -> Plan:
    """How to read the *numbers* and *arrays* of records in which nothing is `unreadable`."""
    slots = {name: slot for names in (numbers, arrays) for slot, name in enumerate(names)}
    known = {name: encoding for name, encoding in found.items() if encoding is not None}
    rows = [(each.kind, slots.get(name, NO_SLOT), each.null, each.size) for name, each in known.items()]
    steps = np.array(rows, np.int64).reshape(-1, 4)
    return Plan(steps, tuple(numbers), tuple(arrays), max(1, sum(each.least for each in known.values())))
