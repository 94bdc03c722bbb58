"""Gathering rises with one cause."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.gather import Judged, gather, merge, overlap
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
    """A mass scanner that takes a new port every three days is told once, however long it walks."""
    rise, evidence = plain(added={"source": 5, "network": 5, "asn": 5})
    surge = judge(rise, evidence, Config())
    walk = []
    for n in range(10):
        port, hour = f"{n}/tcp", rise.hour + 72 * n
        walk.append(Judged(replace(surge, port=port, ports=(port,)), hour, hour + 12, np.array([5])))
    found = merge(walk, Config())
    assert len(found) == 1
    assert len(found[0].ports) == 10
    assert found[0].identifier == surge.identifier


def test_the_same_hosts_a_month_later_are_another_surge(plain: Plain) -> None:
    """Overlap of sources without overlap in time does not merge."""
    rise, evidence = plain()
    surge = judge(rise, evidence, Config())
    later = replace(surge, port="139/tcp")
    hosts = np.array([1, 2])
    pair = [Judged(surge, rise.hour, rise.hour + 48, hosts), Judged(later, rise.hour + 720, rise.hour + 750, hosts)]
    assert len(merge(pair, Config())) == 2


def test_what_asks_for_an_alert_is_not_hidden_in_what_does_not(plain: Plain) -> None:
    """A broad rise of many hosts, one of which walked through ports before, is a surge of its own."""
    rise, evidence = plain()
    broad = judge(rise, evidence, Config())
    assert broad.verdict == "broad"
    walker = replace(broad, port="139/tcp", verdict="single-source")
    pair = [
        Judged(walker, rise.hour - 9, rise.hour, np.array([5])),
        Judged(broad, rise.hour, rise.hour + 48, np.array([5, 6, 7])),
    ]
    assert [surge.verdict for surge in merge(pair, Config())] == ["single-source", "broad"]


def test_the_history_tells_each_port_and_its_end(plain: Plain) -> None:
    """What rose when, what joined, and what was over, in order of time."""
    rise, evidence = plain()
    surge = judge(rise, evidence, Config())
    over = replace(surge, port="139/tcp", ended_at=surge.detected_at + timedelta(hours=30))
    hosts = np.array([1, 2])
    pair = [Judged(surge, rise.hour, rise.hour + 90, hosts), Judged(over, rise.hour + 2, rise.hour + 30, hosts)]
    history = merge(pair, Config())[0].history
    assert [what.split(":")[0] for _, what in history] == [
        "445/tcp was seen to rise",
        "139/tcp was seen to rise too, by the same sources",
        "139/tcp was over",
    ]
    assert [at for at, _ in history] == sorted(at for at, _ in history)


def test_the_order_of_rises_does_not_matter(plain: Plain) -> None:
    """Gathering sorts by detection."""
    rise, evidence = plain()
    rises = [rise, replace(rise, port=Port(6, 139), score=5.5), replace(rise, port=Port(6, 80), score=4.0)]
    assert gather(rises, lambda _: evidence, Config()) == gather(rises[::-1], lambda _: evidence, Config())


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_overlap_is_shared_over_the_fewer(a: set[int], b: set[int]) -> None:
    """It is symmetric, 1 for a subset, and 0 where one is empty."""
    x, y = (np.array(sorted(each), np.int64) for each in (a, b))
    assert overlap(x, y) == overlap(y, x) == (len(a & b) / min(len(a), len(b)) if a and b else 0.0)
