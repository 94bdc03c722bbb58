"""
The search through all series, day by day, knowing at every hour only what came before.

Does not judge what it finds (isdas.detect.judge).
"""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from isdas.detect.activity import Activity
from isdas.detect.baseline import PRIOR, Rates, rates
from isdas.detect.calibration import SILENT, SPARSE, Calibration, adjusted, strata, thresholds
from isdas.detect.config import Config
from isdas.detect.dispersion import Spread, bins, widened
from isdas.detect.gradual import gradual, held
from isdas.detect.grid import RING, Grid
from isdas.detect.incidents import Incident, Ledger
from isdas.detect.profile import N_FACTORS, of_hours, of_week, shapes
from isdas.detect.rise import REFERENCES, Rise
from isdas.detect.scan import DAY_WINDOW, LOOK_BACK, RECENT, USUAL, WINDOWS, Elsewhere, lay_out, learn, lift, scan
from isdas.model.port import Port

LEARN_DAYS = 4
"""Baseline days from which a series is scanned to learn its spread, before anything may be called."""

LATELY = 4
"""Days for which a series has been quiet before it is a silent one, held against what came elsewhere: as many as its
longest window reaches into, so that of all other series nobody needs to know."""

LAG_DAYS = 7
"""Days after which a day's residuals are learnt from."""

BEFORE_HOURS = 240
"""Hours before its detection that a rise tells of."""

AFTER_HOURS = 14 * 24
"""Hours after its detection that a rise tells of at most."""


_PART = 4096
"""Series below which it does not pay to share the work among threads."""


def kept_days(config: Config) -> int:
    """Days before today that the search reads: those of the baseline, and those that it leaves out."""
    return config.baseline_days + config.excluded_days + 1


def in_parts(work: Callable[[slice], None], n: int) -> None:
    """Do *work* on n series, on all cores if they are many; each is worked on alone, so the result is the same."""
    threads = min(os.cpu_count() or 1, n // _PART)
    if threads < 2:
        work(slice(0, n))
        return
    edges = np.linspace(0, n, threads * 4 + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, (slice(*pair) for pair in pairwise(edges.tolist()))))


@dataclass(frozen=True, slots=True)
class Lesson:
    """
    What one day was expected to be, kept until it is learnt from; arrays by series as in `Search`.

    Attributes:
        quiet: bool[k], series that saw next to nothing; silent are those that were so for LATELY days before, too.
    """

    day: int
    rate: npt.NDArray[np.float64]
    wider_by: npt.NDArray[np.float64]
    shape: npt.NDArray[np.float32]
    unseen: float
    pool: npt.NDArray[np.float64]
    lean: npt.NDArray[np.float64]
    skip: npt.NDArray[np.bool_]
    called: npt.NDArray[np.bool_]
    maxima: npt.NDArray[np.float64]
    stratum: npt.NDArray[np.int64]
    quiet: npt.NDArray[np.bool_]

    def wider(self, n_new: int) -> "Lesson":
        """The same with series that were not known that day."""
        if not n_new:
            return self
        return replace(
            self,
            rate=np.pad(self.rate, (0, n_new)),
            wider_by=np.pad(self.wider_by, (0, n_new), constant_values=1.0),
            shape=np.concatenate([self.shape, np.ones((n_new, N_FACTORS), np.float32)]),
            skip=np.pad(self.skip, (0, n_new), constant_values=True),
            called=np.pad(self.called, (0, n_new)),
            maxima=np.pad(self.maxima, (0, n_new)),
            stratum=np.pad(self.stratum, (0, n_new)),
            quiet=np.pad(self.quiet, (0, n_new), constant_values=True),
        )


