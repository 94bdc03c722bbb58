"""
Range tables: which country and AS the addresses from one to another belong to, as CSV or numpy arrays.

Made by anybody from anything. Where ranges lie within each other the narrowest says, as the longest prefix does.
"""

import csv
import gzip
import ipaddress
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import blake3
import numpy as np
import numpy.typing as npt

from isdas.enrich.country import country_code
from isdas.enrich.intervals import Ends, Intervals, from_halves, narrowest_first, whole
from isdas.enrich.range_arrays import ranges_of
from isdas.model.errors import ConfigError

_Ints = npt.NDArray[np.int64]
_Row = tuple[int, int, str, int]
_EDITION = re.compile(r"^#\s*edition:\s*(\S+)", re.MULTILINE)
_HEADER = re.compile(r"[\s\"]*(?![0-9A-Fa-f]{1,4}:)[^\W\d_]")
_LONGEST = 1000
_HALF = (1 << 64) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """
    An opened range table.

    Attributes:
        edition: what the file says of its edition, or else the beginning of its BLAKE3 digest.
        intervals: which place each address has.
        countries: str[p], the country of each place, empty where unknown.
        asn: int64[p], its AS number, 0 where unknown.
    """

    edition: str
    intervals: Intervals
    countries: npt.NDArray[np.str_]
    asn: _Ints

    def of(self, high: _Ints, low: _Ints) -> tuple[npt.NDArray[np.str_], _Ints]:
        """Country and AS number of each address, given by its halves; empty and 0 where the table says nothing."""
        at = self.intervals.of(high, low)
        return np.append(self.countries, "")[at], np.append(self.asn, 0)[at]


def open_ranges(path: Path) -> Ranges:
    """
    A range table: ``.npz`` with the arrays s, e, c, a of IPv4 ranges, else CSV, plain or gzip.

    A line of the CSV is ``start,end,country,asn`` or ``network,country,asn``, the AS number optional; a first line that
    begins with a word is a header, ``#`` begins a comment, and ``# edition: NAME`` names the edition.

    Raises:
        ConfigError: it cannot be read, or a line or an array makes no sense.
    """
    try:
        data = path.read_bytes()
        if data.startswith(b"PK"):
            return made(digest(data), *ranges_of(data))
        # Spreadsheets put the mark of UTF-8 before the first line.
        text = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode("utf-8-sig")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ConfigError(f"enrich: {path} is not a readable range table: {error}") from error
    told = _EDITION.search(text)
    rows = list(_rows(text, path))
    if not rows:
        raise ConfigError(f"enrich: {path} holds no range")
    firsts, lasts = [row[0] for row in rows], [row[1] for row in rows]
    ends = (*_halves(firsts), *_halves(lasts))
    countries = np.array([row[2] for row in rows], "U2")
    # The column `editions` parts by these two.
    edition = re.sub("[;=]", "_", told.group(1)) if told else digest(data)
    return made(edition, ends, countries, np.array([row[3] for row in rows], np.int64))


def _halves(numbers: list[int]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    return np.array([n >> 64 for n in numbers], np.uint64), np.array([n & _HALF for n in numbers], np.uint64)


def digest(data: bytes) -> str:
    """What an edition is called that has no name: the beginning of its digest."""
    return "blake3-" + blake3.blake3(data).hexdigest()[:12]


def made(edition: str, ends: Ends, countries: npt.NDArray[np.str_], asn: _Ints) -> Ranges:
    """The table of some ranges, given by the halves of their first and last addresses."""
    letters = np.ascontiguousarray(countries, "U2").view(np.uint32).reshape(-1, 2).astype(np.uint64)
    # Sixteen bits hold each letter of a code, and 32 the number: sorting them is faster than sorting pairs.
    keys = asn.astype(np.uint64) << 32 | letters[:, 0] << 16 | letters[:, 1]
    _, rows, values = np.unique(keys, return_index=True, return_inverse=True)
    order = narrowest_first(ends)
    in_order = (ends[0][order], ends[1][order], ends[2][order], ends[3][order])
    intervals = from_halves(in_order, values[order].astype(np.int32))
    return Ranges(edition, intervals, countries[rows], asn[rows])


def _rows(text: str, path: Path) -> Iterator[_Row]:
    heads = True
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            yield _row(_fields(line))
        except (ValueError, csv.Error) as error:
            damaged = isinstance(error, csv.Error) or len(line) > _LONGEST
            if damaged or not heads or not _HEADER.match(line):
                raise ConfigError(f"enrich: line {number} of {path} is no range: {error}") from error
        heads = False


def _fields(line: str) -> list[str]:
    if len(line) > _LONGEST:
        raise ValueError(f"it has {len(line):,} characters")
    # Line by line, so that a quote that is not closed does not swallow those behind it.
    (fields,) = csv.reader((line,), strict=True) if '"' in line else (line.split(","),)
    return [field.strip() for field in fields]


def _row(fields: list[str]) -> _Row:
    """First and last address, country and AS number of a line."""
    if "/" in fields[0]:
        first, last, rest = *_network(fields[0]), fields[1:]
    elif len(fields) > 1:
        (family, first), (other, last), rest = _address(fields[0]), _address(fields[1]), fields[2:]
        if family != other:
            raise ValueError("it begins and ends in different families")
    else:
        raise ValueError("it has no end")
    if last < first:
        raise ValueError("it ends before it begins")
    country = country_code(rest[0] if rest else "")
    if country is None:
        raise ValueError(f"{rest[0]!r} is no country code")
    return first, last, country, _system(rest[1]) if len(rest) > 1 else 0


def _system(text: str) -> int:
    """The number of an AS, with or without the letters; 0 for an empty field."""
    digits = text.upper().removeprefix("AS").lstrip()
    number = _whole_number(digits) if text else 0
    if number is None or number >> 32:
        raise ValueError(f"{text!r} is no AS number")
    return number


def _whole_number(text: str) -> int | None:
    """The number that some digits write; `int` would also read signs, underscores and the digits of other scripts."""
    return int(text) if text.isascii() and text.isdigit() else None


def _network(text: str) -> tuple[int, int]:
    address, _, length = text.partition("/")
    family, first = _address(address)
    prefix, width = _whole_number(length), 32 if family == 4 else 128
    if prefix is None or prefix > width:
        raise ValueError(f"{text!r} is no network")
    bits = width - prefix
    first = first >> bits << bits
    return first, first | (1 << bits) - 1


def _address(text: str) -> tuple[int, int]:
    """Family and 128-bit number of an address as people write it, or as the number of an IPv4 address."""
    if text.isascii() and text.isdigit():
        number = _whole_number(text)
        if number is None or number >> 32:
            raise ValueError(f"{text} is no number of an IPv4 address")
        return 4, whole(4, number)
    if "%" in text:
        raise ValueError(f"{text!r} is an address of one link")
    address = ipaddress.ip_address(text)
    return address.version, whole(address.version, int(address))
