"""
The search through all series, day by day, knowing at every hour only what came before.

Does not judge what it finds (isdas.detect.judge).
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from isdas.detect.activity import Activity, Grid, effective
from isdas.detect.baseline import Rates, rates
from isdas.detect.calibration import Calibration, adjusted, strata, thresholds
from isdas.detect.config import Config
from isdas.detect.dispersion import Spread, bins
from isdas.detect.incidents import Incident, Ledger
from isdas.detect.profile import shapes
from isdas.detect.rise import Rise
from isdas.detect.scan import DAY_WINDOW, LOOK_BACK, RECENT, USUAL, WINDOWS, lay_out, learn, lift, scan
from isdas.model.port import Port

LEARN_DAYS = 4
"""Baseline days from which a series is scanned to learn its spread, before anything may be called."""

LAG_DAYS = 7
"""Days after which a day's residuals are learnt from."""

BEFORE_HOURS = 240
"""Hours before its detection that a rise tells of."""

AFTER_HOURS = 14 * 24
"""Hours after its detection that a rise tells of at most."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one day was expected to be, kept until it is learnt from; arrays by series as in `Search`."""

    day: int
    rate: npt.NDArray[np.float64]
    shape: npt.NDArray[np.float64]
    pool: npt.NDArray[np.float64]
    lean: npt.NDArray[np.float64]
    skip: npt.NDArray[np.bool_]
    maxima: npt.NDArray[np.float64]
    stratum: npt.NDArray[np.int64]


