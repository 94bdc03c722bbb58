"""
Column profiles: which column of somebody's table is which column of the column table, written in TOML.

A profile says how a file is to be read; reading is in `isdas.formats.profiled`.
"""

import difflib
import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from isdas.model import columns
from isdas.model.columns import Capability
from isdas.model.errors import ConfigError
from isdas.model.port import Port

_T = TypeVar("_T")

STATED = "stated"
"""The zone of times that say their own offset from UTC."""

TIME_FORMATS = {"iso": 0, "unix": 1_000_000_000, "unix-ms": 1_000_000, "unix-us": 1_000, "unix-ns": 1}
"""Names of time formats, and the nanoseconds in a unit of those that count from 1970."""

KINDS = ("csv", "json", "parquet")
"""What a profiled file may be: lines with a delimiter, a JSON object in each line, or Parquet."""

NOTATIONS = ("text", "ipv4-integer", "token")
"""
How addresses may be written: as people write them, an IPv4 address as one number, or an opaque name that stands for
one, such as a hash.
"""

DESTINATION_NOTATIONS = (*NOTATIONS, "network", "lower16")
"""How destinations may also be written: the network alone (``192.0.2.0/24``), or the lower 16 bits as a number."""

ICMP_TYPE = "icmp_type"
"""The one name under ``[columns]`` that is no column: the ICMP type, which becomes the port of ICMP packets."""

_NAMES = {name: Port.parse(f"0/{name}").protocol for name in ("tcp", "udp", "icmp", "icmpv6")}
_INTERPRETED = frozenset(
    {"time", "intake", "position", "capabilities", "ip_version", "protocol"}
    | {"source_high", "source_low", "destination_high", "destination_low"}
)
_STATED = frozenset({"protocol", "ip_version"})
"""What a profile may not name a column for but may say of all rows."""

_SEEN = Capability.TCP | Capability.UDP | Capability.ICMP
"""Capabilities that no column shows: whether such packets are recorded at all."""


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """
    Where and how a file says when.

    Attributes:
        column: header of the column.
        format: one of TIME_FORMATS or a strptime pattern; typed times need none.
        zone: the IANA zone in which times without an offset are meant; ``stated`` if they carry their offset.
    """

    column: str
    format: str = "iso"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class AddressColumn:
    """
    Where and how a file writes an address.

    Attributes:
        column: header of the column.
        notation: one of NOTATIONS, for destinations of DESTINATION_NOTATIONS.
        network: the /16 that ``lower16`` are the lower bits in; without it the address stays unknown.
    """

    column: str
    notation: str = "text"
    network: str = ""

    @property
    def known(self) -> bool:
        """Whether it gives an address or a network."""
        return self.notation != "lower16" or bool(self.network)


@dataclass(frozen=True, slots=True)
class ProtocolColumn:
    """
    Where and how a file names the transport protocol.

    Attributes:
        column: header of the column; empty where a constant says it for all rows.
        names: lower-case name to IANA protocol number; numbers are understood without being listed.
    """

    column: str = ""
    names: Mapping[str, int] = field(default_factory=lambda: dict(_NAMES))


