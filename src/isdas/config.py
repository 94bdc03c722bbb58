"""
One tree of settings, made of the packages' own Config classes; a TOML section is a package.

Precedence: default, then file (``isdas.toml`` in the data directory, or ``ISDAS_CONFIG``), then environment
(``ISDAS_DETECT__END_SCORE=2.5``, and ``ISDAS_ZONE=UTC`` for what is in no section; lists have commas between).
"""

import dataclasses
import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from isdas.alerts.config import Config as AlertsConfig
from isdas.decode.config import Config as DecodeConfig
from isdas.detect.config import Config as DetectConfig
from isdas.enrich.config import Config as EnrichConfig
from isdas.formats.config import Config as FormatsConfig
from isdas.graphs.config import Config as GraphsConfig
from isdas.hub.config import Config as HubConfig
from isdas.lake.config import Config as LakeConfig
from isdas.model.errors import ConfigError
from isdas.sensor.config import Config as SensorConfig

_PREFIX = "ISDAS_"
FILE = "isdas.toml"


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting of the program."""

    zone: str = field(default="Asia/Tokyo", metadata={"doc": "IANA time zone of all dates on paper and on the screen."})
    lake: LakeConfig = field(default_factory=LakeConfig)
    decode: DecodeConfig = field(default_factory=DecodeConfig)
    formats: FormatsConfig = field(default_factory=FormatsConfig)
    enrich: EnrichConfig = field(default_factory=EnrichConfig)
    detect: DetectConfig = field(default_factory=DetectConfig)
    graphs: GraphsConfig = field(default_factory=GraphsConfig)
    alerts: AlertsConfig = field(default_factory=AlertsConfig)
    hub: HubConfig = field(default_factory=HubConfig)
    sensor: SensorConfig = field(default_factory=SensorConfig)

    @property
    def paper(self) -> ZoneInfo:
        """The zone of dates on paper."""
        return ZoneInfo(self.zone)


def load(data: Path, environment: Mapping[str, str] | None = None) -> Config:
    """
    The settings that hold for a data directory.

    Raises:
        ConfigError: an unknown name (with the nearest one that exists), a wrong type, an unknown zone.
    """
    environment = os.environ if environment is None else environment
    named = environment.get("ISDAS_CONFIG")
    path = Path(named) if named else data / FILE
    values = _read(path, required=named is not None)
    _check_names(Config, values, "")
    return build(_overridden(values, environment))


def build(values: dict[str, Any]) -> Config:
    """The settings of a nested dictionary; what it does not name keeps its default."""
    _check_names(Config, values, "")
    try:
        config = TypeAdapter(Config).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{where} is {first['input']!r}: {first['msg'].lower()}") from error
    check_zone("zone", config.zone)
    check_zone("formats.zone", config.formats.zone)
    # Figures and alerts must agree on what a day is, so there is one zone.
    if values.get("alerts", {}).get("zone", config.zone) != config.zone:
        raise ConfigError(f"alerts.zone is {config.alerts.zone!r} but zone is {config.zone!r}: set zone alone")
    return dataclasses.replace(config, alerts=dataclasses.replace(config.alerts, zone=config.zone))


def check_zone(name: str, zone: str) -> None:
    """
    Refuse a zone that there is not.

    Raises:
        ConfigError: it is none; *name* is what was set to it.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"{name} is {zone!r}: not a time zone such as Asia/Tokyo") from error


def _overridden(values: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings with those of the environment in place of those of the file."""
    alone = {f.name for f in dataclasses.fields(Config) if not _section(f)}
    for variable, value in environment.items():
        section, separator, name = variable.removeprefix(_PREFIX).lower().partition("__")
        if not variable.startswith(_PREFIX):
            continue
        if separator:
            values[section] = {**values.get(section, {}), name: _listed(section, name, value)}
        elif section in alone:
            values[section] = value
    return values


def _listed(section: str, name: str, value: str) -> str | list[str]:
    """The value of a variable, which has commas where the setting is a list."""
    inner = next((_section(f) for f in dataclasses.fields(Config) if f.name == section), None)
    fields = dataclasses.fields(inner) if inner is not None else ()
    if any(f.name == name and isinstance(f.default, tuple) for f in fields):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.exists():
        if required:
            raise ConfigError(f"ISDAS_CONFIG names {path}, which does not exist")
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _check_names(tree: Any, values: Mapping[str, Any], where: str) -> None:
    known = {f.name: f for f in dataclasses.fields(tree)}
    for name, value in values.items():
        full = f"{where}{name}"
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {where}{near[0]}?" if near else f"; there are {', '.join(known)}"
            raise ConfigError(f"no setting {full}{hint}")
        inner = _section(known[name])
        if inner is not None:
            if not isinstance(value, Mapping):
                raise ConfigError(f"{full} is a section: write [{full}] and its settings below it")
            _check_names(inner, value, f"{full}.")


def _section(field: "dataclasses.Field[Any]") -> type | None:
    """The class of a setting's own settings; None for one that is a value."""
    made = field.default_factory
    return made if isinstance(made, type) and dataclasses.is_dataclass(made) else None
