"""Tests of isdas.simulate.scenario: what a simulation is like as a whole."""

from dataclasses import fields

import numpy as np
import pytest

from isdas.model.errors import IsdasError, NotFound
from isdas.simulate import pool
from isdas.simulate.fleet import FLEET
from isdas.simulate.region import CODES
from isdas.simulate.scenario import DAY_US, SCENARIOS, Simulation, generate, scenario
from isdas.simulate.stream import BACKGROUND

N_BACKGROUND = len(BACKGROUND) + len(FLEET)
HOUR_US = DAY_US // 24


def background(simulation: Simulation):
    """The packets that nobody planted, and the sensor-days in which they came."""
    days = sum(b - a for sensor in simulation.sensors for a, b in sensor.live) / DAY_US
    return simulation.packets.take(simulation.packets.stream < N_BACKGROUND), days


def test_packets_are_at_the_published_level(autumn):
    """A sensor receives about 415 packets a day (IPA TALOT2, October 2008)."""
    packets, days = background(autumn)
    assert len(packets) / days == pytest.approx(415, rel=0.1)


def test_sources_are_at_the_published_level(autumn):
    """A sensor sees about 113 sources a day (IPA TALOT2, October 2008)."""
    packets, days = background(autumn)
    day = (packets.time_us + 9 * HOUR_US) // DAY_US
    seen = np.unique(packets.sensor.astype(np.int64) << 50 | day << 33 | packets.source)
    assert len(seen) / days == pytest.approx(113, rel=0.1)


@pytest.mark.parametrize(
    ("protocol", "port", "percent"),
    [(6, 135, 31.6), (17, 1434, 6.0), (1, None, 21.7)],
    ids=["135/tcp", "1434/udp", "icmp"],
)
def test_ports_are_at_the_published_level(autumn, protocol, port, percent):
    """The leading ports have their published shares of packets (National Police Agency, October 2007)."""
    packets, _ = background(autumn)
    found = packets.protocol == protocol
    if port is not None:
        found &= packets.port == port
    assert 100 * found.mean() == pytest.approx(percent, rel=0.25)


@pytest.mark.parametrize(
    ("code", "percent"), [("CN", 24.4), ("JP", 22.5), ("US", 10.4), ("TW", 6.5), ("KR", 5.4)], ids=lambda v: str(v)
)
def test_regions_are_at_the_published_level(autumn, code, percent):
    """The country lookup finds the published shares of packets (National Police Agency, October 2007)."""
    packets, _ = background(autumn)
    found = pool.codes(packets.source) == code
    assert 100 * found.mean() == pytest.approx(percent, rel=0.25)


def test_regions_are_those_of_the_lookup(autumn):
    """What the simulation takes a source's region for is what the lookup says."""
    rows = np.random.default_rng(0).integers(0, len(autumn.packets), 5000)
    some = autumn.packets.take(rows)
    assert pool.codes(some.source).tolist() == [CODES[place] for place in some.region]


def test_rates_are_autocorrelated(autumn):
    """Hourly sources on 445/tcp before the rise vary more than by chance, and remember."""
    packets, _ = background(autumn)
    mine = packets.take((packets.port == 445) & (packets.protocol == 6))
    hour = (mine.time_us - autumn.start_us) // HOUR_US
    seen = np.unique(hour << 32 | mine.source) >> 32
    counts = np.bincount(seen, minlength=92 * 24)
    assert counts.var() > 1.3 * counts.mean()
    assert np.corrcoef(counts[:-24], counts[24:])[0, 1] > 0.1


def test_some_sources_come_back(autumn):
    """Sources of one day only are the rule; a fifth or so are seen on several days."""
    packets, _ = background(autumn)
    pairs = np.unique(packets.source.astype(np.int64) << 16 | packets.time_us // DAY_US - 14000)
    _, n_days = np.unique(pairs >> 16, return_counts=True)
    assert 0.15 < (n_days > 1).mean() < 0.4
    assert n_days.max() >= 10


def test_nothing_rises_in_a_quiet_week(quiet):
    """The quiet week has its background and no event."""
    assert quiet.truth["events"] == []
    assert (quiet.packets.stream < N_BACKGROUND).all()
    assert all(sensor.live == ((quiet.start_us, quiet.end_us),) for sensor in quiet.sensors)


def test_same_seed_same_packets():
    """A simulation follows from its name and its seed."""
    one, two = (generate("quiet-week", 5, days=1) for _ in range(2))
    for field in fields(one.packets):
        assert np.array_equal(getattr(one.packets, field.name), getattr(two.packets, field.name))
    assert one.truth == two.truth


def test_other_seed_other_packets():
    """Another seed, other sources."""
    one, two = (generate("quiet-week", seed, days=1) for seed in (5, 6))
    assert len(np.intersect1d(one.packets.source, two.packets.source)) < 0.05 * len(one.packets)


def test_a_part_can_be_generated_alone():
    """The last five days contain the end of the rise and no decoy but the newcomer."""
    part = generate("autumn-2008", 3, first_day=87)
    assert part.end_us - part.start_us == 5 * DAY_US
    assert {event["name"] for event in part.truth["events"]} == {"rise-445", "sensor-joins"}
    assert part.packets.time_us.min() >= part.start_us


def test_a_sensor_is_silent_in_its_outage_and_before_it_joins(autumn):
    """No packet is received in the outage or before joining."""
    names = [sensor.name for sensor in autumn.sensors]
    events = {event["name"]: event for event in autumn.truth["events"]}
    outage, joins = events["sensor-outage"], events["sensor-joins"]
    start, end, joined = (
        np.datetime64(when.rstrip("Z"), "us").astype(np.int64)
        for when in (outage["onset_at"], outage["ended_at"], joins["onset_at"])
    )
    packets = autumn.packets
    silent = packets.time_us[packets.sensor == names.index(outage["sensor"])]
    assert not ((silent >= start) & (silent < end)).any()
    assert (silent < start).any()
    assert (silent >= end).any()
    assert packets.time_us[packets.sensor == names.index(joins["sensor"])].min() >= joined


def test_scenarios_span_whole_days_in_japan():
    """The period of the published figure is 92 days, 2008-08-05 to 2008-11-04, in Japan's time."""
    autumn = SCENARIOS["autumn-2008"]
    assert autumn.end_us - autumn.start_us == 92 * DAY_US
    assert np.datetime64(autumn.start_us + 9 * HOUR_US, "us") == np.datetime64("2008-08-05")


def test_unknown_scenario():
    """A scenario that is not there is named, with those that are."""
    with pytest.raises(NotFound, match=r"no scenario 'spring-2009': there are autumn-2008, quiet-week"):
        scenario("spring-2009")


@pytest.mark.parametrize("arguments", [{"first_day": 7}, {"days": 0}, {"first_day": -1}], ids=str)
def test_no_day_left(arguments):
    """A part without any day is refused."""
    with pytest.raises(ValueError, match="no day of quiet-week is left"):
        generate("quiet-week", 1, **arguments)


def test_negative_seed():
    """A seed below zero is refused with a word on what to write."""
    with pytest.raises(IsdasError, match="whole number from 0"):
        generate("quiet-week", -1)
