"""Tests of isdas.simulate.stream."""

import numpy as np
import pytest

from isdas.model.port import Port
from isdas.simulate import stack
from isdas.simulate.region import CODES
from isdas.simulate.stream import ATTEMPTS_MAX, BACKGROUND, Stream


@pytest.mark.parametrize("stream", BACKGROUND, ids=lambda stream: stream.name)
def test_streams_are_sound(stream):
    """Chances add up, stacks and regions exist, and the headers fit the ports' protocol."""
    assert sum(stream.tries) == pytest.approx(1)
    assert len(stream.tries) <= 4
    assert set(stream.tilt) <= set(CODES)
    protocols = {stack.STACKS[stack.place(name)].protocol for name, _ in stream.stacks}
    assert not stream.ports or protocols == {Port.parse(port).protocol for port in stream.ports}


def test_names_are_unique():
    """Each stream has a name of its own."""
    assert len({stream.name for stream in BACKGROUND}) == len(BACKGROUND)


def test_packets_per_visit_are_attempts_times_tries_times_ports():
    """Two ports, each tried one and a half times, in each attempt."""
    stream = Stream("x", ("80/tcp", "81/tcp"), 1, (("xp", 1),), tries=(0.5, 0.5), tail=2)
    mean = (1 / np.arange(1, ATTEMPTS_MAX + 1) ** 2).sum()
    assert stream.packets_per_visit == pytest.approx(mean * 1.5 * 2)


def test_a_stream_without_ports_has_one_open_port():
    """Each source brings its own port then."""
    assert Stream("x", (), 1, (("xp", 1),)).numbers == (-1,)
