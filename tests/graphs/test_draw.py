"""The spec of a figure."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import altair as alt
import pytest

from isdas.graphs.config import Config
from isdas.graphs.draw import draw
from isdas.graphs.mark import Mark
from isdas.graphs.words import ENGLISH, JAPANESE
from isdas.model.series import Series

Make = Callable[..., Series]
GOLDEN = Path(__file__).parent / "golden" / "three-days.json"
MARK = Mark("Onset", datetime(2008, 10, 30, 13, tzinfo=UTC), datetime(2008, 10, 30, 11, tzinfo=UTC),
            datetime(2008, 10, 30, 17, tzinfo=UTC))  # fmt: skip


def texts(spec: dict[str, Any]) -> list[str]:
    """All texts that a spec writes on the picture."""
    rows = [row["text"] for data in spec["datasets"].values() for row in data if "text" in row]
    return [line for text in rows for line in (text if isinstance(text, list) else [text])]


def test_the_spec_is_the_golden_one(make: Make) -> None:
    """Three days by region are drawn by exactly this spec; ISDAS_GOLDEN=1 writes it anew."""
    series = make("2008-10-29", "2008-10-31", by="region", keys=("JP", "other"), port="445/tcp", gap=slice(1, 2))
    spec = draw(series, ENGLISH, Config(organisation="Example CSIRT"), [MARK])
    # The schema's address tells the version of the installed altair.
    del spec["$schema"]
    text = json.dumps(spec, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("ISDAS_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert json.loads(text) == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
def test_specs_follow_the_schema(make: Make, log: bool) -> None:
    """What is drawn is valid Vega-Lite, with one line, several, or none."""
    for keys in (("445/tcp",), ("445/tcp", "135/tcp", "other"), ()):
        spec = draw(make(keys=keys, gap=slice(3, 5)), JAPANESE, Config(), [MARK], log=log)
        alt.LayerChart.from_dict(spec, validate=True)


def test_everything_that_must_be_on_the_picture_is(make: Make) -> None:
    """Title, unit, period, source, table versions, lookups and coverage are written on the picture itself."""
    spec = draw(make(by="region", keys=("JP", "CN"), port="445/tcp", gap=slice(0, 3)), ENGLISH, Config(), [MARK])
    written = " ".join(texts(spec))
    for part in (
        "Packets to destination port 445/tcp (microsoft-ds) by source region",
        "Mean packets per sensor per day, 2008-08-05 to 2008-11-04 (JST)",
        "Source: ISDAS; 12 sensors; packets of every kind. Tables: packets v12. Lookups: iptocc 3.3.",
        "Coverage 97 % of 12 sensors",
        "3 days without data",
        "Onset",
        "Japan (JP)",
    ):
        assert part in written


def test_the_time_axis_does_not_depend_on_a_zone(make: Make) -> None:
    """Every label of the time axis is looked up by its instant, and the scale is in UTC."""
    spec = draw(make(), ENGLISH, Config(), [])
    encodings = [layer["encoding"] for layer in spec["layer"] if "axis" in layer.get("encoding", {}).get("x", {})]
    axis = encodings[0]["x"]["axis"]
    assert axis["values"][0] == 1217862000000
    assert "'1217862000000': ['Aug 5', '2008']" in axis["labelExpr"]
    scales = [layer["encoding"]["x"]["scale"] for layer in spec["layer"] if "scale" in layer["encoding"].get("x", {})]
    assert {scale["type"] for scale in scales} == {"utc"}


def test_a_mark_outside_the_period_is_not_drawn(make: Make) -> None:
    """A surge of another month neither stretches the time axis nor leaves a label."""
    early = Mark("Long ago", at=datetime(2008, 1, 1, tzinfo=UTC))
    assert draw(make(), ENGLISH, Config(), [early]) == draw(make(), ENGLISH, Config(), [])


def test_the_value_axis_begins_at_zero(make: Make) -> None:
    """Nothing is made to look larger by cutting the axis."""
    spec = draw(make(), ENGLISH, Config(), [])
    domains = [layer["encoding"]["y"]["scale"]["domain"] for layer in spec["layer"]
               if "scale" in layer["encoding"].get("y", {})]  # fmt: skip
    assert domains
    assert all(domain[0] == 0 for domain in domains)


def test_one_line_has_an_area_and_no_legend(make: Make) -> None:
    """The figure of one port is a line over a light area, without a legend that would repeat the title."""
    kinds = [layer["mark"]["type"] for layer in draw(make(), ENGLISH, Config(), [])["layer"]]
    assert "area" in kinds
    assert "rule" not in kinds
