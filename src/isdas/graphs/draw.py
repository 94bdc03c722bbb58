"""
The one Vega-Lite spec of a figure, layer by layer.

Knows no font files and renders nothing.
"""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import numpy as np

from isdas.graphs import annotate, caption, plot
from isdas.graphs.axis import FONT_SIZE, Scale, Tick, tick_format, time_ticks, value_scale
from isdas.graphs.config import Config
from isdas.graphs.layout import Layout, layout
from isdas.graphs.mark import Mark
from isdas.graphs.palette import Style, styles
from isdas.graphs.words import Words
from isdas.model.series import Series

FONTS = "'Noto Sans CJK JP', 'Noto Sans JP', 'Hiragino Sans', 'Yu Gothic', sans-serif"
"""The first is on every machine that draws; the others are for readers of an SVG or a page."""
TOOLTIPS = "tooltips"
"""The name of the layer that only a page can show."""
_INK, _FRAME, _GRID = "#222222", "#888888", "#E3E3E3"
_BREAK: Final = "break-paths-show-domains"


def draw(series: Series, terms: Words, config: Config, marks: Sequence[Mark], *, log: bool = False) -> dict[str, Any]:
    """The Vega-Lite spec of *series* with *marks*, as a dictionary."""
    order = plot.drawn_order(series)
    marks = annotate.visible(series, marks)
    look_of = styles(series.keys, series.by)
    looks = [look_of[row] for row in order]
    entries = _legend(series, order, terms)
    values = _values_scale(series, log=log)
    page, labels = _page(series, terms, config, values, entries, marks, log=log)
    texts = [
        *annotate.page_texts(page),
        *annotate.gap_texts(series, page, terms),
        *annotate.legend_texts(entries, page),
        *(text for _, text in labels),
    ]
    layers = [
        annotate.canvas(page),
        *annotate.gaps(series),
        *annotate.mark_bands(marks),
        *_lines(series, order, looks, _axes(series, page, values, terms.language), area=len(order) == 1 and not log),
        *annotate.mark_rules(labels, page),
        *annotate.legend(entries, looks, page),
        annotate.texts(texts),
        *_tooltips(series, order, terms),
    ]
    chart = (
        alt.layer(*layers)
        .properties(width=page.width, height=page.height, description=caption.full_title(series, terms))
        .configure(font=FONTS, background="white", padding=0)
        .configure_view(stroke=None)
        .configure_axis(labelColor=_INK, labelFontSize=FONT_SIZE, domainColor=_FRAME, tickColor=_FRAME)
    )
    # tests/graphs/test_draw.py checks specs against the schema; doing so for every figure would double its cost.
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return spec


def _legend(series: Series, order: Sequence[int], terms: Words) -> list[tuple[str, str]]:
    if len(order) < 2:
        return []
    return [
        (caption.key_label(series.keys[row], series.by, terms), caption.key_note(series, row, terms)) for row in order
    ]


def _values_scale(series: Series, *, log: bool) -> Scale:
    known = series.values[~np.isnan(series.values)]
    positive = known[known > 0]
    if not positive.size:
        return value_scale(1.0, log=log)
    return value_scale(float(positive.max()), log=log, lowest=float(positive.min()))


def _page(
    series: Series,
    terms: Words,
    config: Config,
    values: Scale,
    entries: list[tuple[str, str]],
    marks: Sequence[Mark],
    *,
    log: bool,
) -> tuple[Layout, list[annotate.MarkLabel]]:
    """The layout, and the labels of the marks, whose rows follow from the width of the plot and set its height."""

    def laid_out(mark_rows: int) -> Layout:
        return layout(
            (config.width, config.height),
            values,
            title=caption.title(series, terms),
            subtitle=caption.subtitle(series, terms, log=log),
            footer=caption.footer(series, terms, config),
            legend=entries,
            mark_rows=mark_rows,
        )

    labels = annotate.mark_labels(series, marks, laid_out(0).width)
    return laid_out(len({text["y"] for _, text in labels})), labels