@dataclass(slots=True)
class Search:
    """
    Everything that the search knows at one moment.

    Attributes:
        grid: the counts in whole days.
        exposure: float64[days * 24], effective.
        day_counts, day_exposure: float64[k, days], usable totals.
        floor: int64[k], first day that a series' baseline may use (moved by a settled incident).
        shape: float64[k, 168].
        frozen: rates per series; those of open incidents stay as they were.
    """

    grid: Grid
    config: Config
    exposure: npt.NDArray[np.float64]
    day_counts: npt.NDArray[np.float64]
    day_exposure: npt.NDArray[np.float64]
    floor: npt.NDArray[np.int64]
    shape: npt.NDArray[np.float64]
    frozen: Rates
    spread: Spread
    calibration: Calibration
    ledger: Ledger
    lessons: deque[Lesson] = field(default_factory=deque)

    @classmethod
    def of(cls, activity: Activity, config: Config) -> "Search":
        """Before the first hour."""
        grid, k = Grid.of(activity), len(activity.keys)
        exposure = effective(grid.exposure)
        return cls(
            grid,
            config,
            exposure,
            grid.counts.reshape(k, -1, 24).sum(2, dtype=np.float64),
            np.repeat(exposure.reshape(-1, 24).sum(1)[None, :], k, axis=0),
            np.zeros(k, np.int64),
            np.ones((k, 168)),
            Rates(np.zeros(k), np.full(k, 0.5), np.zeros(k)),
            Spread.of(k, config),
            Calibration.of(),
            Ledger(),
        )

    def look(self, day: int) -> None:
        """Take in one more day: baselines as of its midnight, scores of its hours, incidents, lessons."""
        known = self._refresh(day)
        if not known.any():
            return
        k = len(known)
        best, daily, which = np.empty((k, 24)), np.empty((k, 24)), np.empty((k, 24), np.int64)
        is_open = self._is_open()
        pool, lean = self.spread.pool(), self.spread.lean()
        week = self.grid.weekday * 24
        state = (self.exposure, self.shape, np.where(known, self.frozen.rate, 0.0))
        cells = (self.grid.counts, self.grid.usable)
        scan(
            *cells, *state, self.frozen.support, is_open, day, week, self.spread.memory, pool, lean,
            self.spread.own, self.config.least_sources, best, which, daily,
        )  # fmt: skip
        stratum = strata(self.frozen.rate * self._day_exposure(day))
        nominal = adjusted(best)
        score = self.calibration.recalibrated(nominal, np.repeat(stratum[:, None], 24, axis=1))
        asked = thresholds(np.bincount(stratum[known], minlength=4), self.config)[stratum]
        self._call(day, score, which, asked, is_open)
        self._follow(day, daily)
        busy = self._is_open() | is_open | ~known
        self.lessons.append(Lesson(day, state[2], self.shape, pool, lean, busy, nominal.max(axis=1), stratum))
        if len(self.lessons) > LAG_DAYS:
            self._learn(self.lessons.popleft())

    def _learn(self, lesson: Lesson) -> None:
        """
        Learn spreads and tails from a day that is long enough past to know whether it belonged to an incident.

        Were it learnt at once, a rise would teach its own spread and hide behind it before it could be called.
        """
        hours = slice(lesson.day * 24, lesson.day * 24 + 24)
        told = (self.grid.usable[:, hours] != (self.grid.exposure[hours] > 0)).any(axis=1)
        skip = lesson.skip | told
        self.spread.forget()
        learn(
            self.grid.counts, self.grid.usable, self.exposure, lesson.shape, lesson.rate, skip, lesson.day,
            self.grid.weekday * 24, self.spread.memory, lesson.pool, lesson.lean, float(self.config.least_sources),
            self.spread.sums, self.spread.own,
        )  # fmt: skip
        self.calibration.learn(lesson.maxima[~skip], lesson.stratum[~skip])

    def _refresh(self, day: int) -> npt.NDArray[np.bool_]:
        """Learn rates and shapes from before *day*; which series have enough of a past to be scanned."""
        config = self.config
        high = max(0, day - config.excluded_days)
        low = max(0, high - config.baseline_days)
        if high - low < LEARN_DAYS:
            return np.zeros(len(self.floor), np.bool_)
        within = np.arange(low, high)[None, :] >= self.floor[:, None]
        exposure = self.day_exposure[:, low:high] * within
        per_day = self.frozen.rate * self._day_exposure(day)
        variance = self.spread.pool()[USUAL, DAY_WINDOW][bins(per_day)]
        fresh = rates(self.day_counts[:, low:high] * within, exposure, variance)
        # A mean over few days of a wandering rate is itself uncertain; over all of them, spreads have learnt it.
        span = 2.0 * config.slow_hours / 24.0
        short = config.slow_sd**2 * np.maximum(span / np.maximum(fresh.days, 1) - span / config.baseline_days, 0.0)
        support = 1.0 / (1.0 / fresh.support + short)
        keep = self._is_open()
        self.frozen = Rates(
            np.where(keep, self.frozen.rate, fresh.rate),
            np.where(keep, self.frozen.support, support),
            np.where(keep, self.frozen.days, fresh.days),
        )
        if day % 7 == 0 or high - low == LEARN_DAYS:
            self._reshape(low, high)
        return np.asarray(self.frozen.days >= LEARN_DAYS)

    def _is_open(self) -> npt.NDArray[np.bool_]:
        return np.isin(np.arange(len(self.floor)), list(self.ledger.current))

    def _reshape(self, low: int, high: int) -> None:
        """Learn the shapes of the week anew, from days low..high - 1."""
        k, n_days = len(self.floor), high - low
        hours = slice(low * 24, high * 24)
        usable = self.grid.usable[:, hours]
        by_hour = (self.grid.counts[:, hours] * usable).reshape(k, n_days, 24)
        seen = (usable * self.exposure[hours]).reshape(k, n_days, 24)
        weekday = (self.grid.weekday + np.arange(low, high)) % 7
        counts, exposure = np.zeros((k, 7, 24)), np.zeros((k, 7, 24))
        for w in range(7):
            counts[:, w] = by_hour[:, weekday == w].sum(1)
            exposure[:, w] = seen[:, weekday == w].sum(1)
        self.shape = shapes(counts, exposure, n_days, self.config.hourly_variance + self.config.slow_sd**2)

    def _day_exposure(self, day: int) -> float:
        """Effective sensor-hours of a usual recent day, for sorting series into strata."""
        past = self.exposure[max(0, day - 7) * 24 : max(day, 1) * 24]
        live = past[past > 0]
        return 24.0 * float(live.mean()) if len(live) else 24.0

    def _call(
        self,
        day: int,
        score: npt.NDArray[np.float64],
        which: npt.NDArray[np.int64],
        asked: npt.NDArray[np.float64],
        is_open: npt.NDArray[np.bool_],
    ) -> None:
        """Open an incident for each series that reaches its threshold, at the first hour that does."""
        enough = (self.frozen.days >= self.config.history_days) & ~is_open
        reached = (score >= asked[:, None]) & enough[:, None]
        for s in np.flatnonzero(reached.any(axis=1)).tolist():
            at = int(reached[s].argmax())
            incident = self._incident(s, day * 24 + at, int(which[s, at]), float(score[s, at]), float(asked[s]))
            self.ledger.call(incident, self.config.rejoin_hours)
            self._use(s, incident.begin, day * 24 + 24, usable=False)

    def _incident(self, s: int, hour: int, which: int, score: float, asked: float) -> Incident:
        """What the scan saw at *hour*, computed again for this one window so that it can be told."""
        reference, window = divmod(which, len(WINDOWS))
        begin = hour + 1 - int(WINDOWS[window])
        hours = np.arange(max(begin, 0), hour + 1)
        week = (self.grid.weekday * 24 + hours) % 168
        usable = self.grid.usable[s, hours]
        usual = float((self.frozen.rate[s] * self.exposure[hours] * self.shape[s, week])[usable].sum())
        mean = usual * float(self.spread.lean()[reference, window, bins(np.array([usual]))[0]])
        mean *= self._lifted(s, begin, int(WINDOWS[window])) if reference == RECENT else 1.0
        support = float(self.frozen.support[s])
        return Incident(
            series=s,
            hour=hour,
            begin=begin,
            which=which,
            score=score,
            threshold=asked,
            observed=int(self.grid.counts[s, hours][usable].sum()),
            usual=usual,
            mean=mean,
            variance=self.spread.variance(s, which, usual, mean, support),
            support=support,
            rate=float(self.frozen.rate[s]),
            shape=self.shape[s].copy(),
            hourly=self.spread.variance(s, RECENT * len(WINDOWS), usual / len(hours), usual / len(hours), support),
        )

    def _lifted(self, s: int, begin: int, window: int) -> float:
        """How far the level just before hour *begin* lifts what *window* hours from then let expect."""
        first = max(0, begin - LOOK_BACK)
        sums = np.empty((3, begin - first + 1))
        lay_out(
            self.grid.counts[s], self.grid.usable[s], self.exposure, self.shape[s], self.frozen.rate[s],
            first, begin, self.grid.weekday * 24, self.spread.memory, sums,
        )  # fmt: skip
        return float(lift(sums[2, -1], window, self.spread.memory[2]))

    def _follow(self, day: int, daily: npt.NDArray[np.float64]) -> None:
        """End what is over, settle what has lasted, and keep the hours of the rest out of later baselines."""
        for s, incident in list(self.ledger.current.items()):
            earliest = max(day * 24, incident.hour + 24)
            hours = np.arange(earliest, day * 24 + 24)
            over = (daily[s, hours - day * 24] < self.config.end_score) & (self.grid.exposure[hours] > 0)
            if over.any():
                end = int(hours[over.argmax()])
                self._use(s, day * 24, end, usable=False)
                self.ledger.close(s, end)
            elif day * 24 - incident.hour >= self.config.settle_days * 24:
                self.ledger.close(s, day * 24, settled=True)
                self.floor[s] = max(0, incident.begin // 24)
                self._use(s, max(0, incident.begin), day * 24 + 24, usable=True)
            else:
                self._use(s, day * 24, day * 24 + 24, usable=False)

    def _use(self, s: int, begin: int, end: int, *, usable: bool) -> None:
        """Take hours of a series into its baseline or out of it."""
        begin = max(begin, 0)
        self.grid.usable[s, begin:end] = usable & (self.grid.exposure[begin:end] > 0)
        days = np.arange(begin // 24, -(-end // 24))
        hours = slice(begin // 24 * 24, -(-end // 24) * 24)
        mask = self.grid.usable[s, hours]
        self.day_counts[s, days] = (self.grid.counts[s, hours] * mask).reshape(-1, 24).sum(1)
        self.day_exposure[s, days] = (self.exposure[hours] * mask).reshape(-1, 24).sum(1)

    def rise(self, incident: Incident, keys: tuple[Port, ...]) -> Rise:
        """The incident in calendar time, with the hours around it."""
        first = max(0, incident.hour + 1 - BEFORE_HOURS)
        last = min(self.grid.n_hours, incident.hour + 1 + AFTER_HOURS, *([incident.end] if incident.end else []))
        hours = np.arange(first, max(last, incident.hour + 1))
        shape = incident.shape[(self.grid.weekday * 24 + hours) % 168]
        reference, window = divmod(incident.which, len(WINDOWS))
        return Rise(
            port=keys[incident.series],
            hour=self.grid.hour(incident.hour),
            window_hours=int(WINDOWS[window]),
            reference=("usual", "recent")[reference],
            score=incident.score,
            threshold=incident.threshold,
            observed=incident.observed,
            baseline=incident.usual,
            expected=incident.mean,
            variance=incident.variance,
            support=incident.support,
            ended=None if incident.end is None else self.grid.hour(incident.end),
            settled=incident.settled,
            begin=self.grid.hour(first),
            counts=self.grid.counts[incident.series, hours],
            means=incident.rate * self.exposure[hours] * shape,
            hourly_variance=incident.hourly,
            slow_sd=self.config.slow_sd,
        )
