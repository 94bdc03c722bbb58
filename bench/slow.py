"""
How often slow ramps and takedowns are told where there are none: 131,072 ports whose log rates only wander.

Prints one line of JSON. Run as ``python -m bench.slow``.
"""

import json
import sys

import numpy as np
import numpy.typing as npt

from isdas.detect.ramps import ramps
from isdas.detect.vanished import falls

PORTS = 131_072
SD, HOURS = 0.3, 48.0


def days_of(seed: int, days: int) -> npt.NDArray[np.float64]:
    """Daily counts of ports that see 48 to 10,000 source-hours a day, all busy enough to be looked at."""
    rng = np.random.default_rng(seed)
    usual = np.exp(rng.uniform(np.log(2.0), np.log(400.0), PORTS))
    rho = np.exp(-1.0 / HOURS)
    wander = rng.normal(size=PORTS) * SD
    counts = np.empty((PORTS, days))
    for day in range(days):
        mean = np.zeros(PORTS)
        for _ in range(24):
            wander = rho * wander + rng.normal(size=PORTS) * SD * np.sqrt(1.0 - rho**2)
            mean += usual * np.exp(wander) * rng.gamma(5.0, 0.2, PORTS)
        counts[:, day] = rng.poisson(mean)
    return counts


def main(seeds: int, weeks: int) -> None:
    """Look at every day of some weeks after eight of the past."""
    told = {"ramps": 0, "falls": 0}
    for seed in range(seeds):
        counts = days_of(seed, 56 + 7 * weeks)
        exposure, fresh = np.full(counts.shape, 24.0), {name: np.ones(PORTS, bool) for name in told}
        for end in range(57, counts.shape[1] + 1):
            past = slice(max(0, end - 56), end)
            for name, found in (
                ("ramps", ramps(counts[:, past], exposure[:, past], fresh["ramps"], HOURS)),
                ("falls", falls(counts[:, past], exposure[:, past], fresh["falls"], HOURS)),
            ):
                told[name] += len(found)
                fresh[name][[one.series for one in found]] = False
        print(json.dumps({"seed": seed, "weeks": (seed + 1) * weeks, **told}), flush=True)


if __name__ == "__main__":
    main(*(int(text) for text in (*sys.argv[1:], "4", "4")[:2]))
