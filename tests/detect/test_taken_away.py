"""The guards that take something away."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from isdas.detect.case import Case
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.judge import judge
from isdas.detect.rise import Rise
from isdas.detect.taken_away import fleet_change

Plain = Callable[..., tuple[Rise, Evidence]]


def test_a_new_sensor_that_sees_everything_is_a_fleet_change(plain: Plain) -> None:
    """If only the sensor that joined sees the rise, those that watched throughout show nothing."""
    exposure = np.ones((12, 28 * 24))
    exposure[7, :-13] = 0.0
    assert not fleet_change(Case.of(*plain(added={"sensor": 7}, exposure=exposure)), Config()).passed


def test_a_sensor_that_joins_beside_a_broad_rise_changes_nothing(plain: Plain) -> None:
    """The rise stands on the eleven that watched throughout."""
    exposure = np.ones((12, 28 * 24))
    exposure[7, :-13] = 0.0
    assert fleet_change(Case.of(*plain(exposure=exposure)), Config()).passed


def test_scanners_of_hundreds_of_ports_are_a_campaign(plain: Plain) -> None:
    """An excess by sources that scan everything is not about this port; with a fifth of them it still is."""
    rise, evidence = plain()
    since = evidence.hour >= rise.window_begin
    wide = np.where(since, 500, 1)
    assert judge(rise, replace(evidence, breadth=wide), Config()).verdict == "campaign"
    some = np.where(since & (np.arange(len(since)) % 5 == 0), 500, 1)
    assert judge(rise, replace(evidence, breadth=some), Config()).verdict == "broad"


def test_sensors_whose_clock_is_wrong_are_not_believed(plain: Plain) -> None:
    """An excess that only sensors with a clock hours off saw is an artefact, and one that the others saw too is not."""
    rise, evidence = plain(added={"sensor": [3, 4]})
    clock = np.zeros(12)
    clock[[3, 4]] = 7200.0
    assert judge(rise, replace(evidence, clock=clock), Config()).verdict == "artefact"
    everywhere = plain()
    assert judge(everywhere[0], replace(everywhere[1], clock=clock), Config()).verdict == "broad"


def test_what_comes_when_sensors_come_back_is_an_artefact(
    rise_of: Callable[..., Rise], evidence_of: Callable[..., Evidence]
) -> None:
    """A burst in the first hour after an outage of some sensors does not stand without that hour."""
    usual = np.random.default_rng(11).poisson(1.0, 28 * 24)
    usual[-20:-8] = 0
    extra = np.zeros(28 * 24, np.int64)
    extra[-8:-6] = 40
    exposure = np.ones((12, 28 * 24))
    exposure[:, -20:-8] = 0.0
    evidence = evidence_of(usual, extra, exposure=exposure)
    assert judge(rise_of(usual + extra, 28 * 24 - 6, 3, 1.0), evidence, Config()).verdict == "artefact"


def test_a_network_that_no_sensor_sees_much_of_is_named(
    rise_of: Callable[..., Rise], evidence_of: Callable[..., Evidence]
) -> None:
    """Seven hosts of one /24 that come to a sensor each, as a search engine's do: a network, not a sensor or a few."""
    usual, extra = np.random.default_rng(11).poisson(0.3, 28 * 24), np.zeros(28 * 24, np.int64)
    extra[-1] = 7
    evidence = evidence_of(usual, extra, added={"network": 5, "asn": 5})
    sensor = evidence.sensor.copy()
    sensor[-7:] = np.arange(7)
    surge = judge(rise_of(usual + extra, 28 * 24 - 1, 1, 0.3), replace(evidence, sensor=sensor), Config())
    assert surge.verdict == "single-network"
