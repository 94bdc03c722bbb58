"""
The compiled scan: twelve windows against the references of a series, for every series and hour of one day.

Does not decide what becomes an incident, nor estimate the spread that it is given.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.detect.tail import score_of

WINDOWS = np.array([1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72], np.int64)
"""Lengths of the windows in hours."""

DAY_WINDOW = 8
"""Position of the 24-hour window among them, by which an incident ends."""

USUAL, RECENT, ELSEWHERE = 0, 1, 2
"""The references: the baseline of weeks; that baseline lifted to the level of the hours just before; and, for silent
series, the baseline of weeks for the new sources that came to some other sensor than the loudest. Silent ports burst at
single sensors and are visited by single sources for days, which no spread of source-hours over all sensors together can
tell from a new port."""

N_REFERENCES = 3

SHORTEST_USUAL = 6
"""Position of the shortest window (12 h) that is held against the usual level: shorter ones would only tell that
the rate has wandered and one hour topped it, which the recent level tells better."""

N_TESTS = 2 * len(WINDOWS) - SHORTEST_USUAL

N_BINS = 13
"""Bins of the spread tables, half a decade of the expected count each, from 0.001 to 1000."""

LOOK_BACK = 72 + 96
"""Hours before the day that the scan reads: the longest window and the memory of the recent level."""

PSEUDO = 15.0
"""Windows that the pooled spread weighs against a series' own."""


class Elsewhere(NamedTuple):
    """
    What came to some other sensor than the loudest, as far as it is known; k series.

    Attributes:
        sources: uint8[k, RING], see `isdas.detect.grid.Grid.elsewhere`.
        begun: where it keeps the grid's first hour.
        silent: bool[k], series that are held against ELSEWHERE instead of the other references.
        apart: bool[24], in which hours of the day they can be.
    """

    sources: npt.NDArray[np.uint8]
    begun: int
    silent: npt.NDArray[np.bool_]
    apart: npt.NDArray[np.bool_]

    def of(self, rows: slice) -> "Elsewhere":
        """Of some series."""
        return Elsewhere(self.sources[rows], self.begun, self.silent[rows], self.apart)


@njit(cache=True, nogil=True)
def bin_of(mean: float) -> int:  # pragma: no cover - compiled
    """The bin of an expected count."""
    if mean <= 1e-3:
        return 0
    return min(N_BINS - 1, int(2.0 * (math.log10(mean) + 3.0)))


@njit(cache=True, nogil=True)
def spread(  # pragma: no cover - compiled
    pool: float, own_excess: float, own_square: float, mean: float, window: int, slow_hours: float
) -> float:
    """
    A series' relative variance: its own method of moments drawn to the pool's, never much below the pool's.

    Windows that follow each other share a level that takes *slow_hours* to forget. Twice as long is the integrated
    correlation time of such a level (an Ornstein-Uhlenbeck process): a stretch of that length tells of the spread once,
    however many windows fit in it. Counted one by one they would make a series too sure of its own spread.
    """
    alike = max(1.0, 2.0 * slow_hours / min(window, 24))
    weight = PSEUDO * alike * mean * mean
    own = (own_excess + pool * weight) / (own_square + weight)
    return max(own, 0.4 * pool)


