"""Tests of isdas.simulate.stack."""

import pytest

from isdas.simulate.stack import QUOTE, STACKS, TCP, place


def test_place_is_the_position():
    """A stack is found by its name, and names are unique."""
    assert [place(stack.name) for stack in STACKS] == list(range(len(STACKS)))


def test_an_unknown_stack_is_an_error():
    """There is no stack of that name."""
    with pytest.raises(KeyError):
        place("mirai")


def test_the_worm_packet_has_its_published_length():
    """Slammer's packet is 404 bytes: 376 of payload behind IP and UDP headers."""
    payload = STACKS[place("slammer")].payload
    assert 20 + 8 + len(payload) == 404


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_stacks_are_plausible(stack):
    """Initial TTL leaves room for the way, only TCP has windows, only ICMP errors quote."""
    assert stack.ttl - 33 > 0
    assert stack.protocol == TCP or stack.windows == (0,)
    assert all(0 < port < 65536 for port in stack.source_ports)
    assert (stack.payload == QUOTE) == (stack.name in {"unreachable", "exceeded"})
