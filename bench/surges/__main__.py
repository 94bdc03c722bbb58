"""
How good the detector is, beside six others, on seeds and events that no test contains.

    python -m bench.surges [--worlds 12] [--only goals,onsets] [--out FILE.md] [--picture FILE.svg]

Prints (or writes) the tables of docs/explanation/detector-benchmark.md. Twelve sensors over eight weeks a world, 472
background ports whose log rates wander by 0.3 over 48 hours; sd 0 and a volatile world beside it.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from bench.surges import scenarios as sc
from bench.surges.baselines import BASELINES
from bench.surges.measure import Tally, broad, calls, dated, equal_threshold, hours, ours, scores, variant
from bench.surges.variants import VARIANTS
from bench.surges.world import World, world

from isdas.detect.config import Config
from isdas.model.surge import Surge
from isdas.model.time import moment

FIRST_SEED = 101_000
CONFIG = Config()


def planted(seed: int, copies: int = 3, **kind: float) -> World:
    """A world with the rises of the goals."""
    rng = np.random.default_rng([seed, 1])
    plants = [sc.placed(plant, rng) for plant in sc.GOALS.values() for _ in range(copies)]
    return world(seed, plants, **kind)  # type: ignore[arg-type]


def goals(n: int) -> Iterator[str]:
    """Recall, delay and false alarms of every method, at published settings and at our rate of false alarms."""
    worlds = [planted(FIRST_SEED + i) for i in range(n)]
    quiet = [world(FIRST_SEED + 500 + i, []) for i in range(max(n // 2, 2))]
    mine = Tally()
    for one in worlds:
        mine.add(one, broad(ours(one, CONFIG)))
    for one in quiet:
        mine.add(one, broad(ours(one, CONFIG)))
    yield "| method | false a week | " + " | ".join(f"{name}: recall, median" for name in sc.GOALS) + " |\n"
    yield "|---|---|" + "---|" * len(sc.GOALS) + "\n"
    yield _row("**isdas**", mine)
    rows = []
    for name in BASELINES:
        on_quiet = [(one, scores(one, name)) for one in quiet]
        equal = equal_threshold(on_quiet, max(mine.false_per_week, 0.1))
        on_worlds = [(one, scores(one, name)) for one in worlds]
        for how, threshold in (("as published", BASELINES[name][1]), ("at our rate", equal)):
            tally = Tally()
            for one, score in (*on_worlds, *on_quiet):
                tally.add(one, calls(score, threshold), warm_up=28 * 24)
            rows.append((name, how, tally))
            yield _row(f"{name}, {how}", tally)
    POINTS.extend((name, tally) for name, how, tally in rows if how == "at our rate")
    POINTS.append(("isdas", mine))


POINTS: list[tuple[str, Tally]] = []


def _row(name: str, tally: Tally) -> str:
    cells = [f"{tally.recall(g):.0%} of {tally.planted[g]}, {tally.median(g):.0f} h" for g in sc.GOALS]
    return f"| {name} | {tally.false_per_week:,.2f} | {' | '.join(cells)} |\n"


def backgrounds(n: int) -> Iterator[str]:
    """Ours on calmer and wilder backgrounds."""
    yield "| background | false a week | " + " | ".join(f"{name}: recall, median" for name in sc.GOALS) + " |\n"
    yield "|---|---|" + "---|" * len(sc.GOALS) + "\n"
    kinds = {
        "even rates (sd 0)": {"sd": 0.0},
        "wandering (sd 0.3, 48 h)": {"sd": 0.3},
        "wandering and volatile (sd 0.3, a week's level sd 0.35)": {"sd": 0.3, "weekly": 0.35},
        "wild (sd 0.5)": {"sd": 0.5},
    }
    for name, kind in kinds.items():
        tally = Tally()
        for i in range(n):
            one = planted(FIRST_SEED + 1000 + i, **kind)
            tally.add(one, broad(ours(one, CONFIG)))
        yield _row(name, tally)


def ablations(n: int) -> Iterator[str]:
    """Each part of the statistic left out."""
    yield "| left out | false a week | " + " | ".join(f"{name}: recall, median" for name in sc.GOALS) + " |\n"
    yield "|---|---|" + "---|" * len(sc.GOALS) + "\n"
    worlds = [planted(FIRST_SEED + 2000 + i) for i in range(n)]
    whole, unguarded = Tally(), Tally()
    for one in worlds:
        surges = ours(one, CONFIG)
        whole.add(one, broad(surges))
        unguarded.add(one, [(int(s.port.split("/")[0]), hours(moment(s.detected_at))) for s in surges])
    yield _row("nothing", whole)
    yield _row("guards", unguarded)
    for name in VARIANTS:
        tally = Tally()
        for one in worlds:
            tally.add(one, variant(one, CONFIG, name))
        yield _row(name, tally)


def onsets(n: int) -> Iterator[str]:
    """How often the 90 % interval holds the onset, and how wide it is."""
    yield "| background | shape | holds the onset | median width |\n|---|---|---|---|\n"
    for sd in (0.0, 0.3, 0.5):
        held: dict[str, list[bool]] = defaultdict(list)
        widths: dict[str, list[int]] = defaultdict(list)
        for i in range(n):
            for plant, low, high in dated(_shaped(FIRST_SEED + 3000 + i, sd), CONFIG):
                for name in (plant.shape, "all"):
                    held[name].append(low <= plant.onset < high)
                    widths[name].append(high - low)
        for shape in (*sc.SHAPES, "all"):
            share = f"{np.mean(held[shape]):.0%} of {len(held[shape])}"
            yield f"| sd {sd} | {shape} | {share} | {np.median(widths[shape]):.0f} h |\n"


def _shaped(seed: int, sd: float) -> World:
    """A world with two rises of each goal and shape; a new port's sources come at once, so there is none of these."""
    rng = np.random.default_rng([seed, 1])
    kinds = [plant for plant in sc.GOALS.values() if plant.factor]
    return world(
        seed, [sc.placed(one, rng, shape=shape) for one in kinds for shape in sc.SHAPES for _ in range(2)], sd=sd
    )


