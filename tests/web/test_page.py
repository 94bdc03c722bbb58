"""The one page."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from isdas.config import Config
from isdas.graphs.name import parse_path
from isdas.hub.desk import draft_alert
from isdas.lake.lake import Lake
from isdas.model.surge import Guard, RegionShare, Surge
from isdas.web import page

EVIL = "<script>alert(1)</script><!--<script>"


class Seen(HTMLParser):
    """What a browser makes of a page: its elements, its scripts, and the addresses that it loads by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.data.append(data)

    @property
    def loaded(self) -> list[str]:
        """Every address that a browser fetches to show the page."""
        sources = [a.get("src") for _, a in self.tags]
        sources += [a.get("href") for tag, a in self.tags if tag == "link"]
        return [address for address in sources if address]


@pytest.fixture(scope="module")
def html(desk: Path) -> str:
    """The page of two quiet days with a surge and its draft."""
    return page.render(Lake(desk), Config())


def test_the_headline_says_what_since_when_from_where_how_sure(html: str) -> None:
    """What an analyst asks first stands first: port, factor, onset, regions, sensors, score, verdict."""
    head = re.sub(r"<[^>]+>", "", html[: html.index("figure-card")])
    for fact in (
        "445/tcp",
        "×3.0",
        "since late evening on October 7, 2008",
        "2008-10-07 22:00 JST",
        "mainly JP and CN",
        "11 of 12 sensors",
        "7.4",
        "broad",
    ):
        assert fact in head
    assert "ISDAS-AT-2008-0001" in head


def test_every_guard_is_told(html: str, make_surge: Callable[..., Surge]) -> None:
    """The page has each guard with its outcome and finding."""
    for guard in make_surge().guards:
        assert guard.name in html
        assert guard.finding in html


def test_the_alert_is_there_in_both_languages(html: str, desk: Path) -> None:
    """Both texts stand in the page, each said to be in its language, with the claims and what they rest on."""
    (alert,) = Lake(desk).records.alerts()
    for text in alert.texts:
        assert f'lang="{text.language}"' in html
        assert text.title in html
    assert "What each sentence rests on" in html


def test_the_top_ports_are_those_of_the_last_day(html: str) -> None:
    """The strip is about the last date with data, in the zone of dates on paper."""
    assert "Top ports on 2008-10-07" in html


def test_nothing_is_loaded_from_elsewhere(html: str) -> None:
    """A browser without a network shows the whole page: every address is the site's own."""
    assert Seen(html).loaded
    for address in Seen(html).loaded:
        assert re.match(r"(static|isdas)/|data:,$", address), address


def test_figures_are_linked_in_all_forms(html: str) -> None:
    """Each figure is a picture by its canonical name, with links to its other forms and its Japanese twin."""
    links = {a["href"] for tag, a in Seen(html).tags if tag == "a" and str(a.get("href")).startswith("isdas/")}
    names = [parse_path(str(link), Config().paper) for link in links]
    assert {(n.by, n.suffix, n.language) for n in names} == {
        *((by, suffix, "en") for by in ("port", "region") for suffix in ("png", "svg", "csv", "json")),
        *((by, "png", "ja") for by in ("port", "region")),
    }


def test_specs_can_be_read(html: str) -> None:
    """Every figure's spec is JSON in a script element of its own."""
    specs = re.findall(r'<script type="application/json" id="spec-\d">(.*?)</script>', html, re.DOTALL)
    assert len(specs) == 3
    assert all("layer" in json.loads(spec) for spec in specs)


def test_hostile_texts_are_inert(tmp_path: Path, captures: Path, make_surge: Callable[..., Surge]) -> None:
    """A sensor, a finding or a region with markup in its name stays a text."""
    from isdas.enrich.config import Config as EnrichConfig
    from isdas.hub.intake import ingest

    lake = Lake(tmp_path)
    ingest([min(captures.iterdir())], lake, EnrichConfig(), sensor=EVIL)
    surge = make_surge(
        identifier=f"x{EVIL}", guards=(Guard(EVIL, True, 1.0, EVIL),), regions=(RegionShare(EVIL, 1.0),), mainly=(EVIL,)
    )
    lake.records.put_surges([surge])
    seen = Seen(page.render(lake, Config()))
    scripts = [attributes for tag, attributes in seen.tags if tag == "script"]
    assert {a.get("type") or a.get("src") for a in scripts} == {
        "application/json",
        "static/vega.js",
        "static/plots.js",
    }
    assert EVIL in seen.data


def test_embedded_data_cannot_end_its_element() -> None:
    """Whatever a text holds, the JSON has no letter that begins markup, and reads back the same."""
    text = str(page.embedded({"a": [EVIL, "</SCRIPT>", "日本"]}))
    assert "<" not in text
    assert json.loads(text) == {"a": [EVIL, "</SCRIPT>", "日本"]}


def test_a_simulation_says_so(tmp_path: Path, desk: Path) -> None:
    """Where the data are simulated, the page says that no packet is real; elsewhere it does not."""
    import shutil

    shutil.copytree(desk, tmp_path / "data")
    (tmp_path / "data" / "simulated.json").write_text("{}")
    assert "no packet on this page is real" in page.render(Lake(tmp_path / "data"), Config())
    assert "no packet on this page is real" not in page.render(Lake(desk), Config())


def test_without_a_surge_there_are_figures(filled: Path) -> None:
    """Where nothing rose, the page shows the top ports and the regions of the quarter."""
    html = page.render(Lake(filled), Config())
    assert "surge-card" not in html
    assert [n.by for n in page.names(Lake(filled), Config(), None)] == ["region", "port"]


def test_the_foremost_surge_is_broad_lasting_and_new(tmp_path: Path, make_surge: Callable[..., Surge]) -> None:
    """An artefact never comes before a broad surge, one that is over never before one that lasts."""
    lake = Lake(tmp_path)
    assert page.foremost(lake) is None
    usual = make_surge()
    later = usual.detected_at.replace(day=9)
    lake.records.put_surges([make_surge(identifier="artefact", verdict="single-source", detected_at=later)])
    assert page.foremost(lake) == lake.records.surge("artefact")
    lake.records.put_surges([make_surge(identifier="over", detected_at=later, ended_at=later), usual])
    assert page.foremost(lake) == lake.records.surge(usual.identifier)


def test_a_settled_zone_is_used(desk: Path) -> None:
    """Times are those of the configured zone."""
    html = page.render(Lake(desk), Config(zone="UTC"))
    assert "2008-10-07 13:00 UTC" in html


def test_a_surge_of_several_ports_names_them(tmp_path: Path, desk: Path, make_surge: Callable[..., Surge]) -> None:
    """A surge on several ports is headed by all of them, and its draft is the one shown."""
    import shutil

    shutil.copytree(desk, tmp_path / "data")
    lake = Lake(tmp_path / "data")
    later = make_surge().detected_at.replace(day=9)
    many = make_surge(identifier="many", ports=("445/tcp", "139/tcp"), detected_at=later, regions=(), mainly=())
    lake.records.put_surges([many])
    draft_alert(lake, "many", Config())
    html = page.render(lake, Config())
    assert "445/tcp, 139/tcp" in html
    assert "ISDAS-AT-2008-0002" in html
    assert "not known" in html
