"""
The case of one rise: its stretches of time, and what is left of it when something is taken away.

Does not put findings into words (isdas.detect.guards) and gives no verdict (isdas.detect.judge).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.detect.evidence import Bools, Evidence, Ints, distinct
from isdas.detect.rise import Rise
from isdas.detect.tail import score

ALONE = float(-np.log10(0.05))
"""Score from which a sensor, or the number of distinct sources, rises by itself."""

SPAN_HOURS = 72
"""Hours after its detection that still count as evidence for what a rise is."""

AFTER_HOURS = 24
"""Hours after its detection in which a rise shows whether it goes on."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    Some hours of the rise.

    Attributes:
        begin, end: datetime64[h], half-open.
        expected: source-hours that the reference let expect in them.
        variance: relative variance of their count.
    """

    begin: np.datetime64
    end: np.datetime64
    expected: float
    variance: float


# Without slots, so that what several guards ask for is worked out once.
@dataclass(frozen=True)
class Case:
    """
    A rise with its evidence, the scans in it counted once per hour and source.

    Attributes:
        rise, evidence: as given.
        window: the hours that called it.
        span: from the begin of that window to its end or now, at most SPAN_HOURS after the detection.
        after: the part of it after the detection, at most AFTER_HOURS of it.
        cells: int64[c], rows of the evidence: one for every scanning source and hour.
        past: bool[c], cells before the window.
    """

    rise: Rise
    evidence: Evidence
    window: Stretch
    span: Stretch
    after: Stretch
    cells: Ints
    past: Bools

    @classmethod
    def of(cls, rise: Rise, evidence: Evidence) -> "Case":
        """Lay out the case."""
        begin, called = rise.window_begin, rise.hour + 1
        end = min(evidence.end, called + SPAN_HOURS, *([rise.ended] if rise.ended is not None else []))
        end = max(end, called)
        lift = rise.expected / max(rise.baseline, 1e-9)
        hours = rise.begin + np.arange(len(rise.means))
        means = np.where(hours < end, lift * rise.means, 0.0)
        soon = min(end, called + AFTER_HOURS)
        window = Stretch(begin, called, rise.expected, rise.variance)
        span = Stretch(begin, end, max(float(means[hours >= begin].sum()), rise.expected), rise.variance)
        after = Stretch(called, soon, float(means[(hours >= called) & (hours < soon)].sum()), rise.variance)
        cells = distinct(evidence, evidence.of_kind("scan"))
        return cls(rise, evidence, window, span, after, cells, evidence.hour[cells] < begin)

    def among(self, rows: Bools) -> "Case":
        """The same case by some rows of the evidence only."""
        cells = distinct(self.evidence, self.evidence.of_kind("scan") & rows)
        return replace(self, cells=cells, past=self.evidence.hour[cells] < self.window.begin)

    def within(self, stretch: Stretch) -> Bools:
        """Which cells lie in *stretch*."""
        return self.evidence.between(stretch.begin, stretch.end)[self.cells]

    def left(self, kept: Bools, *, share: float = 1.0) -> tuple[float, float]:
        """
        What is left of the rise when only the *kept* cells count: the score (-log10 p) and the share of the excess,
        in the better of its two stretches.

        Args:
            kept: bool[c].
            share: of what is usual for the port, how much would be kept if the past said nothing.

        What is kept is compared with its own past. The score does not pay for a search, since nothing is searched
        for any more.
        """
        usual = (float((self.past & kept).sum()) + 0.5 * share) / (float(self.past.sum()) + 0.5)
        best = (0.0, 0.0)
        for stretch in (self.window, self.span):
            seen = self.within(stretch)
            count, mean = float((seen & kept).sum()), max(stretch.expected * usual, 1e-9)
            whole = max(float(seen.sum()) - stretch.expected, 1e-9)
            if count > mean:
                part = min((count - mean) / whole, 1.0)
                best = max(best, (score(count, mean, stretch.variance), part))
        return best

    def groups(self, keys: Ints, before: np.datetime64 | None = None) -> tuple[Ints, Ints, Ints, Ints]:
        """
        The distinct values of *keys* (int64[c]), the index of each cell's, and cells per value in span and past.

        Args:
            keys: of each cell.
            before: datetime64[h], from when on hours tell nothing of the past either; by default the window's begin.
        """
        values, index = np.unique(keys, return_inverse=True)
        past = self.past if before is None else self.past & (self.evidence.hour[self.cells] < before)
        seen = np.bincount(index[self.within(self.span)], minlength=len(values))
        usual = np.bincount(index[past], minlength=len(values))
        return values, index, seen, usual

    def top(self, keys: Ints) -> tuple[int, Bools]:
        """The value of *keys* with the largest excess in the span, and the cells without it."""
        values, index, seen, usual = self.groups(keys)
        if not len(values):
            return 0, np.zeros(0, np.bool_)
        at = int((seen - self.span.expected * usual / max(int(usual.sum()), 1)).argmax())
        return int(values[at]), index != at

    def persistence(self) -> tuple[float, float, float, float]:
        """
        Distinct sources, their usual number, its relative variance, and by which factor the source-hours rose.

        Over the first day of the span, against stretches of the same length before it; over the window alone where
        a short burst no longer shows in a day. All 0 if the evidence reaches back less than three stretches.
        """
        hours = self.evidence.hour[self.cells]
        source = self.evidence.source[self.cells]
        width = int((self.window.end - self.window.begin).astype(int))
        length = max(width, min(24, int((self.span.end - self.span.begin).astype(int))))
        for stretch in dict.fromkeys((length, width)):
            index = (hours - self.span.begin).astype(np.int64) // stretch
            n_past = min(int((self.span.begin - self.evidence.begin).astype(int)) // stretch, 28 * 24 // stretch)
            if n_past < 3:
                continue
            past = (index < 0) & (index >= -n_past)
            pairs = np.unique(np.stack([index[past], source[past]]), axis=1)
            now = index == 0
            grown = float(now.sum()) / max(float(past.sum()) / n_past, 0.5 / n_past)
            if grown > 1.2 or stretch == width:
                each = np.bincount(pairs[0] + n_past, minlength=n_past).astype(np.float64)
                usual = float(each.mean())
                beyond = max(float(each.var()) - usual, 0.0)
                spread = beyond / max(usual, 1e-9) ** 2 + 1.0 / (float(each.sum()) + 0.5)
                return float(len(np.unique(source[now]))), usual, spread, grown
        return 0.0, 0.0, 0.0, 0.0

    def sensors_rising(self) -> tuple[int, int]:
        """How many sensors rise by themselves (p < 0.05) in the better stretch, and how many observed the span."""
        watched = self.evidence.observed(self.span.begin, self.span.end)
        return len(self.rising), int((watched > 0).sum())

    @cached_property
    def rising(self) -> tuple[str, ...]:
        """The sensors that rise by themselves (p < 0.05), in the better stretch."""
        return max(self._rising(self.window), self._rising(self.span), key=len)

    def by_sensor(self, stretch: Stretch) -> tuple[Ints, Ints]:
        """
        Source-hours of each sensor by itself, however many others saw the same source: in *stretch* and before it,
        int64[s] each.
        """
        rows, n = self._sensor_cells, len(self.evidence.sensors)
        sensor = self.evidence.sensor[rows]
        seen = np.bincount(sensor[self.evidence.between(stretch.begin, stretch.end)[rows]], minlength=n)
        return seen, np.bincount(sensor[self.evidence.hour[rows] < stretch.begin], minlength=n)

    def by_group(self, stretch: Stretch) -> tuple[list[str], Ints, Ints]:
        """
        Source-hours of each group of sensors, a source counted once a group: names, in *stretch* and before it,
        int64[g] each. The last, without a name, is of the sensors that are in none of them.

        A group that is the whole fleet tells nothing and is left out.
        """
        n, scans = len(self.evidence.sensors), self.evidence.of_kind("scan")
        groups = [(name, members) for name, members in self.evidence.groups if 0 < len(members) < n]
        if not groups:
            return [], np.zeros(0, np.int64), np.zeros(0, np.int64)
        rest = sorted({*range(n)} - {sensor for _, members in groups for sensor in members})
        seen, usual = [], []
        for members in (*(members for _, members in groups), tuple(rest)):
            hour = self.evidence.hour[distinct(self.evidence, scans & np.isin(self.evidence.sensor, members))]
            seen.append(int(((hour >= stretch.begin) & (hour < stretch.end)).sum()))
            usual.append(int((hour < stretch.begin).sum()))
        return [*(name for name, _ in groups), ""], np.array(seen), np.array(usual)

    @cached_property
    def _sensor_cells(self) -> Ints:
        """Rows of the evidence: one for every sensor, scanning source and hour, whatever tools and kinds it had."""
        return distinct(self.evidence, self.evidence.of_kind("scan"), by_sensor=True)

    def _rising(self, stretch: Stretch) -> tuple[str, ...]:
        watched = self.evidence.observed(stretch.begin, stretch.end)
        before = self.evidence.observed(self.evidence.begin, stretch.begin)
        by_sensor = self.by_sensor(stretch)
        rising = list[str]()
        for s in np.flatnonzero(watched > 0).tolist():
            seen, usual = (int(counts[s]) for counts in by_sensor)
            mean = (usual + 0.5) / max(before[s], 24.0) * watched[s]
            if seen > mean and score(seen, mean, stretch.variance + 1.0 / (usual + 0.5)) > ALONE:
                rising.append(self.evidence.sensors[s])
        return tuple(rising)


def per_cell(case: Case, column: npt.NDArray[np.integer[Any]]) -> Ints:
    """A column of the evidence for each cell."""
    return column[case.cells].astype(np.int64)
