"""Tests of isdas.simulate.truth."""

import json
from datetime import datetime

import pytest

from isdas.model.surge import VERDICTS
from isdas.simulate.truth import mainly


def events(simulation) -> dict:
    """The events by name."""
    return {event["name"]: event for event in simulation.truth["events"]}


def test_it_says_that_it_is_a_simulation(autumn):
    """Nobody can take it for a measurement."""
    assert autumn.truth["is_simulation"] is True
    assert autumn.truth["scenario"] == "autumn-2008"
    assert autumn.truth["seed"] == 11


def test_it_is_json(autumn):
    """The truth is made of plain values."""
    assert json.loads(json.dumps(autumn.truth)) == json.loads(json.dumps(autumn.truth, sort_keys=True))


def test_the_rise_is_told(autumn):
    """The rise: when, where, from where, how much, at how many sensors."""
    rise = events(autumn)["rise-445"]
    assert (rise["kind"], rise["verdict"], rise["port"]) == ("surge", "broad", "445/tcp")
    assert rise["onset_at"] == "2008-10-30T13:00:00Z"
    assert rise["ended_at"] is None
    assert rise["mainly"] == ["JP", "CN"]
    assert rise["sensors_rising"] >= 11
    assert 1.8 < rise["factor"] < 6
    assert rise["factor"] == pytest.approx(rise["observed"] / rise["baseline"], abs=1e-3)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("one-source-burst", "single-source"),
        ("one-network-burst", "single-network"),
        ("one-sensor-burst", "single-sensor"),
        ("backscatter-flood", "backscatter"),
        ("sensor-outage", "fleet-change"),
        ("sensor-joins", "fleet-change"),
    ],
)
def test_decoys_are_told(autumn, name, verdict):
    """Each decoy has its name, the right verdict, and is no surge."""
    decoy = events(autumn)[name]
    assert decoy["kind"] == "decoy"
    assert decoy["verdict"] == verdict
    assert verdict in VERDICTS


def test_decoys_are_what_they_are_called(autumn):
    """One source; one sensor; hundreds of answering sources; a sensor's three days."""
    told = events(autumn)
    assert told["one-source-burst"]["sources"] == 1
    assert told["one-source-burst"]["packets"] > 1000
    assert told["one-network-burst"]["sources"] > 50
    assert told["one-sensor-burst"]["sensors_rising"] == 1
    assert told["one-sensor-burst"]["sources"] > 100
    assert told["backscatter-flood"]["sources"] > 300
    lasted = [datetime.fromisoformat(told["sensor-outage"][key]) for key in ("onset_at", "ended_at")]
    assert (lasted[1] - lasted[0]).days == 3


def test_region_shares_add_up(autumn):
    """The regions explain all of the excess, largest first."""
    for event in autumn.truth["events"]:
        shares = [region["excess_share"] for region in event["regions"]]
        assert shares == sorted(shares, reverse=True)
        assert not shares or sum(shares) == pytest.approx(1, abs=0.005)


def test_sensors_are_told(autumn):
    """Twelve sensors with their live stretches; only the newcomer joined, only the silent one has a gap."""
    sensors = {sensor["name"]: sensor for sensor in autumn.truth["sensors"]}
    told = events(autumn)
    assert len(sensors) == 12
    assert [s["name"] for s in sensors.values() if s["joined_at"]] == [told["sensor-joins"]["sensor"]]
    assert [s["name"] for s in sensors.values() if len(s["live"]) == 2] == [told["sensor-outage"]["sensor"]]


def test_published_levels_have_sources(autumn):
    """Every published level says where it was published."""
    levels = autumn.truth["published_levels"]
    assert all("http" in level["source"] for name, level in levels.items() if name != "not_published")


def test_counts_reconcile(autumn):
    """Background and planted packets together are all packets."""
    planted = sum(event["packets"] for event in autumn.truth["events"])
    assert autumn.truth["packets"] == autumn.truth["packets_background"] + planted == len(autumn.packets)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([("JP", 0.5), ("CN", 0.25), ("US", 0.25)], ["JP", "CN"]),
        ([("JP", 0.7), ("CN", 0.3)], ["JP"]),
        ([("JP", 0.3), ("CN", 0.2), ("US", 0.09)], []),
        ([], []),
    ],
    ids=["two", "one", "many", "none"],
)
def test_mainly(shares, expected):
    """Main regions are the fewest that explain two thirds, each with at least a tenth."""
    assert mainly(shares) == expected
