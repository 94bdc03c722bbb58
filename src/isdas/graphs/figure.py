"""
Figures: a series as one spec, and the forms in which it leaves: PNG, SVG, CSV, JSON.

Reads no tables and writes no files.
"""

import copy
import csv as csv_format
import io
import json as json_format
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from isdas.graphs import caption, render
from isdas.graphs.config import Config
from isdas.graphs.draw import draw
from isdas.graphs.mark import Mark
from isdas.graphs.words import words
from isdas.model.series import Series

DEFAULTS = Config()


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """
    One figure.

    Attributes:
        spec: the Vega-Lite spec that page, PNG and SVG are drawn from.
        title: title, unit and period in one line, for headings and for ``alt``.
        language: ``en`` or ``ja``.
        series: what it shows.
    """

    spec: dict[str, Any]
    title: str
    language: str
    series: Series


def figure(
    series: Series,
    *,
    language: str = "en",
    config: Config = DEFAULTS,
    marks: Sequence[Mark] = (),
    size: tuple[int, int] | None = None,
    log: bool = False,
) -> Figure:
    """
    Draw a series.

    Args:
        series: what is shown, in its own order; a key ``other`` comes last and grey.
        language: ``en`` or ``ja``.
        config: organisation and usual size.
        marks: what is pointed out, such as the onset of a surge.
        size: width and height in CSS pixels where the usual size does not fit.
        log: a logarithmic value axis, linear below its lowest decade so that 0 has a place.

    Raises:
        IsdasError: there are no words in *language*.
    """
    terms = words(language)
    if size is not None:
        config = replace(config, width=size[0], height=size[1])
    return Figure(draw(series, terms, config, marks, log=log), caption.full_title(series, terms), language, series)


def spec(drawn: Figure) -> dict[str, Any]:
    """The Vega-Lite spec for a page, as a copy that may be changed."""
    return copy.deepcopy(drawn.spec)


def png(drawn: Figure, scale: float = 2) -> bytes:
    """The figure as PNG with *scale* dots per CSS pixel."""
    return render.to_png(drawn.spec, scale=scale)


def svg(drawn: Figure) -> str:
    """The figure as SVG."""
    return render.to_svg(drawn.spec)


def csv(drawn: Figure | Series) -> str:
    """
    The figure's numbers: one line per bin with its start in UTC, every key and the coverage in sensors.

    Values are written in full, so that reading them gives the same numbers; a gap is an empty field.
    """
    series = _series(drawn)
    out = io.StringIO()
    writer = csv_format.writer(out, lineterminator="\n")
    writer.writerow(["bin", *series.keys, "coverage"])
    starts = np.datetime_as_string(series.bins.astype("datetime64[s]"))
    for column, start in enumerate(starts):
        values = ["" if np.isnan(v) else repr(float(v)) for v in series.values[:, column]]
        writer.writerow([f"{start}Z", *values, repr(float(series.coverage[column]))])
    return out.getvalue()


def json(drawn: Figure | Series) -> str:
    """The figure's numbers in the form of ``isdas series --json``, with the title of a figure added; null is a gap."""
    data = _series(drawn).as_dict()
    if isinstance(drawn, Figure):
        data = {"title": drawn.title, **data}
    return json_format.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _series(drawn: Figure | Series) -> Series:
    return drawn.series if isinstance(drawn, Figure) else drawn
