"""
Everything on the picture that is not a line: gaps, marks, legend, title, footer.

Places are given in pixels where they do not follow the data.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

import altair as alt

from isdas.graphs.layout import (
    EDGE,
    FOOTER_LINE,
    FOOTER_SIZE,
    LABEL_SIZE,
    MARK_ROW,
    MARK_SIZE,
    NOTE_SIZE,
    SUBTITLE_LINE,
    SUBTITLE_SIZE,
    SWATCH,
    TITLE_LINE,
    TITLE_SIZE,
    Layout,
    stack,
)
from isdas.graphs.mark import Mark
from isdas.graphs.measure import width
from isdas.graphs.palette import Style
from isdas.graphs.plot import Row, domain_ms, gap_rows, milliseconds, pixel
from isdas.graphs.words import Words
from isdas.model.series import Series

_INK, _FAINT, _GAP = "#222222", "#555555", "#EBEBEB"
_MARK, _MARK_BAND = "#A33B20", "#F2C14E"
_GAP_TEXT = 11.0
_ROOM_FOR_UPRIGHT_PX = 14

_MarkType = Literal["point", "rect", "rule", "text"]

MarkLabel = tuple[Mark, Row]
"""A mark and the text row of its label."""


def canvas(page: Layout) -> alt.Chart:
    """An empty rectangle as large as the picture, so that all pictures of one size are of that size."""
    return _placed([{}], "rect", fill="transparent").encode(
        x=alt.value(-page.left),
        x2=alt.value(page.width + page.right),
        y=alt.value(-page.top),
        y2=alt.value(page.height + page.bottom),
    )


def bands(rows: Sequence[Row], colour: str, *, opacity: float = 1.0) -> list[alt.Chart]:
    """
    Shaded stretches of time over the whole height; nothing for no rows.

    The time scale is that of the lines: a second one would be merged with it and could move the axis.
    """
    if not rows:
        return []
    return [_placed(rows, "rect", color=colour, opacity=1, fillOpacity=opacity).encode(x="from:T", x2="to:T")]


def gaps(series: Series) -> list[alt.Chart]:
    """The stretches without data, shaded."""
    return bands(gap_rows(series), _GAP)


def gap_texts(series: Series, page: Layout, terms: Words) -> list[Row]:
    """The words *no data* in every stretch without data that has room for them, upright in narrow ones."""
    rows = gap_rows(series)
    start, end = domain_ms(series)
    middle = page.height / 2
    if rows == [{"from": start, "to": end}] or not series.keys:
        words = terms.no_period if rows == [{"from": start, "to": end}] else terms.no_packets
        return [_text(words, page.width / 2, middle, 15, colour=_FAINT, align="center")]
    found = []
    for row in rows:
        left, right = (pixel(series, row[side], page.width) for side in ("from", "to"))
        flat = right - left > width(terms.no_data, _GAP_TEXT) + 6
        if flat or right - left > _ROOM_FOR_UPRIGHT_PX:
            # Japanese is written downwards; other scripts are turned.
            downwards = not flat and terms.language == "ja"
            found.append(
                _text(
                    list(terms.no_data) if downwards else terms.no_data,
                    (left + right) / 2,
                    middle,
                    _GAP_TEXT,
                    line=_GAP_TEXT + 2,
                    colour=_FAINT,
                    align="center",
                    angle=0 if flat or downwards else 270,
                )
            )
    return found


def visible(series: Series, marks: Sequence[Mark]) -> list[Mark]:
    """The marks within the time axis; bands are cut at its ends, and what lies outside is left out."""
    first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in domain_ms(series))
    found = []
    for mark in marks:
        start, end = (mark.start and max(mark.start, first), mark.end and min(mark.end, last))
        if not (start and end and start < end):
            start = end = None
        at = mark.at if mark.at and first <= mark.at < last else None
        if at or start:
            found.append(replace(mark, at=at, start=start, end=end))
    return found


def mark_labels(series: Series, marks: Sequence[Mark], room: float) -> list[MarkLabel]:
    """The labels of the marks, each in a row above the plot where it covers no other, left of its rule if need be."""
    places, anchors = [], []
    for mark in marks:
        at = pixel(series, milliseconds(mark.anchor), room)
        size = width(mark.label, MARK_SIZE, bold=True)
        align = "left" if at + size <= room or at < size else "right"
        # What fits on neither side is pushed in from the right edge.
        begin = min(at, max(room - size, 0.0)) if align == "left" else at - size
        anchors.append((begin if align == "left" else at, align))
        places.append((begin, begin + size + 10))
    return [
        (mark, _text(mark.label, x, -MARK_ROW * row - 12, MARK_SIZE, colour=_MARK, bold=True, align=align))
        for mark, (x, align), row in zip(marks, anchors, stack(places), strict=True)
    ]


def mark_bands(marks: Sequence[Mark]) -> list[alt.Chart]:
    """The shaded stretches of the marks."""
    rows: list[Row] = [
        {"from": milliseconds(mark.start), "to": milliseconds(mark.end)} for mark in marks if mark.start and mark.end
    ]
    return bands(rows, _MARK_BAND, opacity=0.5)


def mark_rules(labels: Sequence[MarkLabel], page: Layout) -> list[alt.Chart]:
    """A rule at every mark's instant, from its label to the axis."""
    rows: list[Row] = [
        {"at": milliseconds(mark.at), "top": float(str(text["y"])) + 7} for mark, text in labels if mark.at
    ]
    if not rows:
        return []
    rules = _placed(rows, "rule", color=_MARK, strokeWidth=1.5)
    return [rules.encode(x="at:T", y=_datum("top"), y2=alt.value(page.height))]


