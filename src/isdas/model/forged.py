"""
Forged sources: how much of a set of sources is made up, told by those that cannot be.

One packet of a flood with random sources looks like any other; only the whole betrays it, because a fixed part of all
addresses is nobody's. The labels of single packets are in `isdas.enrich.kind`.
"""

import ipaddress

import numpy as np
import numpy.typing as npt

from isdas.model.address import is_ipv4

BLOCKS = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
)
"""The large blocks of IPv4 from which nothing reaches the Internet."""

_NETWORKS = tuple(ipaddress.IPv4Network(block) for block in BLOCKS)

SHARE = sum(network.num_addresses for network in _NETWORKS) / 2**32
"""Their share of all addresses, 13.8 %: that of sources drawn from all of them."""

_Ints = npt.NDArray[np.int64]


def bogons(high: _Ints, low: _Ints) -> npt.NDArray[np.bool_]:
    """Which of the addresses, given by their halves, lie in BLOCKS."""
    number = low & 0xFFFFFFFF
    held = np.zeros(len(low), np.bool_)
    for network in _NETWORKS:
        held |= number & int(network.netmask) == int(network.network_address)
    return np.asarray(held & is_ipv4(high, low))


def spoofed_share(n_bogon: int, n_sources: int) -> float:
    """
    About which share of some distinct IPv4 sources is drawn at random; 0 without sources.

    Args:
        n_bogon: how many of them lie in BLOCKS.
        n_sources: how many there are.

    Its standard error is about sqrt(share / (SHARE * n_sources)). Forgers who avoid BLOCKS, and private sources that
    leak, make it wrong; it is our own, and nobody has published it.
    """
    return min(1.0, n_bogon / (SHARE * n_sources)) if n_sources else 0.0
