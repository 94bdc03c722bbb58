"""
Scanner: whether a source is a registered research scanner, as the register had it at the time of the packet.

Counts can be told with and without them; being registered says who scans, not that it is welcome. The register is data
(`isdas.enrich.scanners`, or the files that the settings name); it is never fetched.
"""

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from isdas.enrich.intervals import Ends, from_halves, narrowest_first
from isdas.enrich.networks import Networks
from isdas.enrich.scanner_lists import CLASSES, Entry, own_register, read_list
from isdas.model.address import TOKEN_HIGH, halves
from isdas.model.kernels import fixed
from isdas.model.packets import Packets, constant, labels

NONE = "none"
"""The setting that asks for no register."""

_Ints = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.int32]
_EVER = 1 << 62
_TOP = -(1 << 63)


@dataclass(frozen=True, slots=True)
class Table:
    """
    The register as it is during one stretch of time.

    Attributes:
        first, last: int32[65536], for each /16 of IPv4 the ranges that may hold its addresses; *last* is not included.
        starts, ends: int64[n], the ranges of IPv4 addresses, in order, which share none; ends are included.
        codes: int32[n], who that is, by place among the entries.
        six: int64[m, 4], the ranges of IPv6 addresses, in order: upper and lower half of the start, then of the end,
            each with its highest bit turned, so that they are in order as signed numbers.
        six_codes: int32[m], who that is.
    """

    first: _Codes
    last: _Codes
    starts: _Ints
    ends: _Ints
    codes: _Codes
    six: _Ints
    six_codes: _Codes

    def of(self, high: _Ints, low: _Ints) -> _Codes:
        """int32[n]: who each address belongs to, -1 for nobody."""
        found = np.empty(len(low), np.int32)
        four = (self.first, self.last, self.starts, self.ends, self.codes)
        _look_up(fixed(high), fixed(low), *four, self.six, self.six_codes, found)
        return found


@njit(cache=True, nogil=True)
def _look_up(
    high: _Ints,
    low: _Ints,
    first: _Codes,
    last: _Codes,
    starts: _Ints,
    ends: _Ints,
    codes: _Codes,
    six: _Ints,
    six_codes: _Codes,
    found: _Codes,
) -> None:
    """Write into *found* whom each address belongs to."""
    for i in range(len(low)):
        found[i] = -1
        if high[i] == 0 and low[i] >> 32 == 0xFFFF:
            number = low[i] & 0xFFFFFFFF
            # Most networks of 16 bits have nobody in them, so that most packets end here.
            begin, end = first[number >> 16], last[number >> 16]
            stop = end
            while begin < end:
                middle = (begin + end) >> 1
                if ends[middle] < number:
                    begin = middle + 1
                else:
                    end = middle
            if begin < stop and starts[begin] <= number:
                found[i] = codes[begin]
        elif high[i] != TOKEN_HIGH:
            found[i] = _look_up_six(high[i] ^ _TOP, low[i] ^ _TOP, six, six_codes)


@njit(cache=True, nogil=True)
def _look_up_six(high: int, low: int, six: _Ints, codes: _Codes) -> int:
    """Whom an address of IPv6 belongs to, given by its halves with their highest bits turned; -1 for nobody."""
    begin, end = 0, len(six)
    while begin < end:
        middle = (begin + end) >> 1
        if six[middle, 2] < high or (six[middle, 2] == high and six[middle, 3] < low):
            begin = middle + 1
        else:
            end = middle
    if begin == len(six) or six[begin, 0] > high or (six[begin, 0] == high and six[begin, 1] > low):
        return -1
    return int(codes[begin])


