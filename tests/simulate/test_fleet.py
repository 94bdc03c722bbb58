"""Tests of isdas.simulate.fleet."""

import ipaddress

import numpy as np
import pytest

from isdas.simulate.fleet import FLEET, Sensor, sensitivities


def test_sensors_stand_in_the_test_network():
    """No sensor has an address that could be somebody's (RFC 2544)."""
    network = ipaddress.ip_network("198.18.0.0/15")
    assert all(ipaddress.ip_address(sensor.address) in network for sensor in FLEET)
    assert len({sensor.address for sensor in FLEET}) == len({sensor.name for sensor in FLEET}) == 12


def test_most_sensors_stand_in_japan():
    """Ten of twelve."""
    assert sum(sensor.region == "JP" for sensor in FLEET) == 10


def test_number_is_the_address():
    """The number of a sensor's address is what the standard library says."""
    assert FLEET[0].number == int(ipaddress.ip_address(FLEET[0].address))


def test_a_sensor_observes_its_stretches():
    """The first instant of a stretch belongs to it, the last does not."""
    sensor = Sensor("x", "198.18.0.1", "JP", ((10, 20), (30, 40)))
    assert sensor.observes(np.array([9, 10, 19, 20, 30, 40])).tolist() == [False, True, True, False, True, False]


def test_sensitivities_have_mean_one():
    """Sensors differ, a little inside Japan, and on average receive the published level."""
    found = sensitivities(np.random.default_rng(1), FLEET)
    assert found.mean() == pytest.approx(1)
    assert 0 < found[:10].std() < 0.15
