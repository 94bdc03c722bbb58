"""The site as files."""

import re
from pathlib import Path

import pytest

from isdas.config import Config
from isdas.graphs.name import Name, parse_path
from isdas.lake.lake import Lake
from isdas.model.errors import IsdasError
from isdas.web.export import export, write_figure
from isdas.web.figure import drawn
from isdas.web.page import FONT


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, desk: Path) -> tuple[Path, list[Path]]:
    """The exported site, and what the export said it wrote."""
    out = tmp_path_factory.mktemp("site")
    return out, export(Lake(desk), Config(), out)


def test_everything_written_is_told(written: tuple[Path, list[Path]]) -> None:
    """The paths given are the files there, each once."""
    out, paths = written
    assert sorted(paths) == sorted(p for p in out.rglob("*") if p.is_file())


def test_every_link_leads_to_a_file(written: tuple[Path, list[Path]]) -> None:
    """Whatever the page or a text of an alert links to within the site is a file of it."""
    out, _ = written
    page = (out / "index.html").read_text()
    links = set(re.findall(r'(?:href|src)="((?!data:|#)[^"]+)"', page))
    links.add(f"static/{FONT}")
    for text in out.rglob("at08*.txt"):
        links |= set(re.findall(re.escape(Config().alerts.site_url) + r"/(\S+)", text.read_text()))
    assert len(links) > 15
    assert not [link for link in links if not (out / link).is_file()]


def test_the_canonical_picture_is_there(written: tuple[Path, list[Path]]) -> None:
    """The quarter's figure of the port stands under its canonical name, as a picture."""
    picture = written[0] / "isdas" / "2008" / "20080708-1007_445_port.png"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_an_empty_lake_has_a_site(tmp_path: Path) -> None:
    """Without data the site is a page that says so and what it needs; the font, which is large, is copied once."""
    export(Lake(tmp_path / "data"), Config(), tmp_path / "site")
    assert "isdas ingest" in (tmp_path / "site" / "index.html").read_text()
    assert not (tmp_path / "site" / "isdas").exists()
    font = tmp_path / "site" / "static" / FONT
    before = font.stat().st_mtime_ns
    export(Lake(tmp_path / "data"), Config(), tmp_path / "site")
    assert font.stat().st_mtime_ns == before


@pytest.mark.parametrize("suffix", ["svg", "csv", "json"])
def test_a_figure_is_written_in_the_form_of_its_name(tmp_path: Path, filled: Path, suffix: str) -> None:
    """The suffix says the form; folders are made as needed."""
    name: Name = parse_path("isdas/2008/20081001-1007_445_port.png", Config().paper)
    path = tmp_path / "a" / "b" / f"figure.{suffix}"
    assert write_figure(drawn(Lake(filled), name, Config()), path) == path
    assert path.stat().st_size > 100


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path, desk: Path) -> None:
    """Where a file is in the way of a folder, the error names the path."""
    (tmp_path / "site").write_text("in the way")
    with pytest.raises(IsdasError, match="site"):
        export(Lake(desk), Config(), tmp_path / "site")
    name = parse_path("isdas/2008/20081001-1007_445_port.csv", Config().paper)
    with pytest.raises(IsdasError, match="cannot be written"):
        write_figure(drawn(Lake(desk), name, Config()), tmp_path / "site" / "x.csv")