@dataclass(frozen=True, slots=True)
class Register:
    """
    Who scans for research, and when.

    Attributes:
        edition: which edition it is.
        entries: the organisations, in the order of their names.
        changes: int64[k], microseconds since 1970 at which somebody comes or goes, in order.
        tables: k + 1 tables: before the first change, between the changes, and after the last.
    """

    edition: str
    entries: tuple[Entry, ...]
    changes: _Ints
    tables: tuple[Table, ...]

    @classmethod
    def of_entries(cls, edition: str, entries: Sequence[Entry]) -> "Register":
        """The register of some organisations."""
        ordered = tuple(sorted(entries, key=_order))
        days = {_micros(day) for entry in ordered for day in (entry.since, entry.until) if day is not None}
        changes = sorted(days)
        begins = [-_EVER, *changes]
        tables = tuple(_table(ordered, begin) for begin in begins)
        # No packet waits for the compiler: it is done when the register is opened.
        tables[0].of(np.empty(0, np.int64), np.empty(0, np.int64))
        return cls(edition, ordered, np.array(changes, np.int64), tables)

    def codes(self, high: _Ints, low: _Ints, time: _Ints) -> _Codes:
        """int32[n]: whose each address was at a time, by place among the entries; -1 for nobody."""
        if not len(self.changes):
            return self.tables[0].of(high, low)
        if len(time) and not np.diff(np.searchsorted(self.changes, [time.min(), time.max()], side="right"))[0]:
            # Most batches are shorter than the time between two changes.
            return self.tables[int(np.searchsorted(self.changes, time[0], side="right"))].of(high, low)
        period = np.searchsorted(self.changes, time, side="right")
        found = np.full(len(low), -1, np.int32)
        for each in np.unique(period).tolist():
            rows = np.flatnonzero(period == each)
            found[rows] = self.tables[each].of(high[rows], low[rows])
        return found


def scanner(packets: Packets, register: Register | None) -> dict[str, pa.DictionaryArray]:
    """The columns `scanner` and `scanner_class`: empty for sources that are not registered."""
    if register is None:
        return scanner_columns(np.full(len(packets), -1, np.int32), None)
    high, low = packets.numpy("source_high"), packets.numpy("source_low")
    return scanner_columns(register.codes(high, low, times(packets)), register)


def scanner_columns(codes: _Codes, register: Register | None) -> dict[str, pa.DictionaryArray]:
    """The same from int32[n], whose each packet is, by place among the entries of the register; -1 for nobody."""
    hits = np.flatnonzero(codes >= 0)
    if register is None or not len(hits):
        return {name: constant("", len(codes)) for name in ("scanner", "scanner_class")}
    # Few packets are anybody's, and only theirs are written.
    names_of, classes_of = np.zeros(len(codes), np.int32), np.zeros(len(codes), np.int32)
    names_of[hits] = codes[hits] + 1
    names = ["", *(entry.name for entry in register.entries)]
    classes = np.array([0, *(1 + CLASSES.index(entry.scanner_class) for entry in register.entries)], np.int32)
    classes_of[hits] = classes[names_of[hits]]
    return {"scanner": labels(names_of, names), "scanner_class": labels(classes_of, ["", *CLASSES])}


def times(packets: Packets) -> _Ints:
    """Microseconds since 1970, 0 where there is no time; without a copy if every packet has one."""
    column = packets.table.column("time").cast(pa.int64())
    column = column.fill_null(0) if column.null_count else column
    return np.asarray(column.chunk(0) if column.num_chunks == 1 else column.to_numpy())


def open_register(setting: str) -> Register | None:
    """
    The register that a setting asks for: the shipped one if it is empty, none, or that of files with commas between.

    Raises:
        ConfigError: a file cannot be read or is in no known form.
    """
    if setting == NONE:
        return None
    if not setting:
        return shipped()
    paths = [Path(each.strip()) for each in setting.split(",")]
    lists = [read_list(path) for path in paths]
    edition = "+".join(_edition(path, listed.edition) for path, listed in zip(paths, lists, strict=True))
    return Register.of_entries(edition, merged([entry for listed in lists for entry in listed.entries]))


