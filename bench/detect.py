"""
How good the detector is on a simulation of its own: recall, delay, false surges a week, onset coverage, seconds.

Twelve sensors over eight weeks. Every port's log rate wanders (AR(1), sd 0.3, 48 hours) under a daily rhythm, and
hours are negative binomial (alpha 0.1). Independent of isdas.simulate, which makes packets; this makes counts.

    python bench/detect.py [first seed] [number of seeds] [sd of the log rate] [false_per_week]
"""

import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.find import Rise, find
from isdas.detect.gather import gather
from isdas.model.columns import Capability
from isdas.model.port import Port
from isdas.model.surge import Surge
from isdas.model.time import moment

N_SENSORS, N_HOURS, WARM_UP = 12, 56 * 24, 17 * 24
START = np.datetime64("2020-03-02T00", "h")
N_BACKGROUND = {(2.0, 30.0): 12, (0.2, 2.0): 60, (0.005, 0.2): 400}
"""Ports by rate per hour; about 1,400 sources a day, as 12 addresses saw in 2008. All other ports are silent."""
KINDS = {"x3 at 2/h": (2.0, 3.0), "x3 at 20/h": (20.0, 3.0), "x10 at 0.2/h": (0.2, 10.0), "new, 12/day": (0.0, 0.0)}
DECOYS = ("one source", "one sensor", "one network")
SHAPES = ("step", "ramp", "exponential")


@dataclass
class Plant:
    """One planted rise or decoy: its port, kind, shape and onset (hours from START)."""

    port: int
    kind: str
    shape: str
    onset: int


@dataclass
class World:
    """Counts of the usual and of what was planted, per port and hour."""

    usual: npt.NDArray[np.int64]
    extra: npt.NDArray[np.int64]
    plants: list[Plant]
    seed: int
    of_port: dict[int, Plant] = field(default_factory=dict)

    def activity(self) -> Activity:
        keys = tuple(Port(6, n) for n in range(len(self.usual)))
        counts = (self.usual + self.extra).astype(np.int32)
        return Activity(START, keys, counts, np.full(N_HOURS, float(N_SENSORS)), N_SENSORS)

    def evidence(self, rise: Rise) -> Evidence:
        """Sightings that add up to the counts, judged a day after the detection."""
        port = rise.port.number
        rng = np.random.default_rng([self.seed, port])
        end = min(int((rise.hour - START).astype(int)) + 25, N_HOURS)
        usual, extra = self.usual[port, :end], self.extra[port, :end]
        plant = self.of_port.get(port)
        kind = plant.kind if plant else ""
        hours = np.concatenate([np.repeat(np.arange(end), usual), np.repeat(np.arange(end), extra)])
        added = np.arange(len(hours)) >= usual.sum()
        source = rng.integers(1 << 20, 1 << 31, len(hours))
        sensor = rng.integers(0, N_SENSORS, len(hours))
        network, asn = source >> 8, 1 + rng.zipf(1.5, len(hours)) % 5000
        asn[added] = rng.choice([100, 200, 300, 400], int(added.sum()))
        if kind == "one source":
            source[added], network[added], asn[added] = port, port, port
        if kind == "one network":
            network[added], asn[added] = port, port
        if kind == "one sensor":
            sensor[added] = 3
        zero = np.zeros(len(hours), np.int32)
        return Evidence(
            START + hours, sensor.astype(np.int32), source, network, (asn % 7).astype(np.int32), asn, zero, zero,
            zero, np.ones(len(hours), np.int64), np.full(len(hours), int(Capability.CAPTURE)),
            tuple(f"s{i}" for i in range(N_SENSORS)),
            ("JP", "CN", "US", "KR", "TW", "RU", "BR"), ("scan",), ("",), ("",), START, np.ones((N_SENSORS, end)),
        )  # fmt: skip


def wander(rng: np.random.Generator, k: int, sd: float) -> npt.NDArray[np.float64]:
    """exp of AR(1) log rates with mean 1, float64[k, h]."""
    rho = np.exp(-1 / 48)
    x = np.empty((k, N_HOURS))
    x[:, 0] = rng.normal(size=k) * sd
    for t in range(1, N_HOURS):
        x[:, t] = rho * x[:, t - 1] + rng.normal(size=k) * sd * np.sqrt(1 - rho**2)
    return np.exp(x - sd**2 / 2)


def growth(shape: str, factor: float, onset: int) -> npt.NDArray[np.float64]:
    """What is added to the usual rate, in usual rates, float64[h]."""
    since = np.arange(N_HOURS) - onset
    if shape == "ramp":
        grown = np.clip((since + 0.5) / 24, 0, 1) * (factor - 1)
    elif shape == "exponential":
        grown = np.minimum(2.0 ** np.clip((since + 0.5) / 6, 0, 40) - 1, factor - 1)
    else:
        grown = np.full(N_HOURS, factor - 1)
    return np.where(since >= 0, grown, 0.0)


