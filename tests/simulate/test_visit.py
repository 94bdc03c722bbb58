"""Tests of isdas.simulate.visit."""

from dataclasses import replace

import numpy as np
import pytest

from isdas.model.time import HOUR_US
from isdas.simulate.fleet import FLEET
from isdas.simulate.region import REGIONS, index
from isdas.simulate.stream import Stream
from isdas.simulate.visit import Visits, draw, join, preferences, sweep_factor

HOURS = 1_200_000_000_000_000 + np.arange(30 * 24) * HOUR_US
PLAIN = Stream("plain", ("80/tcp",), 1, (("xp", 1.0),), sweeping=0, returning=0)
EVEN = np.ones(len(FLEET))


def drawn(stream: Stream, per_hour: float = 0.5, seed: int = 0) -> Visits:
    """A month of visits by one stream, the same from every region."""
    rates = np.full((1, len(REGIONS), len(HOURS)), per_hour)
    return draw(np.random.default_rng(seed), [stream], rates, preferences([stream], FLEET, EVEN), HOURS)


def test_rates_are_kept():
    """As many visits come as the rates say, whether or not sources return."""
    expected = 0.5 * len(REGIONS) * len(HOURS)
    for stream in (PLAIN, replace(PLAIN, returning=0.8)):
        assert len(drawn(stream)) == pytest.approx(expected, rel=0.05)


def test_without_returning_every_visit_has_its_own_source():
    """Nobody comes twice."""
    visits = drawn(PLAIN)
    assert len(np.unique(visits.source)) == len(visits) == len(visits.source_region)


def test_returning_sources_persist_and_keep_their_sensor():
    """With returning sources there are fewer of them, and they mostly come back to the same sensor."""
    visits = drawn(replace(PLAIN, returning=0.6))
    assert len(visits.source_region) == pytest.approx(0.4 * len(visits), rel=0.15)
    order = np.lexsort((visits.time_us, visits.source))
    source, sensor = visits.source[order], visits.sensor[order]
    again = source[1:] == source[:-1]
    assert (sensor[1:] == sensor[:-1])[again].mean() > 0.5


def test_sweeping_sources_touch_many_sensors():
    """Sweeps add visits by the expected factor."""
    stream = replace(PLAIN, sweeping=0.3)
    assert len(drawn(stream)) / len(drawn(PLAIN)) == pytest.approx(sweep_factor(stream, len(FLEET)), rel=0.1)


def test_locality_brings_sources_to_their_own_region():
    """Sources that prefer near targets reach the sensor in Taiwan from Taiwan more than others do."""
    visits = drawn(replace(PLAIN, locality=5))
    region = visits.source_region[visits.source]
    taipei = [sensor.name for sensor in FLEET].index("taipei")
    there = (visits.sensor == taipei)[region == index("TW")].mean()
    assert there == pytest.approx(5 / 16, abs=0.1)


def test_only_one_sensor():
    """A stream that is one sensor's leftover reaches no other."""
    assert set(drawn(replace(PLAIN, only="naha")).sensor.tolist()) == {9}


def test_no_rate_no_visit():
    """Nothing comes of nothing."""
    assert len(drawn(PLAIN, per_hour=0)) == 0


def test_join_renumbers_sources():
    """Sources of joined parts stay apart."""
    part = drawn(PLAIN, per_hour=0.01)
    both = join([part, part])
    assert len(both) == 2 * len(part)
    assert set(both.source[: len(part)]).isdisjoint(both.source[len(part) :])
    assert (both.source_region[both.source][len(part) :] == part.source_region[part.source]).all()
