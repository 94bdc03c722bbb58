"""
Fields of other people's JSON events to columns of values: times, addresses, ports, names.

Every reader takes n values, of which any may be null, and gives values and the rows that are good; none raises on
what an event says.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import digits, fields
from isdas.formats.fields import LATEST_US, Ints, Mask
from isdas.formats.profile import AddressColumn
from isdas.formats.wall_clock import to_utc
from isdas.model import address

_SECONDS_END = LATEST_US // 1_000_000
_MILLIS_BEGIN = 1_000_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = AddressColumn("")


def stamps(column: pa.Array, zone: tzinfo) -> tuple[Ints, Mask]:
    """
    Microseconds since 1970 UTC of ISO 8601 texts; *zone* is that of times that state no offset.
    """
    text = fields.texts(column)
    values, state = digits.iso_times(text)
    local = np.flatnonzero(state == digits.LOCAL)
    if len(local) and str(zone) != "UTC":
        values[local] = to_utc(values[local], zone)[0]
    others = np.flatnonzero(state == digits.UNREAD)
    values[others] = [_stamp(each, zone) for each in text.take(pa.array(others)).to_pylist()]
    return values, (values >= 0) & (values < LATEST_US)


def _stamp(text: str, zone: tzinfo) -> int:
    try:
        when = datetime.fromisoformat(text.strip())
        since = (when if when.tzinfo else when.replace(tzinfo=zone)) - _EPOCH
    except (ValueError, OverflowError):
        return -1
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def unix(column: pa.Array) -> tuple[Ints, Mask]:
    """
    Microseconds since 1970 UTC of counts of seconds, as numbers or texts, with a fraction or without.

    A count of 10^12 and more is one of milliseconds, as some clients send it: as seconds it would be beyond the year
    33,000. What is between that and the year 2200 is bad.
    """
    if pa.types.is_string(column.type):
        whole, billionths, good = digits.counts(fields.texts(column))
        counts = np.where(good, whole + billionths / 1e9, -1.0)
    else:
        counts = numpy(pc.fill_null(column.cast(pa.float64()), -1.0))
    seconds = (counts >= 0) & (counts < _SECONDS_END)
    millis = (counts >= _MILLIS_BEGIN) & (counts < _SECONDS_END * 1000)
    unit = np.where(millis, 1e3, 1e6)
    return np.round(np.where(seconds | millis, counts, 0) * unit).astype(np.int64), seconds | millis


def halves(column: pa.Array) -> tuple[Ints, Ints, Mask]:
    """Upper and lower halves of addresses (`isdas.model.address`), 0 for what is none."""
    high, low, good = np.zeros(len(column), np.int64), np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    rows = np.flatnonzero(mask(pc.is_valid(column))) if column.null_count else np.arange(len(column))
    said = column.take(pa.array(rows)) if len(rows) < len(column) else column
    high[rows], low[rows], good[rows] = fields.addresses(fields.texts(said), _TEXT)
    return np.where(good, high, 0), np.where(good, low, 0), good


def within(column: pa.Array, highest: int) -> tuple[Ints, Mask]:
    """Whole numbers from 0 to *highest*, as numbers or texts; others, and null, read as 0."""
    values, good = fields.integers(column)
    good &= (values >= 0) & (values <= highest)
    return np.where(good, values, 0), good


def by_name(column: pa.Array, values: Mapping[str, int], missing: int) -> Ints:
    """The value of each text in lower case; *missing* for other texts and null."""
    return by_text(column, lambda text: values.get(text.strip().lower(), missing), missing)


def by_text(column: pa.Array, read: Callable[[str], int], missing: int) -> Ints:
    """What *read* makes of each text, each distinct one read once; *missing* for null."""
    encoded = column.cast(pa.string()).dictionary_encode()
    found = np.array([*(read(text) for text in encoded.dictionary.to_pylist()), missing], np.int64)
    return np.asarray(found[numpy(pc.fill_null(encoded.indices, len(found) - 1))])


def among(column: pa.Array, texts: tuple[str, ...]) -> Mask:
    """Which texts are one of *texts*; null is none."""
    return mask(pc.is_in(column, pa.array(texts, pa.string())))


def versions(high: Ints, low: Ints) -> npt.NDArray[Any]:
    """4 or 6 for each address."""
    return np.where(address.is_ipv4(high, low), 4, 6)


def labels(column: pa.Array) -> tuple[pa.DictionaryArray, Mask]:
    """Names as a column of labels, and the rows without any."""
    text = fields.texts(column)
    return text.dictionary_encode(), ~fields.filled(text)


def column_of(table: pa.Table, *path: str) -> pa.Array:
    """One column of a table, or a field within its structs."""
    column = table.column(path[0]).combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    return column if len(path) == 1 else pc.struct_field(column, list(path[1:]))


def mask(column: pa.Array) -> Mask:
    """A column of yes and no as numpy; null is no."""
    filled = pc.fill_null(column, False) if column.null_count else column
    return np.asarray(filled.to_numpy(zero_copy_only=False))


def numpy(column: pa.Array) -> npt.NDArray[Any]:
    """A column without nulls as numpy."""
    return np.asarray(column.to_numpy(zero_copy_only=False))
