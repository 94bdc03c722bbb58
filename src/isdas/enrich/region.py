"""
Region and AS: where a source belongs, by vectorised lookup; which edition said so is told beside it.

Each distinct source is looked up once per batch.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import iptocc
import maxminddb
import numpy as np
import numpy.typing as npt

from isdas.enrich.config import Config
from isdas.enrich.ranges import Ranges, open_ranges
from isdas.enrich.scanner import Register, open_register
from isdas.enrich.special import NAMES, special
from isdas.model.address import TOKEN_HIGH, is_ipv4, texts
from isdas.model.dense import Numbers
from isdas.model.errors import ConfigError
from isdas.model.packets import Packets, labels

_MOST_KNOWN = 4_000_000

UNKNOWN_REGION = "ZZ"
"""The user-assigned ISO 3166 code for an unknown territory."""


_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lookups:
    """
    The opened lookups.

    Attributes:
        region: addresses to ISO 3166 codes, None where unknown.
        asn: addresses to AS numbers, 0 where unknown; None without such a lookup.
        editions: name to edition of each.
        scanners: the register of research scanners; None without one.
        ranges: a range table, which is asked for the region first and for the AS last; None without one.
    """

    region: Callable[[list[str]], list[str | None]]
    asn: Callable[[list[str]], list[int]] | None = None
    editions: dict[str, str] = field(default_factory=dict)
    scanners: Register | None = None
    ranges: Ranges | None = None
    known: "Known" = field(default_factory=lambda: Known(), compare=False)


class Known:
    """
    What the lookups have said of IPv4 sources so far, since the same sources come again and again.

    Several threads may ask at once. It forgets everything when it holds too much, so that memory is bounded.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._numbers = Numbers()
        self._places = Places.none()

    def of(self, low: _Ints, lookups: Lookups) -> "Places":
        """What is known of the sources with these lower halves, asking the lookups for new ones."""
        with self._lock:
            if len(self._numbers) > _MOST_KNOWN:
                self._begin()
            numbers = self._numbers.of(low)
            new = self._numbers.known[len(self._places) :]
            if len(new):
                self._places = self._places.and_then(_looked_up(np.zeros_like(new), new, lookups))
            return self._places.take(numbers)


@dataclass(frozen=True, slots=True)
class Places:
    """
    Where some sources belong.

    Attributes:
        codes: int32[n], index into *regions*.
        regions: ISO 3166 codes.
        asn: int64[n], AS numbers.
        special: int8[n], index into `isdas.enrich.special.NAMES`.
    """

    codes: npt.NDArray[np.int32]
    regions: tuple[str, ...]
    asn: _Ints
    special: npt.NDArray[np.int8]

    @classmethod
    def none(cls) -> "Places":
        """No places."""
        return cls(np.empty(0, np.int32), (), np.empty(0, np.int64), np.empty(0, np.int8))

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, which: _Ints) -> "Places":
        """Some of them, in some order."""
        return Places(self.codes[which], self.regions, self.asn[which], self.special[which])

    def and_then(self, other: "Places") -> "Places":
        """These and then others."""
        regions = tuple(dict.fromkeys((*self.regions, *other.regions)))
        place = {name: i for i, name in enumerate(regions)}
        translation = np.array([place[name] for name in other.regions], np.int32)
        return Places(
            np.concatenate([self.codes, translation[other.codes]]),
            regions,
            np.concatenate([self.asn, other.asn]),
            np.concatenate([self.special, other.special]),
        )


def open_lookups(config: Config) -> Lookups:
    """
    Open what the configuration names.

    Raises:
        ConfigError: a file is missing or not in MaxMind's format.
    """
    editions: dict[str, str] = {}
    register = open_register(config.scanner_register)
    if register is not None:
        editions["scanners"] = register.edition
    if config.country_file:
        country = _mmdb(config.country_file, editions)

        def region(addresses: list[str]) -> list[str | None]:
            return [_country(record) for record in country(addresses)]
    else:
        editions["iptocc"] = version("iptocc")
        region = _by_iptocc
    asn = None
    if config.asn_file:
        systems = _mmdb(config.asn_file, editions)

        def asn(addresses: list[str]) -> list[int]:
            return [_number(record) for record in systems(addresses)]

    ranges = open_ranges(Path(config.range_file)) if config.range_file else None
    if ranges is not None:
        editions[Path(config.range_file).name] = ranges.edition
    return Lookups(region, asn, editions, register, ranges)


