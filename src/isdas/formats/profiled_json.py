"""
JSON lines to Packets by a column profile, streaming, with an account of every line.

Values may be typed or texts; a value that is neither what the profile says refuses its line: nothing is guessed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import rows
from isdas.formats.account import Reasons, account, kept
from isdas.formats.batch import Batch, Work
from isdas.formats.jsonlines import Lines, table_of
from isdas.formats.jsonobject import json_object
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.formats.nested import Way, flat, leaf, names, schema_of, way
from isdas.formats.profile import Profile
from isdas.model.errors import InputRefused

HEAD_LINES = 1000
"""So many lines say which fields a file has."""

_SAMPLE = 64
"""So many lines of a block say of which types its values are; a wrong guess costs time only."""

_HEAD_BYTES = 1 << 20
_MARK = b"\xef\xbb\xbf"
_TYPES = ((bool, pa.bool_()), (int, pa.int64()), (int | float, pa.float64()))


def read_json(path: Path, profile: Profile) -> Iterator[Work]:
    """
    The packets of a file with a JSON object in each line, in stretches of about 8 MiB of lines.

    Lines that are not blank are records. Reasons: ``not-json``, ``not-an-object``, ``line-too-long``, ``cut-line`` and
    those of `isdas.formats.csv.read_csv`; a field that is missing or null is like an empty one of CSV.

    Raises:
        InputRefused: ``unreadable``, ``empty-file``, ``not-json-lines`` or ``wrong-columns``, before the first stretch.
    """
    block = next(line_blocks(path, _HEAD_BYTES, sealed=True), None)
    if block is None or not block.data:
        raise InputRefused("empty-file", f"{path} is empty")
    tree = _tree(_objects(block.data, HEAD_LINES))
    if not tree:
        raise InputRefused("not-json-lines", f"{path} does not have a JSON object in each line: {block.data[:80]!r}")
    missing = [header for header in profile.required if way(tree, header) is None]
    if missing:
        raise InputRefused(
            "wrong-columns",
            f"{path} lacks the field{'s' if len(missing) > 1 else ''} {', '.join(map(repr, missing))} that profile "
            f"{profile.name} needs; its fields are {', '.join(map(repr, names(tree)))}",
        )
    ways = {header: way(tree, header) or (header,) for header in profile.headers}
    return _stretches(path, profile, ways)


def _stretches(path: Path, profile: Profile, ways: Mapping[str, Way]) -> Iterator[Work]:
    for block in line_blocks(path, BLOCK_BYTES, sealed=True):
        yield partial(_batch, block, profile, ways)


def _objects(data: bytes, most: int) -> Iterator[dict[str, Any]]:
    """The objects in the first lines."""
    for line in islice(data.removeprefix(_MARK).split(b"\n", most), most):
        if found := json_object(line):
            yield found


def _tree(objects: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The fields of all objects, with the set of the Python types of their values; null and lists tell of none."""
    tree: dict[str, Any] = {}
    for found in objects:
        _grow(tree, found)
    return tree


def _grow(tree: dict[str, Any], found: Mapping[str, Any]) -> None:
    for name, value in found.items():
        if isinstance(value, dict):
            below = tree.get(name) or {}
            if isinstance(below, dict):
                tree[name] = below
                _grow(below, value)
        elif not isinstance(below := tree.setdefault(name, set()), dict) and isinstance(value, str | int | float):
            below.add(type(value))


def _type(kinds: Any) -> pa.DataType:
    """The Arrow type for values of some Python types: text unless they are all truths or all numbers."""
    if not kinds or not isinstance(kinds, set):
        return pa.string()
    return next((kind for of, kind in _TYPES if all(issubclass(each, of) for each in kinds)), pa.string())


def _batch(block: LineBlock, profile: Profile, ways: Mapping[str, Way]) -> Batch:
    sample = _tree(_objects(block.data, _SAMPLE))
    types = {steps: _type(leaf(sample, steps)) for steps in ways.values()}
    nested, lines, reasons = table_of(block, schema_of(types))
    table = _whole(flat(nested, ways), block, lines, reasons, ways)
    warnings: Counter[str] = Counter()
    if profile.where:
        wanted = rows.selected(table, profile) | ~kept(reasons)
        warnings["not-wanted"] = int(len(lines) - wanted.sum())
        table, lines, reasons = table.filter(pa.array(wanted)), lines[wanted], reasons[wanted]
    packets = rows.packets(table, profile, block.first + lines, reasons)
    return account(block, lines, reasons, packets, warnings)


def _whole(table: pa.Table, block: LineBlock, lines: Lines, reasons: Reasons, ways: Mapping[str, Way]) -> pa.Table:
    """The table with the values that were not of the type of their column: such a column becomes one of texts."""
    starts = block.starts()
    good = kept(reasons)
    for at, (name, steps) in enumerate(ways.items()):
        column = table.column(name)
        if pa.types.is_string(column.type) or not column.null_count:
            continue
        key = b'"' + steps[-1].encode() + b'"'
        changed: dict[int, str] = {}
        for row in np.flatnonzero(np.asarray(pc.is_null(column)) & good).tolist():
            line = block.data[int(starts[lines[row]]) : int(starts[lines[row] + 1])]
            if key in line and (text := _text(leaf(json_object(line) or {}, steps))):
                changed[row] = text
        if changed:
            texts = [changed.get(row) or _text(value) for row, value in enumerate(column.to_pylist())]
            table = table.set_column(at, name, pa.array(texts, pa.string()))
    return table


def _text(value: Any) -> str:
    """A value as it would stand in CSV."""
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode() if isinstance(value, bool | int | float) else ""
