"""Tests of isdas.simulate.background."""

import numpy as np
import pytest

from isdas.model.time import HOUR_US
from isdas.simulate import background
from isdas.simulate.fleet import FLEET
from isdas.simulate.region import REGIONS
from isdas.simulate.rhythm import level

HOURS = int(np.datetime64("2008-08-04T15:00", "us").astype(np.int64)) + np.arange(92 * 24) * HOUR_US


def test_streams_share_everything():
    """The streams with every sensor's leftovers make up all packets."""
    streams = background.streams(np.random.default_rng(0), FLEET)
    assert sum(stream.share for stream in streams) == pytest.approx(100)
    assert sum(stream.only is not None for stream in streams) == len(FLEET)


def test_regions_of_all_packets_are_the_published_ones():
    """Whatever the streams prefer, together they have the published region shares."""
    streams = background.streams(np.random.default_rng(0), FLEET)
    shares = np.array([stream.share for stream in streams]) @ background.mix(streams)
    assert shares == pytest.approx([region.share for region in REGIONS], abs=1e-6)


def test_rates_give_the_published_level():
    """Rates times packets per visit are the published packets per sensor and day, within the noise."""
    streams = background.streams(np.random.default_rng(0), FLEET)
    rates = background.rates(np.random.default_rng(1), streams, len(FLEET), HOURS)
    per_visit = np.array([s.packets_per_visit * (1 + s.sweeping * (len(FLEET) - 1) * 0.7) for s in streams])
    packets = (rates.sum(axis=(1, 2)) * per_visit).sum() / len(FLEET) / 92
    assert packets == pytest.approx(level(HOURS).mean(), rel=0.1)


def test_background_has_every_stream():
    """A month of background contains visits of each stream to each sensor."""
    rng = np.random.default_rng(2)
    streams = background.streams(rng, FLEET)
    visits = background.background(rng, streams, FLEET, np.ones(len(FLEET)), HOURS[:720])
    assert set(visits.source_stream.tolist()) == set(range(len(streams)))
    assert set(visits.sensor.tolist()) == set(range(len(FLEET)))
