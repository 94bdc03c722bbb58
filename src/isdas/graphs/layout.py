"""
Where things stand on the picture, in pixels from the upper left corner of the plot.

Draws nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from isdas.graphs.axis import FONT_SIZE, Scale
from isdas.graphs.measure import width, wrap

EDGE = 22
"""White space around everything."""
TITLE_SIZE = 20
SUBTITLE_SIZE = 13.5
FOOTER_SIZE = 11.0
FOOTER_LINE = 16
LABEL_SIZE = 12.5
NOTE_SIZE = 11.0
SWATCH = 34
MARK_ROW = 18
MARK_SIZE = 12.0
TITLE_LINE, SUBTITLE_LINE = 28, 20
_TICK_ROOM = 48
_MOST_LEGEND_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Layout:
    """
    Sizes and places, in pixels.

    Attributes:
        left, right, top, bottom: room around the plot.
        width, height: the plot.
        title, subtitle, footer: their lines.
        legend_step: from one entry of the legend to the next; 0 without a legend.
        notes: whether legend entries have room for their second line.
        mark_rows: rows of mark labels above the plot.
    """

    left: float
    right: float
    top: float
    bottom: float
    width: float
    height: float
    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    footer: tuple[str, ...]
    legend_step: float
    notes: bool
    mark_rows: int

    @property
    def title_y(self) -> float:
        """Middle of the first title line."""
        return -self.top + EDGE + TITLE_LINE / 2 - 4

    @property
    def subtitle_y(self) -> float:
        """Middle of the first subtitle line."""
        return -self.top + EDGE + TITLE_LINE * len(self.title) + SUBTITLE_LINE / 2 - 4

    @property
    def footer_y(self) -> float:
        """Middle of the first footer line."""
        return self.height + _TICK_ROOM + FOOTER_LINE / 2 + 4


def layout(
    size: tuple[float, float],
    scale: Scale,
    *,
    title: str,
    subtitle: str,
    footer: Sequence[str],
    legend: Sequence[tuple[str, str]],
    mark_rows: int,
) -> Layout:
    """
    Lay out a picture of *size* (width, height); it grows in height where legend or footer need it.

    Args:
        legend: label and second line of every entry; empty for none.
        mark_rows: rows of mark labels above the plot.
    """
    total_width, total_height = size
    room = total_width - 2 * EDGE
    titles = tuple(wrap(title, TITLE_SIZE, room / 1.06))
    subtitles = tuple(wrap(subtitle, SUBTITLE_SIZE, room))
    notes = tuple(line for note in footer for line in wrap(note, FOOTER_SIZE, room))
    left = EDGE + 12 + max(width(f"{tick:,.{scale.decimals}f}", FONT_SIZE) for tick in scale.ticks)
    right = _legend_width(legend, total_width) if legend else EDGE + 6
    top = EDGE + TITLE_LINE * len(titles) + SUBTITLE_LINE * len(subtitles) + 10 + MARK_ROW * mark_rows
    bottom = _TICK_ROOM + 4 + FOOTER_LINE * len(notes) + EDGE - 8
    height, step = max(total_height - top - bottom, 120), 0.0
    if legend:
        step = min(46.0, max(20.0, height / len(legend)))
        height = max(height, step * len(legend))
    left, right, height = round(left), round(right), round(height)
    plot_width = total_width - left - right
    return Layout(left, right, top, bottom, plot_width, height, titles, subtitles, notes, step, step >= 34, mark_rows)


def _legend_width(legend: Sequence[tuple[str, str]], total_width: float) -> float:
    widest = max(
        max(width(label, LABEL_SIZE, bold=True), width(note, NOTE_SIZE) if len(legend) <= 9 else 0)
        for label, note in legend
    )
    return min(SWATCH + 20 + widest + EDGE, total_width * _MOST_LEGEND_SHARE + SWATCH)


def stack(places: Sequence[tuple[float, float]]) -> list[int]:
    """The row of each stretch (from, to) such that those in one row do not touch; the first that is free is taken."""
    rows: list[list[tuple[float, float]]] = []
    chosen = []
    for start, end in places:
        free = (n for n, row in enumerate(rows) if all(end < a or b < start for a, b in row))
        row_number = next(free, len(rows))
        if row_number == len(rows):
            rows.append([])
        rows[row_number].append((start, end))
        chosen.append(row_number)
    return chosen