@dataclass(frozen=True, slots=True)
class Profile:
    """
    How to read one kind of table. A dotted column name reaches into nested objects of JSON and Parquet.

    Attributes:
        name: what it is called on the command line.
        title: one line that says what kind of file it is for.
        kind: one of KINDS.
        delimiter: one character, of CSV.
        header: the headers of a CSV file that has no header line, or may have none.
        comment: what a line of CSV begins with that is no record; empty if there are none.
        time, source, destination, protocol: the columns that need interpretation; a file need not have a destination.
        columns: name in the column table, or ``icmp_type``, to header of the column in the file.
        constants: name in the column table to what it is in all rows; ``tcp_``, ``udp_`` and ``icmp_`` columns only in
            those of that protocol.
        where: header of a column to the texts of which it must have one; other rows are passed over.
        capabilities: what such files are able to show.
    """

    name: str
    time: TimeColumn
    source: AddressColumn
    protocol: ProtocolColumn
    title: str = ""
    kind: str = "csv"
    delimiter: str = ","
    header: tuple[str, ...] = ()
    comment: str = ""
    destination: AddressColumn | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    capabilities: Capability = Capability.NOTHING

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that a file must have, each once."""
        return tuple(dict.fromkeys([*self.required, *self.columns.values()]))

    @property
    def ordered(self) -> bool:
        """Whether rows stand in the order of their times; those of flows, for many packets each, need not."""
        return "packets" not in self.columns

    @property
    def required(self) -> tuple[str, ...]:
        """The headers of what every record must say, each once."""
        needed = [self.time.column, self.source.column, self.protocol.column]
        if self.destination:
            needed.append(self.destination.column)
        return tuple(dict.fromkeys(header for header in [*needed, *self.where] if header))


def load_profile(name_or_path: str | Path) -> Profile:
    """
    A shipped profile by its name, or one from a TOML file.

    Raises:
        ConfigError: there is none of that name, or the file cannot be read or is wrong.
    """
    shipped = {profile.name: profile for profile in shipped_profiles()}
    if str(name_or_path) in shipped:
        return shipped[str(name_or_path)]
    path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(sorted(shipped))
        raise ConfigError(f"no profile {str(name_or_path)!r}: give one of {known}, or the path of a TOML file")
    try:
        return parse_profile(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"profile {path} cannot be read: {error}") from error


@cache
def shipped_profiles() -> tuple[Profile, ...]:
    """The profiles that come with the package."""
    folder = resources.files("isdas.formats") / "profiles"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(parse_profile(f.read_text(encoding="utf-8"), f.name) for f in files)


def parse_profile(toml: str, origin: str) -> Profile:
    """
    A profile from TOML text; *origin* is what messages call it.

    Raises:
        ConfigError: it is not TOML, or a key is unknown, missing or has a wrong value.
    """
    try:
        data = tomllib.loads(toml)
        _check(data, Profile)
        return _validated(_profile(data))
    except KeyError as error:
        raise ConfigError(f"profile {origin} lacks {error.args[0]!r}") from error
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise ConfigError(f"profile {origin} is wrong: {error}") from error


def _profile(data: Mapping[str, Any]) -> Profile:
    constants = _table(data, "constants")
    if "protocol" in constants:
        constants["protocol"] = _protocol_number(constants["protocol"])
    if "protocol" in data and "protocol" in constants:
        raise ValueError("protocol is both a column and a constant")
    profile = Profile(
        name=str(data["name"]),
        title=str(data.get("title", "")),
        kind=str(data.get("kind", "csv")),
        delimiter=str(data.get("delimiter", ",")),
        header=_header(data.get("header", [])),
        comment=str(data.get("comment", "")),
        time=_part(data, "time", TimeColumn),
        source=_part(data, "source", AddressColumn),
        protocol=ProtocolColumn() if "protocol" in constants else _part(data, "protocol", ProtocolColumn),
        destination=_part(data, "destination", AddressColumn) if "destination" in data else None,
        columns=_table(data, "columns"),
        constants=constants,
        where={header: _wanted(header, values) for header, values in _table(data, "where").items()},
        capabilities=_capabilities(data.get("capabilities", [])),
    )
    return replace(profile, capabilities=_of_destination(profile))


def _of_destination(profile: Profile) -> Capability:
    """The capabilities of a profile, those of the destination by how it is written."""
    mask = profile.capabilities
    if profile.destination is None:
        return mask
    if profile.destination.notation == "network":
        return (mask | Capability.DESTINATION_NETWORK) & ~Capability.DESTINATION
    return mask if profile.destination.known else mask & ~Capability.DESTINATION


def _table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = data.get(name, {})
    if not isinstance(part, dict):
        raise ValueError(f"{name} must be a table")
    return dict(part)


def _header(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise ValueError("header must be a list of different names")
    return tuple(names)


def _wanted(header: str, values: Any) -> tuple[str, ...]:
    listed = values if isinstance(values, list) else [values]
    if not listed or not all(isinstance(value, str | int) for value in listed):
        raise ValueError(f"where.{header} must be a text, a number or a list of them")
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in listed)


def _protocol_number(value: Any) -> Any:
    return _NAMES.get(value.lower(), value) if isinstance(value, str) else value


def _part(data: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    part = data[name]
    if not isinstance(part, dict):
        raise ValueError(f"{name} must be a table")
    _check(part, kind)
    if "column" not in part:
        raise KeyError(f"{name}.column")
    return kind(**part)


def _check(data: Mapping[str, Any], kind: type[Any]) -> None:
    known = list(kind.__dataclass_fields__)
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1) or known
            raise ValueError(f"unknown key {key!r}: did you mean {near[0]!r}?")


def _capabilities(names: list[str]) -> Capability:
    mask = Capability.NOTHING
    for name in names:
        if name not in Capability.__members__:
            raise ValueError(f"unknown capability {name!r}: one of {', '.join(Capability.__members__)}")
        mask |= Capability[name]
    return mask


def _validated(profile: Profile) -> Profile:
    _check_form(profile)
    if profile.time.format not in TIME_FORMATS and "%" not in profile.time.format:
        raise ValueError(f"time.format must be one of {', '.join(TIME_FORMATS)} or a strptime pattern")
    if profile.time.zone != STATED:
        _zone(profile.time.zone)
    _check_address(profile.source, NOTATIONS)
    if profile.destination:
        _check_address(profile.destination, DESTINATION_NOTATIONS)
    for name, header in profile.columns.items():
        if name != ICMP_TYPE and (name in _INTERPRETED or not _fillable(name)):
            raise ValueError(f"columns.{name} is no column of the column table that a file may fill by itself")
        if not isinstance(header, str):
            raise ValueError(f"columns.{name} must be the header of a column")
        if name in profile.constants:
            raise ValueError(f"{name} is both a column and a constant")
    for name, value in profile.constants.items():
        _check_constant(name, value)
    for name, number in profile.protocol.names.items():
        if not isinstance(number, int) or not 0 <= number <= 255:
            raise ValueError(f"protocol.names.{name} must be a protocol number, 0 to 255")
    _check_capabilities(profile)
    return profile


def _check_form(profile: Profile) -> None:
    if profile.kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {profile.kind!r}")
    if len(profile.delimiter) != 1 or not profile.delimiter.isascii() or profile.delimiter in '"\r\n':
        raise ValueError(f"delimiter must be one character, not {profile.delimiter!r}")
    missing = [header for header in profile.headers if profile.header and header not in profile.header]
    if missing:
        raise ValueError(f"header has no {missing[0]!r}")


def _check_address(how: AddressColumn, notations: tuple[str, ...]) -> None:
    if how.notation not in notations:
        raise ValueError(f"notation must be one of {', '.join(notations)}, not {how.notation!r}")
    if how.network and (how.notation != "lower16" or ipaddress.IPv4Network(how.network).prefixlen != 16):
        raise ValueError(f"network is the IPv4 network with 16 bits of lower16, not {how.network!r}")


def _fillable(name: str) -> bool:
    """Whether a value of the column called *name* can be read without interpretation."""
    kinds = (pa.types.is_string, pa.types.is_integer, pa.types.is_boolean, pa.types.is_floating)
    return name in columns.names() and any(is_kind(columns.column(name).type) for is_kind in kinds)


def _check_constant(name: str, value: Any) -> None:
    if name not in _STATED and (name in _INTERPRETED or not _fillable(name)):
        raise ValueError(f"constants.{name} is no column of the column table that a profile may state")
    kind = columns.column(name).type
    if pa.types.is_string(kind):
        good = isinstance(value, str)
    elif pa.types.is_boolean(kind) or isinstance(value, bool):
        good = pa.types.is_boolean(kind) and isinstance(value, bool)
    elif pa.types.is_integer(kind):
        limits = np.iinfo(kind.to_pandas_dtype())
        good = isinstance(value, int) and limits.min <= value <= limits.max
    else:
        good = isinstance(value, int | float)
    if not good or (name == "protocol" and not 0 <= value <= 255) or (name == "ip_version" and value not in (4, 6)):
        raise ValueError(f"constants.{name} cannot be {value!r}")


def _check_capabilities(profile: Profile) -> None:
    """A capability is only claimed where a column or a constant shows it."""
    filled = {*profile.columns, *profile.constants}
    shown = _SEEN | (profile.capabilities & Capability.DESTINATION_NETWORK)
    if profile.destination is not None and profile.destination.known:
        shown |= Capability.DESTINATION
    for name in filled - {ICMP_TYPE}:
        shown |= columns.column(name).needs
    for capability in Capability:
        if capability & profile.capabilities & ~shown:
            raise ValueError(f"capability {capability.name} is listed, but no column shows it")


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"time.zone {name!r} is no IANA zone") from error