def world(seed: int, sd: float, per_kind: int = 3) -> World:
    """Background ports, and after them the ports with something planted."""
    rng = np.random.default_rng(seed)
    rates = [np.exp(rng.uniform(*np.log(span), n)) for span, n in N_BACKGROUND.items()]
    plants, base = [], list(np.concatenate(rates))
    for kind in (*KINDS, *DECOYS):
        for _ in range(per_kind):
            shape = SHAPES[int(rng.integers(3))] if kind in KINDS and kind != "new, 12/day" else "step"
            plants.append(Plant(len(base), kind, shape, int(rng.integers(28 * 24, 49 * 24))))
            base.append(KINDS[kind][0] if kind in KINDS else 0.5)
    rate = np.array(base)[:, None]
    clock = 1 + 0.25 * np.sin(2 * np.pi * (np.arange(N_HOURS) + rng.uniform(0, 24, (len(base), 1))) / 24)
    mean = rate * clock * wander(rng, len(base), sd)
    usual = rng.poisson(mean * rng.gamma(10, 0.1, mean.shape))
    extra = np.zeros_like(usual)
    for plant in plants:
        since = np.arange(N_HOURS) - plant.onset
        if plant.kind == "new, 12/day":
            more = np.where(since >= 0, 0.5, 0.0)
        elif plant.kind in KINDS:
            more = mean[plant.port] * growth(plant.shape, KINDS[plant.kind][1], plant.onset)
        else:
            more = np.where((since >= 0) & (since < 24), 8.0, 0.0)
        extra[plant.port] = rng.poisson(more * rng.gamma(10, 0.1, N_HOURS))
        if plant.kind == "one source":
            extra[plant.port] = (since >= 0) & (since < 48)
    return World(usual, extra, plants, seed, {p.port: p for p in plants})


@dataclass
class Score:
    """What came of all seeds."""

    weeks: float = 0.0
    seconds: float = 0.0
    false: int = 0
    planted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    delays: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    widths: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    decoys: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def add(self, world: World, surges: list[Surge], seconds: float) -> None:
        self.weeks += (N_HOURS - WARM_UP) / 168
        self.seconds += seconds
        for plant in world.plants:
            self.planted[plant.kind] += 1
        seen: set[int] = set()
        for surge in sorted(surges, key=lambda s: s.detected_at):
            port = int(surge.port.split("/")[0])
            plant = world.of_port.get(port)
            delay = hours(moment(surge.detected_at)) - plant.onset if plant else -1
            if plant is None or delay < 0:
                self.false += surge.verdict == "broad"
            elif port not in seen:
                seen.add(port)
                self._found(plant, surge, delay)
        for plant in world.plants:
            if plant.kind in DECOYS and plant.port not in seen:
                self.decoys[plant.kind]["not called"] += 1

    def _found(self, plant: Plant, surge: Surge, delay: int) -> None:
        if plant.kind in DECOYS:
            self.decoys[plant.kind][surge.verdict] += 1
            return
        if surge.verdict == "broad":
            self.delays[plant.kind].append(delay)
        low, high = hours(moment(surge.onset_low_at)), hours(moment(surge.onset_high_at))
        self.held[plant.shape].append(low <= plant.onset < high)
        self.widths[plant.shape].append(high - low)


def hours(when: np.datetime64) -> int:
    """Whole hours since START."""
    return int((when - START) / np.timedelta64(1, "h"))


def main() -> None:
    defaults = ["100", "10", "0.3", str(Config().false_per_week)]
    first, count, sd, allowed = (float(a) for a in (sys.argv[1:] + defaults[len(sys.argv) - 1 :]))
    config = Config(false_per_week=allowed)
    score = Score()
    find(world(0, sd, 1).activity(), config)  # compiles
    for seed in range(int(first), int(first + count)):
        made = world(seed, sd)
        activity = made.activity()
        begun = time.perf_counter()
        rises = find(activity, config)
        surges = gather(rises, made.evidence, config)
        score.add(made, surges, time.perf_counter() - begun)
    print(
        f"sd of the log rate {sd}, false_per_week {allowed}, "
        f"{count:.0f} seeds from {first:.0f}, {score.weeks:.0f} weeks"
    )
    print(f"false broad surges a week: {score.false / score.weeks:.2f} ({score.false})")
    print(f"seconds for 8 weeks, find and gather: {score.seconds / count:.1f}")
    for kind in KINDS:
        delays = score.delays[kind]
        spread = f"median {np.median(delays):.0f} h, p90 {np.quantile(delays, 0.9):.0f} h" if delays else ""
        print(f"{kind:14s} broad {len(delays)}/{score.planted[kind]} {len(delays) / score.planted[kind]:.0%} {spread}")
    for shape in SHAPES:
        held = score.held[shape]
        print(f"onset {shape:12s} held {sum(held)}/{len(held)} {np.mean(held):.0%}, median width "
              f"{np.median(score.widths[shape]):.0f} h")  # fmt: skip
    for kind in DECOYS:
        print(f"decoy {kind:12s} {dict(score.decoys[kind])}")


if __name__ == "__main__":
    main()
