"""Tests of isdas.simulate.event."""

from dataclasses import replace

import numpy as np
import pytest

from isdas.model.time import HOUR_US
from isdas.simulate.event import Event, Part, envelope, visits
from isdas.simulate.fleet import FLEET
from isdas.simulate.region import CODES
from isdas.simulate.stream import Stream

HOURS = np.arange(96) * HOUR_US
STREAM = Stream("x", ("80/tcp", "81/tcp"), 0, (("xp", 1.0),))
EVENT = Event("x", "surge", "broad", 24 * HOUR_US, 72 * HOUR_US, (Part(STREAM, 100),), regions={"JP": 0.5, "CN": 0.5})


def test_a_step_is_full_at_once():
    """A step is zero before its onset, one from it, and zero after its end."""
    assert envelope(EVENT, HOURS).tolist() == [0] * 24 + [1] * 48 + [0] * 24


def test_a_ramp_grows():
    """A ramp grows evenly over its hours and stays."""
    found = envelope(replace(EVENT, shape="ramp", ramp_hours=4, end_us=None), HOURS)
    assert found[23:30].tolist() == [0, 0.125, 0.375, 0.625, 0.875, 1, 1]


def test_a_decay_shrinks():
    """A decay is highest at its onset."""
    found = envelope(replace(EVENT, shape="decay"), HOURS)
    assert found[24] == 1
    assert (np.diff(found[24:72]) < 0).all()


def test_ports_are_listed_once_and_in_order():
    """All parts' ports, the first part's first."""
    event = replace(EVENT, parts=(Part(STREAM, 1), Part(replace(STREAM, ports=("81/tcp", "3/icmp")), 1)))
    assert event.ports == ("80/tcp", "81/tcp", "3/icmp")


def test_a_population_without_end_has_the_rate_and_the_regions():
    """Visits come at the rate asked for, inside the event only, from its regions only."""
    (drawn,) = visits(np.random.default_rng(0), EVENT, FLEET, np.ones(12), HOURS)
    assert len(drawn) == pytest.approx(48 * 100, rel=0.25)
    assert drawn.time_us.min() >= EVENT.start_us
    assert {CODES[place] for place in drawn.source_region} == {"JP", "CN"}


def test_few_sources_share_the_visits():
    """A burst by one source has one source."""
    (drawn,) = visits(
        np.random.default_rng(0), replace(EVENT, parts=(Part(STREAM, 100, n_sources=1),)), FLEET, np.ones(12), HOURS
    )
    assert len(drawn.source_region) == 1
    assert len(drawn) == pytest.approx(4800, rel=0.1)
    assert len(np.unique(drawn.sensor)) == 12


def test_a_sensor_s_event_stays_at_the_sensor():
    """An event of one sensor reaches no other."""
    event = replace(EVENT, parts=(Part(STREAM, 10, n_sources=30),), sensor="osaka")
    (drawn,) = visits(np.random.default_rng(0), event, FLEET, np.ones(12), HOURS)
    assert set(drawn.sensor.tolist()) == {[s.name for s in FLEET].index("osaka")}
