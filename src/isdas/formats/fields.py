"""
Columns of text to columns of values, vectorised, with the rows that could not be read.

Every reader takes n strings, none null, and gives values and the rows that are good; it never raises on what a file
says. A column is first read at once; only if some value is wrong is it read by a slower way that finds out which.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats.profile import STATED, TIME_FORMATS, AddressColumn, ProtocolColumn, TimeColumn
from isdas.model import address

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LATEST_US = 7_258_118_400_000_000
"""The year 2200: later times, and those before 1970, are refused as misread."""

_INT = r"^[+-]?\d{1,18}$"
_EPOCH = datetime(1970, 1, 1)
_DOTTED = r"^(?P<a>\d{1,3})\.(?P<b>\d{1,3})\.(?P<c>\d{1,3})\.(?P<d>\d{1,3})$"


def filled(column: pa.Array) -> Mask:
    """Which of the strings are not empty."""
    return _mask(pc.not_equal(column, ""))


def integers(column: pa.Array) -> tuple[Ints, Mask]:
    """Whole numbers in decimal notation; empty strings and everything else are bad and read as 0."""
    try:
        if not pc.any(pc.match_substring(column, "x")).as_py() and not pc.any(pc.match_substring(column, "X")).as_py():
            return _int64(column), np.ones(len(column), np.bool_)
    except pa.ArrowInvalid:
        pass
    good = pc.match_substring_regex(column, _INT)
    trimmed = pc.utf8_ltrim(pc.if_else(good, column, "0"), characters="+")
    return _int64(trimmed), _mask(good)


def times(column: pa.Array, how: TimeColumn) -> tuple[Ints, Mask]:
    """Microseconds since 1970 UTC."""
    if unit := TIME_FORMATS.get(how.format):
        values, good = _epoch_times(column, unit)
    else:
        read = _iso_times if how.format == "iso" else _pattern_times
        values, good = read(column, how)
    return values, good & (values >= 0) & (values < LATEST_US)


def addresses(column: pa.Array, how: AddressColumn) -> tuple[Ints, Ints, Mask]:
    """Upper and lower halves (`isdas.model.address`)."""
    if how.notation == "ipv4-integer":
        numbers, good = integers(column)
        return np.zeros_like(numbers), address.from_ipv4(numbers), good & (numbers >= 0) & (numbers < 1 << 32)
    return _text_addresses(column)


def protocols(column: pa.Array, how: ProtocolColumn) -> tuple[Ints, Mask]:
    """IANA protocol numbers, from names in any case or from numbers."""
    names = {name.lower(): number for name, number in how.names.items()}
    numbers, codes = _by_distinct(column, lambda text: _protocol(text.strip().lower(), names))
    values = numbers[codes]
    return values, values >= 0


def _protocol(text: str, names: Mapping[str, int]) -> int:
    if text in names:
        return names[text]
    return int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) and int(text) < 256 else -1


def _by_distinct(column: pa.Array, read: Callable[[str], int]) -> tuple[Ints, npt.NDArray[Any]]:
    """What *read* makes of each distinct string, and which of those every row has."""
    encoded = column.dictionary_encode()
    return np.array([read(text) for text in encoded.dictionary.to_pylist()] or [-1], np.int64), _numpy(encoded.indices)


def _epoch_times(column: pa.Array, unit: int) -> tuple[Ints, Mask]:
    """Counts since 1970, with a fraction or without; too large ones are bad instead of wrapping round."""
    whole, good = integers(column)
    if good.all():
        fits = np.abs(whole) <= LATEST_US // unit
        return np.where(fits, whole, 0) * unit, fits
    good = _mask(pc.match_substring_regex(column, r"^\d{1,18}(\.\d+)?$"))
    safe = pc.if_else(pa.array(good), column, "0")
    seconds = _int64(pc.replace_substring_regex(safe, r"\..*$", ""))
    fraction = _numpy(pc.cast(pc.replace_substring_regex(safe, r"^\d+", "0"), pa.float64()))
    good &= seconds <= LATEST_US // unit
    return np.where(good, seconds, 0) * unit + np.round(fraction * unit).astype(np.int64), good


def _iso_times(column: pa.Array, how: TimeColumn) -> tuple[Ints, Mask]:
    kind = pa.timestamp("us", "UTC") if how.zone == STATED else pa.timestamp("us")
    try:
        return _in_utc(pc.cast(column, kind), how.zone), np.ones(len(column), np.bool_)
    except pa.ArrowInvalid:
        return _one_by_one(column, how.zone, datetime.fromisoformat)


def _pattern_times(column: pa.Array, how: TimeColumn) -> tuple[Ints, Mask]:
    # Arrow's strptime takes 30 February for 1 March and knows no fractions and offsets; Python's is exact.
    return _one_by_one(column, how.zone, lambda text: datetime.strptime(text, how.format))


def _one_by_one(column: pa.Array, zone: str, read: Callable[[str], datetime]) -> tuple[Ints, Mask]:
    naive = [_naive(text, zone, read) for text in column.to_pylist()]
    good = np.array([each is not None for each in naive], np.bool_)
    return _in_utc(pa.array([each or _EPOCH for each in naive], pa.timestamp("us")), zone), good


def _naive(text: str, zone: str, read: Callable[[str], datetime]) -> datetime | None:
    """The time without its offset: in UTC if it states one, else as it stands; None if it is none of the two asked."""
    try:
        when = read(text)
    except ValueError:
        return None
    if (when.tzinfo is not None) != (zone == STATED):
        return None
    try:
        return when.astimezone(ZoneInfo("UTC")).replace(tzinfo=None) if when.tzinfo else when
    except OverflowError:
        return None


def _in_utc(values: pa.Array, zone: str) -> Ints:
    if zone not in (STATED, "UTC"):
        # An hour that a clock shows twice is taken as the first, one that it skips as the moment of the jump.
        values = pc.assume_timezone(values, zone, ambiguous="earliest", nonexistent="earliest")
    return _numpy(pc.cast(values, pa.int64()))


def _text_addresses(column: pa.Array) -> tuple[Ints, Ints, Mask]:
    high = np.zeros(len(column), np.int64)
    parts = pc.extract_regex(column, _DOTTED)
    good = _mask(pc.is_valid(parts))
    parts = parts.fill_null({"a": "0", "b": "0", "c": "0", "d": "0"}) if not good.all() else parts
    octets = [_int64(pc.struct_field(parts, [i])) for i in range(4)]
    low = np.int64(address.MAPPED) | octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3]
    good &= np.max(octets, axis=0, initial=0) <= 255
    others = np.flatnonzero(~good)
    for row, text in zip(others.tolist(), column.take(pa.array(others)).to_pylist(), strict=True):
        try:
            high[row], low[row] = address.halves(str(ipaddress.IPv6Address(text.strip())))
            good[row] = True
        except ValueError:
            continue
    return high, low, good


def _int64(column: pa.Array) -> Ints:
    return _numpy(pc.cast(column, pa.int64()))


def _mask(column: pa.Array) -> Mask:
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _numpy(column: pa.Array) -> npt.NDArray[Any]:
    return np.array(column.to_numpy(zero_copy_only=False))
