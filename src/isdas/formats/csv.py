"""
CSV to Packets by a column profile, streaming, with an account of every line.

It does not guess: a value that is not what the profile says refuses its line.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from isdas.formats import rows
from isdas.formats.account import account, no_reasons, refuse
from isdas.formats.batch import Batch
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.formats.profile import Profile, shipped_profiles
from isdas.model.errors import InputRefused

_HEAD_BYTES = 1 << 16
_FEWEST_SHARED = 2


def read_csv(path: Path, profile: Profile) -> Iterator[Batch]:
    """
    The packets of a CSV file with a header line, plain or gzip, in batches of about 8 MiB of lines.

    Every line after the header is a record: read = stored + refused. Reasons: ``wrong-column-count``, ``blank-line``,
    ``line-too-long``, ``cut-line``, ``bad-time``, ``bad-source``, ``bad-destination``, ``bad-protocol``, ``bad-port``,
    ``bad-icmp-type``, and ``bad-`` with the name of any other column of the profile.

    Raises:
        InputRefused: ``unreadable``, ``empty-file``, ``not-a-table`` or ``wrong-columns``, before the first batch.
    """
    found = _header(path, profile.delimiter)
    missing = [header for header in profile.headers if header not in found]
    if missing:
        raise InputRefused(
            "wrong-columns",
            f"{path} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(map(repr, missing))} that profile "
            f"{profile.name} needs; its columns are {', '.join(map(repr, found))}",
        )
    return _batches(path, profile, found)


def detect_profile(path: Path) -> Profile | None:
    """
    The shipped profile that fits the header of a file, the one with most columns if several do; None if none does.

    Raises:
        InputRefused: ``unreadable``.
    """
    fitting = []
    for profile in shipped_profiles():
        try:
            found = _header(path, profile.delimiter)
        except InputRefused as refusal:
            if refusal.reason == "unreadable":
                raise
            continue
        if set(profile.headers) <= set(found):
            fitting.append(profile)
    return max(fitting, key=lambda profile: len(profile.headers), default=None)


def _header(path: Path, delimiter: str) -> list[str]:
    """The columns that the first line names."""
    block = next(line_blocks(path, _HEAD_BYTES), None)
    if block is None or not block.data:
        raise InputRefused("empty-file", f"{path} is empty")
    line = block.data[: int(block.starts()[1])]
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or 0 in block.refused:
        raise InputRefused("not-a-table", f"{path} is no text table: its first line is {line[:40]!r}")
    found = _split(text, delimiter) or []
    if len(found) < _FEWEST_SHARED or text.lstrip().startswith(("{", "[", "<", "#!")):
        raise InputRefused("not-a-table", f"{path} is no table with {delimiter!r} between columns: {text[:80]!r}")
    return [header.strip() for header in found]


def _batches(path: Path, profile: Profile, found: list[str]) -> Iterator[Batch]:
    for block in line_blocks(path, BLOCK_BYTES):
        batch = _batch(block, profile, found)
        if batch.tally.read or batch.tally.warnings:
            yield batch


def _batch(block: LineBlock, profile: Profile, found: list[str]) -> Batch:
    starts = block.starts()
    header = int(block.first == 1)
    n_lines = len(starts) - 1
    lines = np.arange(header, max(n_lines, header))
    reasons = no_reasons(len(lines))
    for index, reason in block.refused.items():
        reasons[index - header] = reason
    ends = starts[1:][header:]
    reasons[_blank(block.data, starts[:-1][header:], ends)] = "blank-line"
    data = block.data[int(starts[header]) :] if n_lines > header else b""
    table, whole = _table(data, len(lines), profile, found)
    refuse(reasons, ~whole, "wrong-column-count")
    packets = rows.packets(table, profile, block.first + lines, reasons)
    return account(block, lines, reasons, packets)


def _blank(data: bytes, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    short = ends - starts <= 2
    for i in np.flatnonzero(short).tolist():
        short[i] = not data[int(starts[i]) : int(ends[i])].strip(b"\r\n")
    return short


def _table(data: bytes, n: int, profile: Profile, found: list[str]) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
    """The columns that the profile needs as n strings each, and the lines that have the right number of columns."""
    try:
        quick = _quick_table(data, n, profile, found)
    except pa.ArrowInvalid:
        # Bytes that are no UTF-8, or quotes that do not close: line by line it is plain which.
        quick = None
    return quick or _slow_table(data, n, profile, found)


def _quick_table(
    data: bytes, n: int, profile: Profile, found: list[str]
) -> tuple[pa.Table, npt.NDArray[np.bool_]] | None:
    """All lines at once; None if the lines it saw are not the lines that there are."""
    wrong: list[int] = []

    def note(row: Any) -> str:
        wrong.append(row.number - 1)
        return "skip"

    if not n:
        return None
    needed = {f"c{found.index(header)}": header for header in profile.headers}
    table = pyarrow.csv.read_csv(
        io.BytesIO(data),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, column_names=[f"c{i}" for i in range(len(found))], block_size=len(data) + 1
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=profile.delimiter,
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


def _slow_table(data: bytes, n: int, profile: Profile, found: list[str]) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
    """Each line by itself."""
    texts = data.decode("utf-8", "replace").split("\n")[:n]
    split = [_split(text.removesuffix("\r"), profile.delimiter) or [] for text in texts]
    whole = np.array([len(fields) == len(found) for fields in split], np.bool_)
    places = {header: found.index(header) for header in profile.headers}
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
