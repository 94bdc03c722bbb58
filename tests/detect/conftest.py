"""
A small world with known truth: counts with a wandering rate, and sightings that add up to them.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from isdas.detect.activity import Activity
from isdas.detect.evidence import Evidence
from isdas.detect.rise import Rise
from isdas.detect.slow import memory
from isdas.model.columns import Capability
from isdas.model.port import Port

START = np.datetime64("2021-02-01T00", "h")  # a Monday
Ints = npt.NDArray[np.int64]
REGIONS = ("JP", "CN", "US", "KR", "TW")


def counts_of(seed: int, rates: list[float], days: int, sd: float = 0.2) -> Ints:
    """Negative binomial counts per port and hour, with a daily rhythm and AR(1) log rates of *sd* and 48 hours."""
    rng = np.random.default_rng(seed)
    n, rho = days * 24, np.exp(-1 / 48)
    wander = np.empty((len(rates), n))
    wander[:, 0] = rng.normal(size=len(rates)) * sd
    for t in range(1, n):
        wander[:, t] = rho * wander[:, t - 1] + rng.normal(size=len(rates)) * sd * np.sqrt(1 - rho**2)
    mean = np.array(rates)[:, None] * np.exp(wander - sd**2 / 2) * (1 + 0.2 * np.sin(np.arange(n) / 24 * 2 * np.pi))
    return np.asarray(rng.poisson(mean * rng.gamma(10, 0.1, mean.shape)))


def slow_days(seed: int, factor: npt.NDArray[np.float64], sd: float = 0.05) -> npt.NDArray[np.float64]:
    """Daily counts of twenty calm ports, the first of which is changed by *factor*."""
    rng = np.random.default_rng(seed)
    wander = np.zeros((20, len(factor)))
    phi = memory(48.0)
    wander[:, 0] = rng.normal(size=20) * sd
    for day in range(1, len(factor)):
        wander[:, day] = phi * wander[:, day - 1] + rng.normal(size=20) * sd * np.sqrt(1 - phi**2)
    mean = 2000.0 * np.exp(wander)
    mean[0] *= factor
    return rng.poisson(mean).astype(np.float64)


def activity_of(counts: Ints, exposure: npt.NDArray[np.float64] | None = None) -> Activity:
    """An activity of TCP ports 0, 1, ... watched by twelve sensors."""
    keys = tuple(Port(6, n) for n in range(len(counts)))
    live = np.full(counts.shape[1], 12.0) if exposure is None else exposure
    return Activity(START, keys, counts.astype(np.int32), live, 12)


def evidence_of(
    usual: Ints,
    extra: Ints,
    *,
    seed: int = 0,
    sensors: int = 12,
    added: dict[str, int | list[int]] | None = None,
    **fields: object,
) -> Evidence:
    """
    Sightings of a port that sees *usual* and *extra* new sources in each hour.

    The usual come from random networks and sensors and from five regions evenly; *added* fixes columns of the extra.
    """
    rng = np.random.default_rng(seed)
    hours = np.concatenate([np.repeat(np.arange(len(usual)), usual), np.repeat(np.arange(len(usual)), extra)])
    new = np.arange(len(hours)) >= usual.sum()
    source = rng.integers(1 << 20, 1 << 40, len(hours))
    columns: dict[str, npt.NDArray[np.int64]] = {
        "sensor": rng.integers(0, sensors, len(hours)),
        "source": source,
        "network": source >> 8,
        "region": rng.integers(0, 5, len(hours)),
        "asn": rng.integers(1, 5000, len(hours)),
        "kind": np.zeros(len(hours), np.int64),
        "tool": np.zeros(len(hours), np.int64),
        "scanner": np.zeros(len(hours), np.int64),
        "packets": np.ones(len(hours), np.int64),
        "capabilities": np.full(len(hours), int(Capability.CAPTURE)),
    }
    for name, value in (added or {}).items():
        columns[name][new] = rng.choice(value, int(new.sum())) if isinstance(value, list) else value
    small = {name: columns[name].astype(np.int32) for name in ("sensor", "region", "kind", "tool", "scanner")}
    names: dict[str, object] = {
        "sensors": tuple(f"s{i}" for i in range(sensors)),
        "regions": REGIONS,
        "kinds": ("scan", "backscatter"),
        "tools": ("", "mirai-like"),
        "scanners": ("", "censys"),
        "begin": START,
        "exposure": np.ones((sensors, len(usual))),
    }
    return Evidence(START + hours, **{**columns, **small, **names, **fields})  # type: ignore[arg-type]


def rise_of(counts: Ints, hour: int, window: int, mean: float, **fields: object) -> Rise:
    """A rise of 445/tcp called at *hour* against an even *mean* per hour."""
    first = max(0, hour - 239)
    values: dict[str, object] = {
        "port": Port(6, 445),
        "hour": START + hour,
        "window_hours": window,
        "reference": "usual",
        "score": 6.0,
        "threshold": 5.0,
        "observed": int(counts[hour + 1 - window : hour + 1].sum()),
        "baseline": mean * window,
        "expected": mean * window,
        "variance": 0.1,
        "support": 500.0,
        "ended": None,
        "settled": False,
        "begin": START + first,
        "counts": counts[first:].astype(np.int32),
        "means": np.full(len(counts) - first, mean),
        "hourly_variance": 0.1,
        "slow_sd": 0.2,
    }
    return Rise(**{**values, **fields})  # type: ignore[arg-type]


@pytest.fixture(name="counts_of")
def _counts_of() -> Callable[..., Ints]:
    return counts_of


@pytest.fixture(name="activity_of")
def _activity_of() -> Callable[..., Activity]:
    return activity_of


@pytest.fixture(name="evidence_of")
def _evidence_of() -> Callable[..., Evidence]:
    return evidence_of


@pytest.fixture(name="rise_of")
def _rise_of() -> Callable[..., Rise]:
    return rise_of


@pytest.fixture
def plain(rise_of: Callable[..., Rise], evidence_of: Callable[..., Evidence]) -> Callable[..., tuple[Rise, Evidence]]:
    """A port at 1 source an hour for 28 days, and 10 more an hour in the last 12 hours; *fields* vary the evidence."""

    def make(**fields: object) -> tuple[Rise, Evidence]:
        usual = np.random.default_rng(11).poisson(1.0, 28 * 24)
        extra = np.zeros(28 * 24, np.int64)
        extra[-12:] = 10
        if fields.get("added") == {"source": 5, "network": 5, "asn": 5}:
            extra[-12:] = 1
        evidence = evidence_of(usual, extra, **fields)
        return rise_of(usual + extra, 28 * 24 - 1, 12, 1.0), evidence

    return make


@pytest.fixture(name="slow_days")
def _slow_days() -> Callable[..., npt.NDArray[np.float64]]:
    """The days of twenty calm ports."""
    return slow_days
