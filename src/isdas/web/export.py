"""
The site as files: the same page, figures and texts under a folder that any web server can serve.
"""

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from isdas.config import Config
from isdas.delivery.files import publish, write_text
from isdas.graphs.figure import Figure
from isdas.graphs.name import SUFFIXES, Name, canonical_path, parse_path
from isdas.graphs.render import font_file
from isdas.graphs.script import embed_script
from isdas.lake.lake import Lake
from isdas.model.alert import LANGUAGES, Alert
from isdas.model.errors import IsdasError
from isdas.web import page
from isdas.web.figure import drawn, rendered
from isdas.web.groups import latest_groups
from isdas.web.surges import listed


def export(lake: Lake, config: Config, out: Path) -> list[Path]:
    """
    Write the site below *out*; the paths of what was written.

    Raises:
        IsdasError: it cannot be written.
    """
    written = [
        write_text(page.render(lake, config), out / "index.html"),
        write_text(json.dumps(listed(lake), ensure_ascii=False, indent=2) + "\n", out / "surges.json"),
        write_text(json.dumps(latest_groups(lake).as_dict(), ensure_ascii=False, indent=2) + "\n", out / "groups.json"),
        *_still_files(out / "static"),
    ]
    alerts = lake.records.alerts()
    for alert in alerts:
        written += publish(alert, out)
    for picture, suffixes in _pictures(page.names(lake, config, page.foremost(lake)), alerts, config).items():
        shown = drawn(lake, picture, config)
        written += [write_figure(shown, out / _path(picture, suffix)) for suffix in suffixes]
    return written


def write_figure(picture: Figure, path: Path) -> Path:
    """
    Write a figure in the form its suffix names.

    Raises:
        IsdasError: no such form, or it cannot be written.
    """
    content = rendered(picture, path.suffix.removeprefix("."))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise IsdasError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
    return path


def _pictures(shown: Sequence[Name], alerts: Iterable[Alert], config: Config) -> dict[Name, Sequence[str]]:
    """Every picture that the page or an alert links to, with its forms: all for those that the page shows."""
    linked = [parse_path(path, config.paper) for alert in alerts for path in alert.figures]
    pictures: dict[Name, Sequence[str]] = {
        name._replace(language=language): ("png",) for name in [*shown, *linked] for language in LANGUAGES
    }
    return {**pictures, **dict.fromkeys(shown, SUFFIXES)}


def _path(name: Name, suffix: str) -> str:
    return canonical_path(name.period, name.port, name.by, language=name.language, suffix=suffix)


def _still_files(folder: Path) -> list[Path]:
    try:
        shutil.copytree(page.STATIC, folder, dirs_exist_ok=True)
        font = folder / page.FONT
        if not font.exists() or font.stat().st_size != font_file().stat().st_size:
            shutil.copyfile(font_file(), font)
    except OSError as error:
        raise IsdasError(f"{folder} cannot be written: {(error.strerror or str(error)).lower()}") from error
    return [*(folder / file.name for file in sorted(page.STATIC.iterdir())), font, _script(folder)]


def _script(folder: Path) -> Path:
    return write_text(embed_script(), folder / "vega.js")
