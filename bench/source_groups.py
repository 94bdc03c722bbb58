"""
How well and how fast a day's sources are grouped: simulated campaigns with known truth.

    python bench/source_groups.py [--sources 200000] [--seeds 1-5]
"""

import argparse
import resource
import time
from dataclasses import dataclass

import numpy as np

from isdas.detect.config import Config
from isdas.detect.day_sources import DaySources, Ints
from isdas.detect.groups import NONE, groups

TOOLS = ("masscan", "mirai-like", "none", "zmap")
BACKGROUND = (23, 445, 22, 80, 443, 3389, 8080, 5060, 1433, 3306, 5900, 6379, 8443, 2323, 7547, 5555, 81, 25, 21, 111)


@dataclass(frozen=True)
class Quality:
    """Over campaign sources: adjusted Rand index, precision and recall of pairs; and other sources in groups."""

    rand: float
    precision: float
    recall: float
    groups: int
    scattered: float


def simulated(rng: np.random.Generator, sources: int, campaigns: int = 60) -> tuple[DaySources, Ints]:
    """
    A day and the campaign of each source, NONE for the two fifths that scan something popular or at random.

    A campaign has a tool, a rate and 1 to 12 ports, half of them popular ones; of its ports a source is seen on those
    that its packets happened to hit, and one campaign in ten scans hundreds.
    """
    sizes = rng.lognormal(0, 1.2, campaigns)
    sizes = np.maximum(sizes / sizes.sum() * sources * 0.6, 12).astype(int)
    packets, hours, tool, ports, truth = [], [], [], [], []
    for number, size in enumerate(sizes):
        wide = rng.random() < 0.1
        count = int(rng.integers(200, 900)) if wide else int(rng.choice([1, 1, 1, 2, 3, 5, 8, 12]))
        popular = rng.random(count) < (0 if wide else 0.5)
        own = np.where(popular, rng.choice(BACKGROUND, count), rng.integers(1, 65_536, count))
        own = np.unique(own)
        rate, name = float(rng.choice([2, 8, 40])), int(rng.integers(len(TOOLS)))
        # Enough packets that a source is seen on most of the ports, not all.
        each = np.maximum(1, rng.poisson(rate * max(1.0, len(own) / rate * 1.5), size))
        for n in each:
            ports.append(np.unique(rng.choice(own, min(n, 400))))
            packets.append(n)
            hours.append(max(1, round(n / rate)))
            tool.append(name if rng.random() < 0.97 else TOOLS.index("none"))
            truth.append(number)
    while len(truth) < sources:
        n = 1 + rng.geometric(0.5)
        random = rng.random() < 0.3
        some = rng.integers(1, 65_536, n) if random else np.array(BACKGROUND)[rng.zipf(1.6, n) % len(BACKGROUND)]
        ports.append(np.unique(some))
        packets.append(len(some) * int(rng.integers(1, 4)))
        hours.append(int(rng.integers(1, 4)))
        tool.append(TOOLS.index("none"))
        truth.append(NONE)
    order = rng.permutation(len(truth))
    low = np.sort(rng.choice(2**32, len(truth), replace=False)).astype(np.int64) | 0xFFFF << 32
    mine = [ports[i] for i in order]
    breadth = np.array([len(p) for p in mine])
    kept = [p if len(p) <= 64 else np.sort(p[np.argsort(p * 40_503 % 65_536)][:64]) for p in mine]
    day = DaySources(
        high=np.zeros(len(truth), np.int64),
        low=low,
        packets=np.array(packets)[order],
        hours=np.array(hours)[order],
        breadth=breadth,
        tool=np.array(tool)[order],
        region=np.zeros(len(truth), np.int64),
        tools=TOOLS,
        regions=("ZZ",),
        visitor=np.repeat(np.arange(len(truth)), [len(p) for p in kept]),
        port=6 * 65_537 + np.concatenate(kept).astype(np.int64) + 1,
    )
    return day, np.array(truth)[order]


def quality(found: Ints, truth: Ints) -> Quality:
    """How well groups are campaigns; a source in no group is alone."""
    inside = truth != NONE
    alone = np.where(found == NONE, found.max() + 1 + np.arange(len(found)), found)[inside]
    _, place = np.unique(alone, return_inverse=True)
    cells = np.unique(place * (truth.max() + 1) + truth[inside], return_counts=True)[1]

    def pairs(counts: Ints) -> float:
        return float((counts.astype(float) * (counts - 1) / 2).sum())

    both, mine = pairs(cells), pairs(np.bincount(place))
    theirs, every = pairs(np.bincount(truth[inside])), pairs(np.array([inside.sum()]))
    expected = mine * theirs / every
    rand = (both - expected) / ((mine + theirs) / 2 - expected)
    scattered = float((found[~inside] != NONE).mean()) if (~inside).any() else 0.0
    return Quality(rand, both / mine, both / theirs, int(found.max()) + 1, scattered)


def main() -> None:
    """Print a line for each seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=200_000)
    parser.add_argument("--seeds", default="1-5")
    given = parser.parse_args()
    first, last = map(int, given.seeds.split("-"))
    for seed in range(first, last + 1):
        day, truth = simulated(np.random.default_rng(seed), given.sources)
        began = time.perf_counter()
        found = groups(day, Config())
        took = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"seed {seed}: {quality(found, truth)} {took:.1f} s, peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
