"""Published figures by name."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from isdas.config import Config
from isdas.graphs.name import Name
from isdas.lake.lake import Lake
from isdas.model.errors import IsdasError
from isdas.model.port import Port
from isdas.model.surge import Surge
from isdas.model.time import Period
from isdas.web.figure import MEDIA, drawn, rendered

TOKYO = ZoneInfo("Asia/Tokyo")
WEEK = Period.parse("2008-10-01", "2008-10-07", TOKYO)
PORT = Port.parse("445/tcp")


def test_a_name_asks_for_a_series(filled: Path) -> None:
    """Period, port and lines are those of the name; a week is drawn by hour, without data as gaps."""
    picture = drawn(Lake(filled), Name(WEEK, PORT, "region"), Config())
    assert (picture.series.port, picture.series.by, picture.series.bin_hours) == ("445/tcp", "region", 1)
    assert picture.series.gaps.sum() == 5 * 24
    assert "445/tcp" in picture.title


def test_what_is_asked_for_comes_before_the_published_definition(filled: Path) -> None:
    """Measure and keys can be chosen."""
    picture = drawn(Lake(filled), Name(WEEK, PORT, "region"), Config(), measure="sources", keys=["JP", "CN"])
    assert (picture.series.measure, picture.series.keys) == ("sources", ("JP", "CN"))


@pytest.mark.parametrize(
    ("changes", "marked"),
    [({}, True), ({"verdict": "single-source"}, False), ({"port": "23/tcp", "ports": ("23/tcp",)}, False)],
    ids=["broad", "artefact", "other-port"],
)
def test_the_onset_is_marked(
    tmp_path: Path, make_surge: Callable[..., Surge], changes: dict[str, object], marked: bool
) -> None:
    """A figure marks the onset of a broad surge on its port, and no other."""
    lake = Lake(tmp_path)
    lake.records.put_surges([make_surge(**changes)])
    figure = rendered(drawn(lake, Name(WEEK, PORT, "port"), Config()), "svg").decode()
    assert ("10-07 22:00" in figure) == marked


def test_every_form_has_its_media_type() -> None:
    """The forms that can be rendered are those that are served."""
    assert set(MEDIA) == {"png", "svg", "csv", "json"}


def test_other_forms_are_an_error(filled: Path) -> None:
    """A form that there is not is an error that lists those there are."""
    picture = drawn(Lake(filled), Name(WEEK, PORT, "port"), Config())
    with pytest.raises(IsdasError, match="png, svg, csv, json"):
        rendered(picture, "gif")