def legend(entries: Sequence[tuple[str, str]], looks: Sequence[Style], page: Layout) -> list[alt.Chart]:
    """The strokes and markers of the legend beside the plot."""
    if not entries:
        return []
    left = page.width + 20
    rows: list[Row] = [
        {"x": left, "x2": left + SWATCH - 4, "middle": left + SWATCH / 2 - 2, "y": _legend_y(page, n), **look_row(look)}
        for n, look in enumerate(looks)
    ]
    strokes = _placed(rows, "rule", stroke=_expr("colour"), strokeDash=_expr("dash"), strokeWidth=_expr("width"))
    points = _placed(rows, "point", **MARKER)
    return [
        strokes.encode(x=_datum("x"), x2=_datum("x2"), y=_datum("y")),
        points.encode(x=_datum("middle"), y=_datum("y")),
    ]


def legend_texts(entries: Sequence[tuple[str, str]], page: Layout) -> list[Row]:
    """Names and means beside the strokes of the legend."""
    left, rows = page.width + 20 + SWATCH + 4, []
    for n, (label, note) in enumerate(entries):
        rows.append(_text(label, left, _legend_y(page, n), LABEL_SIZE, bold=page.notes))
        if page.notes and note:
            rows.append(_text(note, left, _legend_y(page, n) + 17, NOTE_SIZE, colour=_FAINT))
    return rows


def page_texts(page: Layout) -> list[Row]:
    """Title, unit and period above; source line and coverage note below."""
    x = EDGE - page.left
    return [
        _text(page.title, x, page.title_y, TITLE_SIZE, line=TITLE_LINE, bold=True),
        _text(page.subtitle, x, page.subtitle_y, SUBTITLE_SIZE, line=SUBTITLE_LINE),
        _text(page.footer, x, page.footer_y, FOOTER_SIZE, line=FOOTER_LINE, colour=_FAINT),
    ]


def texts(rows: Sequence[Row]) -> alt.Chart:
    """All texts of the picture in one layer."""
    look = {name: _expr(name) for name in ("text", "align", "fontSize", "lineHeight", "fontWeight", "fill", "angle")}
    return _placed(rows, "text", baseline="middle", **look).encode(x=_datum("x"), y=_datum("y"))


def look_row(look: Style) -> Row:
    """A style as fields of a row, for marks that are drawn with `MARKER`."""
    fill = look.colour if look.filled else "white"
    return {"colour": look.colour, "dash": list(look.dash), "width": look.width, "shape": look.shape, "fill": fill}


def _expr(field: str) -> dict[str, str]:
    return {"expr": f"datum.{field}"}


MARKER: dict[str, Any] = {
    "shape": _expr("shape"),
    "fill": _expr("fill"),
    "stroke": _expr("colour"),
    "size": 46,
    "strokeWidth": 1.4,
    "opacity": 1,
}
"""How markers are drawn from rows with the fields of `look_row`."""


def _datum(field: str) -> Any:
    return alt.value(_expr(field))


def _legend_y(page: Layout, n: int) -> float:
    return round(page.legend_step * n + min(12.0, page.legend_step / 2), 1)


def _placed(rows: Sequence[Row], mark: _MarkType, **look: Any) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(rows)), mark=alt.MarkDef(type=mark, aria=False, **look))


def _text(
    text: str | Sequence[str],
    x: float,
    y: float,
    size: float,
    *,
    line: float = 16,
    colour: str = _INK,
    bold: bool = False,
    align: str = "left",
    angle: float = 0,
) -> Row:
    return {
        "text": text if isinstance(text, str) else list(text),
        "x": round(x, 1),
        "y": round(y, 1),
        "align": align,
        "fontSize": size,
        "lineHeight": line,
        "fontWeight": "bold" if bold else "normal",
        "fill": colour,
        "angle": angle,
    }
