"""
Scanner: whether a source is a registered research scanner, as the register had it at the time of the packet.

Counts can be told with and without them; being registered says who scans, not that it is welcome. The register is data
(`isdas.enrich.scanners`, or the files that the settings name); it is never fetched.
"""

import ipaddress
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

from isdas.enrich.scanner_lists import CLASSES, Entry, Network, own_entries, read_list
from isdas.model.address import halves, is_ipv4
from isdas.model.errors import ConfigError
from isdas.model.packets import Packets, constant, labels

NONE = "none"
"""The setting that asks for no register."""

_Ints = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.int32]
_EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Table:
    """
    The register as it is during one stretch of time.

    Attributes:
        near: bool[65536], the /16 networks of IPv4 in which anybody is registered.
        starts, ends: int64[n], the ranges of IPv4 addresses, in order, which share none; ends are included.
        codes: int32[n], who that is, by place among the entries.
        six: networks of IPv6 with their codes, the longest first.
    """

    near: npt.NDArray[np.bool_]
    starts: _Ints
    ends: _Ints
    codes: _Codes
    six: tuple[tuple[ipaddress.IPv6Network, int], ...]

    def of(self, high: _Ints, low: _Ints) -> _Codes:
        """int32[n]: who each address belongs to, -1 for nobody."""
        found = np.full(len(low), -1, np.int32)
        four = is_ipv4(high, low)
        number = low & 0xFFFFFFFF
        rows = np.flatnonzero(self.near[number >> 16] & four)
        if len(rows) and len(self.starts):
            at = np.searchsorted(self.starts, number[rows], side="right") - 1
            held = (at >= 0) & (number[rows] <= self.ends[at])
            found[rows[held]] = self.codes[at[held]]
        if self.six and not four.all():
            for row in np.flatnonzero(~four).tolist():
                found[row] = self._of_six(int(high[row]), int(low[row]))
        return found

    def _of_six(self, high: int, low: int) -> int:
        address = ipaddress.IPv6Address((high & (1 << 64) - 1) << 64 | low & (1 << 64) - 1)
        return next((code for network, code in self.six if address in network), -1)


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
        ordered = tuple(sorted(entries, key=lambda entry: entry.name.lower()))
        days = {_micros(day) for entry in ordered for day in (entry.since, entry.until) if day is not None}
        changes = sorted(days)
        begins = [-_EVER, *changes]
        tables = tuple(_table(ordered, begin) for begin in begins)
        return cls(edition, ordered, np.array(changes, np.int64), tables)

    def codes(self, high: _Ints, low: _Ints, time: _Ints) -> _Codes:
        """int32[n]: whose each address was at a time, by place among the entries; -1 for nobody."""
        if not len(self.changes):
            return self.tables[0].of(high, low)
        period = np.searchsorted(self.changes, time, side="right")
        found = np.full(len(low), -1, np.int32)
        for each in np.unique(period).tolist():
            rows = np.flatnonzero(period == each)
            found[rows] = self.tables[each].of(high[rows], low[rows])
        return found


def scanner(packets: Packets, register: Register | None) -> dict[str, pa.DictionaryArray]:
    """The columns `scanner` and `scanner_class`: empty for sources that are not registered."""
    nobody = {name: constant("", len(packets)) for name in ("scanner", "scanner_class")}
    if register is None or not register.entries:
        return nobody
    time = packets.table.column("time").cast(pa.int64()).fill_null(0).to_numpy()
    codes = register.codes(packets.numpy("source_high"), packets.numpy("source_low"), np.asarray(time))
    if len(codes) == 0 or codes.max() < 0:
        return nobody
    names = ["", *(entry.name for entry in register.entries)]
    classes = np.array([0, *(1 + CLASSES.index(entry.scanner_class) for entry in register.entries)], np.int32)
    return {"scanner": labels(codes + 1, names), "scanner_class": labels(classes[codes + 1], ["", *CLASSES])}


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
    entries = [entry for path in paths for entry in read_list(path).entries]
    return Register.of_entries("+".join(f"{path.stem}@{_changed(path)}" for path in paths), merged(entries))


@cache
def shipped() -> Register:
    """The newest edition that comes with the package."""
    folder = resources.files("isdas.enrich") / "scanners"
    newest = max((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    edition = newest.name.removesuffix(".toml")
    return Register.of_entries(edition, own_entries(newest.read_text(encoding="utf-8"), newest.name))


def merged(entries: Sequence[Entry]) -> list[Entry]:
    """One entry for each name, class and time, with networks that share no address; the first says the rest."""
    found: dict[Any, Entry] = {}
    for entry in entries:
        key = (entry.name.lower(), entry.scanner_class, entry.since, entry.until)
        known = found.setdefault(key, Entry(entry.name, [], entry.scanner_class, [], entry.since, entry.until))
        known.networks += entry.networks
        known.sources += [source for source in entry.sources if source not in known.sources]
        known.suffixes += [suffix for suffix in entry.suffixes if suffix not in known.suffixes]
    for entry in found.values():
        four = ipaddress.collapse_addresses(n for n in entry.networks if isinstance(n, ipaddress.IPv4Network))
        six = ipaddress.collapse_addresses(n for n in entry.networks if isinstance(n, ipaddress.IPv6Network))
        entry.networks = [*four, *six]
    return [entry for entry in found.values() if entry.networks]


def _changed(path: Path) -> str:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%d")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


def _micros(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


def _table(entries: Sequence[Entry], begin: int) -> Table:
    """The register from a time on until the next change."""
    networks: list[tuple[Network, int]] = []
    for code, entry in enumerate(entries):
        since = -_EVER if entry.since is None else _micros(entry.since)
        until = _EVER if entry.until is None else _micros(entry.until)
        if since <= begin < until:
            networks += [(network, code) for network in entry.networks]
    # The longest prefix wins, and of two alike the first by name.
    networks.sort(key=lambda each: (-each[0].prefixlen, each[1]))
    four = [(network, code) for network, code in networks if isinstance(network, ipaddress.IPv4Network)]
    six = [(network, code) for network, code in networks if isinstance(network, ipaddress.IPv6Network)]
    starts, ends, codes = _disjoint(four)
    near = np.zeros(1 << 16, np.bool_)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        near[start >> 16 : (end >> 16) + 1] = True
    return Table(near, starts, ends, codes, tuple(six))


def _disjoint(networks: Sequence[tuple[ipaddress.IPv4Network, int]]) -> tuple[_Ints, _Ints, _Codes]:
    """Ranges that share no address, from networks the first of which wins."""
    spans = [(int(n.network_address), int(n.broadcast_address), code) for n, code in networks]
    edges = sorted({edge for start, end, _ in spans for edge in (start, end + 1)})
    place = {edge: i for i, edge in enumerate(edges)}
    codes = np.full(max(len(edges) - 1, 0), -1, np.int32)
    for start, end, code in reversed(spans):
        codes[place[start] : place[end + 1]] = code
    kept = np.flatnonzero(codes >= 0)
    points = np.array(edges, np.int64)
    return points[:-1][kept] if len(edges) else points, points[1:][kept] - 1 if len(edges) else points, codes[kept]


def address_halves(text: str) -> tuple[_Ints, _Ints]:
    """One address as the arrays that `Register.codes` takes; ValueError if it is none."""
    high, low = halves(text)
    return np.array([high]), np.array([low])
