"""
Rises planted into a real background: the nine honeypots of 2013, which are taken in as anybody would.

    python -m bench.surges.honeypots FOLDER [--times 30]

FOLDER holds the log (the ``honeypots-2013`` of the shared series, see docs/how-to/ingest-honeypots.md). Prints how many
of the planted rises are found and judged broad, and how late: as they were called, and a day later, when what goes on
has shown more of its sources and what does not is brief.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from bench.surges.world import came_elsewhere

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.find import Rise, find
from isdas.detect.judge import judge
from isdas.enrich.config import Config as EnrichConfig
from isdas.hub.activity import activity
from isdas.hub.evidence import evidence
from isdas.hub.intake import ingest
from isdas.lake.lake import Lake
from isdas.lake.query import extent
from isdas.model.columns import Capability
from isdas.model.port import Port
from isdas.model.time import Period, instant

FIRST_SEED = 93_000
RISES = {
    "x3 of a busy port (1 an hour and more)": (1.0, 1e9, 2.0),
    "x10 of a quieter one (0.05 to 1 an hour)": (0.05, 1.0, 9.0),
    "new port, 12 sources a day": (0.0, 0.0, 0.5),
}
"""Kinds by the mean of the port, sources an hour, and what is added, in means; of a new port sources an hour."""

PATIENCE_HOURS = 21 * 24

LATER = {"as called": 0, "a day later": 24}
"""Hours after the call at which a rise is judged for good; it is judged in every hour until then."""

Ints = npt.NDArray[np.int64]


class Planted:
    """A rise on one port of the real series."""

    def __init__(self, seen: Activity, kind: str, seed: int) -> None:
        low, high, more = RISES[kind]
        rng = np.random.default_rng([FIRST_SEED, seed])
        means = seen.counts.mean(axis=1)
        self.kind, n = kind, len(seen.exposure)
        if low:
            ports = [key for key, mean in zip(seen.keys, means, strict=True) if low <= mean < high]
            self.port = ports[int(rng.integers(len(ports)))]
            rate = more * float(means[seen.keys.index(self.port)])
        else:
            free = sorted({*range(1024, 65_536)} - {key.number for key in seen.keys if key.protocol == 6})
            self.port, rate = Port(6, free[int(rng.integers(len(free)))]), more
        self.onset = int(rng.integers(40 * 24, n - 10 * 24))
        on = np.arange(n) >= self.onset
        self.extra: Ints = rng.poisson(rate * rng.gamma(10, 0.1, n) * on) * (seen.exposure > 0)
        self.hours = np.repeat(np.arange(n), self.extra)
        self.sensor = rng.integers(0, seen.n_sensors, len(self.hours))
        self.source = rng.integers(1 << 33, 1 << 40, len(self.hours))

    def activity(self, seen: Activity) -> Activity:
        """The real counts with the rise, whose sources come to random sensors."""
        assert seen.elsewhere is not None
        keys, counts, away = seen.keys, seen.counts.copy(), seen.elsewhere.copy()
        if self.port not in keys:
            nothing = np.zeros((1, counts.shape[1]), np.int32)
            keys, counts, away = (*keys, self.port), np.concatenate([counts, nothing]), np.concatenate([away, nothing])
        mine, extra = keys.index(self.port), self.extra.astype(np.int32)
        counts[mine] += extra
        by_sensor = np.zeros((len(extra), seen.n_sensors), np.int64)
        np.add.at(by_sensor, (self.hours, self.sensor), 1)
        away[mine] += came_elsewhere(by_sensor[None])[0]
        return replace(seen, keys=keys, counts=counts, elsewhere=away)

    def evidence(self, real: Evidence, rise: Rise, start: np.datetime64) -> Evidence:
        """The real sightings with those of the planted sources."""
        if rise.port != self.port:
            return real
        first, last = (int((at - start).astype(int)) for at in (real.begin, real.end))
        known = (self.hours >= first) & (self.hours < last)
        source, n = self.source[known], int(known.sum())
        kinds = real.kinds if "scan" in real.kinds else (*real.kinds, "scan")
        regions = real.regions or ("ZZ",)
        more = {
            "hour": start + self.hours[known],
            "sensor": self.sensor[known],
            "source": source,
            "network": source >> 8,
            "region": source % len(regions),
            "asn": 1 + source % 50,
            "kind": np.full(n, kinds.index("scan")),
            "tool": np.full(n, -1),
            "scanner": np.full(n, -1),
            "packets": np.ones(n, np.int64),
            "capabilities": np.full(n, int(Capability.NOTHING)),
            "breadth": np.ones(n, np.int64),
            "bogon": np.zeros(n, np.bool_),
        }
        joined = {name: np.concatenate([getattr(real, name), rows]) for name, rows in more.items()}
        joined = {name: rows.astype(getattr(real, name).dtype) for name, rows in joined.items()}
        return replace(real, **joined, kinds=kinds, regions=regions)  # type: ignore[arg-type]


def first_broad(rises: Iterable[Rise], verdict: Callable[[Rise], str], later: int) -> np.datetime64 | None:
    """The begin of the first hour in which one of *rises* was broad, of those that still are *later* hours on."""
    for rise in rises:
        hours = [rise.hour + 1 + hour for hour in range(later + 1)]
        if verdict(rise.as_of(hours[-1])) == "broad":
            return next(hour for hour in hours if verdict(rise.as_of(hour)) == "broad")
    return None


def main() -> None:
    """Take the log in, plant, look, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=30)
    given = parser.parse_args()
    config = Config()
    with tempfile.TemporaryDirectory() as data:
        lake = Lake(Path(data))
        ingest([given.folder], lake, EnrichConfig())
        reach = extent(lake)
        assert reach is not None
        whole = Period(instant(reach[0]), instant(reach[1] + np.timedelta64(1, "h")), ZoneInfo("UTC"))
        seen = activity(lake, whole)
        start = seen.start.astype("datetime64[h]")
        print("| planted | judged | found | median delay | 90 % within |\n|---|---|---|---|---|", flush=True)
        for kind in RISES:
            delays: dict[str, list[int]] = {when: [] for when in LATER}
            for seed in range(given.times):
                one = Planted(seen, kind, seed)
                onset = start + one.onset
                found = find(one.activity(seen), config, since=onset, until=onset + PATIENCE_HOURS)
                mine = [rise for rise in found if rise.port == one.port]

                def verdict(rise: Rise, one: Planted = one) -> str:
                    return judge(rise, one.evidence(evidence(lake, rise, whole, config), rise, start), config).verdict

                for when, later in LATER.items():
                    broad = first_broad(mine, verdict, later)
                    delays[when] += [] if broad is None else [int((broad - onset).astype(int))]
            for when, late in delays.items():
                told = f"{np.median(late):.0f} h | {np.quantile(late, 0.9):.0f} h" if late else "- | -"
                print(f"| {kind} | {when} | {len(late)} of {given.times} | {told} |", flush=True)


if __name__ == "__main__":
    main()
