"""Running detectors over worlds, and what came of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from bench.surges.baselines import BASELINES
from bench.surges.variants import found
from bench.surges.world import N_HOURS, START, WARM_UP, Plant, World

from isdas.detect.config import Config
from isdas.detect.find import find
from isdas.detect.gather import gather
from isdas.detect.judge import since_when
from isdas.model.surge import Surge
from isdas.model.time import moment

Floats = npt.NDArray[np.float64]
Call = tuple[int, int]
"""A port and the hour (from START) at which it could be called."""

CLUSTER_HOURS = 72
"""Calls of a port within so many hours of the last one are the same alarm."""

PATIENCE_HOURS = 21 * 24
"""A call later than that after an onset is not of it."""


def hours(when: np.datetime64) -> int:
    """Whole hours since START."""
    return int((when - START) / np.timedelta64(1, "h"))


@dataclass
class Tally:
    """
    What came of one detector.

    Attributes:
        weeks: watched.
        false: alarms on what was not planted, or before it was.
        planted, delays: by name; hours from the onset to the first call.
        verdicts: of negative controls, by name.
    """

    weeks: float = 0.0
    false: int = 0
    planted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    delays: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, world: World, calls: Iterable[Call], *, warm_up: int = WARM_UP) -> None:
        """Count the calls of one world; those in the warm-up are passed over."""
        self.weeks += (N_HOURS - warm_up) / 168
        for plant in world.plants.values():
            self.planted[plant.name] += 1
        last: dict[int, int] = {}
        seen: set[int] = set()
        for port, hour in sorted(calls, key=lambda call: call[1]):
            if hour < warm_up:
                continue
            again = hour - last.get(port, -(1 << 30)) <= CLUSTER_HOURS
            last[port] = hour
            plant = world.plants.get(port)
            delay = hour - plant.onset if plant else -1
            if plant and delay >= 0:
                if port not in seen and delay <= PATIENCE_HOURS:
                    seen.add(port)
                    self.delays[plant.name].append(delay)
            elif not again:
                self.false += 1

    @property
    def false_per_week(self) -> float:
        """Alarms a week that should not be."""
        return self.false / max(self.weeks, 1e-9)

    def recall(self, name: str) -> float:
        """Share of the planted that was called."""
        return len(self.delays[name]) / max(self.planted[name], 1)

    def median(self, name: str) -> float:
        """Median delay in hours; NaN if nothing was called."""
        return float(np.median(self.delays[name])) if self.delays[name] else float("nan")


def ours(world: World, config: Config) -> list[Surge]:
    """Our surges, judged a day after each detection."""
    return gather(find(world.activity(), config), world.evidence, config)


def dated(world: World, config: Config) -> list[tuple[Plant, int, int]]:
    """
    What was planted and called, with the onset interval told a day after the first call (hours from START, half-open).
    """
    told, seen = [], set()
    for rise in sorted(find(world.activity(), config), key=lambda rise: rise.hour):
        port, called = rise.port.number, hours(rise.hour + 1)
        plant = world.plants.get(port)
        if plant is None or port in seen or called < max(plant.onset, WARM_UP):
            continue
        seen.add(port)
        found, begin = since_when(rise, world.evidence(rise), config), hours(rise.begin)
        told.append((plant, begin + found.low, begin + found.high + 1))
    return told


def broad(surges: Iterable[Surge]) -> list[Call]:
    """The calls that ask for an alert."""
    return [(int(s.port.split("/")[0]), hours(moment(s.detected_at))) for s in surges if s.verdict == "broad"]


def variant(world: World, config: Config, name: str) -> list[Call]:
    """The calls of our detector with a part left out, judged as ours are."""
    return broad(gather(found(world.activity(), config, name), world.evidence, config))


def scores(world: World, name: str) -> Floats:
    """A baseline's scores for every port and hour."""
    return BASELINES[name][0](world.counts.astype(np.float64))


def calls(score: Floats, threshold: float) -> list[Call]:
    """Every hour at whose end a score is above a threshold; an alarm that lasts is called again and again."""
    with np.errstate(invalid="ignore"):
        port, hour = np.nonzero(score > threshold)
    return list(zip(port.tolist(), (hour + 1).tolist(), strict=True))


def equal_threshold(found: Sequence[tuple[World, Floats]], per_week: float) -> float:
    """The threshold at which a baseline gives *per_week* false alarms over some worlds in which nothing is planted."""
    weeks = sum((N_HOURS - 28 * 24) / 168 for _ in found)
    wanted = max(int(per_week * weeks), 1)
    peaks = np.sort(np.concatenate([_clusters(score) for _, score in found]))[::-1]
    return float(peaks[min(wanted, len(peaks) - 1)])


def _clusters(score: Floats) -> Floats:
    """The largest score of each port in each stretch of three days: about what declustered alarms would be."""
    from_day = np.where(np.isnan(score), -np.inf, score)[:, 28 * 24 :]
    n = from_day.shape[1] // CLUSTER_HOURS * CLUSTER_HOURS
    return np.asarray(from_day[:, :n].reshape(len(score), -1, CLUSTER_HOURS).max(axis=2).ravel())
