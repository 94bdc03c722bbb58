"""
Rises planted into a real background: the nine honeypots of 2013, which are taken in as anybody would.

    python -m bench.surges.honeypots FOLDER [--times 30]

FOLDER holds the log (the ``honeypots-2013`` of the shared series, see docs/how-to/ingest-honeypots.md). Prints how many
of the planted rises are found and judged broad, and how late.
"""

import argparse
import tempfile
from collections import defaultdict
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
from isdas.detect.gather import gather
from isdas.enrich.config import Config as EnrichConfig
from isdas.hub.activity import activity
from isdas.hub.evidence import evidence
from isdas.hub.intake import ingest
from isdas.lake.lake import Lake
from isdas.lake.query import extent
from isdas.model.columns import Capability
from isdas.model.port import Port
from isdas.model.time import Period, instant, moment

FIRST_SEED = 93_000
RISES = {
    "x3 of a busy port (1 an hour and more)": (1.0, 1e9, 2.0),
    "x10 of a quieter one (0.05 to 1 an hour)": (0.05, 1.0, 9.0),
    "new port, 12 sources a day": (0.0, 0.0, 0.5),
}
"""Kinds by the mean of the port, sources an hour, and what is added, in means; of a new port sources an hour."""

PATIENCE_HOURS = 21 * 24
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

    def activity(self, seen: Activity) -> Activity:
        """The real counts with the rise, whose sources come to random sensors."""
        assert seen.elsewhere is not None
        keys, counts, away = seen.keys, seen.counts.copy(), seen.elsewhere.copy()
        if self.port not in keys:
            nothing = np.zeros((1, counts.shape[1]), np.int32)
            keys, counts, away = (*keys, self.port), np.concatenate([counts, nothing]), np.concatenate([away, nothing])
        mine, extra = keys.index(self.port), self.extra.astype(np.int32)
        counts[mine] += extra
        by_sensor = np.random.default_rng([FIRST_SEED, self.onset]).multinomial(
            extra, np.full(seen.n_sensors, 1 / seen.n_sensors)
        )
        away[mine] += came_elsewhere(by_sensor[None])[0]
        return replace(seen, keys=keys, counts=counts, elsewhere=away)

    def evidence(self, real: Evidence, rise: Rise, start: np.datetime64) -> Evidence:
        """The real sightings with those of the planted sources, by random sensors that were watching."""
        if rise.port != self.port:
            return real
        rng = np.random.default_rng([FIRST_SEED, self.onset])
        first, last = (int((at - start).astype(int)) for at in (real.begin, real.end))
        hours = np.repeat(np.arange(max(first, 0), last), self.extra[max(first, 0) : last])
        n = len(hours)
        source = rng.integers(1 << 33, 1 << 40, n)
        kinds = real.kinds if "scan" in real.kinds else (*real.kinds, "scan")
        regions = real.regions or ("ZZ",)
        more = {
            "hour": start + hours,
            "sensor": rng.integers(0, len(real.sensors), n),
            "source": source,
            "network": source >> 8,
            "region": rng.integers(0, len(regions), n),
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
        delays: dict[str, list[int]] = defaultdict(list)
        for kind in RISES:
            for seed in range(given.times):
                one = Planted(seen, kind, seed)
                onset = start + one.onset
                found = find(one.activity(seen), config, since=onset, until=onset + PATIENCE_HOURS)
                mine = [rise.as_called() for rise in found if rise.port == one.port]
                surges = gather(
                    mine, lambda r, one=one: one.evidence(evidence(lake, r, whole, config), r, start), config
                )
                called = [moment(s.detected_at).astype("datetime64[h]") for s in surges if s.verdict == "broad"]
                delays[kind] += [int((min(called) - onset).astype(int))] if called else []
    print("| planted | found | median delay | 90 % within |\n|---|---|---|---|")
    for kind in RISES:
        late = delays[kind]
        told = f"{np.median(late):.0f} h | {np.quantile(late, 0.9):.0f} h" if late else "- | -"
        print(f"| {kind} | {len(late)} of {given.times} | {told} |")


if __name__ == "__main__":
    main()
