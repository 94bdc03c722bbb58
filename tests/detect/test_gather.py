"""Gathering rises with one cause."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.gather import Judged, gather, jaccard, merge
from isdas.detect.judge import judge
from isdas.detect.rise import Rise
from isdas.model.port import Port

Plain = Callable[..., tuple[Rise, Evidence]]


def test_ports_that_rise_by_the_same_sources_are_one_surge(plain: Plain) -> None:
    """445 and 139 scanned by the same hosts are told once, with both ports."""
    rise, evidence = plain()
    rises = [replace(rise, port=Port(6, 139), score=5.5), rise]
    surges = gather(rises, lambda _: evidence, Config())
    assert len(surges) == 1
    assert surges[0].ports == ("445/tcp", "139/tcp")
    assert surges[0].port == "445/tcp"


def test_ports_that_rise_by_other_sources_stay_apart(plain: Plain) -> None:
    """The same hour alone is no common cause."""
    rise, evidence = plain()
    other = replace(rise, port=Port(6, 139))
    found = gather([rise, other], lambda r: evidence if r is rise else plain(seed=9)[1], Config())
    assert len(found) == 2


def test_one_host_that_walks_through_ports_is_one_surge(plain: Plain) -> None:
    """A mass scanner that takes a new port every day is told once, however long it walks."""
    rise, evidence = plain(added={"source": 5, "network": 5, "asn": 5})
    surge = judge(rise, evidence, Config())
    walk = [
        Judged(replace(surge, port=f"{p}/tcp", ports=(f"{p}/tcp",)), rise.hour + 24 * p, np.array([5]))
        for p in range(10)
    ]
    found = merge(walk, Config())
    assert len(found) == 1
    assert len(found[0].ports) == 10
    assert found[0].identifier == surge.identifier


def test_the_same_hosts_a_month_later_are_another_surge(plain: Plain) -> None:
    """Overlap of sources without overlap in time does not merge."""
    rise, evidence = plain()
    surge = judge(rise, evidence, Config())
    later = replace(surge, port="139/tcp")
    pair = [Judged(surge, rise.hour, np.array([1, 2])), Judged(later, rise.hour + 720, np.array([1, 2]))]
    assert len(merge(pair, Config())) == 2


def test_the_order_of_rises_does_not_matter(plain: Plain) -> None:
    """Gathering sorts by detection."""
    rise, evidence = plain()
    rises = [rise, replace(rise, port=Port(6, 139), score=5.5), replace(rise, port=Port(6, 80), score=4.0)]
    assert gather(rises, lambda _: evidence, Config()) == gather(rises[::-1], lambda _: evidence, Config())


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_jaccard_is_shared_over_all(a: set[int], b: set[int]) -> None:
    """The similarity is that of sets, and 0 for two empty ones."""
    found = jaccard(np.array(sorted(a), np.int64), np.array(sorted(b), np.int64))
    assert found == (len(a & b) / len(a | b) if a | b else 0.0)