def _axes(series: Series, page: Layout, values: Scale, language: str) -> dict[str, Any]:
    """The encodings of the layers that own both axes."""
    scale: dict[str, Any] = {"domain": [0, values.top], "nice": False, "zero": True}
    if values.constant:
        scale |= {"type": "symlog", "constant": values.constant}
    axis = alt.Axis(
        title=None,
        aria=False,
        values=list(values.ticks),
        format=tick_format(values),
        labelOverlap=False,
        grid=True,
        gridColor=_GRID,
        domain=False,
        ticks=False,
        labelPadding=8,
    )
    ticks = time_ticks(series.period, page.width, language)
    x = alt.Scale(type="utc", domain=list(plot.domain_ms(series)), nice=False)
    return {
        "x": alt.X("at:T", scale=x, axis=_time_axis(ticks)),
        "y": alt.Y("value:Q", scale=alt.Scale(**scale), axis=axis),
    }


def _time_axis(ticks: Sequence[Tick]) -> alt.Axis:
    labels = {str(plot.milliseconds(tick.at)): list(tick.label) for tick in ticks}
    return alt.Axis(
        title=None,
        aria=False,
        values=[plot.milliseconds(tick.at) for tick in ticks],
        # Labels were made in the period's zone; Vega only looks them up.
        labelExpr=f"{labels}[toString(time(datum.value))]",
        labelOverlap=False,
        labelFlush=False,
        labelBound=False,
        labelLineHeight=16,
        grid=False,
        tickSize=6,
        labelPadding=4,
    )


def _lines(
    series: Series, order: Sequence[int], looks: Sequence[Style], axes: dict[str, Any], *, area: bool
) -> list[alt.Chart]:
    """Area, lines and markers; without any line still the axes."""
    # A row outside the axis keeps the axes where there is nothing to draw.
    rows = plot.line_rows(series, order) or [{"at": plot.domain_ms(series)[0], "line": 0, "value": None}]
    lines = alt.Chart(alt.InlineData(values=rows)).encode(**axes)
    layers = (
        [lines.mark_area(aria=False, color=looks[0].colour, opacity=1, fillOpacity=0.14, invalid=_BREAK)]
        if area
        else []
    )
    number = list(range(len(looks)))
    layers.append(
        lines.mark_line(aria=False, strokeJoin="round", invalid=_BREAK).encode(
            color=_by_line(alt.Color, number, [look.colour for look in looks]),
            strokeWidth=_by_line(alt.StrokeWidth, number, [look.width for look in looks]),
            strokeDash=_by_line(alt.StrokeDash, number, [list(look.dash) or [1, 0] for look in looks]),
        )
    )
    markers = [row | annotate.look_row(looks[row["line"]]) for row in plot.marker_rows(series, order)]
    if markers:
        points = alt.Chart(
            alt.InlineData(values=markers), mark=alt.MarkDef(type="point", aria=False, **annotate.MARKER)
        )
        layers.append(points.encode(**axes))
    return layers


def _by_line(channel: Any, domain: list[int], rng: list[Any]) -> Any:
    return channel("line:O", scale=alt.Scale(type="ordinal", domain=domain, range=rng), legend=None)


def _tooltips(series: Series, order: Sequence[int], terms: Words) -> list[alt.Chart]:
    rows = plot.tooltip_rows(series, order, terms)
    if not rows:
        return []
    names = [caption.key_label(series.keys[row], series.by, terms) for row in order]
    shown = [alt.Tooltip("when:N", title=caption.zone_name(series.period, terms))]
    shown += [alt.Tooltip(f"v{line}:N", title=name) for line, name in enumerate(names)]
    return [
        alt.Chart(alt.InlineData(values=rows), name=TOOLTIPS)
        .mark_rect(fill="transparent", aria=False)
        .encode(x="from:T", x2="to:T", tooltip=shown)
    ]
