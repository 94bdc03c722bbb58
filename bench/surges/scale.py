"""
False alarms of the whole system: 131,072 ports to which nothing happens, and what the guards leave of what is called.

    python -m bench.surges.scale [--weeks 9] [--seeds 3] [--rates log-uniform,fleet] [--each]

Of ports that are called the sources are drawn then, so many as were counted, and the guards judge them as they were
known in the hour of the call, a day later and in the end. A run takes some five minutes of processor time and 2.1 GB.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from bench.surges.world import N_SENSORS, START, WARM_UP, crowd, sightings
from scipy.stats import chi2

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.day_sources import mixed
from isdas.detect.elsewhere import HOURS_BACK, elsewhere
from isdas.detect.evidence import Evidence
from isdas.detect.incidents import Incident
from isdas.detect.judge import judge
from isdas.detect.rise import Rise
from isdas.detect.search import Search
from isdas.model.port import Port

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

FIRST_SEED = 94_000
N_SERIES = 131_072
KEYS = tuple(Port(6 if i < 65_536 else 17, i % 65_536) for i in range(N_SERIES))
SD, SLOW_HOURS, ALPHA, SWING = 0.3, 48.0, 0.1, 0.25
"""How log rates wander, how hours spread (NB alpha), how a day swings: as in the small worlds."""

MAY_BE_SILENT = 0.2
"""Sources an hour below which it matters to which sensors they came: ten times of what is silent."""

LATER = {"as called": 0, "a day later": 24, "in the end": 96}
"""Hours after the call at which it is judged; nothing that comes after the last of them changes a verdict."""

SETTLED_DAYS = 5
"""Days at the end whose calls are not counted, since it is not known yet how they went on."""


def log_uniform(rng: np.random.Generator) -> Floats:
    """Every size alike, from a source in four days to a hundred an hour."""
    return np.asarray(10 ** rng.uniform(-2, 2, N_SERIES))


def fleet(rng: np.random.Generator) -> Floats:
    """As twelve sensors see them: a hundred busy ports, two thousand with one a day or more, the rest nearly silent."""
    sizes = {100: (0.3, 2.0), 1_900: (-1.3, 0.3), N_SERIES - 2_000: (-3.3, -1.3)}
    return np.concatenate([10 ** rng.uniform(*span, n) for n, span in sizes.items()])


RATES: dict[str, Callable[[np.random.Generator], Floats]] = {"log-uniform": log_uniform, "fleet": fleet}


class Ports:
    """All ports, a day after the other; what is not asked for is not kept."""

    def __init__(self, rates: Callable[[np.random.Generator], Floats], seed: int) -> None:
        self.seed, self.rng = seed, np.random.default_rng(seed)
        self.rate = rates(self.rng)
        self.keys = KEYS[: len(self.rate)]
        self.level = self.rng.normal(size=len(self.rate)) * SD
        self.phase = self.rng.uniform(0, 24, len(self.rate))
        self.quiet = np.flatnonzero(self.rate < MAY_BE_SILENT)
        self.lately = np.zeros((len(self.quiet), HOURS_BACK + 24), np.int32)
        self.days = 0

    def next_day(self) -> Activity:
        """The counts of one more day."""
        n, rho = len(self.rate), np.exp(-1 / SLOW_HOURS)
        counts = np.empty((n, 24), np.int32)
        for hour in range(24):
            self.level = rho * self.level + self.rng.normal(size=n) * SD * np.sqrt(1 - rho**2)
            clock = 1 + SWING * np.sin(2 * np.pi * (hour + self.phase) / 24)
            mean = self.rate * clock * np.exp(self.level - SD**2 / 2)
            counts[:, hour] = self.rng.poisson(mean * self.rng.gamma(1 / ALPHA, ALPHA, n))
        self.days += 1
        exposure = np.full(24, float(N_SENSORS))
        away, apart = self._elsewhere(counts), np.ones(24, np.bool_)
        return Activity(START + (self.days - 1) * 24, self.keys, counts, exposure, N_SENSORS, away, apart)

    def _elsewhere(self, counts: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """What of this day came to some other sensor than the loudest, of ports that may be silent; 0 of others."""
        self.lately = np.concatenate([self.lately[:, 24:], counts[self.quiet]], axis=1)
        row, hour = np.nonzero(self.lately)
        n = self.lately[row, hour]
        row, hour = np.repeat(row, n), np.repeat(hour, n) - HOURS_BACK
        sensor = self.sensor(self.quiet[row], hour + (self.days - 1) * 24, _nth(n))
        found = np.zeros_like(counts)
        found[self.quiet] = elsewhere(len(self.quiet), 24, row, hour, sensor, np.ones(len(row), np.int64))
        return found

    def sensor(self, series: Ints, hour: Ints, nth: Ints) -> Ints:
        """To which sensor the nth source of an hour (from START) came: at random, and the same whenever it is asked."""
        which = (series << 40) + (hour << 20) + nth
        own = mixed(np.array([self.seed])).view(np.int64)
        return (mixed(which ^ own) % np.uint64(N_SENSORS)).astype(np.int64)

    def evidence(self, series: int, begin: int, counts: Ints) -> Evidence:
        """The sources of a port from hour *begin* on, so many an hour as *counts* says."""
        hours = np.repeat(np.arange(len(counts)), counts)
        columns = crowd(np.random.default_rng([self.seed, series]), len(hours))
        columns["sensor"] = self.sensor(np.full(len(hours), series), begin + hours, _nth(counts))
        return sightings(START + begin, hours, columns, len(counts), np.zeros(N_SENSORS))


def _nth(counts: npt.NDArray[np.integer]) -> Ints:  # type: ignore[type-arg]
    """0, 1, ... for each of several counts, one after the other."""
    ends = np.cumsum(counts)
    return np.asarray(np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts))


@dataclass
class Outcome:
    """
    What came of some runs.

    Attributes:
        weeks: in which calls are counted.
        verdicts: of the rises that were called, by when they were judged.
    """

    weeks: float = 0.0
    verdicts: dict[str, Counter[str]] = field(default_factory=lambda: {when: Counter() for when in LATER})

    def row(self, name: str) -> str:
        """A line of the table."""
        last = self.verdicts["in the end"]
        cells = [_rate(sum(last.values()), self.weeks)]
        cells += [_rate(seen["broad"], self.weeks) for seen in self.verdicts.values()]
        other = ", ".join(f"{n} {verdict}" for verdict, n in last.most_common() if verdict != "broad")
        return f"| {name} | {self.weeks:.0f} | {' | '.join(cells)} | {other or '-'} |"


def _rate(n: int, weeks: float) -> str:
    """So many in so many weeks, with the 95 % interval of a Poisson mean (Garwood 1936)."""
    low = chi2.ppf(0.025, 2 * n) / 2 if n else 0.0
    high = chi2.ppf(0.975, 2 * n + 2) / 2
    return f"{n / weeks:.2f} ({n}; {low / weeks:.2f}-{high / weeks:.2f})"


def run(rates: str, seed: int, weeks: int, total: Outcome, *, each: bool) -> Outcome:
    """Simulate, search, judge what was called when it is known how it went on; adds to *total* as well."""
    ports, config, mine = Ports(RATES[rates], seed), Config(), Outcome(weeks)
    search, seen = Search.of(START, config), set[tuple[int, np.datetime64]]()
    for _ in range(WARM_UP // 24 + weeks * 7 + SETTLED_DAYS):
        search.look(ports.next_day())
        for one in list(search.ledger.incidents):
            hour = search.grid.hour(one.hour)
            if (one.series, hour) in seen or search.end < hour + 24 * SETTLED_DAYS:
                continue
            seen.add((one.series, hour))
            told = _judged(search, ports, one, config)
            if each:
                _tell(search.rise(one), ports.rate[_series(one, search)], told)
            for when, verdict in told.items():
                mine.verdicts[when][verdict] += 1
    total.weeks += weeks
    for when in LATER:
        total.verdicts[when] += mine.verdicts[when]
    return mine


def _series(one: Incident, search: Search) -> int:
    key = search.grid.keys[one.series]
    return key.number + 65_536 * (key.protocol == 17)


def _judged(search: Search, ports: Ports, one: Incident, config: Config) -> dict[str, str]:
    """The verdicts on an incident, by when they are given; from where its baseline begins, as the hub does."""
    rise, grid = search.rise(one), search.grid
    first = max(0, one.hour - 24 * (config.baseline_days + config.excluded_days))
    begin = int((grid.hour(first) - START).astype(int))
    counts = grid.counts[one.series, first : grid.n_hours].astype(np.int64)
    known = ports.evidence(_series(one, search), begin, counts)
    ends = {when: rise.hour + 1 + later for when, later in LATER.items()}
    return {when: judge(rise.as_of(end), known.until(end), config).verdict for when, end in ends.items()}


def _tell(rise: Rise, rate: float, told: dict[str, str]) -> None:
    print(
        f"{rise.hour} {rise.port} rate {rate:.3g} {rise.reference} {rise.window_hours} h: {rise.observed} for "
        f"{rise.expected:.1f}, score {rise.score:.2f} of {rise.threshold:.2f}: {' / '.join(told.values())}",
        flush=True,
    )


def main() -> None:
    """Run every kind of rates and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--weeks", type=int, default=9, help="of calls, after the warm-up")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--rates", type=lambda names: names.split(","), default=list(RATES), help=" or ".join(RATES))
    parser.add_argument("--each", action="store_true", help="tell of each rise")
    given = parser.parse_args()
    heads = ["rates", "weeks", "called", *(f"broad {when}" for when in LATER), "verdicts of the others in the end"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    for rates in given.rates:
        total = Outcome()
        for seed in range(given.first_seed, given.first_seed + given.seeds):
            begun = time.perf_counter()
            print(run(rates, seed, given.weeks, total, each=given.each).row(f"{rates}, seed {seed}"), flush=True)
            print(f"({time.perf_counter() - begun:.0f} s)", flush=True)
        print(total.row(f"**{rates}**"), flush=True)


if __name__ == "__main__":
    main()
