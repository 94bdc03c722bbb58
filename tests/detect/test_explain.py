"""What the sightings of a port explain."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from isdas.detect.case import Case
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.explain import explain
from isdas.detect.rise import Rise
from isdas.model.explanation import Explanation

Plain = Callable[..., tuple[Rise, Evidence]]


def _explained(found: tuple[Rise, Evidence]) -> Explanation:
    rise, evidence = found
    return explain(Case.of(rise, evidence), rise.window_begin, Config())


def test_new_and_known_sources_are_those_of_the_port(plain: Plain) -> None:
    """Hosts that the port never saw are new; one that scanned it before is known."""
    rise, evidence = plain()
    found = _explained((rise, evidence))
    since = evidence.hour >= rise.window_begin
    now = np.unique(evidence.source[since])
    before = np.unique(evidence.source[~since])
    assert found.known_sources == len(np.intersect1d(now, before))
    assert found.new_sources == len(np.setdiff1d(now, before))


def test_a_tool_is_told_with_its_share_before(plain: Plain) -> None:
    """An excess made by one tool that was not there before has it at 0 before and nearly 1 in the excess."""
    found = _explained(plain(added={"tool": 1}))
    assert [mix.name for mix in found.tools] == ["mirai-like"]
    assert found.tools[0].before == 0.0
    assert found.tools[0].excess > 0.9


def test_the_rate_of_a_source_is_its_packets_in_an_hour_over_all_sensors(plain: Plain) -> None:
    """Sources that send seven packets are told apart from the usual ones that send one."""
    found = _explained(plain(added={"packets": 7}))
    assert found.packets_per_source == 7.0
    assert found.packets_per_source_before == 1.0


def test_it_is_the_same_after_being_written_down(plain: Plain) -> None:
    """An explanation read back is the explanation."""
    found = _explained(plain(added={"tool": 1, "region": 0}))
    assert Explanation.from_dict(found.as_dict()) == found
    assert Explanation.from_dict({}) == Explanation()


def test_without_evidence_nothing_is_said(rise_of: Callable[..., Rise], evidence_of: Callable[..., Evidence]) -> None:
    """Where sightings were let go, an explanation is empty rather than wrong."""
    nothing = np.zeros(28 * 24, np.int64)
    counts = np.full(28 * 24, 3)
    found = _explained((rise_of(counts, 28 * 24 - 1, 12, 1.0), evidence_of(nothing, nothing)))
    assert found.reach is None
    assert found.packets_per_source is None
    assert found.parts == ()
    assert found.new_sources == 0


def test_a_small_rise_says_nothing_of_the_internet(plain: Plain) -> None:
    """Where most sources are the usual ones, an estimate of those behind the rise would be of the usual."""
    rise, evidence = plain()
    small = replace(rise, baseline=rise.observed / 1.5)
    assert explain(Case.of(small, evidence), rise.window_begin, Config()).reach is None
