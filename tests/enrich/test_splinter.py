"""Tests of isdas.enrich.splinter; what becomes of them is in test_kind."""

from collections.abc import Callable
from typing import Any

import pytest

from isdas.enrich.splinter import splintered
from isdas.model.packets import Packets

Make = Callable[..., Packets]


def fragment(packet: Make, header: int, length: int, **more: Any) -> Packets:
    """A first fragment over IPv4."""
    return packet(protocol=6, more_fragments=True, fragment_offset=0, ip_header_length=header, ip_length=length, **more)


@pytest.mark.parametrize("header", range(20, 64, 4))
def test_what_the_smallest_network_would_make_is_none(packet: Make, header: int) -> None:
    """Of 68 bytes a network leaves a multiple of eight behind the IP header, and cuts no packet smaller."""
    smallest = (68 - header) // 8 * 8
    for size in range(8, 64, 8):
        [found] = splintered(fragment(packet, header, header + size))
        assert found == (size < 20 <= smallest)


def test_what_is_no_fragment_is_not_looked_at(packet: Make) -> None:
    """Nearly always there is none."""
    assert len(splintered(packet(protocol=6, more_fragments=False))) == 0
    assert len(splintered(packet(protocol=6))) == 0
    assert len(splintered(Packets.of({}, 0))) == 0


def test_among_others(packet: Make) -> None:
    """Rows keep their places."""
    packets = Packets.concat([packet(protocol=6), fragment(packet, 20, 28), fragment(packet, 20, 1500)])
    assert splintered(packets).tolist() == [False, True, False]