@cache
def shipped() -> Register:
    """The newest edition that comes with the package."""
    folder = resources.files("isdas.enrich") / "scanners"
    newest = max((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    listed = own_register(newest.read_text(encoding="utf-8"), newest.name)
    return Register.of_entries(listed.edition, listed.entries)


def merged(entries: Sequence[Entry]) -> list[Entry]:
    """One entry for each name, class and time, with networks that share no address; the first says the rest."""
    found: dict[Any, Entry] = {}
    for entry in entries:
        key = (entry.name.lower(), entry.scanner_class, entry.since, entry.until)
        known = found.setdefault(key, Entry(entry.name, [], entry.scanner_class, [], entry.since, entry.until))
        known.networks = [*known.networks, *entry.networks]
        known.sources += [source for source in entry.sources if source not in known.sources]
        known.suffixes += [suffix for suffix in entry.suffixes if suffix not in known.suffixes]
    for entry in found.values():
        four = ipaddress.collapse_addresses(n for n in entry.networks if isinstance(n, ipaddress.IPv4Network))
        six = ipaddress.collapse_addresses(n for n in entry.networks if isinstance(n, ipaddress.IPv6Network))
        entry.networks = [*four, *six]
    return [entry for entry in found.values() if entry.networks]


def _edition(path: Path, told: str) -> str:
    """
    What a file's edition is called: its name, what it says itself, and a digest, since files change under their names.

    The column `editions` parts by ``;`` and ``=``, so that no name has them.
    """
    digest = hashlib.blake2b(path.read_bytes(), digest_size=4).hexdigest()
    name = "@".join((path.stem, "-".join(part for part in (told, digest) if part)))
    return re.sub(r"[;=+\s]", "_", name)


def _order(entry: Entry) -> tuple[str, ...]:
    """By name; the rest makes the order that of the entries and not that of their files."""
    return entry.name.lower(), entry.name, entry.scanner_class, str(entry.since), str(entry.until)


def _micros(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


def _table(entries: Sequence[Entry], begin: int) -> Table:
    """The register from a time on until the next change."""
    held = [(code, entry) for code, entry in enumerate(entries) if _since(entry) <= begin < _until(entry)]
    parts = [Networks.of(entry.networks) for _, entry in held]
    networks = Networks.together(parts)
    whose = np.repeat(np.array([code for code, _ in held], np.int32), [len(part) for part in parts])
    (_, first_low, _, last_low), codes = _disjoint(networks, whose, networks.four)
    starts, ends = (side.astype(np.int64) & 0xFFFFFFFF for side in (first_low, last_low))
    edges = np.arange((1 << 16) + 1, dtype=np.int64) << 16
    first = np.searchsorted(ends, edges[:-1]).astype(np.int32)
    last = np.searchsorted(starts, edges[1:]).astype(np.int32)
    sides, six_codes = _disjoint(networks, whose, ~networks.four)
    return Table(first, last, starts, ends, codes, np.stack([_turned(side) for side in sides], axis=1), six_codes)


def _disjoint(networks: Networks, whose: _Codes, which: npt.NDArray[np.bool_]) -> tuple[Ends, _Codes]:
    """
    Some of the networks as intervals that share no address, in order, and whose each is.

    The longest prefix wins, and of two alike the first by name, as the networks are in order.
    """
    kept = np.flatnonzero(which)
    order = kept[narrowest_first(networks.take(kept).ends)]
    found = from_halves(networks.take(order).ends, whose[order])
    return (found.first_high, found.first_low, found.last_high, found.last_low), found.values


def _since(entry: Entry) -> int:
    return -_EVER if entry.since is None else _micros(entry.since)


def _until(entry: Entry) -> int:
    return _EVER if entry.until is None else _micros(entry.until)


def _turned(half: npt.NDArray[np.uint64]) -> _Ints:
    """Halves of 128 bits as signed numbers that are in order as the unsigned ones were."""
    return (half ^ np.uint64(1 << 63)).view(np.int64)


def address_halves(text: str) -> tuple[_Ints, _Ints]:
    """One address as the arrays that `Register.codes` takes; ValueError if it is none."""
    high, low = halves(text)
    return np.array([high]), np.array([low])
