"""
CSV to Packets by a column profile, streaming, with an account of every line; stretches are understood in any thread.

It does not guess: a value that is not what the profile says refuses its line.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from isdas.formats import rows
from isdas.formats.account import account, kept, no_reasons, refuse
from isdas.formats.batch import Batch, Work
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.formats.profile import Profile, shipped_profiles
from isdas.model.errors import InputRefused

_HEAD_BYTES = 1 << 16
_FEWEST_SHARED = 2
_NEAR_SHARE = 0.5
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Layout:
    """
    How the lines of a file are to be taken.

    Attributes:
        profile: what the columns mean.
        found: the headers of all columns, in their order.
        header: number of the line that they stand in, from 1; 0 if they stand in none.
    """

    profile: Profile
    found: tuple[str, ...]
    header: int


def read_csv(path: Path, profile: Profile) -> Iterator[Work]:
    """
    The packets of a CSV file, plain or compressed, in stretches of about 8 MiB of lines.

    Every line after the header that is no comment is a record: read = stored + refused. Reasons:
    ``wrong-column-count``, ``blank-line``, ``line-too-long``, ``cut-line``, ``bad-time``, ``bad-source``,
    ``bad-destination``, ``bad-protocol``, ``bad-port``, ``bad-icmp-type``, and ``bad-`` with the name of any other
    column of the profile. Rows that the profile does not want are no records, counted by the warning ``not-wanted``.

    Raises:
        InputRefused: ``unreadable``, ``empty-file``, ``not-a-table`` or ``wrong-columns``, before the first stretch.
    """
    layout = layout_of(path, profile)
    missing = [header for header in profile.headers if header not in layout.found]
    if missing:
        raise InputRefused(
            "wrong-columns",
            f"{path} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(map(repr, missing))} that profile "
            f"{profile.name} needs; its columns are {', '.join(map(repr, layout.found))}",
        )
    return _stretches(path, layout)


def layout_of(path: Path, profile: Profile) -> Layout:
    """
    The headers in the first line that is no comment, or those that the profile says if that line has others.

    Raises:
        InputRefused: ``unreadable``, ``empty-file``, ``not-a-table``, or ``wrong-columns`` if the profile says the
            headers and the first line has another number of columns.
    """
    block = next(line_blocks(path, _HEAD_BYTES, sealed=True), None)
    if block is None or not block.data:
        raise InputRefused("empty-file", f"{path} is empty")
    number, line = _first_line(block, profile.comment.encode())
    found = _columns(path, line, profile.delimiter, whole=number - 1 not in block.refused)
    if not profile.header or found == profile.header:
        return Layout(profile, found, number)
    if len(found) != len(profile.header):
        raise InputRefused(
            "wrong-columns",
            f"{path} has {len(found)} columns in its first line, profile {profile.name} says {len(profile.header)}",
        )
    return Layout(profile, profile.header, 0)


def detect_profile(path: Path) -> Profile | None:
    """
    The shipped profile that fits the header of a file, the one with most columns if several do; None if none does.

    Raises:
        InputRefused: ``unreadable``.
    """
    fitting = [profile for profile, share in _shares(path) if share == 1]
    return max(fitting, key=lambda profile: len(profile.headers), default=None)


def nearest_profile(path: Path) -> Profile | None:
    """
    The shipped profile of whose columns a file has the largest share, but at least half; None if there is none.

    Raises:
        InputRefused: ``unreadable``.
    """
    nearest, share = max(_shares(path), key=itemgetter(1), default=(None, 0.0))
    return nearest if share >= _NEAR_SHARE else None


def _shares(path: Path) -> Iterator[tuple[Profile, float]]:
    """Each shipped profile that a file may be a table of, with the share of its columns that the header has."""
    for profile in (each for each in shipped_profiles() if each.kind == "csv"):
        try:
            layout = layout_of(path, profile)
        except InputRefused as refusal:
            if refusal.reason == "unreadable":
                raise
            continue
        if layout.header:
            yield profile, len({*profile.headers} & {*layout.found}) / len({*profile.headers})


def _first_line(block: LineBlock, comment: bytes) -> tuple[int, bytes]:
    """Number from 1 and bytes of the first line that is no comment, of the last if all are."""
    starts = block.starts().tolist()
    for number in range(1, len(starts)):
        line = block.data[starts[number - 1] : starts[number]]
        if not comment or not line.removeprefix(_MARK).startswith(comment):
            break
    return number, line


def _columns(path: Path, line: bytes, delimiter: str, whole: bool) -> tuple[str, ...]:
    """The columns that a line has."""
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or not whole:
        raise InputRefused("not-a-table", f"{path} is no text table: its first line is {line[:40]!r}")
    found = _split(text, delimiter) or []
    if len(found) < _FEWEST_SHARED or text.lstrip().startswith(("{", "[", "<", "#!")):
        raise InputRefused("not-a-table", f"{path} is no table with {delimiter!r} between columns: {text[:80]!r}")
    return tuple(header.strip() for header in found)


def _stretches(path: Path, layout: Layout) -> Iterator[Work]:
    for block in line_blocks(path, BLOCK_BYTES, sealed=True):
        yield partial(_batch, block, layout)


def _batch(block: LineBlock, layout: Layout) -> Batch:
    starts = block.starts()
    lines = _records(block, starts, layout)
    begins, ends = starts[lines], starts[lines + 1]
    reasons = no_reasons(len(lines))
    for index, reason in block.refused.items():
        reasons[lines == index] = reason
    reasons[_blank(block.data, begins, ends)] = "blank-line"
    profile, data = layout.profile, _between(block.data, begins, ends)
    table, whole = texts_of(data, len(lines), profile.headers, layout.found, profile.delimiter)
    refuse(reasons, ~whole, "wrong-column-count")
    warnings: Counter[str] = Counter()
    if profile.where:
        wanted = rows.selected(table, profile) | ~kept(reasons)
        warnings["not-wanted"] = int(len(lines) - wanted.sum())
        table, lines, reasons = table.filter(pa.array(wanted)), lines[wanted], reasons[wanted]
    packets = rows.packets(table, profile, block.first + lines, reasons)
    return account(block, lines, reasons, packets, warnings)


def _records(block: LineBlock, starts: npt.NDArray[np.int64], layout: Layout) -> npt.NDArray[np.int64]:
    """int64[n]: the lines of a block, by index, that are neither header nor comment."""
    there = np.ones(len(starts) - 1, np.bool_)
    if 0 <= layout.header - block.first < len(there):
        there[layout.header - block.first] = False
    if comment := layout.profile.comment.encode():
        octets = np.frombuffer(block.data, np.uint8)
        for i in np.flatnonzero(octets[starts[:-1]] == comment[0]).tolist():
            there[i] &= not block.data.startswith(comment, int(starts[i]))
        if block.first == 1 and block.data.startswith(_MARK + comment):
            there[0] = False
    return np.flatnonzero(there)


def _between(data: bytes, begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> bytes:
    """The bytes of some lines one after another."""
    if not len(begins):
        return b""
    if int((ends - begins).sum()) == int(ends[-1] - begins[0]):
        data = data[int(begins[0]) : int(ends[-1])]
    else:
        data = b"".join(data[a:b] for a, b in zip(begins.tolist(), ends.tolist(), strict=True))
    return data.removeprefix(_MARK)


def _blank(data: bytes, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    short = ends - starts <= 2
    for i in np.flatnonzero(short).tolist():
        short[i] = not data[int(starts[i]) : int(ends[i])].strip(b"\r\n")
    return short


def texts_of(
    data: bytes, n: int, wanted: Sequence[str], found: Sequence[str], delimiter: str = ","
) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
    """
    Some columns of n lines as n texts each, and the lines that have the right number of columns.

    Args:
        data: the lines.
        n: how many there are.
        wanted: the columns to give.
        found: all columns of the lines, in their order.
        delimiter: what stands between them.
    """
    if not data.isascii():
        # Arrow's handler of wrong lines cannot be given bytes that are no UTF-8. Line ends stay where they are.
        data = data.decode("utf-8", "replace").encode()
    try:
        quick = _quick_table(data, n, wanted, found, delimiter)
    except pa.ArrowInvalid:
        # Quotes that do not close: line by line it is plain which.
        quick = None
    return quick or _slow_table(data, n, wanted, found, delimiter)


def _quick_table(
    data: bytes, n: int, wanted: Sequence[str], found: Sequence[str], delimiter: str
) -> tuple[pa.Table, npt.NDArray[np.bool_]] | None:
    """All lines at once; None if the lines it saw are not the lines that there are."""
    wrong: list[int] = []

    def note(row: Any) -> str:
        wrong.append(row.number - 1)
        return "skip"

    if not n:
        return None
    needed = {f"c{found.index(header)}": header for header in wanted}
    table = pyarrow.csv.read_csv(
        io.BytesIO(data),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, column_names=[f"c{i}" for i in range(len(found))], block_size=len(data) + 1
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if b'"' in data else False,
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=list(needed),
            column_types=dict.fromkeys(needed, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    ).rename_columns(list(needed.values()))
    if table.num_rows + len(wrong) != n or (wrong and b"\r" in data):
        return None
    if not wrong:
        return table, np.ones(n, np.bool_)
    whole = np.ones(n, np.bool_)
    whole[wrong] = False
    places = np.where(whole, np.cumsum(whole) - 1, -1)
    return _spread(table, places), whole


def _spread(table: pa.Table, places: npt.NDArray[np.int64]) -> pa.Table:
    """The rows of a table at the lines where they stood, empty strings at the others."""
    taken = table.take(pa.array(places, mask=places < 0))
    return pa.table({name: taken.column(name).fill_null("") for name in taken.column_names})


def _slow_table(
    data: bytes, n: int, wanted: Sequence[str], found: Sequence[str], delimiter: str
) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
    """Each line by itself."""
    texts = data.decode("utf-8", "replace").split("\n")[:n]
    split = [_split(text.removesuffix("\r"), delimiter) or [] for text in texts]
    whole = np.array([len(fields) == len(found) for fields in split], np.bool_)
    places = {header: found.index(header) for header in wanted}
    values = {
        header: pa.array([fields[at] if len(fields) == len(found) else "" for fields in split], pa.string())
        for header, at in places.items()
    }
    return pa.table(values), whole


def _split(line: str, delimiter: str) -> list[str] | None:
    """The fields of one line; None if its quotes make no sense."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
