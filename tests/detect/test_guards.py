"""The guards."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from isdas.detect.case import Case
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.guards import guards
from isdas.detect.judge import judge
from isdas.detect.rise import Rise

Plain = Callable[..., tuple[Rise, Evidence]]


def _failed(plain: Plain, **fields: object) -> set[str]:
    return {g.name for g in guards(Case.of(*plain(**fields)), Config()) if not g.passed}


def test_a_broad_rise_passes_every_guard(plain: Plain) -> None:
    """Many sources in many networks on all sensors stand all tests."""
    assert _failed(plain) == set()


@pytest.mark.parametrize(
    ("added", "guard"),
    [
        ({"source": 5, "network": 5, "asn": 5}, "without-top-source"),
        ({"network": 5}, "without-top-network"),
        ({"asn": 5}, "without-top-as"),
        ({"sensor": 5}, "without-top-sensor"),
        ({"sensor": 5}, "sensors-rising"),
        ({"scanner": 1}, "without-research-scanners"),
    ],
    ids=["one source", "one network", "one AS", "one sensor", "one sensor alone", "research scanner"],
)
def test_what_hangs_on_one_thing_fails_its_guard(plain: Plain, added: dict[str, int], guard: str) -> None:
    """A rise that is gone without one source, network, AS, sensor or organisation says so."""
    assert guard in _failed(plain, added=added)


def test_two_networks_of_an_unknown_as_are_two_origins(plain: Plain) -> None:
    """Sources without a known AS are told apart by their networks."""
    assert "without-top-as" not in _failed(plain, added={"asn": 0})


def test_backscatter_beside_a_rise_fails_its_guard(
    rise_of: Callable[..., Rise], evidence_of: Callable[..., Evidence]
) -> None:
    """Where replies rise more than scans, the scans are suspect."""
    usual, extra = np.ones(700, np.int64), np.zeros(700, np.int64)
    extra[-12:] = 50
    evidence = evidence_of(usual, extra, added={"kind": 1})
    found = guards(Case.of(rise_of(usual + extra // 10, 699, 12, 1.0), evidence), Config())
    assert not next(g for g in found if g.name == "backscatter").passed


def test_every_guard_speaks_a_sentence(plain: Plain) -> None:
    """A finding begins with a capital or a figure and ends with a full stop."""
    for guard in guards(Case.of(*plain()), Config()):
        assert guard.finding.endswith(".")
        assert guard.finding[0].isupper() or guard.finding[0].isdigit()


def test_hosts_that_stay_are_not_more_hosts(plain: Plain) -> None:
    """Three hosts that come back every hour for half a day are many source-hours, but hardly more sources."""
    _, evidence = plain()
    late = evidence.hour >= evidence.end - 12
    assert "distinct-sources" in _failed(plain, source=np.where(late, evidence.source % 3, evidence.source))


def test_sources_that_cannot_be_betray_a_forged_flood(plain: Plain) -> None:
    """Where one source in seven is a bogon, all are taken to be forged; a private address that leaks is no flood."""
    rise, evidence = plain()
    since = evidence.hour >= rise.window_begin
    forged = replace(evidence, bogon=since & (np.arange(len(evidence.hour)) % 7 == 0))
    assert judge(rise, forged, Config()).verdict == "spoofed"
    leak = np.zeros(len(evidence.hour), np.bool_)
    leak[np.flatnonzero(since)[:2]] = True
    assert judge(rise, replace(evidence, bogon=leak), Config()).verdict == "broad"


@pytest.mark.parametrize(
    ("later", "verdict"), [(0, "brief"), (3, "brief"), (30, "broad"), (170, "broad")], ids=["0", "3", "30", "170"]
)
def test_a_rise_that_does_not_go_on_is_brief(
    rise_of: Callable[..., Rise], evidence_of: Callable[..., Evidence], later: int, verdict: str
) -> None:
    """
    Eight hours of 12 sources more, and a day after its call in which so many more come.

    Where it would be as many as before, some 250, three in a day are none; 30 beside the usual 24 are fewer, but more.
    """
    usual, extra = np.random.default_rng(11).poisson(1.0, 28 * 24), np.zeros(28 * 24, np.int64)
    extra[-32:-24] = 12
    extra[-24:] += np.bincount(np.arange(later) % 24, minlength=24)
    evidence = evidence_of(usual, extra)
    rise = rise_of(usual + extra, 28 * 24 - 25, 8, 1.0)
    assert judge(rise, evidence, Config()).verdict == verdict
    then = evidence.until(rise.hour + 1)
    assert judge(rise.as_called(), then, Config()).verdict == "broad"


def test_the_sensors_that_rise_are_named(plain: Plain) -> None:
    """Two of twelve by their names, which tell the reader where to look."""
    found = guards(Case.of(*plain(added={"sensor": [2, 5]})), Config())
    assert "s2, s5" in next(guard.finding for guard in found if guard.name == "sensors-rising")


def test_where_hosts_stay_longer_more_of_them_must_be_beyond_chance(
    rise_of: Callable[..., Rise], evidence_of: Callable[..., Evidence]
) -> None:
    """
    Thirty source-hours more in a day, on a port whose sources number 24 a day and now and then twice that.

    By thirty hosts of one hour each they are as many more hosts; by ten of three hours they are ten, which is chance.
    """
    rng = np.random.default_rng(11)
    usual = rng.poisson(np.repeat(rng.gamma(8.0, 1 / 8, 28), 24))
    usual[-24:] = 1
    extra = np.zeros(28 * 24, np.int64)
    extra[-24:] = np.bincount(np.arange(30) % 24, minlength=24)
    evidence, rise = evidence_of(usual, extra), rise_of(usual + extra, 28 * 24 - 1, 24, 1.0)
    source = evidence.source.copy()
    source[-30:] = np.arange(30) % 10

    def stands(evidence: Evidence) -> bool:
        found = guards(Case.of(rise, evidence), Config())
        return next(guard.passed for guard in found if guard.name == "distinct-sources")

    assert stands(evidence)
    assert not stands(replace(evidence, source=source))
