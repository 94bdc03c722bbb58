"""
Region and AS: where a source belongs, by vectorised lookup; which edition said so is told beside it.

Each distinct source is looked up once per batch.
"""

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
from isdas.model.address import TOKEN_HIGH, texts
from isdas.model.errors import ConfigError
from isdas.model.packets import Packets, labels

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
    """

    region: Callable[[list[str]], list[str | None]]
    asn: Callable[[list[str]], list[int]] | None = None
    editions: dict[str, str] = field(default_factory=dict)


def open_lookups(config: Config) -> Lookups:
    """
    Open what the configuration names.

    Raises:
        ConfigError: a file is missing or not in MaxMind's format.
    """
    editions: dict[str, str] = {}
    if config.country_file:
        country = _mmdb(config.country_file, editions)

        def region(addresses: list[str]) -> list[str | None]:
            return [_country(record) for record in country(addresses)]
    else:
        editions["iptocc"] = version("iptocc")
        region = _by_iptocc
    if not config.asn_file:
        return Lookups(region, None, editions)
    systems = _mmdb(config.asn_file, editions)
    return Lookups(region, lambda addresses: [_number(record) for record in systems(addresses)], editions)


def locate(packets: Packets, lookups: Lookups) -> Packets:
    """Fill the columns `region`, `asn` and `editions`."""
    high, low, which = _distinct(packets.numpy("source_high"), packets.numpy("source_low"))
    addresses = texts(high, low)
    found = zip(lookups.region(addresses), (high == TOKEN_HIGH).tolist(), strict=True)
    codes = [UNKNOWN_REGION if opaque else code or UNKNOWN_REGION for code, opaque in found]
    names, code = np.unique(np.array(codes, dtype=str), return_inverse=True)
    numbers: npt.NDArray[Any] = np.array(lookups.asn(addresses) if lookups.asn else [0] * len(codes), np.int64)
    edition = ";".join(f"{name}={value}" for name, value in sorted(lookups.editions.items()))
    return packets.with_columns(
        {"region": labels(code[which], names.tolist()), "asn": numbers[which], "editions": edition}
    )


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
