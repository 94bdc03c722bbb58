"""Tests of isdas.simulate.autumn_2008."""

import numpy as np
import pytest

from isdas.model.time import HOUR_US
from isdas.simulate import autumn_2008
from isdas.simulate.event import Event
from isdas.simulate.fleet import FLEET
from isdas.simulate.scenario import SCENARIOS

SCENARIO = SCENARIOS["autumn-2008"]
DAY_US = 24 * HOUR_US
SEEDS = range(25)


def planned(seed: int) -> dict[str, Event]:
    """The events of one seed by name."""
    rng = np.random.default_rng(seed)
    return {e.name: e for e in autumn_2008.plan(rng, SCENARIO.start_us, SCENARIO.end_us, FLEET)}


def test_the_onset_is_the_published_one():
    """The rise begins at 22:00 in Japan on 30 October 2008 and lasts."""
    rise = planned(0)["rise-445"]
    assert np.datetime64(rise.start_us, "us") == np.datetime64("2008-10-30T13:00")
    assert rise.end_us is None
    assert rise.ports == ("445/tcp",)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rise_stays_in_its_ranges(seed):
    """Whatever the seed: two and a half to four times the background, led by Japan, then China."""
    rise = planned(seed)["rise-445"]
    low, high = autumn_2008.FACTOR
    assert low <= rise.factor <= high
    assert rise.shape == ("ramp" if rise.ramp_hours else "step")
    assert rise.ramp_hours <= 8
    assert list(sorted(rise.regions, key=rise.regions.get, reverse=True))[:2] == ["JP", "CN"]
    assert 0.42 < rise.regions["JP"] < 0.58
    assert 0.18 < rise.regions["CN"] < 0.32


@pytest.mark.parametrize("seed", SEEDS)
def test_decoys_are_apart_from_each_other_and_from_the_rise(seed):
    """There is history before the first decoy, no two overlap, and all are over days before the rise."""
    decoys = sorted((e for e in planned(seed).values() if e.kind == "decoy"), key=lambda e: e.start_us)
    assert len(decoys) == 6
    assert decoys[0].start_us >= SCENARIO.start_us + 14 * DAY_US
    ends = [e.end_us or e.start_us for e in decoys]
    assert all(end <= later.start_us for end, later in zip(ends, decoys[1:], strict=False))
    assert max(ends) < autumn_2008.ONSET_US - 2 * DAY_US


def test_seeds_differ():
    """Decoys fall at other times on other ports with another seed."""
    plans = [planned(seed) for seed in SEEDS]
    for name in ("one-source-burst", "one-network-burst", "one-sensor-burst", "backscatter-flood"):
        assert len({plan[name].start_us for plan in plans}) > 20
        assert len({plan[name].ports for plan in plans}) > 2


def test_three_different_sensors_are_concerned():
    """The burst, the outage and the newcomer never meet at one sensor, and all stand in Japan."""
    home = {sensor.name for sensor in FLEET if sensor.region == "JP"}
    for seed in SEEDS:
        named = [e.sensor for e in planned(seed).values() if e.sensor]
        assert len(set(named)) == 3
        assert set(named) <= home


def test_the_outage_lasts_three_days():
    """Seventy-two hours."""
    outage = planned(4)["sensor-outage"]
    assert outage.end_us - outage.start_us == 3 * DAY_US


def test_visits_per_hour_grow_with_the_fleet():
    """Twice the sensors, twice the visits; a port that no stream has gets none."""
    one, two = (autumn_2008.visits_per_hour("445/tcp", n) for n in (6, 12))
    assert two == pytest.approx(2 * one)
    assert autumn_2008.visits_per_hour("4/tcp", 12) == 0
