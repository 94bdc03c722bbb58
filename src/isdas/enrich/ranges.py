"""
Range tables: which country and AS the addresses from one to another belong to, as CSV or numpy arrays.

Made by anybody from anything, such as a dump of IPFire's location database. Ranges must not share addresses.
"""

import csv
import gzip
import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from isdas.model.address import is_ipv4
from isdas.model.errors import ConfigError

_Ints = npt.NDArray[np.int64]
_ARRAYS = ("s", "e", "c", "a")
_Row = tuple[int, int, int, str, int]


@dataclass(frozen=True, slots=True)
class Ranges:
    """
    An opened range table.

    Attributes:
        edition: the file's day.
        starts, ends: int64[n], ranges of IPv4 addresses in order; ends are included.
        countries: n codes, empty where unknown.
        asn: int64[n], 0 where unknown.
        six: ranges of IPv6 in order: start, end, country, AS number.
    """

    edition: str
    starts: _Ints
    ends: _Ints
    countries: npt.NDArray[np.str_]
    asn: _Ints
    six: tuple[tuple[int, int, str, int], ...] = ()

    def of(self, high: _Ints, low: _Ints) -> tuple[npt.NDArray[np.str_], _Ints]:
        """Country and AS number of each address, given by its halves; empty and 0 where the table says nothing."""
        country, asn = np.full(len(low), "", "U2"), np.zeros(len(low), np.int64)
        four = is_ipv4(high, low)
        rows = np.flatnonzero(four)
        if len(rows) and len(self.starts):
            number = low[rows] & 0xFFFFFFFF
            at = np.searchsorted(self.starts, number, side="right") - 1
            held = (at >= 0) & (number <= self.ends[at])
            country[rows[held]], asn[rows[held]] = self.countries[at[held]], self.asn[at[held]]
        starts = [each[0] for each in self.six]
        for row in np.flatnonzero(~four).tolist() if starts else ():
            number_six = (int(high[row]) & (1 << 64) - 1) << 64 | int(low[row]) & (1 << 64) - 1
            place = bisect_right(starts, number_six) - 1
            if place >= 0 and number_six <= self.six[place][1]:
                country[row], asn[row] = self.six[place][2:]
        return country, asn


def open_ranges(path: Path) -> Ranges:
    """
    A range table: ``.npz`` with the arrays s, e, c, a of IPv4 ranges, else CSV, plain or gzip.

    A line of the CSV is ``start,end,country,asn`` or ``network,country,asn``, the AS number optional; a first line that
    begins with no address is a header, and ``#`` begins a comment.

    Raises:
        ConfigError: it cannot be read, a line makes no sense, or ranges share addresses.
    """
    try:
        data = path.read_bytes()
        edition = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%d")
        if data.startswith(b"PK"):
            return _arrays(path, edition)
        text = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError, KeyError, BadZipFile) as error:
        raise ConfigError(f"enrich: {path} is not a readable range table: {error}") from error
    rows = sorted(_rows(text.splitlines(), path))
    four = [row for row in rows if row[0] == 4]
    starts, ends, asn = (np.array([row[i] for row in four], np.int64) for i in (1, 2, 4))
    countries = np.array([row[3] for row in four], "U2")
    six = tuple((start, end, country, number) for version, start, end, country, number in rows if version == 6)
    if any(a[1] >= b[0] for a, b in pairwise(six)):
        raise ConfigError(f"enrich: ranges of {path} share addresses")
    return _checked(Ranges(edition, starts, ends, countries, asn, six), path)


def _arrays(path: Path, edition: str) -> Ranges:
    with np.load(path, allow_pickle=False) as file:
        starts, ends, countries, asn = (file[name] for name in _ARRAYS)
    starts, ends = starts.astype(np.int64), ends.astype(np.int64)
    order = np.argsort(starts, kind="stable")
    ranges = Ranges(edition, starts[order], ends[order], countries[order].astype("U2"), asn[order].astype(np.int64))
    return _checked(ranges, path)


def _checked(ranges: Ranges, path: Path) -> Ranges:
    if len(ranges.starts) and ((ranges.ends < ranges.starts).any() or (ranges.starts[1:] <= ranges.ends[:-1]).any()):
        raise ConfigError(f"enrich: ranges of {path} share addresses, or end before they begin")
    return ranges


def _rows(lines: Iterable[str], path: Path) -> Iterator[_Row]:
    for number, fields in enumerate(csv.reader(lines), 1):
        if not fields or fields[0].lstrip().startswith("#"):
            continue
        try:
            yield _row([field.strip() for field in fields])
        except ValueError as error:
            if number > 1:
                raise ConfigError(f"enrich: line {number} of {path} is no range: {error}") from error


def _row(fields: list[str]) -> _Row:
    """Version, first and last address, country and AS number of a line."""
    if "/" in fields[0]:
        network, rest = ipaddress.ip_network(fields[0], strict=False), fields[1:]
        start, end = int(network.network_address), int(network.broadcast_address)
        version = network.version
    else:
        first, last, rest = _address(fields[0]), _address(fields[1]), fields[2:]
        if first.version != last.version:
            raise ValueError("it begins and ends in different families")
        version, start, end = first.version, int(first), int(last)
    if end < start:
        raise ValueError("it ends before it begins")
    country = (rest[0] if rest else "").upper()
    if len(country) not in (0, 2):
        raise ValueError(f"{country!r} is no country code")
    asn = rest[1].upper().removeprefix("AS") if len(rest) > 1 else ""
    return version, start, end, country, int(asn or 0)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address as people write it, or as the number of an IPv4 address."""
    return ipaddress.ip_address(int(text) if text.isdecimal() else text)
