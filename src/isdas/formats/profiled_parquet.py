"""
Parquet to Packets by a column profile, row group after row group, with an account of every row.

Values may be typed or texts. It reads one file; a folder of many is a list of files.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from isdas.formats import fields, rows
from isdas.formats.account import kept, no_reasons
from isdas.formats.batch import Batch, Refusal, Work
from isdas.formats.nested import Tree, Way, flat, leaf, names, tree_of, way
from isdas.formats.profile import STATED, TIME_FORMATS, Profile
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets
from isdas.model.tally import Tally

BATCH_ROWS = 1 << 17
"""So many rows are understood at once."""

_KEPT = 1000
_DAMAGE = (pa.ArrowException, OSError, MemoryError, OverflowError, UnicodeDecodeError)


def read_parquet(path: Path, profile: Profile) -> Iterator[Work]:
    """
    The packets of a Parquet file, in stretches of BATCH_ROWS rows; a row's position is its number in the file, from 0.

    Reasons are those of `isdas.formats.csv.read_csv`. A row group that is damaged is left at the damage with the
    warning ``damaged-row-group``; the others are read.

    Raises:
        InputRefused: ``unreadable``, ``empty-file``, ``damaged-parquet``, ``wrong-columns`` or ``wrong-type``, before
            the first stretch.
    """
    file = _opened(path)
    tree = tree_of(file.schema_arrow)
    ways = {header: way(tree, header) for header in profile.headers}
    missing = [header for header, steps in ways.items() if steps is None]
    if missing:
        raise InputRefused(
            "wrong-columns",
            f"{path} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(map(repr, missing))} that profile "
            f"{profile.name} needs; its columns are {', '.join(map(repr, names(tree)))}",
        )
    found = {header: steps for header, steps in ways.items() if steps is not None}
    _check_types(path, profile, tree, found)
    return _stretches(path, file, profile, found)


def _opened(path: Path) -> Any:
    try:
        with path.open("rb") as stream:
            if not stream.read(1):
                raise InputRefused("empty-file", f"{path} is empty")
    except OSError as error:
        raise InputRefused("unreadable", f"{path} cannot be read: {error.strerror or error}") from error
    try:
        return pq.ParquetFile(path, page_checksum_verification=True)
    except _DAMAGE as error:
        raise InputRefused("damaged-parquet", f"{path} is no Parquet file that can be read: {error}") from error


def _check_types(path: Path, profile: Profile, tree: Tree, ways: Mapping[str, Way]) -> None:
    """
    Refuse columns whose type cannot be what the profile says, so that not each row has to be.

    Raises:
        InputRefused: ``wrong-type``.
    """
    for header, steps in ways.items():
        kind = leaf(tree, steps)
        said = "a column of single values is needed" if pa.types.is_nested(kind) else ""
        if header == profile.time.column:
            said = said or _about_time(kind, profile)
        for how in (profile.source, profile.destination):
            if how is not None and header == how.column and how.notation == "text" and _is_number(kind):
                said = 'an address in it is no text: say notation = "ipv4-integer"'
        if said:
            raise InputRefused("wrong-type", f"{path}: column {header!r} is {kind}, {said}")


def _about_time(kind: pa.DataType, profile: Profile) -> str:
    """What is wrong with a type of the column of times; empty if nothing is."""
    counted = [name for name, unit in TIME_FORMATS.items() if unit]
    if profile.time.format == "iso" and _is_number(kind):
        return f"numbers need a time.format: one of {', '.join(counted)}"
    if pa.types.is_timestamp(kind) and kind.tz is None and profile.time.zone == STATED:
        return "it states no zone: say in time.zone which is meant"
    if pa.types.is_boolean(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
        return "no date is in it"
    return ""


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _stretches(path: Path, file: Any, profile: Profile, ways: Mapping[str, Way]) -> Iterator[Work]:
    first, taken, damage = 0, 0, ""
    wanted = list(dict.fromkeys(".".join(steps) for steps in ways.values()))
    with file:
        for group in range(file.num_row_groups):
            at = first
            try:
                batches = file.iter_batches(BATCH_ROWS, row_groups=[group], columns=wanted, use_threads=False)
                for batch in batches:
                    yield partial(_batch, pa.Table.from_batches([batch]), profile, ways, at)
                    at += len(batch)
                    taken += len(batch)
            except _DAMAGE as error:
                damage = str(error)
                yield partial(_warned, "damaged-row-group")
            first += file.metadata.row_group(group).num_rows
    if damage and not taken:
        raise InputRefused("damaged-parquet", f"{path}: no row can be read: {damage}")


def _warned(name: str) -> Batch:
    return Batch(Packets.of({}, 0), Tally(warnings=Counter([name])))


def _batch(nested: pa.Table, profile: Profile, ways: Mapping[str, Way], first: int) -> Batch:
    try:
        table = pa.table({name: _sound(column) for name, column in _named(flat(nested, ways))})
    except _DAMAGE:
        # A dictionary without the entry that a row points to shows only where the row is looked at.
        return _warned("damaged-row-group")
    numbers = np.arange(first, first + len(table))
    warnings: Counter[str] = Counter()
    if profile.where:
        wanted = rows.selected(table, profile)
        warnings["not-wanted"] = int(len(table) - wanted.sum())
        table, numbers = table.filter(pa.array(wanted)), numbers[wanted]
    reasons = no_reasons(len(table))
    packets = rows.packets(table, profile, numbers, reasons)
    refused = np.flatnonzero(~kept(reasons))
    tally = Tally(len(table), len(packets), Counter(reasons[refused].tolist()), +warnings)
    said = pa.table({name: fields.texts(column) for name, column in _named(table.take(pa.array(refused)))}).to_pylist()
    refusals = (Refusal(int(numbers[i]), reasons[i], _text(row)) for i, row in zip(refused, said, strict=True))
    return Batch(packets, tally, tuple(refusals))


def _named(table: pa.Table) -> Iterator[tuple[str, pa.Array]]:
    """The columns of a table by their names."""
    for name in table.column_names:
        yield name, fields.plain(table.column(name))


def _sound(column: pa.Array) -> pa.Array:
    """A column without texts that are none: Parquet does not promise that its strings are UTF-8."""
    if not pa.types.is_string(column.type):
        return column
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        texts = [octets.decode("utf-8", "replace") for octets in column.cast(pa.binary()).to_pylist()]
        return pa.array(texts, pa.string())
    return column


def _text(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items())[:_KEPT]
