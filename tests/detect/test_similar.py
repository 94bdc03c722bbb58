"""Similar past surges."""

from dataclasses import replace

import numpy as np
import pytest
from made_surge import a_surge

from isdas.detect.overlap import sketch
from isdas.detect.similar import NETWORKS, Both, similar
from isdas.model.source_sketch import SourceSketch
from isdas.model.surge import RegionShare


def test_the_same_again_is_most_similar() -> None:
    """A wave like an earlier one is found before one from elsewhere by another tool."""
    surge = a_surge()
    again = replace(surge, identifier="20081001T00-445-tcp")
    other = replace(
        surge,
        identifier="20081002T00-23-tcp",
        ports=("23/tcp",),
        regions=(RegionShare("BR", 0.9),),
        tools=(("mirai-like", 0.9),),
        factor=900.0,
        sources=90_000,
        shape="exponential",
    )
    found = similar(surge, [other, again, surge])
    assert [one.identifier for one in found] == ["20081001T00-445-tcp"]
    assert found[0].likeness > 0.85


def test_few_are_told_in_a_fixed_order() -> None:
    """At most five, equals by name."""
    surge = a_surge()
    past = [replace(surge, identifier=f"2008100{n}T00-445-tcp") for n in range(9)]
    found = similar(surge, past[::-1])
    assert [one.identifier for one in found] == [f"2008100{n}T00-445-tcp" for n in range(5)]


def _crowd(first: int, n: int, host: int = 1) -> SourceSketch:
    """So many sources of as many /24."""
    return sketch(np.zeros(n, np.int64), ((0xFFFF << 32) | (np.arange(first, first + n) << 8) | host).astype(np.int64))


def test_a_crowd_that_came_again_is_alike_whatever_it_does() -> None:
    """The same sources on another port from other regions: alike by whom, which is told first; strangers are not."""
    surge = a_surge()
    changes = {"ports": ("23/tcp",), "regions": (RegionShare("BR", 0.9),), "tools": (("mirai-like", 0.9),)}
    other = replace(surge, identifier="20081001T00-23-tcp", shape="exponential", factor=90.0, **changes)
    crowds = {surge.identifier: _crowd(0, 100), other.identifier: _crowd(20, 120)}
    assert similar(surge, [other]) == ()
    (found,) = similar(surge, [other], crowds)
    assert found.likeness > 0.8
    assert (found.shared_sources, found.shared_networks) == (0.8, 0.8)
    assert found.why.startswith("80% of the sources of the smaller and 80% of their networks are in both; alike in")
    assert similar(surge, [other], {**crowds, other.identifier: _crowd(5000, 120)}) == ()


def test_strangers_are_as_alike_as_before() -> None:
    """That nobody is in both takes nothing from what is alike, and is told last; neither does one not known."""
    surge = a_surge()
    again = replace(surge, identifier="20081001T00-445-tcp")
    alone = similar(surge, [again])[0]
    crowds = {surge.identifier: _crowd(0, 100), again.identifier: _crowd(5000, 100)}
    found = similar(surge, [again], crowds)[0]
    assert found.likeness == alone.likeness
    assert found.shared_sources == 0.0
    assert found.why.endswith("; no source and no network is in both")
    assert similar(surge, [again], {surge.identifier: _crowd(0, 100)})[0] == alone


def test_other_hosts_of_the_same_networks_count_less() -> None:
    """New addresses of the same /24 make half as much alike, and of so many that they meet by chance still less."""
    mine, theirs = _crowd(0, 100), _crowd(0, 100, host=2)
    assert Both.of(mine, theirs).likeness == pytest.approx(0.5, abs=0.001)
    half = _crowd(50, 100, host=2)
    assert Both.of(mine, half).likeness == pytest.approx(0.25, abs=0.001)
    many = replace(mine, networks=NETWORKS // 2), replace(half, networks=NETWORKS // 2)
    assert Both.of(*many).likeness == 0.0


def test_an_estimated_share_counts_by_its_low_end() -> None:
    """Of thousands of sources a few hashes in common are not taken for more than they surely are."""
    both = Both.of(_crowd(0, 9000), _crowd(8000, 9000))
    assert both.sources.low < 1000 / 9000 < both.sources.high
    assert both.likeness == both.sources.low
    assert "(90 %: " in both.words()
