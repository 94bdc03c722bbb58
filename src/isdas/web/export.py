"""
The site as files: the same page, figures and texts under a folder that any web server can serve.
"""

import json
import shutil
from pathlib import Path

from isdas.config import Config
from isdas.delivery.files import publish
from isdas.graphs.figure import Figure
from isdas.graphs.name import SUFFIXES, canonical_path
from isdas.graphs.script import embed_script
from isdas.lake.lake import Lake
from isdas.web import page
from isdas.web.figure import drawn, rendered


def export(lake: Lake, config: Config, out: Path) -> list[Path]:
    """Write the site below *out*; the paths of what was written."""
    out.mkdir(parents=True, exist_ok=True)
    index = out / "index.html"
    index.write_text(page.render(lake, config), encoding="utf-8")
    static = out / "static"
    shutil.copytree(page.STATIC, static, dirs_exist_ok=True)
    (static / "vega.js").write_text(embed_script(), encoding="utf-8")
    surges = out / "surges.json"
    found = [surge.as_dict() for surge in lake.records.surges()]
    surges.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    written = [index, surges]
    for alert in lake.records.alerts():
        written += publish(alert, out)
    for name in page.names(lake, config, page.foremost(lake)):
        picture = drawn(lake, name, config)
        for suffix in SUFFIXES:
            path = out / canonical_path(name.period, name.port, name.by, suffix=suffix)
            write_figure(picture, path)
            written.append(path)
    return written


def write_figure(picture: Figure, path: Path) -> None:
    """
    Write a figure in the form its suffix names.

    Raises:
        IsdasError: no such form.
    """
    content = rendered(picture, path.suffix.removeprefix("."))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
