"""
Worlds with known truth: background ports whose rates wander, week by week and hour by hour, and planted events.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isdas.detect.activity import Activity
from isdas.detect.elsewhere import elsewhere
from isdas.detect.evidence import Evidence
from isdas.detect.rise import Rise
from isdas.model.columns import Capability
from isdas.model.port import Port

Ints = npt.NDArray[np.int64]

START = np.datetime64("2020-03-02T00", "h")
N_SENSORS, N_DAYS = 12, 56
N_HOURS = N_DAYS * 24
WARM_UP = 17 * 24
REGIONS = ("JP", "CN", "US", "KR", "TW", "RU", "BR", "DE", "IN", "VN")
REGION_SHARES = np.array([0.2, 0.2, 0.15, 0.1, 0.08, 0.07, 0.06, 0.05, 0.05, 0.04])
SENSORS = {"one sensor": [3], "clock": [2, 5]}
"""To which sensors comes what cheats by them."""

ALIKE = {
    "one source": {"source": 7, "network": 7, "asn": 7},
    "one network": {"network": 9, "asn": 9},
    "research": {"scanner": 1},
    "many ports": {"breadth": 400},
    "backscatter": {"kind": 1},
}
"""What all sources of what cheats by them have in common."""

FEW = {"one source": 1, "few sources": 4}
"""How many sources there are of what cheats by staying."""

N_BACKGROUND = {(2.0, 30.0): 12, (0.2, 2.0): 60, (0.005, 0.2): 400}


@dataclass(frozen=True)
class Plant:
    """
    Something planted.

    Attributes:
        name: what it is called in the tables.
        rate: usual sources an hour of its port.
        factor: what the rate rises to; ignored where *extra* is set.
        extra: sources an hour that are added, if not a factor.
        shape: step, ramp (24 h), slow (21 days) or exponential (doubling in 6 h).
        onset: hours from START.
        hours: how long it lasts; 0 to the end.
        regions: where the extra sources come from; empty as the usual ones.
        control: how it cheats (one source, sensor, network, ...); empty for a true rise.
        port: which.
    """

    name: str
    rate: float
    factor: float = 0.0
    extra: float = 0.0
    shape: str = "step"
    onset: int = 0
    hours: int = 0
    regions: tuple[str, ...] = ()
    control: str = ""
    port: int = 0

    def added(self, mean: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What it adds to *mean*, float64[h]."""
        since = np.arange(N_HOURS) - self.onset
        if self.shape == "ramp":
            grown = np.clip((since + 0.5) / 24, 0, 1)
        elif self.shape == "slow":
            grown = np.clip((since + 0.5) / (21 * 24), 0, 1)
        elif self.shape == "exponential":
            top = self.factor - 1 if self.factor else 32.0
            grown = np.minimum(2.0 ** np.clip((since + 0.5) / 6, 0, 40) - 1, top) / top
        else:
            grown = np.ones(N_HOURS)
        on = (since >= 0) & ((since < self.hours) if self.hours else True)
        return on * grown * (self.extra if self.extra else mean * (self.factor - 1))


@dataclass
class World:
    """Counts per port and hour: the usual, and what was planted."""

    seed: int
    usual: npt.NDArray[np.int64]
    extra: npt.NDArray[np.int64]
    plants: dict[int, Plant]

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """int64[k, h]."""
        return self.usual + self.extra

    def activity(self) -> Activity:
        """What a detector looks at."""
        return Activity(
            start=START,
            keys=tuple(Port(6, n) for n in range(len(self.usual))),
            counts=self.counts.astype(np.int32),
            exposure=np.full(N_HOURS, float(N_SENSORS)),
            n_sensors=N_SENSORS,
            elsewhere=self._elsewhere(),
            apart=np.ones(N_HOURS, np.bool_),
        )

    def _elsewhere(self) -> npt.NDArray[np.int32]:
        """Sources that came to some other sensor than the loudest: each to a random one, but for what cheats so."""
        rng = np.random.default_rng([self.seed, 2])
        by_sensor = rng.multinomial(self.usual, np.full(N_SENSORS, 1 / N_SENSORS))
        for port, extra in enumerate(self.extra):
            if extra.any():
                plant = self.plants.get(port)
                chosen = SENSORS.get(plant.control if plant else "", range(N_SENSORS))
                some = np.isin(np.arange(N_SENSORS), list(chosen))
                # Of sources that stay, only the first hour is new.
                most = FEW.get(plant.control if plant else "", int(extra.sum()))
                by_sensor[port] += rng.multinomial(
                    np.diff(np.minimum(extra.cumsum(), most), prepend=0), some / some.sum()
                )
        return came_elsewhere(by_sensor)

    def evidence(self, rise: Rise, later: int = 24) -> Evidence:
        """Sightings that add up to the counts, up to some hours after the detection."""
        port = rise.port.number
        rng = np.random.default_rng([self.seed, port])
        end = min(int((rise.hour - START).astype(int)) + 1 + later, N_HOURS)
        usual, extra = self.usual[port, :end], self.extra[port, :end]
        hours = np.concatenate([np.repeat(np.arange(end), usual), np.repeat(np.arange(end), extra)])
        new = np.arange(len(hours)) >= usual.sum()
        plant = self.plants.get(port)
        columns = crowd(rng, len(hours))
        clock = _planted(rng, plant, columns, new) if plant else np.zeros(N_SENSORS)
        return sightings(START, hours, columns, end, clock)