@dataclass(slots=True)
class Search:
    """
    Everything that the search knows at one moment; it is fed with one day after the other.

    Attributes:
        grid: the counts of the days that are still needed.
        born: bool[k], series that ever had `Config.least_sources` source-hours; others are not looked at.
        floor: int64[k], first day that a series' baseline may use (moved by a settled incident).
        shape: float32[k, 31], see `isdas.detect.profile.shapes`.
        frozen: rates per series; those of open incidents stay as they were.
        unseen: what the rate of a port never seen is taken to be, source-hours per sensor-hour.
        forgot: whether anything was ever let go.
    """

    config: Config
    grid: Grid
    born: npt.NDArray[np.bool_]
    floor: npt.NDArray[np.int64]
    shape: npt.NDArray[np.float32]
    frozen: Rates
    spread: Spread
    calibration: Calibration
    ledger: Ledger
    lessons: deque[Lesson] = field(default_factory=deque)
    unseen: float = 0.0
    forgot: bool = False

    @classmethod
    def of(cls, start: np.datetime64, config: Config) -> "Search":
        """Before the first hour, which is *start*."""
        return cls(
            config,
            Grid.of(start, kept_days(config)),
            np.zeros(0, np.bool_),
            np.zeros(0, np.int64),
            np.ones((0, N_FACTORS), np.float32),
            Rates(np.zeros(0), np.zeros(0), np.zeros(0)),
            Spread.of(0, config),
            Calibration.of(),
            Ledger(),
        )

    @property
    def end(self) -> np.datetime64:
        """The first hour that it has not looked at."""
        return self.grid.hour(self.grid.n_hours)

    @property
    def tells_from(self) -> np.datetime64 | None:
        """The first hour whose detections it still knows; None if it knows all."""
        return self.grid.hour(BEFORE_HOURS) if self.forgot else None

    def look(self, today: Activity) -> list[Rise]:
        """
        Take in hours of the next day: baselines as of its midnight, scores of its hours, incidents, lessons.

        Args:
            today: what `Grid.take` takes. Only a whole day can be followed by another.

        Returns:
            Rises that were over so long ago that the search now forgets them; told as they ended.
        """
        gone = self._let_go()
        self._welcome(self.grid.take(self._asked(today)))
        self.born |= self.grid.total >= self.config.least_sources
        day = self.grid.n_days - 1
        known = self._refresh(day)
        if known.any():
            self._scan(day, known)
        return gone

    @property
    def loud(self) -> tuple[Port, ...]:
        """Ports that were not quiet on the last day: of the next, nobody asks what came to them elsewhere."""
        if not self.lessons:
            return ()
        return tuple(self.grid.keys[i] for i in np.flatnonzero(~self.lessons[-1].quiet))

    def _asked(self, today: Activity) -> Activity:
        """The same with nothing elsewhere for ports that are loud, whether or not somebody has read it."""
        if today.elsewhere is None:
            return today
        loud = frozenset(self.loud)
        quiet = np.array([key not in loud for key in today.keys], np.bool_)
        return replace(today, elsewhere=today.elsewhere * quiet[:, None])

    def _lately_quiet(self, quiet: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which series are *quiet* and were so on the LATELY days before; those that were not known were."""
        lately = quiet.copy()
        for lesson in list(self.lessons)[-LATELY:]:
            lately[: len(lesson.quiet)] &= lesson.quiet
        return lately

    def _let_go(self) -> list[Rise]:
        """Forget the weeks that nothing refers to any more, and incidents of them."""
        days = self.grid.due()
        if not days:
            return []
        old = [one for one in self.ledger.incidents if one.hour < days * 24 + BEFORE_HOURS]
        gone = [self.rise(one) for one in old]
        self.ledger.let_go(old, days * 24)
        self.lessons = deque(replace(lesson, day=lesson.day - days) for lesson in self.lessons)
        self.floor = np.maximum(self.floor - days, 0)
        self.grid.let_go(days)
        self.forgot = True
        return gone

    def _welcome(self, n_new: int) -> None:
        """State for series that were never seen before."""
        if not n_new:
            return
        self.born = np.pad(self.born, (0, n_new))
        self.floor = np.pad(self.floor, (0, n_new))
        self.shape = np.concatenate([self.shape, np.ones((n_new, N_FACTORS), np.float32)])
        rate, support, days = self.frozen.rate, self.frozen.support, self.frozen.days
        self.frozen = Rates(
            np.pad(rate, (0, n_new)), np.pad(support, (0, n_new), constant_values=PRIOR), np.pad(days, (0, n_new))
        )
        self.spread.welcome(n_new)

    def _scan(self, day: int, known: npt.NDArray[np.bool_]) -> None:
        """Score the hours of *day*, call what reached its threshold, follow what is open, learn from a week ago."""
        k = len(known)
        best, daily, which = np.zeros((k, 24)), np.zeros((k, 24)), np.zeros((k, 24), np.int8)
        is_open = self._is_open()
        pool, lean, wider = self.spread.pool(), self.spread.lean(), widened(self.frozen.days, self.config)
        rate = np.where(known, self.frozen.rate, 0.0)
        stratum = strata(self.frozen.rate * self._day_exposure(day))
        quiet = stratum == SILENT
        stratum[quiet & ~self._lately_quiet(quiet)] = SPARSE
        away = Elsewhere(self.grid.elsewhere, self.grid.place(0), stratum == SILENT, self.grid.known_apart(day))

        def some(rows: slice) -> None:
            scan(
                self.grid.counts[rows], self.grid.usable[rows], self.grid.exposure, self.shape[rows], rate[rows],
                self.frozen.support[rows], wider[rows], is_open[rows], away.of(rows), day, self.grid.weekday * 24,
                self.spread.memory, pool, lean, self.spread.own[rows], self.config.least_sources, best[rows],
                which[rows], daily[rows],
            )  # fmt: skip

        in_parts(some, k)
        nominal = adjusted(best)
        score = self.calibration.recalibrated(nominal, np.broadcast_to(stratum[:, None], nominal.shape))
        asked = thresholds(np.bincount(stratum[known], minlength=4), self.config)[stratum]
        self._call(day, score, which, asked, is_open)
        self._follow(day, daily)
        self._slow(day, known)
        called = known & ~is_open & (score >= asked[:, None]).any(axis=1)
        busy = self._is_open() | is_open | ~known
        self.lessons.append(
            Lesson(
                day, rate, wider, self.shape, self.unseen, pool, lean, busy, called, nominal.max(axis=1), stratum, quiet
            )
        )
        if len(self.lessons) > LAG_DAYS:
            self._learn(self.lessons.popleft())

    def _learn(self, lesson: Lesson) -> None:
        """
        Learn spreads and tails from a day that is long enough past to know whether it belonged to an incident.

        Were it learnt at once, a rise would teach its own spread and hide behind it before it could be called.
        """
        lesson = lesson.wider(len(self.floor) - len(lesson.rate))
        hours = slice(lesson.day * 24, lesson.day * 24 + 24)
        told = (self.grid.usable[:, hours] != (self.grid.live[hours] > 0)).any(axis=1)
        skip = lesson.skip | told
        self.spread.forget()
        silent, apart = lesson.stratum == SILENT, self.grid.known_apart(lesson.day)
        learn(
            self.grid.counts, self.grid.usable, self.grid.exposure, lesson.shape, lesson.rate, lesson.wider_by, skip,
            Elsewhere(self.grid.elsewhere, self.grid.place(0), silent, apart), lesson.day, self.grid.weekday * 24,
            self.spread.memory, lesson.pool, lesson.lean, float(self.config.least_sources), self.spread.sums,
            self.spread.own,
        )  # fmt: skip
        # The day of a call counts for the tail: left out, no false alarm would ever teach that such scores happen.
        counted = ~skip | lesson.called
        n_unseen = max(self.config.n_series - int(counted.sum()), 0)
        self._learn_of_unseen(lesson, n_unseen)
        self.calibration.learn(lesson.maxima[counted], lesson.stratum[counted], n_unseen)

    def _learn_of_unseen(self, lesson: Lesson, n_unseen: int) -> None:
        """
        Learn the spread of ports hardly ever seen, all at once: they share their expectation and had no sources.

        Left out, a port would be held against those alone that were seen at some time, chosen for their bursts.
        """
        apart, one = self.grid.known_apart(lesson.day), np.ones(1, np.bool_)
        gained = np.zeros_like(self.spread.sums)
        own = np.zeros((1, *self.spread.own.shape[1:]), np.float32)
        learn(
            np.zeros((1, len(self.grid.live)), np.int32), self.grid.live[None] > 0, self.grid.exposure,
            np.ones((1, N_FACTORS), np.float32), np.array([lesson.unseen]), np.ones(1), ~one,
            Elsewhere(np.zeros((1, RING), np.uint8), self.grid.place(0), one, apart), lesson.day,
            self.grid.weekday * 24, self.spread.memory, lesson.pool, lesson.lean, float(self.config.least_sources),
            gained, own,
        )  # fmt: skip
        self.spread.sums += n_unseen * gained

    def _refresh(self, day: int) -> npt.NDArray[np.bool_]:
        """Learn rates and shapes from before *day*; which series have enough of a past to be scanned."""
        config = self.config
        high = max(0, day - config.excluded_days)
        low = max(0, high - config.baseline_days)
        if high - low < LEARN_DAYS or not len(self.grid):
            return np.zeros(len(self.floor), np.bool_)
        within = np.arange(low, high)[None, :] >= self.floor[:, None]
        exposure = self.grid.day_exposure[:, low:high] * within
        per_day = self.frozen.rate * self._day_exposure(day)
        variance = self.spread.pool()[USUAL, DAY_WINDOW][bins(per_day)]
        self.unseen = PRIOR / max(float(self.grid.exposure[low * 24 : high * 24].sum()), 1e-9)
        fresh = rates(self.grid.day_counts[:, low:high] * within, exposure, variance)
        keep = self._is_open()
        self.frozen = Rates(
            np.where(keep, self.frozen.rate, fresh.rate),
            np.where(keep, self.frozen.support, fresh.support),
            np.where(keep, self.frozen.days, fresh.days),
        )
        if day % 7 == 0 or high - low == LEARN_DAYS:
            self._reshape(low, high)
        return np.asarray((self.frozen.days >= LEARN_DAYS) & self.born)

    def _is_open(self) -> npt.NDArray[np.bool_]:
        return np.isin(np.arange(len(self.floor)), list(self.ledger.current))

    def _reshape(self, low: int, high: int) -> None:
        """Learn the shapes of the week anew, from days low..high - 1."""
        k = len(self.floor)
        counts, exposure = np.zeros((k, N_FACTORS)), np.zeros((k, N_FACTORS))
        of_week(self.grid.counts, self.grid.usable, self.grid.exposure, low, high, self.grid.weekday, counts, exposure)
        noise = self.config.hourly_variance + self.config.slow_sd**2
        self.shape = shapes(counts, exposure, high - low, noise).astype(np.float32)

    def _day_exposure(self, day: int) -> float:
        """Effective sensor-hours of a usual recent day, for sorting series into strata."""
        past = self.grid.exposure[max(0, day - 7) * 24 : max(day, 1) * 24]
        live = past[past > 0]
        return 24.0 * float(live.mean()) if len(live) else 24.0

    def _call(
        self,
        day: int,
        score: npt.NDArray[np.float64],
        which: npt.NDArray[np.int8],
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
            self.grid.use(s, incident.begin, day * 24 + 24, usable=False)

    def _slow(self, day: int, known: npt.NDArray[np.bool_]) -> None:
        """Once a day is whole: what has grown over weeks or vanished since days."""
        if self.grid.n_hours % 24:
            return
        candidates = known & (self.frozen.days >= self.config.history_days)
        for one in gradual(self.grid, day, candidates, self.shape, self.ledger.incidents, self.config):
            if one.change == "fall":
                self.ledger.incidents.append(one)
                continue
            if one.series in self.ledger.current:
                self.ledger.close(one.series, one.hour + 1)
            # A ramp is an incident of its own, even if something rose within it.
            self.ledger.call(one, rejoin_hours=-one.hour - 1)
            self.frozen.rate[one.series] = one.rate
            self.grid.use(one.series, one.begin, day * 24 + 24, usable=False)

    def _incident(self, s: int, hour: int, which: int, score: float, asked: float) -> Incident:
        """What the scan saw at *hour*, computed again for this one window so that it can be told."""
        reference, window = divmod(which, len(WINDOWS))
        begin = hour + 1 - int(WINDOWS[window])
        hours = np.arange(max(begin, 0), hour + 1)
        week = of_hours(self.shape[s], self.grid.weekday * 24 + hours)
        usable = self.grid.usable[s, hours]
        usual = float((self.frozen.rate[s] * self.grid.exposure[hours] * week)[usable].sum())
        mean = usual * float(self.spread.lean()[reference, window, bins(np.array([usual]))[0]])
        mean *= self._lifted(s, begin, int(WINDOWS[window])) if reference == RECENT else 1.0
        support = float(self.frozen.support[s])
        hourly = self.spread.variance(s, RECENT * len(WINDOWS), usual / len(hours), usual / len(hours), support)
        wider = 1.0 if reference == RECENT else float(widened(self.frozen.days[s : s + 1], self.config)[0])
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
            variance=self.spread.variance(s, which, usual, mean, support, wider),
            support=support,
            rate=float(self.frozen.rate[s]),
            shape=self.shape[s].astype(np.float64),
            hourly=hourly,
            slow_sd=self.spread.slow_sd(s, hourly, 24.0 * usual / len(hours)),
        )

    def _lifted(self, s: int, begin: int, window: int) -> float:
        """How far the level just before hour *begin* lifts what *window* hours from then let expect."""
        first = max(0, begin - LOOK_BACK)
        sums = np.empty((3, begin - first + 1))
        lay_out(
            self.grid.counts[s], self.grid.usable[s], self.grid.exposure, self.shape[s], self.frozen.rate[s],
            first, begin, self.grid.weekday * 24, self.spread.memory, sums,
        )  # fmt: skip
        return float(lift(sums[2, -1], window, self.spread.memory[2]))

    def _follow(self, day: int, daily: npt.NDArray[np.float64]) -> None:
        """End what is over, settle what has lasted, and keep the hours of the rest out of later baselines."""
        for s, incident in list(self.ledger.current.items()):
            earliest = max(day * 24, incident.hour + 24)
            hours = np.arange(earliest, day * 24 + 24)
            over = (daily[s, hours - day * 24] < self.config.end_score) & (self.grid.live[hours] > 0)
            if incident.change == "ramp" and held(self.grid, incident, day):
                over[:] = False
            if over.any():
                end = int(hours[over.argmax()])
                self.grid.use(s, day * 24, end, usable=False)
                self.ledger.close(s, end)
            elif day * 24 - incident.hour >= self.config.settle_days * 24:
                self.ledger.close(s, day * 24, settled=True)
                self.floor[s] = max(0, incident.begin // 24)
                self.grid.use(s, max(0, incident.begin), day * 24 + 24, usable=True)
            else:
                self.grid.use(s, day * 24, day * 24 + 24, usable=False)

    def rises(self) -> list[Rise]:
        """What it has called and not yet forgotten, in the order in which it was called."""
        return [self.rise(one) for one in self.ledger.incidents]

    def rise(self, incident: Incident) -> Rise:
        """The incident in calendar time, with the hours around it."""
        first = max(0, min(incident.hour + 1 - BEFORE_HOURS, incident.begin - BEFORE_HOURS * (incident.days > 0)))
        last = min(self.grid.n_hours, incident.hour + 1 + AFTER_HOURS, *([incident.end] if incident.end else []))
        hours = np.arange(first, max(last, incident.hour + 1))
        shape = of_hours(incident.shape, self.grid.weekday * 24 + hours)
        reference, window = divmod(incident.which, len(WINDOWS))
        return Rise(
            port=self.grid.keys[incident.series],
            hour=self.grid.hour(incident.hour),
            window_hours=incident.days * 24 or int(WINDOWS[window]),
            reference=REFERENCES[reference],
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
            means=incident.rate * self.grid.exposure[hours] * shape,
            hourly_variance=incident.hourly,
            slow_sd=incident.slow_sd,
            change=incident.change,
        )
