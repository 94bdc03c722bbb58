"""
Region and AS: where a source belongs, by vectorised lookup; which edition said so is told beside it.

Each distinct source is looked up once, and remembered (`isdas.enrich.known`). What is no address is nowhere.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import iptocc
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.enrich.config import Config
from isdas.enrich.ipfire import open_ipfire
from isdas.enrich.known import DEPENDS, NOBODY, UNKNOWN_REGION, Known, Places, spread
from isdas.enrich.mmdb import open_mmdb
from isdas.enrich.ranges import open_ranges
from isdas.enrich.scanner import Register, open_register, scanner_columns, times
from isdas.enrich.special import NAMES, special
from isdas.model.address import texts
from isdas.model.packets import Packets

_Ints = npt.NDArray[np.int64]

Table = Callable[[_Ints, _Ints], tuple[npt.NDArray[np.str_], _Ints]]
"""Addresses, given by their halves, to countries (empty where it knows none) and AS numbers (0 where it knows none)."""


@dataclass(frozen=True, slots=True)
class Lookups:
    """
    The opened lookups.

    Attributes:
        region: addresses to ISO 3166 codes, None where unknown; asked where no table knows the country.
        tables: asked in this order: the first that knows says the country, and the first that knows the AS.
        editions: name to edition of each.
        scanners: the register of research scanners; None without one.
        known: what they have said so far.
    """

    region: Callable[[list[str]], list[str | None]]
    tables: tuple[Table, ...] = ()
    editions: dict[str, str] = field(default_factory=dict)
    scanners: Register | None = None
    known: Known = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", Known(lambda high, low: _looked_up(high, low, self)))


def open_lookups(config: Config) -> Lookups:
    """
    Open what the configuration names.

    Raises:
        ConfigError: a file is missing or not in its format.
    """
    editions: dict[str, str] = {}
    register = open_register(config.scanner_register)
    if register is not None:
        editions["scanners"] = register.edition
    tables: list[Table] = []
    if config.asn_file:
        systems = open_mmdb(config.asn_file)
        editions[_name(systems.name)] = systems.edition
        tables.append(lambda high, low: _without_country(systems.of(high, low)))
    if config.range_file:
        ranges = open_ranges(Path(config.range_file))
        editions[_name(Path(config.range_file).name)] = ranges.edition
        tables.append(ranges.of)
    if config.location_file:
        locations = open_ipfire(Path(config.location_file))
        editions["ipfire"] = locations.edition
        tables.append(locations.of)
    if config.country_file:
        countries = open_mmdb(config.country_file)
        editions[_name(countries.name)] = countries.edition
        tables.append(countries.of)
        return Lookups(_nowhere, tuple(tables), editions, register)
    editions["iptocc"] = version("iptocc")
    return Lookups(_by_iptocc, tuple(tables), editions, register)


def locate(packets: Packets, lookups: Lookups) -> dict[str, Any]:
    """The columns `region`, `asn`, `special`, `scanner`, `scanner_class` and `editions` of packets."""
    high, low = packets.numpy("source_high"), packets.numpy("source_low")
    found, places = lookups.known.of(high, low)
    asn, codes = np.empty(len(found), np.int64), np.empty((3, len(found)), np.int32)
    region, which, whose = codes
    depends = spread(found, places.codes, places.asn, places.special, places.scanner, asn, codes)
    if depends and lookups.scanners is not None:
        rows = np.flatnonzero(whose == DEPENDS)
        whose[rows] = lookups.scanners.codes(high[rows], low[rows], times(packets)[rows])
    return {
        "region": _column(region, places.regions),
        "asn": asn,
        "special": _column(which, NAMES),
        **scanner_columns(whose, lookups.scanners),
        "editions": ";".join(f"{name}={value}" for name, value in sorted(lookups.editions.items())),
    }


def _column(codes: npt.NDArray[np.int32], names: Sequence[str]) -> pa.DictionaryArray:
    """A column of codes that are known to be within the names, so that nobody need look."""
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string()), safe=False)


def _looked_up(high: _Ints, low: _Ints, lookups: Lookups) -> Places:
    """What the lookups say of addresses."""
    country, asn = np.full(len(low), "", "U2"), np.zeros(len(low), np.int64)
    for table in lookups.tables:
        said, number = table(high, low)
        country, asn = np.where(country == "", said, country), np.where(asn == 0, number, asn)
    unknown = np.flatnonzero(country == "")
    if len(unknown):
        said_last = lookups.region(texts(high[unknown], low[unknown]))
        country[unknown] = [code or UNKNOWN_REGION for code in said_last]
    names, codes = np.unique(country, return_inverse=True)
    where = special(high, low).astype(np.int32)
    return Places(tuple(names.tolist()), codes.astype(np.int32), asn, where, _whose(high, low, lookups.scanners))


def _whose(high: _Ints, low: _Ints, register: Register | None) -> npt.NDArray[np.int32]:
    """Which scanner each address is, at all times, or that it depends on the time."""
    if register is None:
        return np.full(len(low), NOBODY, np.int32)
    said = np.stack([table.of(high, low) for table in register.tables])
    return np.where((said == said[0]).all(axis=0), said[0], np.int32(DEPENDS))


def _without_country(said: tuple[npt.NDArray[np.str_], _Ints]) -> tuple[npt.NDArray[np.str_], _Ints]:
    return np.full(len(said[1]), "", "U2"), said[1]


def _name(text: str) -> str:
    """A name for the column `editions`, which parts by ``;`` and ``=``."""
    return re.sub(r"[;=\s]", "_", text)


def _by_iptocc(addresses: list[str]) -> list[str | None]:
    return list(iptocc.country_code(addresses))


def _nowhere(addresses: list[str]) -> list[str | None]:
    return [None] * len(addresses)