def _true(one: World, surges: list[Surge]) -> list[tuple[Surge, sc.Plant]]:
    """The first surge of each plant after its onset."""
    found, seen = [], set()
    for surge in sorted(surges, key=lambda s: s.detected_at):
        port = int(surge.port.split("/")[0])
        plant = one.plants.get(port)
        if plant and port not in seen and hours(moment(surge.detected_at)) >= plant.onset:
            seen.add(port)
            found.append((surge, plant))
    return found


def events(n: int) -> Iterator[str]:
    """Published events: found before the day of the alert, and how much sooner."""
    yield "| event | human delay | " + " | ".join(f"level x{level:g}: found in time, median" for level in (0.25, 1, 4))
    yield " | regions, named right |\n|---|---|---|---|---|---|\n"
    ratios, in_time, tried = [], 0, 0
    by_level: dict[tuple[str, float], list[float]] = defaultdict(list)
    regions: dict[str, list[bool]] = defaultdict(list)
    for i in range(n):
        for level in (0.25, 1.0, 4.0):
            rng = np.random.default_rng([FIRST_SEED, i, int(level * 4)])
            plants = [sc.placed(sc.at_level(event, level), rng) for event in sc.EVENTS]
            one = world(FIRST_SEED + 4000 + 10 * i + int(level), plants)
            for surge, plant in _true(one, [s for s in ours(one, CONFIG) if s.verdict == "broad"]):
                by_level[plant.name, level].append(hours(moment(surge.detected_at)) - plant.onset)
                regions[plant.name].append(set(surge.mainly) == set(plant.regions))
    for event in sc.EVENTS:
        cells = []
        for level in (0.25, 1.0, 4.0):
            delays = [d for d in by_level[event.name, level] if d < event.days * 24]
            tried, in_time = tried + n, in_time + len(delays)
            ratios += [d / (event.days * 24) for d in delays]
            middle = f", {np.median(delays):.0f} h" if delays else ""
            cells.append(f"{len(delays)} of {n}{middle}")
        named = f"{', '.join(event.plant.regions) or 'none'}: {_share(regions[event.name])}"
        yield f"| {event.name} | {event.days:g} d | {' | '.join(cells)} | {named} |\n"
    somewhere = [right for event in sc.EVENTS if event.plant.regions for right in regions[event.name]]
    nowhere = [right for event in sc.EVENTS if not event.plant.regions for right in regions[event.name]]
    yield (
        f"\nIn time {in_time} of {tried}; median delay {np.median(ratios):.2f} of the human one. Regions named as "
        f"planted: {_share(somewhere)}; none named where none was: {_share(nowhere)}.\n"
    )


def _share(right: list[bool]) -> str:
    return f"{np.mean(right):.0%} of {len(right)}" if right else "-"


def controls(n: int) -> Iterator[str]:
    """What must never become an alert."""
    yield "| negative control | verdicts |\n|---|---|\n"
    verdicts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for i in range(n):
        rng = np.random.default_rng([FIRST_SEED, 7, i])
        plants = [sc.placed(replace(plant, name=name), rng) for name, plant in sc.CONTROLS.items()]
        one = world(FIRST_SEED + 5000 + i, plants)
        found = {plant.name: surge.verdict for surge, plant in _true(one, ours(one, CONFIG))}
        for name in sc.CONTROLS:
            verdicts[name][found.get(name, "not called")] += 1
    for name, seen in verdicts.items():
        yield f"| {name} | {', '.join(f'{v} {k}' for v, k in sorted(seen.items(), key=lambda p: -p[1]))} |\n"


PARTS = {part.__name__: part for part in (goals, backgrounds, ablations, onsets, events, controls)}


def main() -> None:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=12)
    parser.add_argument("--only", type=lambda names: names.split(","), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    text = ""
    for part in (part for name, part in PARTS.items() if not given.only or name in given.only):
        begun = time.perf_counter()
        told = "".join(part(given.worlds))
        head = (part.__doc__ or "").strip().rstrip(".")
        text += f"## {head}\n\n{told}\n"
        print(f"## {head}\n\n{told}\n({time.perf_counter() - begun:.0f} s)\n", flush=True)
    if given.out:
        given.out.write_text(text)
    if given.picture:
        from bench.surges.picture import draw

        draw(POINTS, given.picture)


if __name__ == "__main__":
    main()
