"""
How well a surge is told which group of sources makes it: one simulated campaign after the other comes new to a day.

    python bench/group_links.py [--sources 20000] [--seeds 1-2] [--every 1]

Both days are one simulated day of which a fifth of the sources is missing, others on each, so that groups have to be
traced; on the day before, so is the campaign. The surge is that of the port which most of the campaign scans; what is
beyond the usual there is the campaign's but for what the others vary.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from source_groups import BACKGROUND, simulated

from isdas.detect.belonging import belonging
from isdas.detect.config import Config
from isdas.detect.day_sources import DaySources, Ints
from isdas.detect.groups import NONE, groups
from isdas.detect.lineage import described, traced

LEAST = 30
"""Campaigns of fewer sources are passed over."""


class Link(NamedTuple):
    """What a surge was told: share of the excess in the first group, the campaign's share of that, and its standing."""

    kind: str
    share: float
    mine: float
    standing: str


def some(day: DaySources, kept: npt.NDArray[np.bool_]) -> DaySources:
    """The day with some of its sources."""
    place = np.cumsum(kept) - 1
    pairs = kept[day.visitor]
    names = ("high", "low", "packets", "hours", "breadth", "tool", "region")
    columns = {name: getattr(day, name)[kept] for name in names}
    return replace(day, **columns, visitor=place[day.visitor[pairs]], port=day.port[pairs])


def links(rng: np.random.Generator, whole: DaySources, truth: Ints, every: int) -> Iterator[Link]:
    """A link for each campaign, or every so many."""
    config = Config()
    for campaign in range(0, int(truth.max()) + 1, every):
        if (truth == campaign).sum() < LEAST:
            continue
        here, then = rng.random((2, len(whole))) > 0.2
        day, before, mine = some(whole, here), some(whole, then & (truth != campaign)), truth[here] == campaign
        of, of_before = groups(day, config), groups(before, config)
        past = traced(described(before, of_before, "2024-05-01"), [], config)
        told = traced(described(day, of, "2024-05-02"), past, config)
        port = int(np.bincount(day.port[mine[day.visitor]]).argmax())
        names = sorted({group.name for group in (*past, *told)})
        during = _labels(day, port, of, [names.index(group.name) for group in told])
        usual = _labels(before, port, of_before, [names.index(group.name) for group in past])
        _, _, share = belonging([during], [usual], len(names))
        main = names[int(share.argmax())]
        first = next((i for i, group in enumerate(told) if group.name == main), 0)
        ports = np.bincount(day.port[mine[day.visitor]]) > 0
        kind = "hundreds of ports" if ports.sum() > 100 else "own port"
        kind = "popular port" if kind == "own port" and port % 65_537 - 1 in BACKGROUND else kind
        yield Link(kind, float(share.max()), float(mine[of == first].mean()), told[first].standing)


def _labels(day: DaySources, port: int, of: Ints, to: list[int]) -> Ints:
    """The group of each source that scanned a port, as places among all names."""
    return np.array([*to, NONE])[of[day.visitor[day.port == port]]]


def main() -> None:
    """Print what surges of campaigns on ports of their own and on popular ones were told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=20_000)
    parser.add_argument("--seeds", default="1-2")
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    first, last = map(int, given.seeds.split("-"))
    found = list[Link]()
    for seed in range(first, last + 1):
        rng = np.random.default_rng(seed)
        found += links(rng, *simulated(rng, given.sources), given.every)
    for kind in ("own port", "popular port", "hundreds of ports"):
        of = [link for link in found if link.kind == kind]
        if of:
            right = sum(link.mine >= 0.5 and link.share >= 0.5 for link in of)
            new = sum(link.standing in {"new", "split-off"} for link in of)
            share = np.median([link.share for link in of])
            print(
                f"{kind}: half of the excess or more in a group mostly of the campaign for {right} of {len(of)};",
                end="",
            )
            print(f" median share of the first group {share:.0%}, told to be new or split off {new}")


if __name__ == "__main__":
    main()