@njit(cache=True, nogil=True)
def lay_out(  # pragma: no cover - compiled
    counts: npt.NDArray[np.int32],
    usable: npt.NDArray[np.bool_],
    expected_exposure: npt.NDArray[np.float64],
    shape: npt.NDArray[np.float32],
    rate: float,
    first: int,
    last: int,
    hour_of_week: int,
    memory: npt.NDArray[np.float64],
    sums: npt.NDArray[np.float64],
) -> None:
    """
    Cumulative counts and means from hour *first*, and the recent level before each hour.

    The level is the mean of a Gamma with shape c + E and rate c + F, where E and F forget the counts and the means
    at a fixed rate (a discounted dynamic Poisson-Gamma model; West, Harrison and Migon 1985).
    """
    decay, prior = memory[0], memory[1]
    seen, due = 0.0, 0.0
    sums[0, 0] = 0.0
    sums[1, 0] = 0.0
    sums[2, 0] = 1.0
    for t in range(first, last):
        i = t - first
        count, mean = 0.0, 0.0
        if usable[t]:
            count = float(counts[t])
            at = hour_of_week + t
            mean = rate * expected_exposure[t] * shape[at % 24] * shape[24 + at // 24 % 7]
        sums[0, i + 1] = sums[0, i] + count
        sums[1, i + 1] = sums[1, i] + mean
        seen = decay * seen + count
        due = decay * due + mean
        sums[2, i + 1] = (prior + seen) / (prior + due)


@njit(cache=True, nogil=True)
def lift(level: float, window: int, slow_hours: float) -> float:  # pragma: no cover - compiled
    """What the recent level lets expect of the mean over the next *window* hours; never less than the usual."""
    stretch = window / slow_hours
    return max(1.0, 1.0 + (level - 1.0) * (1.0 - math.exp(-stretch)) / stretch)


@njit(cache=True, nogil=True)
def _tested(  # pragma: no cover - compiled
    count: float,
    usual: float,
    level: float,
    reference: int,
    w: int,
    slow_hours: float,
    pool: npt.NDArray[np.float64],
    lean: npt.NDArray[np.float64],
    own: npt.NDArray[np.float32],
    doubt: float,
    wider: float,
) -> float:
    """-log10 p of one window against one reference; 0 for the many that are plainly unremarkable."""
    b = bin_of(usual)
    mean = usual * lean[reference, w, b]
    if reference == RECENT:
        mean *= lift(level, WINDOWS[w], slow_hours)
    excess, square = own[reference, w, 0], own[reference, w, 1]
    variance = wider * spread(pool[reference, w, b], excess, square, mean, WINDOWS[w], slow_hours) + doubt
    # Anscombe's residual is cheap to compute.
    residual = 1.5 * (count ** (2 / 3) * mean ** (-1 / 6) - math.sqrt(mean))
    if residual < 1.5 * math.sqrt(1.0 + variance * mean):
        return 0.0
    return score_of(count, mean, variance)


@njit(cache=True, nogil=True)
def lay_out_elsewhere(  # pragma: no cover - compiled
    sources: npt.NDArray[np.uint8],
    begun: int,
    usable: npt.NDArray[np.bool_],
    first: int,
    last: int,
    sums: npt.NDArray[np.float64],
) -> None:
    """
    Cumulative sources that came elsewhere from hour *first*.

    Hours that are no longer kept are read as what took their place; no window that is asked for reaches back so far.
    """
    sums[3, 0] = 0.0
    for t in range(first, last):
        count = float(sources[(begun + t) % len(sources)]) if usable[t] else 0.0
        sums[3, t - first + 1] = sums[3, t - first] + count


@njit(cache=True, nogil=True)
def _hour(  # pragma: no cover - compiled
    sums: npt.NDArray[np.float64],
    end: int,
    elsewhere: bool,
    least: int,
    slow_hours: float,
    pool: npt.NDArray[np.float64],
    lean: npt.NDArray[np.float64],
    own: npt.NDArray[np.float32],
    doubt: float,
    wider: float,
) -> tuple[float, int, float]:
    """
    The best score of all windows that end here, which it was, and the score of the 24-hour window.

    Either of all sources against both references, or of what came *elsewhere* against that one alone.
    """
    best, which, daily = 0.0, 0, 0.0
    for w in range(len(WINDOWS)):
        begin = end - WINDOWS[w]
        if begin < 0:
            break
        seen = sums[0, end] - sums[0, begin]
        count = sums[3, end] - sums[3, begin] if elsewhere else seen
        usual = sums[1, end] - sums[1, begin]
        if seen < least or count <= usual or usual <= 0.0:
            continue
        lowest = ELSEWHERE if elsewhere else USUAL if w >= SHORTEST_USUAL else RECENT
        for reference in range(lowest, N_REFERENCES if elsewhere else ELSEWHERE):
            # The recent level tells besides how far a short baseline was from the usual.
            level, factor = (sums[2, begin], 1.0) if reference == RECENT else (1.0, wider)
            score = _tested(count, usual, level, reference, w, slow_hours, pool, lean, own, doubt, factor)
            if w == DAY_WINDOW and reference != RECENT:
                daily = score
            if score > best:
                best, which = score, reference * len(WINDOWS) + w
    return best, which, daily


@njit(cache=True, nogil=True)
def scan(  # pragma: no cover - compiled
    counts: npt.NDArray[np.int32],
    usable: npt.NDArray[np.bool_],
    exposure: npt.NDArray[np.float64],
    shapes: npt.NDArray[np.float32],
    rates: npt.NDArray[np.float64],
    support: npt.NDArray[np.float64],
    wider: npt.NDArray[np.float64],
    is_open: npt.NDArray[np.bool_],
    away: Elsewhere,
    day: int,
    hour_of_week: int,
    memory: npt.NDArray[np.float64],
    pool: npt.NDArray[np.float64],
    lean: npt.NDArray[np.float64],
    own: npt.NDArray[np.float32],
    least: int,
    best: npt.NDArray[np.float64],
    which: npt.NDArray[np.int8],
    daily: npt.NDArray[np.float64],
) -> None:
    """
    Fill *best* (largest -log10 p), *which* (reference * 12 + window), and *daily* (the 24-hour window), all [k, 24].

    Args:
        counts, usable: [k, h]; of a series whose incident is open, all observed hours count.
        exposure: float64[h], effective.
        shapes: float32[k, 31], as of `isdas.detect.profile.shapes`.
        rates, support: as in `isdas.detect.baseline.Rates`.
        wider: float64[k], as of `isdas.detect.dispersion.widened`.
        is_open: bool[k].
        away: what came elsewhere.
        day: which day of the grid.
        hour_of_week: hour of the week of the grid's first hour.
        memory: decay of the recent level per hour, its prior weight, hours over which levels revert.
        pool: float64[3, 12, N_BINS], relative variances.
        lean: float64[3, 12, N_BINS], by how much means of that size have fallen short of what came.
        own: float32[k, 3, 12, 2], a series' own sums of excess and square.
        least: counts below this are not tested.
    """
    first = max(0, day * 24 - LOOK_BACK)
    last = day * 24 + 24
    sums = np.empty((4, last - first + 1))
    observed = exposure > 0
    for s in range(len(rates)):
        mask = observed if is_open[s] else usable[s]
        lay_out(counts[s], mask, exposure, shapes[s], rates[s], first, last, hour_of_week, memory, sums)
        if away.silent[s]:
            lay_out_elsewhere(away.sources[s], away.begun, mask, first, last, sums)
        for t in range(day * 24, last):
            found = (0.0, 0, 0.0)
            if mask[t]:
                elsewhere = away.silent[s] and away.apart[t - day * 24]
                found = _hour(
                    sums, t + 1 - first, elsewhere, least, memory[2], pool, lean, own[s], 1.0 / support[s], wider[s]
                )
            best[s, t - day * 24], which[s, t - day * 24], daily[s, t - day * 24] = found


@njit(cache=True, nogil=True)
def _excess(
    count: float, mean: float, spread: float, floor: float
) -> tuple[float, float]:  # pragma: no cover - compiled
    """
    The count y and (y - m)^2 - y, after cutting down what is very far from the mean m.

    A single squared residual counts for at most 25 variances or *floor* squared, whichever is more, so that an
    outbreak that nobody called does not make the detector blind.
    """
    limit = max(25.0 * (mean + spread * mean * mean), floor * floor)
    capped = min(count, mean + math.sqrt(limit))
    return capped, (capped - mean) ** 2 - capped


@njit(cache=True, nogil=True)
def learn(  # pragma: no cover - compiled
    counts: npt.NDArray[np.int32],
    usable: npt.NDArray[np.bool_],
    exposure: npt.NDArray[np.float64],
    shapes: npt.NDArray[np.float32],
    rates: npt.NDArray[np.float64],
    wider: npt.NDArray[np.float64],
    skip: npt.NDArray[np.bool_],
    away: Elsewhere,
    day: int,
    hour_of_week: int,
    memory: npt.NDArray[np.float64],
    pool: npt.NDArray[np.float64],
    lean: npt.NDArray[np.float64],
    floor: float,
    gained: npt.NDArray[np.float64],
    own: npt.NDArray[np.float32],
) -> None:
    """
    Add to *gained* (float64[3, 12, N_BINS, 4]) and *own* what the day's windows say of the spread.

    The sums are of (y - m)^2 - y and of m^2 (method of moments), over windows predicted before they happened; their
    quotient is alpha. With y instead of m taken off, a lone source in a sparse series says nothing of the spread, as it
    should: only the second one does. A short baseline makes it *wider*, which passes as that grows; the scan allows
    for it meanwhile. Then of y and of the m before correction, whose quotient is the bin's lean.
    """
    first = max(0, day * 24 - LOOK_BACK)
    last = day * 24 + 24
    sums = np.empty((4, last - first + 1))
    for s in range(len(rates)):
        if skip[s] or rates[s] <= 0.0:
            continue
        lay_out(counts[s], usable[s], exposure, shapes[s], rates[s], first, last, hour_of_week, memory, sums)
        if away.silent[s]:
            lay_out_elsewhere(away.sources[s], away.begun, usable[s], first, last, sums)
        for w in range(len(WINDOWS)):
            step = min(WINDOWS[w], 24)
            for t in range(day * 24 + step - 1, last, step):
                end = t + 1 - first
                begin = end - WINDOWS[w]
                usual = sums[1, end] - sums[1, begin] if begin >= 0 else 0.0
                if usual <= 0.0:
                    continue
                b = bin_of(usual)
                n_references = N_REFERENCES if away.silent[s] and away.apart[t - day * 24] else ELSEWHERE
                for reference in range(n_references):
                    row = 3 if reference == ELSEWHERE else 0
                    count = sums[row, end] - sums[row, begin]
                    raw = usual * (lift(sums[2, begin], WINDOWS[w], memory[2]) if reference == RECENT else 1.0)
                    mean = raw * lean[reference, w, b]
                    capped, excess = _excess(count, mean, pool[reference, w, b], floor)
                    factor = 1.0 if reference == RECENT else wider[s]
                    gained[reference, w, b, 0] += excess
                    gained[reference, w, b, 1] += factor * mean * mean
                    gained[reference, w, b, 2] += capped
                    gained[reference, w, b, 3] += raw
                    own[s, reference, w, 0] += excess
                    own[s, reference, w, 1] += factor * mean * mean
