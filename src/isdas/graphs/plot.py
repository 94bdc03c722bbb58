"""
The numbers that a figure shows, as rows for the spec: lines, markers, gaps and what is said under the pointer.

Leaves gaps as they are: nothing is filled in, joined or smoothed.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.graphs.caption import number, written
from isdas.graphs.palette import OTHER
from isdas.graphs.words import Words
from isdas.model.series import Series
from isdas.model.time import instant

_MARKERS_PER_LINE = 12
_MOST_TOOLTIPS = 800
_DIGITS = 6

Row = dict[str, Any]
"""One row of a spec's data."""


def milliseconds(when: datetime) -> int:
    """An instant as the spec has it: milliseconds since 1970 UTC."""
    return round(when.timestamp() * 1000)


def starts_ms(series: Series) -> npt.NDArray[np.int64]:
    """The starts of the bins in milliseconds since 1970 UTC."""
    return series.bins.astype("datetime64[ms]").astype(np.int64)


def width_ms(series: Series) -> int:
    """The width of a bin in milliseconds."""
    return series.bin_hours * 3_600_000


def domain_ms(series: Series) -> tuple[int, int]:
    """First and last instant of the time axis: whole bins."""
    starts = starts_ms(series)
    if not len(starts):
        return milliseconds(series.period.start), milliseconds(series.period.end)
    return int(starts[0]), int(starts[-1]) + width_ms(series)


def pixel(series: Series, at_ms: float, room: float) -> float:
    """Where an instant stands on a plot that is *room* pixels wide."""
    start, end = domain_ms(series)
    return (at_ms - start) / (end - start) * room


def drawn_order(series: Series) -> list[int]:
    """Rows of the series in the order of the legend: as given, the sum of all others last."""
    return sorted(range(len(series.keys)), key=lambda row: series.keys[row] == OTHER)


def line_rows(series: Series, order: Sequence[int]) -> list[Row]:
    """
    One row per line and bin, at the middle of the bin; a gap has no value, so that the line breaks there.

    The last line comes first, so that the first lies on top.
    """
    middles = starts_ms(series) + width_ms(series) // 2
    return [
        {"at": int(at), "line": line, "value": _plain(value)}
        for line, row in reversed(list(enumerate(order)))
        for at, value in zip(middles, series.values[row], strict=True)
    ]


def marker_rows(series: Series, order: Sequence[int]) -> list[Row]:
    """
    The bins that carry a marker: about twelve per line, staggered, and every bin that stands alone between two gaps.

    Without its marker a lone bin would be invisible.
    """
    middles = starts_ms(series) + width_ms(series) // 2
    n_bins = len(middles)
    every = max(1, -(-n_bins // _MARKERS_PER_LINE))
    rows: list[Row] = []
    for line, row in reversed(list(enumerate(order))):
        values = series.values[row]
        known = ~np.isnan(values)
        alone = known & ~np.r_[False, known[:-1]] & ~np.r_[known[1:], False]
        regular = np.arange(n_bins) % every == (every * (2 * line + 1) // (2 * len(order))) % every
        if len(order) == 1 and n_bins > 2 * _MARKERS_PER_LINE:
            regular[:] = False
        chosen = np.flatnonzero(alone | (regular & known))
        rows += [{"at": int(middles[i]), "line": line, "value": _plain(values[i])} for i in chosen]
    return rows


def gap_rows(series: Series) -> list[Row]:
    """The stretches that nobody observed, from the start of the first such bin to the end of the last."""
    edges = np.flatnonzero(np.diff(np.r_[False, series.gaps, False].astype(np.int8)))
    starts, width = starts_ms(series), width_ms(series)
    runs = list(pairwise(edges))[::2]
    return [{"from": int(starts[first]), "to": int(starts[last - 1]) + width} for first, last in runs]


def tooltip_rows(series: Series, order: Sequence[int], terms: Words) -> list[Row]:
    """One row per bin with its local time and every value in words; none where bins are too many to point at."""
    starts, width = starts_ms(series), width_ms(series)
    if len(starts) > _MOST_TOOLTIPS:
        return []
    # A day's bin may begin an hour before midnight after summer time has ended; its middle is in the day that it is.
    whole_days = series.bin_hours % 24 == 0
    form, later = (terms.date, width // 2) if whole_days else (terms.minute, 0)
    rows: list[Row] = []
    for column, start in enumerate(starts):
        local = instant(np.datetime64(int(start) + later, "ms")).astimezone(series.period.zone)
        row: Row = {"from": int(start), "to": int(start) + width, "when": written(local, form)}
        for line, key_row in enumerate(order):
            value = float(series.values[key_row, column])
            row[f"v{line}"] = terms.no_data if np.isnan(value) else number(value)
        rows.append(row)
    return rows


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), _DIGITS)
