"""Negative controls: what looked like a surge to somebody once and was none. None of them may be broad."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.gather import gather
from isdas.detect.judge import judge
from isdas.detect.rise import Rise
from isdas.model.port import Port
from isdas.model.surge import Surge

Plain = Callable[..., tuple[Rise, Evidence]]
Made = Callable[..., Evidence]
Called = Callable[..., Rise]

HOURS = 28 * 24


def _verdict(rise: Rise, evidence: Evidence) -> str:
    return judge(rise, evidence, Config()).verdict


def _later(rise: Rise, evidence: Evidence, port: Port, hours: int) -> tuple[Rise, Evidence]:
    """The same on another port some hours later."""
    ended = None if rise.ended is None else rise.ended + hours
    moved = replace(rise, port=port, hour=rise.hour + hours, begin=rise.begin + hours, ended=ended)
    return moved, replace(evidence, hour=evidence.hour + hours, begin=evidence.begin + hours)


def _gathered(cases: list[tuple[Rise, Evidence]]) -> list[Surge]:
    of = {rise.port: evidence for rise, evidence in cases}
    return gather([rise for rise, _ in cases], lambda rise: of[rise.port], Config())


def test_answers_to_a_forged_flood(rise_of: Called, evidence_of: Made) -> None:
    """Of 11 March 2020: SYN-ACK by the hundred thousand, and a few packets among them that pass for scans."""
    usual, extra = np.ones(HOURS, np.int64), np.zeros(HOURS, np.int64)
    extra[-12:] = 400
    evidence = evidence_of(usual, extra, added={"kind": [1] * 19 + [0]})
    scans = np.bincount((evidence.hour - evidence.begin).astype(int)[evidence.kind == 0], minlength=HOURS)
    assert _verdict(rise_of(scans, HOURS - 1, 12, 1.0), evidence) == "backscatter"


@pytest.mark.parametrize(
    ("added", "verdict"),
    [
        ({"sensor": 5}, "single-sensor"),
        ({"sensor": [2, 5]}, "few-sensors"),
        ({"asn": 8151}, "single-network"),
        ({"network": 5, "asn": 8151}, "single-network"),
        ({"scanner": 1}, "research-scanner"),
        ({"source": [5, 6, 7]}, "single-source"),
    ],
    ids=[
        "13832/tcp of February 2014, one sensor",
        "6674/tcp of May 2013, two sensors that are neighbours",
        "3333/tcp of May 2018, one provider",
        "one /24",
        "survey of February 2020",
        "May 2021, few sources",
    ],
)
def test_excess_of_one_kind(plain: Plain, added: dict[str, int | list[int]], verdict: str) -> None:
    """Named after what it hangs on."""
    assert _verdict(*plain(added=added)) == verdict


def test_research_over_many_ports_that_nobody_has_registered(plain: Plain) -> None:
    """Of autumn 2019: hosts that take thousands of ports, each of which rises; one surge, and none that is broad."""
    rise, evidence = plain(added={"network": [*range(8)], "asn": [*range(1, 9)], "source": [*range(2000, 2040)]})
    wide = replace(evidence, breadth=np.where(evidence.hour >= rise.window_begin, 3000, 1))
    found = _gathered([_later(rise, wide, Port(6, n), n) for n in range(40)])
    assert len(found) == 1
    assert len(found[0].ports) == 40
    assert found[0].verdict == "campaign"


def test_a_fleet_that_grows(plain: Plain) -> None:
    """Four more sensors in networks that see more of everything."""
    exposure = np.ones((12, HOURS))
    exposure[8:, :-13] = 0.0
    assert _verdict(*plain(added={"sensor": [8, 9, 10, 11]}, exposure=exposure)) == "fleet-change"


def test_clocks_that_jump_by_hours(plain: Plain) -> None:
    """Five sensors lay what they saw in a day into the same few hours."""
    rise, evidence = plain(added={"sensor": [1, 2, 3, 4, 5]})
    clock = np.zeros(12)
    clock[1:6] = -5 * 3600.0
    assert _verdict(rise, replace(evidence, clock=clock)) == "artefact"


def test_what_was_held_back_comes_after_the_gap(rise_of: Called, evidence_of: Made) -> None:
    """Half a day without six of the sensors, and then all that had waited for them within an hour."""
    usual = np.random.default_rng(11).poisson(1.0, HOURS)
    extra = np.zeros(HOURS, np.int64)
    extra[-6:-5] = 60
    exposure = np.ones((12, HOURS))
    exposure[:6, -18:-6] = 0.0
    evidence = evidence_of(usual, extra, exposure=exposure, added={"sensor": [0, 1, 2, 3, 4, 5]})
    assert _verdict(rise_of(usual + extra, HOURS - 6, 3, 1.0), evidence) == "artefact"


def test_forged_sources(plain: Plain) -> None:
    """As many of them are private as of all addresses."""
    rise, evidence = plain()
    forged = (evidence.hour >= rise.window_begin) & (np.arange(len(evidence.hour)) % 7 == 0)
    assert _verdict(rise, replace(evidence, bogon=forged)) == "spoofed"


def test_a_walk_through_fifty_ports(plain: Plain) -> None:
    """One scanner on all sensors, a new port every five hours: one incident, called after its first port."""
    rise, evidence = plain(added={"source": 5, "network": 5, "asn": 5})
    over = replace(rise, ended=rise.hour + 13)
    found = _gathered([_later(over, evidence, Port(6, 1000 + n), 5 * n) for n in range(50)])
    assert len(found) == 1
    assert len(found[0].ports) == 50
    assert found[0].verdict == "single-source"
    assert found[0].identifier.endswith("-1000-tcp")
    assert len(found[0].history) == 100


def test_leftovers_on_one_sensor(plain: Plain) -> None:
    """Peer-to-peer hosts look for a client that had the address before: many sources, a UDP port, one sensor."""
    rise, evidence = plain(added={"sensor": 6})
    found = gather([replace(rise, port=Port(17, n)) for n in (20029, 29067, 35721)], lambda _: evidence, Config())
    assert [surge.verdict for surge in found] == ["single-sensor"]


@pytest.mark.parametrize("scarce", [1, 2, 10], ids=["12 scans in 12 hours", "24", "120"])
def test_what_really_rises_is_broad(rise_of: Called, evidence_of: Made, scarce: int) -> None:
    """The guards keep no true rise of a silent port down, whether small or large."""
    usual, extra = np.zeros(HOURS, np.int64), np.zeros(HOURS, np.int64)
    usual[::100] = 1
    extra[-12:] = scarce
    evidence = evidence_of(usual, extra)
    assert _verdict(rise_of(usual + extra, HOURS - 1, 12, 0.01), evidence) == "broad"
