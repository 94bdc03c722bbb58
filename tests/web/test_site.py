"""What the site shows, once for each state of the tables."""

from collections.abc import Callable
from pathlib import Path

import pytest

from isdas.config import Config
from isdas.lake.lake import Lake
from isdas.model.errors import IsdasError, NotFound
from isdas.model.surge import Surge
from isdas.web.site import Site

FIGURE = "isdas/2008/20081001-1007_445_port.csv"


def test_contents_are_made_once(desk: Path) -> None:
    """As long as nothing changes, what was made is given again."""
    site = Site(Lake(desk), Config())
    assert site.index() is site.index()
    assert site.figure(FIGURE) is site.figure(FIGURE)


def test_a_changed_surge_changes_the_page(tmp_path: Path, make_surge: Callable[..., Surge]) -> None:
    """A surge that is judged anew under the same name makes a new page."""
    lake = Lake(tmp_path)
    site = Site(lake, Config())
    lake.records.put_surges([make_surge()])
    first = site.figure(FIGURE)
    lake.records.put_surges([make_surge(verdict="single-source")])
    assert site.figure(FIGURE) is not first


def test_tags_name_contents(desk: Path) -> None:
    """Equal contents have equal tags, different ones different tags."""
    one, two = Site(Lake(desk), Config()), Site(Lake(desk), Config())
    assert one.figure(FIGURE).tag == two.figure(FIGURE).tag
    assert one.figure(FIGURE).tag != one.figure(FIGURE.replace("445", "135")).tag


def test_only_so_many_are_kept(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for ever new figures does not fill the memory: the oldest goes, the youngest stay."""
    monkeypatch.setattr("isdas.web.site._KEPT", 2)
    site = Site(Lake(desk), Config())
    first, second, third = (f"isdas/2008/20081007-1007_{port}_port.csv" for port in (1, 2, 3))
    kept = [site.figure(path) for path in (first, second, third)]
    assert site.figure(third) is kept[2]
    assert site.figure(second) is kept[1]
    assert site.figure(first) is not kept[0]


def test_a_figure_has_an_end(desk: Path) -> None:
    """A figure of a thousand years is not drawn."""
    with pytest.raises(NotFound, match="ten years"):
        Site(Lake(desk), Config()).figure("isdas/2008/10080101-1231_445_port.csv")


def test_a_ranking_of_nothing_known_is_an_error(desk: Path) -> None:
    """What cannot be ranked, and dates that are none, are told."""
    site = Site(Lake(desk), Config())
    with pytest.raises(IsdasError, match="colours"):
        site.ranking("colours", "2008-10-06", "2008-10-07", 5)
    with pytest.raises(IsdasError, match="yesterday"):
        site.ranking("ports", "yesterday", "2008-10-07", 5)


def test_texts_are_found_by_their_path(desk: Path) -> None:
    """Each language has its path; another number has none."""
    site = Site(Lake(desk), Config())
    assert site.text("at/2008/at080001.txt").body != site.text("english/at/2008/at080001.txt").body
    with pytest.raises(NotFound):
        site.text("at/2008/at080002.txt")
