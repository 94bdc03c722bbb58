"""
Columns of texts and of typed values to columns of values, vectorised, with the rows that could not be read.

Every reader takes n values, texts without nulls or numbers, times and bytes with them, and gives values and the rows
that are good; it never raises on what a file says. Texts in the usual notation are read by compiled code, the others
one by one.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from blake3 import blake3

from isdas.formats import digits, time_pattern
from isdas.formats.profile import STATED, TIME_FORMATS, AddressColumn, ProtocolColumn, TimeColumn
from isdas.formats.wall_clock import to_utc
from isdas.model import address

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LATEST_US = 7_258_118_400_000_000
"""The year 2200: later times, and those before 1970, are refused as misread."""

FEWEST = 100_000_000_000
"""
Counts of milliseconds, microseconds and nanoseconds that are smaller than this many thousand, million and so on would
be from before March 1973, which is what seconds look like that are misread as milliseconds.
"""

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_BILLION = 1_000_000_000


def plain(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as one array of 64-bit numbers, times, truths, bytes or, from anything else, texts without nulls."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], column.type)
    kind = array.type
    if pa.types.is_dictionary(kind):
        return plain(array.cast(kind.value_type))
    if pa.types.is_integer(kind):
        fits = array if kind != pa.uint64() else pc.if_else(pc.less(array, pa.scalar(1 << 63, kind)), array, None)
        return fits.cast(pa.int64())
    if pa.types.is_floating(kind):
        return array.cast(pa.float64())
    if pa.types.is_date(kind):
        return array.cast(pa.timestamp("s")).cast(pa.timestamp("us"))
    if pa.types.is_timestamp(kind):
        return array.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_large_binary(kind):
        return array.cast(pa.binary())
    if pa.types.is_boolean(kind) or pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return array
    return texts(array)


def texts(column: pa.Array) -> pa.Array:
    """A column as texts, nulls as empty ones; what has no notation is empty."""
    if not pa.types.is_string(column.type):
        try:
            column = column.cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            column = pa.nulls(len(column), pa.string())
    return column.fill_null("") if column.null_count else column


def filled(column: pa.Array) -> Mask:
    """Which of the values are there: neither null nor an empty text nor no number."""
    if pa.types.is_string(column.type):
        return _mask(pc.not_equal(column, ""))
    if pa.types.is_floating(column.type):
        return np.asarray(~np.isnan(_filled_with(column, np.nan)))
    return _mask(pc.is_valid(column))


def integers(column: pa.Array) -> tuple[Ints, Mask]:
    """Whole numbers, as texts in decimal notation; empty texts and everything else are bad and read as 0."""
    if pa.types.is_integer(column.type):
        return _filled_with(column, 0), _mask(pc.is_valid(column))
    if pa.types.is_floating(column.type):
        numbers = _filled_with(column, np.nan)
        good = (np.abs(numbers) < 2**53) & (np.floor(numbers) == numbers)
        return np.where(good, numbers, 0).astype(np.int64), good
    return digits.integers(texts(column))


def times(column: pa.Array, how: TimeColumn) -> tuple[Ints, Mask]:
    """Microseconds since 1970 UTC."""
    if pa.types.is_timestamp(column.type):
        values, good = _typed_times(column, how.zone)
    elif unit := TIME_FORMATS.get(how.format):
        values, good = _epoch_times(column, unit)
    else:
        read = _iso_times if how.format == "iso" else _pattern_times
        values, good = read(texts(column), how)
    return values, good & (values >= 0) & (values < LATEST_US)


def addresses(column: pa.Array, how: AddressColumn) -> tuple[Ints, Ints, Mask]:
    """Upper and lower halves (`isdas.model.address`)."""
    if how.notation == "ipv4-integer":
        numbers, good = integers(column)
        return np.zeros_like(numbers), address.from_ipv4(numbers), good & (numbers >= 0) & (numbers < 1 << 32)
    if how.notation == "lower16":
        numbers, good = integers(column)
        high, low = address.halves(str(ipaddress.ip_network(how.network or "0.0.0.0/16").network_address))
        good &= (numbers >= 0) & (numbers < 1 << 16)
        return np.full_like(numbers, high), low | np.where(good, numbers, 0), good
    if how.notation == "token":
        return tokens(texts(column))
    if how.notation == "network":
        return networks(texts(column))
    if pa.types.is_binary(column.type) or pa.types.is_fixed_size_binary(column.type):
        return _by_distinct_halves(column, lambda packed: address.halves(str(ipaddress.ip_address(packed))))
    return _text_addresses(texts(column))


def tokens(column: pa.Array) -> tuple[Ints, Ints, Mask]:
    """Opaque names of addresses as halves in the space of tokens: the same name always gives the same."""
    return _by_distinct_halves(column, _token)


def networks(column: pa.Array) -> tuple[Ints, Ints, Mask]:
    """Networks, with a prefix length or a mask, as the halves of their first addresses; bare addresses are bad."""
    return _by_distinct_halves(column, _network)


def protocols(column: pa.Array, how: ProtocolColumn) -> tuple[Ints, Mask]:
    """IANA protocol numbers, from names in any case or from numbers."""
    if not pa.types.is_string(column.type):
        values, good = integers(column)
        good &= (values >= 0) & (values <= 255)
        return np.where(good, values, -1), good
    names = {name.lower(): number for name, number in how.names.items()}
    values = by_distinct(column, lambda text: _protocol(text.strip().lower(), names))
    return values, values >= 0


def by_distinct(column: pa.Array, read: Callable[[str], int]) -> Ints:
    """int64[n]: what *read* makes of each text, asked once for each distinct one."""
    numbers, codes = _by_distinct(column, read)
    return np.asarray(numbers[codes])


def _protocol(text: str, names: Mapping[str, int]) -> int:
    if text in names:
        return names[text]
    # Beside names even a fraction's minus zero comes as a text, and is what it is beside numbers.
    number = re.fullmatch(r"(\d{1,3}|-0)(\.0)?", text, re.ASCII)
    return int(number[1]) if number and int(number[1]) < 256 else -1


def _token(text: str) -> tuple[int, int]:
    if not text.strip():
        raise ValueError("nothing is no token")
    low = int.from_bytes(blake3(text.strip().encode()).digest(length=8), "big", signed=True)
    return address.TOKEN_HIGH, low


def _network(text: str) -> tuple[int, int]:
    if "/" not in text:
        raise ValueError("an address is no network")
    return address.halves(str(ipaddress.ip_network(text.strip(), strict=False).network_address))


def _by_distinct(column: pa.Array, read: Callable[[str], int]) -> tuple[Ints, npt.NDArray[Any]]:
    """What *read* makes of each distinct text, and which of those every row has."""
    encoded = column.dictionary_encode()
    return np.array([read(text) for text in encoded.dictionary.to_pylist()] or [-1], np.int64), _numpy(encoded.indices)


def _by_distinct_halves(column: pa.Array, read: Callable[[Any], tuple[int, int]]) -> tuple[Ints, Ints, Mask]:
    """The halves that *read* makes of each value, and those of which it makes some without a ValueError."""
    encoded = column.dictionary_encode()
    found = np.zeros((len(encoded.dictionary) + 1, 3), np.int64)
    for row, value in enumerate(encoded.dictionary.to_pylist()):
        try:
            found[row] = (*read(value), 1)
        except ValueError:
            continue
    high, low, good = found[_numpy(encoded.indices.fill_null(len(found) - 1))].T
    return high, low, good == 1


def _typed_times(column: pa.Array, zone: str) -> tuple[Ints, Mask]:
    """Times of a typed column; one without a zone is meant in *zone*, which must then be one."""
    good = _mask(pc.is_valid(column))
    if column.type.tz is not None:
        return _filled_with(column.cast(pa.int64()), 0), good
    naive = _filled_with(column.cast(pa.int64()), 0)
    return (np.zeros(len(column), np.int64), good & False) if zone == STATED else (_in_utc(naive, zone), good)


def _epoch_times(column: pa.Array, unit: int) -> tuple[Ints, Mask]:
    """
    Counts since 1970, with a fraction or without; too large ones, and ones so small that their unit must be another,
    are bad instead of wrapping round.

    Args:
        column: the counts.
        unit: nanoseconds in one.
    """
    if pa.types.is_floating(column.type):
        numbers = _filled_with(column, np.nan)
        good = (numbers >= 0) & (numbers < LATEST_US * 1000 / unit)
        whole = np.floor(np.where(good, numbers, 0)).astype(np.int64)
        billionths = ((np.where(good, numbers, 0) - whole) * _BILLION).astype(np.int64)
    elif pa.types.is_integer(column.type):
        whole, good = integers(column)
        billionths = np.zeros_like(whole)
    else:
        whole, billionths, good = digits.counts(texts(column))
    good &= (whole >= 0) & (whole <= LATEST_US * 1000 // unit)
    if unit < _BILLION:
        good &= whole >= FEWEST * (1_000_000 // unit)
    nanoseconds = np.where(good, whole, 0) * unit + np.where(good, billionths, 0) * unit // _BILLION
    return (nanoseconds + 500) // 1000, good


def _iso_times(column: pa.Array, how: TimeColumn) -> tuple[Ints, Mask]:
    values, state = digits.iso_times(column)
    good = state == (digits.STATED if how.zone == STATED else digits.LOCAL)
    if how.zone not in (STATED, "UTC"):
        values = _in_utc(np.where(good, values, 0), how.zone)
    others = np.flatnonzero(state == digits.UNREAD)
    if len(others):
        values[others], good[others] = _one_by_one(column.take(pa.array(others)), how.zone, datetime.fromisoformat)
    return values, good


def _pattern_times(column: pa.Array, how: TimeColumn) -> tuple[Ints, Mask]:
    steps = None if how.zone == STATED else time_pattern.program(how.format)
    if steps is None:
        return _by_strptime(column, how)
    values, good = time_pattern.local_times(column, steps)
    if how.zone != "UTC":
        values = _in_utc(values, how.zone)
    others = np.flatnonzero(~good)
    if len(others):
        values[others], good[others] = _by_strptime(column.take(pa.array(others)), how)
    return values, good


def _by_strptime(column: pa.Array, how: TimeColumn) -> tuple[Ints, Mask]:
    # Arrow's strptime takes 30 February for 1 March and knows no fractions and offsets; Python's is exact.
    encoded = column.dictionary_encode()
    values, good = _one_by_one(encoded.dictionary, how.zone, lambda text: datetime.strptime(text, how.format))
    rows = _numpy(encoded.indices)
    return values[rows], good[rows]


def _one_by_one(column: pa.Array, zone: str, read: Callable[[str], datetime]) -> tuple[Ints, Mask]:
    naive = [_naive(text, zone, read) for text in column.to_pylist()]
    good = np.array([each is not None for each in naive], np.bool_)
    micros = [((each or _EPOCH) - _EPOCH) // _MICROSECOND for each in naive]
    return _in_utc(np.array(micros, np.int64), zone), good


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


def _in_utc(local_us: Ints, zone: str) -> Ints:
    return local_us if zone in (STATED, "UTC") else to_utc(local_us, ZoneInfo(zone))[0]


def _text_addresses(column: pa.Array) -> tuple[Ints, Ints, Mask]:
    numbers, good = digits.ipv4(column)
    high, low = np.zeros(len(column), np.int64), address.from_ipv4(numbers)
    others = np.flatnonzero(~good)
    if len(others):
        rest = column.take(pa.array(others))
        high[others], low[others], good[others] = digits.ipv6(rest)
        odd = np.flatnonzero(~good[others])
        for row, text in zip(others[odd].tolist(), rest.take(pa.array(odd)).to_pylist(), strict=True):
            # With spaces around it, or with a zone.
            with suppress(ValueError):
                high[row], low[row] = address.halves(str(ipaddress.IPv6Address(text.strip().partition("%")[0])))
                good[row] = True
    return high, low, good


def _filled_with(column: pa.Array, null: int | float) -> npt.NDArray[Any]:
    return _numpy(column.fill_null(null) if column.null_count else column)


def _mask(column: pa.Array) -> Mask:
    return np.array(column.to_numpy(zero_copy_only=False))


def _numpy(column: pa.Array) -> npt.NDArray[Any]:
    return np.array(column.to_numpy(zero_copy_only=False))
