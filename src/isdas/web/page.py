"""
The one page: the surge that matters most, its port's quarter, the alert, and the top ports of the last day.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from isdas import __version__
from isdas.alerts.time_words import time_words
from isdas.config import Config
from isdas.graphs.figure import spec
from isdas.graphs.name import Name, canonical_path
from isdas.graphs.period import ending
from isdas.graphs.service import service
from isdas.lake.lake import Lake
from isdas.lake.opinions import latest
from isdas.lake.query import extent, top
from isdas.model.alert import LANGUAGES, Alert
from isdas.model.number import text_path
from isdas.model.opinion import mark, precision
from isdas.model.port import Port
from isdas.model.surge import Surge
from isdas.model.time import Period, instant
from isdas.web.figure import drawn
from isdas.web.groups import latest_groups
from isdas.web.surges import weight

STATIC = Path(__file__).parent / "static"
FONT = "noto-sans-cjk-jp.otf"
"""The name under which the style sheet asks for the font with Japanese letters."""

_N_PORTS = 8
_N_OTHERS = 12
_N_GROUPS = 12


@dataclass(frozen=True, slots=True)
class Panel:
    """
    One figure on the page.

    Attributes:
        title: its title in words.
        name: which figure it is.
        spec: its Vega-Lite spec as JSON.
    """

    title: str
    name: Name
    spec: Markup

    def path(self, suffix: str = "png", language: str = "en") -> str:
        """The path of one of the figure's forms."""
        return canonical_path(self.name.period, self.name.port, self.name.by, language=language, suffix=suffix)


def render(lake: Lake, config: Config) -> str:
    """The page as HTML, from one snapshot of the tables."""
    found = extent(lake)
    if found is None:
        return _template("empty.html").render(version=__version__)
    zone = config.paper
    last = instant(found[1]).astimezone(zone)
    chosen = foremost(lake)
    said = latest(lake.records.database)
    surges = sorted(lake.records.surges(), key=weight(said), reverse=True)
    alert = _alert(lake, chosen)
    today = Period.parse(last.date().isoformat(), last.date().isoformat(), zone)
    ports = top(lake, "ports", today, limit=_N_PORTS)
    grouped = latest_groups(lake)
    return _template("index.html").render(
        version=__version__,
        last=last,
        zone=zone,
        simulated=(lake.path / "simulated.json").exists(),
        ports=ports,
        most=max((float(str(p["packets-per-sensor"] or 0)) for p in ports), default=0.0) or 1.0,
        service=service,
        surge=chosen,
        others=[s for s in surges if s != chosen][:_N_OTHERS],
        precision=precision(surges, said).sentence(),
        marks={s.identifier: mark(s, said) for s in surges},
        alert=alert,
        text_paths={language: text_path(alert.number, language) for language in LANGUAGES} if alert else {},
        panels=panels(lake, config, chosen),
        grouped=grouped,
        groups=grouped.groups[:_N_GROUPS],
        basis=lake.versions(),
    )


def foremost(lake: Lake) -> Surge | None:
    """The surge that the page is about."""
    return max(lake.records.surges(), key=weight(latest(lake.records.database)), default=None)


def panels(lake: Lake, config: Config, surge: Surge | None) -> list[Panel]:
    """The page's figures: the surge's port by port and by region, and the top five ports, for the quarter."""
    return [_panel(lake, config, name) for name in names(lake, config, surge)]


def names(lake: Lake, config: Config, surge: Surge | None) -> list[Name]:
    """Which figures the page shows."""
    found = extent(lake)
    if found is None:
        return []
    quarter = ending(instant(found[1]).astimezone(config.paper).date(), "quarter", config.paper)
    port = Port.parse(surge.port) if surge else None
    own = [Name(quarter, port, by) for by in ("port", "region")] if port else [Name(quarter, None, "region")]
    return [*own, Name(quarter, None, "port")]


def embedded(data: object) -> Markup:
    """
    Data as JSON that can stand in a script element, whatever texts it holds.

    There ``</script`` would end it and ``<!--`` would change how its end is looked for.
    """
    return Markup(json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"))


def _panel(lake: Lake, config: Config, name: Name) -> Panel:
    picture = drawn(lake, name, config)
    return Panel(picture.title, name, embedded(spec(picture)))


def _alert(lake: Lake, surge: Surge | None) -> Alert | None:
    return next((a for a in reversed(lake.records.alerts()) if surge and a.surge == surge.identifier), None)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("isdas.web"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["when"] = _when
    environment.filters["began"] = _began
    return environment


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(f"{name}.j2")


def _when(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def _began(surge: Surge, zone: ZoneInfo) -> str:
    """Since when in words no narrower than the interval, those of an alert."""
    return time_words(surge.onset_at, surge.onset_low_at, surge.onset_high_at, zone).en