def _planted(
    rng: np.random.Generator, plant: Plant, columns: dict[str, Ints], new: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Make the *new* of a port's sources what was planted; float64[s], the clocks of the sensors."""
    n, clock, cheat = int(new.sum()), np.zeros(N_SENSORS), plant.control
    if plant.regions:
        columns["region"][new] = rng.choice([REGIONS.index(name) for name in plant.regions], n)
    if not cheat and plant.rate == 0:
        columns["asn"][new] = rng.choice([100, 200, 300, 400], n)
    for name, same in ALIKE.get(cheat, {}).items():
        columns[name][new] = same
    if cheat in SENSORS:
        columns["sensor"][new] = rng.choice(SENSORS[cheat], n)
    if cheat == "few sources":
        columns["source"][new] = rng.integers(1, 1 + FEW[cheat], n)
        columns["network"][new] = columns["asn"][new] = columns["source"][new]
    if cheat == "forged":
        columns["bogon"][new] = rng.random(n) < 0.138
    if cheat == "clock":
        clock[SENSORS[cheat]] = 7200.0
    return clock


def crowd(rng: np.random.Generator, n: int) -> dict[str, Ints]:
    """Usual sources, int64[n] each: hosts from anywhere that come to one sensor each and are gone after an hour."""
    source = rng.integers(1 << 24, 1 << 32, n)
    sensor = rng.integers(0, N_SENSORS, n)
    asn = 1 + rng.zipf(1.5, n) % 5000
    region = rng.choice(len(REGIONS), n, p=REGION_SHARES)
    nothing = {name: np.zeros(n, np.int64) for name in ("kind", "scanner", "bogon")}
    same = {"source": source, "network": source >> 8, "sensor": sensor, "asn": asn, "region": region}
    return {**same, **nothing, "breadth": np.ones(n, np.int64)}


def sightings(
    begin: np.datetime64, hours: Ints, columns: dict[str, Ints], n_hours: int, clock: npt.NDArray[np.float64]
) -> Evidence:
    """The evidence of a port: a row for each source at its hour from *begin*, of *n_hours*, by all sensors."""
    n = len(hours)
    return Evidence(
        hour=begin + hours,
        sensor=columns["sensor"].astype(np.int32),
        source=columns["source"],
        network=columns["network"],
        region=columns["region"].astype(np.int32),
        asn=columns["asn"],
        kind=columns["kind"].astype(np.int32),
        tool=np.zeros(n, np.int32),
        scanner=columns["scanner"].astype(np.int32),
        packets=np.ones(n, np.int64),
        capabilities=np.full(n, int(Capability.CAPTURE)),
        sensors=tuple(f"s{i}" for i in range(N_SENSORS)),
        regions=REGIONS,
        kinds=("scan", "backscatter"),
        tools=("",),
        scanners=("", "survey"),
        begin=begin,
        exposure=np.ones((N_SENSORS, n_hours)),
        breadth=columns["breadth"],
        bogon=columns["bogon"].astype(np.bool_),
        clock=clock,
    )


def came_elsewhere(by_sensor: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """What came to some other sensor than the loudest, int32[k, h], of the new sources of each, int64[k, h, s]."""
    series, hour, sensor = np.nonzero(by_sensor)
    return elsewhere(*by_sensor.shape[:2], series, hour, sensor, by_sensor[series, hour, sensor])


def wander(rng: np.random.Generator, k: int, sd: float, weekly: float) -> npt.NDArray[np.float64]:
    """
    Rates over their mean, float64[k, h]: AR(1) log rates of 48 hours, and a level of its own for each week.

    Args:
        sd: of the log rate.
        weekly: sd of the logarithm of a week's level; at 0.35 a tenth of the series doubles or halves in a week.
    """
    rho = np.exp(-1 / 48)
    x = np.empty((k, N_HOURS))
    x[:, 0] = rng.normal(size=k) * sd
    for t in range(1, N_HOURS):
        x[:, t] = rho * x[:, t - 1] + rng.normal(size=k) * sd * np.sqrt(1 - rho**2)
    levels = np.repeat(rng.normal(size=(k, N_DAYS // 7)) * weekly, 168, axis=1)
    return np.exp(x + levels - (sd**2 + weekly**2) / 2)


def world(seed: int, plants: list[Plant], *, sd: float = 0.3, weekly: float = 0.0, alpha: float = 0.1) -> World:
    """Background ports, and after them a port for each plant."""
    rng = np.random.default_rng(seed)
    rates = np.concatenate([np.exp(rng.uniform(*np.log(span), n)) for span, n in N_BACKGROUND.items()])
    rate = np.concatenate([rates, [plant.rate for plant in plants]])[:, None]
    clock = 1 + 0.25 * np.sin(2 * np.pi * (np.arange(N_HOURS) + rng.uniform(0, 24, (len(rate), 1))) / 24)
    mean = rate * clock * wander(rng, len(rate), sd, weekly)
    usual = rng.poisson(mean * rng.gamma(1 / alpha, alpha, mean.shape))
    extra = np.zeros_like(usual)
    placed = {}
    for n, plant in enumerate(plants):
        port = len(rates) + n
        if plant.control == "backscatter":
            # Replies are not scans: the detector never sees them in its counts.
            continue
        most = FEW.get(plant.control, 1 << 30)
        extra[port] = np.minimum(most, rng.poisson(plant.added(mean[port]) * rng.gamma(1 / alpha, alpha, N_HOURS)))
        placed[port] = plant
    return World(seed, usual, extra, placed)
