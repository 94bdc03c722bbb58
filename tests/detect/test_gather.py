"""Gathering rises with one cause."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.gather import Judged, gather, merge, one_cause
from isdas.detect.judge import judge
from isdas.detect.rise import Rise
from isdas.model.port import Port
from isdas.model.surge import Surge

Plain = Callable[..., tuple[Rise, Evidence]]


def _judged(surge: Surge, hour: np.datetime64, hours: int, networks: Iterable[int]) -> Judged:
    """A surge that lasts some *hours*, to whose excess all *networks* add alike."""
    sorted_ = np.array(sorted(networks), np.int64)
    return Judged(surge, hour, hour + hours, sorted_, np.full(len(sorted_), 1 / max(len(sorted_), 1)))


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
        walk.append(_judged(replace(surge, port=port, ports=(port,)), hour, 12, {5}))
    found = merge(walk, Config())
    assert len(found) == 1
    assert len(found[0].ports) == 10
    assert found[0].identifier == surge.identifier


def test_the_same_hosts_a_month_later_are_another_surge(plain: Plain) -> None:
    """Overlap of sources without overlap in time does not merge."""
    rise, evidence = plain()
    surge = judge(rise, evidence, Config())
    later = replace(surge, port="139/tcp")
    pair = [_judged(surge, rise.hour, 48, {1, 2}), _judged(later, rise.hour + 720, 30, {1, 2})]
    assert len(merge(pair, Config())) == 2


def test_what_asks_for_an_alert_is_not_hidden_in_what_does_not(plain: Plain) -> None:
    """A broad rise of many hosts, one of which walked through ports before, is a surge of its own."""
    rise, evidence = plain()
    broad = judge(rise, evidence, Config())
    assert broad.verdict == "broad"
    walker = replace(broad, port="139/tcp", verdict="single-source")
    pair = [
        _judged(walker, rise.hour - 9, 9, {5}),
        _judged(broad, rise.hour, 48, {5, 6}),
    ]
    assert [surge.verdict for surge in merge(pair, Config())] == ["single-source", "broad"]


def test_the_history_tells_each_port_and_its_end(plain: Plain) -> None:
    """What rose when, what joined, and what was over, in order of time."""
    rise, evidence = plain()
    surge = judge(rise, evidence, Config())
    over = replace(surge, port="139/tcp", ended_at=surge.detected_at + timedelta(hours=30))
    pair = [_judged(surge, rise.hour, 90, {1, 2}), _judged(over, rise.hour + 2, 28, {1, 2})]
    history = merge(pair, Config())[0].history
    assert [what.split(":")[0] for _, what in history] == [
        "445/tcp was seen to rise",
        "139/tcp was seen to rise too, from the same networks",
        "139/tcp was over",
    ]
    assert [at for at, _ in history] == sorted(at for at, _ in history)


def test_the_order_of_rises_does_not_matter(plain: Plain) -> None:
    """Gathering sorts by detection."""
    rise, evidence = plain()
    rises = [rise, replace(rise, port=Port(6, 139), score=5.5), replace(rise, port=Port(6, 80), score=4.0)]
    assert gather(rises, lambda _: evidence, Config()) == gather(rises[::-1], lambda _: evidence, Config())


def test_a_host_in_a_crowd_is_not_the_cause_of_the_crowd(plain: Plain) -> None:
    """One scanner among 40 networks does not make its own walk and their rise one; a tenth of a botnet is its part."""
    rise, evidence = plain()
    surge = judge(rise, evidence, Config())
    crowd = _judged(surge, rise.hour, 48, range(40))
    assert not one_cause(crowd, _judged(surge, rise.hour, 48, {5}), Config())
    assert one_cause(_judged(surge, rise.hour, 48, range(400)), crowd, Config())


def test_another_address_of_the_same_network_goes_on_with_the_surge(plain: Plain) -> None:
    """Who scans the next port from the next address of a rented /24 is told once."""
    rise, evidence = plain(added={"source": 5, "network": 5, "asn": 5})
    rises = [rise, replace(rise, port=Port(6, 139), score=5.5)]
    other = replace(evidence, source=np.where(evidence.network == 5, 6, evidence.source))
    found = gather(rises, lambda r: evidence if r is rise else other, Config())
    assert [surge.ports for surge in found] == [("445/tcp", "139/tcp")]


def test_who_changes_hosts_bit_by_bit_is_one_surge(plain: Plain) -> None:
    """What is made by the same networks as two surges ties them, under the name of the first; in any order."""
    rise, evidence = plain()
    surge = replace(judge(rise, evidence, Config()), verdict="single-source")
    named = [replace(surge, identifier=port, port=port, ports=(port,)) for port in ("1/tcp", "2/tcp", "3/tcp")]
    hosts = [{1, 2, 3}, {4, 5, 6}, {2, 3, 4, 5}]
    parts = [_judged(one, rise.hour + n, 48, who) for n, (one, who) in enumerate(zip(named, hosts, strict=True))]
    assert [one.ports for one in merge(parts[:2], Config())] == [("1/tcp",), ("2/tcp",)]
    for order in (parts, parts[::-1]):
        (found,) = merge(order, Config())
        assert (found.identifier, found.ports) == ("1/tcp", ("1/tcp", "2/tcp", "3/tcp"))


def test_a_part_of_two_surges_does_not_tie_them(plain: Plain) -> None:
    """A few hosts that are in two large crowds are told with the first, and the crowds stay two."""
    rise, evidence = plain()
    surge = judge(rise, evidence, Config())
    named = [replace(surge, identifier=port, port=port, ports=(port,)) for port in ("1/tcp", "2/tcp", "3/tcp")]
    hosts = [{*range(100)}, {*range(94, 200)}, {*range(94, 100)}]
    parts = [_judged(one, rise.hour + n, 48, who) for n, (one, who) in enumerate(zip(named, hosts, strict=True))]
    assert [one.ports for one in merge(parts, Config())] == [("1/tcp", "3/tcp"), ("2/tcp",)]


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_one_cause_is_mutual(a: set[int], b: set[int]) -> None:
    """It does not matter which was first; a rise is of one cause with itself; without shared networks never."""
    surge, hour = cast("Surge", None), np.datetime64("2021-02-01T00", "h")
    x, y = _judged(surge, hour, 1, a), _judged(surge, hour, 1, b)
    assert one_cause(x, y, Config()) == one_cause(y, x, Config())
    assert one_cause(x, x, Config()) == bool(a)
    assert a & b or not one_cause(x, y, Config())


def test_what_falls_is_told_as_such_and_joins_no_rise(plain: Plain) -> None:
    """Sources that vanish are not a part of their own rise."""
    rise, evidence = plain()
    surge = replace(judge(rise, evidence, Config()), verdict="single-source")
    fall = replace(surge, change="fall", verdict="vanished", port="23/tcp")
    hosts = [1, 2, 3]
    pair = [_judged(surge, rise.hour, 48, hosts), _judged(fall, rise.hour + 5, 48, hosts)]
    found = merge(pair, Config())
    assert [one.change for one in found] == ["rise", "fall"]
    assert found[1].history[0][1].startswith("23/tcp lost its sources")
