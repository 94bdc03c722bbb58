"""Tests of isdas.simulate.source."""

import numpy as np

from isdas.simulate import pool
from isdas.simulate.region import CODES
from isdas.simulate.source import choice, sources
from isdas.simulate.stack import STACKS
from isdas.simulate.stream import BACKGROUND
from isdas.simulate.visit import Visits


def visits(n_sources: int, stream: int) -> Visits:
    """One visit of each of some Japanese sources."""
    each = np.arange(n_sources)
    return Visits(each, each * 0, each, np.full(n_sources, stream), np.full(n_sources, CODES.index("JP")))


def test_sources_have_the_stacks_of_their_stream():
    """Sources of the worm on 1434/udp all send its packet."""
    place = next(i for i, stream in enumerate(BACKGROUND) if stream.name == "slammer")
    who = sources(np.random.default_rng(0), BACKGROUND, visits(50, place), {})
    assert {STACKS[stack].name for stack in who.stack} == {"slammer"}


def test_sources_lie_in_their_region():
    """The lookup finds them where they were meant to be."""
    who = sources(np.random.default_rng(0), BACKGROUND, visits(300, 0), {})
    assert set(pool.codes(who.address)) == {"JP"}


def test_sources_of_a_network_share_it():
    """A stream that is said to be one network is one /24."""
    who = sources(np.random.default_rng(0), BACKGROUND, visits(120, 0), {0: CODES.index("CN")})
    assert len(np.unique(who.address >> 8)) == 1


def test_own_ports_are_ports():
    """Every source's own port is a port, and there are many different ones."""
    who = sources(np.random.default_rng(0), BACKGROUND, visits(2000, 0), {})
    assert who.port.min() > 0
    assert who.port.max() < 65536
    assert len(np.unique(who.port)) > 1000


def test_choice_takes_from_the_row_s_own_options():
    """Options of unequal number are each drawn from their own row."""
    picked = choice(np.random.default_rng(0), [(1,), (2, 3, 4)], np.repeat([0, 1], 200))
    assert set(picked[:200]) == {1}
    assert set(picked[200:]) == {2, 3, 4}