def places(high: _Ints, low: _Ints, lookups: Lookups) -> Places:
    """Where sources belong, given by their halves."""
    four = is_ipv4(high, low)
    if four.all():
        return lookups.known.of(low, lookups)
    others = np.flatnonzero(~four)
    fresh_high, fresh_low, which = _distinct(high[others], low[others])
    both = lookups.known.of(low[four], lookups).and_then(_looked_up(fresh_high, fresh_low, lookups).take(which))
    back = np.empty(len(low), np.int64)
    back[np.flatnonzero(four)] = np.arange(len(low) - len(others))
    back[others] = np.arange(len(low) - len(others), len(low))
    return both.take(back)


def locate(packets: Packets, lookups: Lookups) -> dict[str, Any]:
    """The columns `region`, `asn`, `special` and `editions` of packets."""
    found = places(packets.numpy("source_high"), packets.numpy("source_low"), lookups)
    edition = ";".join(f"{name}={value}" for name, value in sorted(lookups.editions.items()))
    return {
        "region": labels(found.codes, found.regions or (UNKNOWN_REGION,)),
        "asn": found.asn,
        "special": labels(found.special, NAMES),
        "editions": edition,
    }


def _looked_up(high: _Ints, low: _Ints, lookups: Lookups) -> Places:
    """What the lookups say of addresses."""
    addresses = texts(high, low)
    said = zip(lookups.region(addresses), (high == TOKEN_HIGH).tolist(), strict=True)
    regions = np.array([UNKNOWN_REGION if opaque else code or UNKNOWN_REGION for code, opaque in said], dtype=str)
    asn = np.array(lookups.asn(addresses) if lookups.asn else [0] * len(addresses), np.int64)
    if lookups.ranges is not None:
        country, number = lookups.ranges.of(high, low)
        regions = np.where(country == "", regions, country)
        asn = np.where(asn == 0, number, asn)
    names, codes = np.unique(regions, return_inverse=True)
    return Places(codes.astype(np.int32), tuple(names.tolist()), asn, special(high, low))


def _distinct(high: _Ints, low: _Ints) -> tuple[_Ints, _Ints, _Ints]:
    """The distinct addresses and, for each row, which of them it has."""
    if not high.any():
        values, which = np.unique(low, return_inverse=True)
        return np.zeros_like(values), values, which
    order = np.lexsort((low, high))
    fresh = np.r_[True, (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)]
    which = np.empty(len(order), np.int64)
    which[order] = np.cumsum(fresh) - 1
    return high[order][fresh], low[order][fresh], which


def _mmdb(path: str, editions: dict[str, str]) -> Callable[[list[str]], list[Any]]:
    """A file's records of many addresses, None for those it does not know."""
    try:
        reader = maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise ConfigError(f"enrich: {path} is not a readable MaxMind-format file: {error}") from error
    about = reader.metadata()
    editions[about.database_type or Path(path).stem] = str(about.build_epoch)

    def records(addresses: list[str]) -> list[Any]:
        try:
            # A file for IPv4 alone knows no IPv6 address, and says so by an error.
            return [reader.get(a) if about.ip_version == 6 or ":" not in a else None for a in addresses]
        except maxminddb.InvalidDatabaseError as error:
            raise ConfigError(f"enrich: {path} is broken: {error}") from error

    return records


def _by_iptocc(addresses: list[str]) -> list[str | None]:
    return list(iptocc.country_code(addresses))


def _country(record: Any) -> str | None:
    if not isinstance(record, dict):
        return None
    country = record.get("country") or record.get("registered_country") or {}
    # Country files of other makers give the code at the top.
    code = country.get("iso_code") if isinstance(country, dict) else country
    return str(code) if code else record.get("country_code")


def _number(record: Any) -> int:
    if not isinstance(record, dict):
        return 0
    return int(str(record.get("autonomous_system_number") or record.get("asn") or 0).removeprefix("AS"))
