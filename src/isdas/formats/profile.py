"""
Column profiles: which column of somebody's CSV is which column of the column table, written in TOML.

A profile says how a file is to be read; reading is in `isdas.formats.csv`.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from isdas.model import columns
from isdas.model.columns import Capability
from isdas.model.errors import ConfigError
from isdas.model.port import Port

_T = TypeVar("_T")

STATED = "stated"
"""The zone of times that say their own offset from UTC."""

TIME_FORMATS = {"iso": 0, "unix": 1_000_000, "unix-ms": 1_000, "unix-us": 1}
"""Names of time formats, and the microseconds in a unit of those that count from 1970."""

NOTATIONS = ("text", "ipv4-integer")
"""How addresses may be written: as people write them, or an IPv4 address as one number."""

ICMP_TYPE = "icmp_type"
"""The one name under ``[columns]`` that is no column: the ICMP type, which becomes the port of ICMP packets."""

_NAMES = {name: Port.parse(f"0/{name}").protocol for name in ("tcp", "udp", "icmp", "icmpv6")}
_INTERPRETED = frozenset(
    {"time", "intake", "position", "capabilities", "ip_version", "protocol"}
    | {"source_high", "source_low", "destination_high", "destination_low"}
)


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """
    Where and how a file says when.

    Attributes:
        column: header of the column.
        format: ``iso``, ``unix`` (seconds), ``unix-ms``, ``unix-us`` or a strptime pattern.
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
        notation: one of NOTATIONS.
    """

    column: str
    notation: str = "text"


@dataclass(frozen=True, slots=True)
class ProtocolColumn:
    """
    Where and how a file names the transport protocol.

    Attributes:
        column: header of the column.
        names: lower-case name to IANA protocol number; numbers are understood without being listed.
    """

    column: str
    names: Mapping[str, int] = field(default_factory=lambda: dict(_NAMES))


@dataclass(frozen=True, slots=True)
class Profile:
    """
    How to read one kind of CSV.

    Attributes:
        name: what it is called on the command line.
        title: one line that says what kind of file it is for.
        delimiter: one character.
        time, source, destination, protocol: the columns that need interpretation; a file need not have a destination.
        columns: name in the column table, or ``icmp_type``, to header of the column in the file.
        capabilities: what such files are able to show.
    """

    name: str
    time: TimeColumn
    source: AddressColumn
    protocol: ProtocolColumn
    title: str = ""
    delimiter: str = ","
    destination: AddressColumn | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    capabilities: Capability = Capability.NOTHING

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that a file must have, each once."""
        needed = [self.time.column, self.source.column, self.protocol.column, *self.columns.values()]
        if self.destination:
            needed.append(self.destination.column)
        return tuple(dict.fromkeys(needed))


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
        time = _part(data, "time", TimeColumn)
        source = _part(data, "source", AddressColumn)
        protocol = _part(data, "protocol", ProtocolColumn)
        return _validated(
            Profile(
                name=str(data["name"]),
                title=str(data.get("title", "")),
                delimiter=str(data.get("delimiter", ",")),
                time=time,
                source=source,
                protocol=protocol,
                destination=_part(data, "destination", AddressColumn) if "destination" in data else None,
                columns=dict(data.get("columns", {})),
                capabilities=_capabilities(data.get("capabilities", [])),
            )
        )
    except KeyError as error:
        raise ConfigError(f"profile {origin} lacks {error.args[0]!r}") from error
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise ConfigError(f"profile {origin} is wrong: {error}") from error


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
    if len(profile.delimiter) != 1 or not profile.delimiter.isascii() or profile.delimiter in '"\r\n':
        raise ValueError(f"delimiter must be one character, not {profile.delimiter!r}")
    if profile.time.format not in TIME_FORMATS and "%" not in profile.time.format:
        raise ValueError(f"time.format must be one of {', '.join(TIME_FORMATS)} or a strptime pattern")
    if profile.time.zone != STATED:
        _zone(profile.time.zone)
    for address in (profile.source, profile.destination):
        if address and address.notation not in NOTATIONS:
            raise ValueError(f"notation must be one of {', '.join(NOTATIONS)}, not {address.notation!r}")
    for name, header in profile.columns.items():
        if name != ICMP_TYPE and (name not in columns.names() or name in _INTERPRETED):
            raise ValueError(f"columns.{name} is no column of the column table that a file may fill by itself")
        if not isinstance(header, str):
            raise ValueError(f"columns.{name} must be the header of a column")
    for name, number in profile.protocol.names.items():
        if not isinstance(number, int) or not 0 <= number <= 255:
            raise ValueError(f"protocol.names.{name} must be a protocol number, 0 to 255")
    return profile


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"time.zone {name!r} is no IANA zone") from error
