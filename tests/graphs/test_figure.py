"""Figures and the forms in which they leave."""

import csv as csv_format
import json as json_format
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.graphs.figure import csv, figure, json, png, spec, svg
from isdas.model.errors import IsdasError
from isdas.model.series import Series

Make = Callable[..., Series]


def test_same_input_same_bytes(make: Make) -> None:
    """Drawing a series twice gives the same spec, the same PNG and the same SVG, with another figure in between."""
    series = make(keys=("445/tcp", "135/tcp"), gap=slice(3, 6))
    first = figure(series)
    before = (spec(first), png(first, 1), svg(first))
    png(figure(make(keys=("1/tcp",)), language="ja"), 1)
    second = figure(series)
    assert (spec(second), png(second, 1), svg(second)) == before


def test_gaps_break_lines(make: Make) -> None:
    """A gap cuts the line in two: the path of the SVG is lifted once for every gap."""
    drawn = svg(figure(make(keys=("445/tcp", "135/tcp"), gap=slice(40, 43))))
    paths = re.findall(r'<path[^>]*d="([^"]*)"[^>]*stroke-linejoin="round"', drawn)
    assert [path.count("M") for path in paths] == [2, 2]


def test_a_gap_at_either_end_shortens_the_line(make: Make) -> None:
    """A series whose first and last days are gaps is one unbroken line between them."""
    series = make(keys=("445/tcp", "135/tcp"), gap=slice(0, 3))
    paths = re.findall(r'<path[^>]*d="([^"]*)"[^>]*stroke-linejoin="round"', svg(figure(series)))
    assert [path.count("M") for path in paths] == [1, 1]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_observed_is_still_a_figure(make: Make, language: str) -> None:
    """A period without data, without packets, or of a single bin can be drawn."""
    for series in (make(gap=slice(0, 92)), make(keys=()), make("2008-10-30", "2008-10-30")):
        assert svg(figure(series, language=language)).startswith("<svg")


def test_the_title_says_it_all(make: Make) -> None:
    """The title of a figure has what, unit and period, so that it can stand for the picture where none is seen."""
    drawn = figure(make(), language="ja")
    period = "2008年8月5日～2008年11月4日（日本時間）"
    unit = "センサー1台あたりの平均パケット数（1日ごと）"
    assert drawn.title == f"アクセス先ポート別グラフ 445/tcp (microsoft-ds)：{unit}、{period}"
    assert spec(drawn)["description"] == drawn.title


def test_the_spec_is_a_copy(make: Make) -> None:
    """A page may change the spec that it embeds without changing the figure."""
    drawn = figure(make())
    spec(drawn)["layer"].clear()
    assert spec(drawn)["layer"]


def test_another_size(make: Make) -> None:
    """A figure can be drawn in another size."""
    drawn = svg(figure(make(), size=(640, 400)))
    assert 'width="640" height="400"' in drawn


def test_an_unknown_language_is_refused(make: Make) -> None:
    """There is no figure without words."""
    with pytest.raises(IsdasError):
        figure(make(), language="fr")


VALUES = st.lists(st.one_of(st.floats(0, 1e15), st.just(float("nan"))), min_size=14, max_size=14)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=VALUES)
def test_csv_has_the_values(make: Make, values: list[float]) -> None:
    """Reading the CSV gives back every number exactly, and an empty field for every gap."""
    series = make("2008-10-29", "2008-11-04", keys=("445/tcp", 'a,"b"'))
    series = replace(series, values=np.array(values).reshape(2, 7))
    header, *rows = csv_format.reader(csv(series).splitlines())
    assert header == ["bin", "445/tcp", 'a,"b"', "coverage"]
    assert rows[0][0] == "2008-10-28T15:00:00Z"
    read = np.array([[float(field or "nan") for field in row[1:3]] for row in rows]).T
    assert np.array_equal(read, series.values, equal_nan=True)
    assert [float(row[3]) for row in rows] == list(series.coverage)


def test_json_is_the_form_of_the_command(make: Make) -> None:
    """The JSON of a series is its published form with null for a gap; that of a figure has the title besides."""
    series = make(gap=slice(0, 1))
    assert json_format.loads(json(series)) == series.as_dict()
    drawn = json_format.loads(json(figure(series)))
    assert drawn.pop("title").startswith("Packets to destination port 445/tcp")
    assert drawn == series.as_dict()
    assert drawn["series"][0]["values"][0] is None


def test_csv_of_a_figure_is_that_of_its_series(make: Make) -> None:
    """A figure and its series have the same numbers."""
    assert csv(figure(make())) == csv(make())
