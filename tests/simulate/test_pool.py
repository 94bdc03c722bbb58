"""Tests of isdas.simulate.pool."""

import ipaddress

import iptocc
import numpy as np
import pytest

from isdas.simulate import pool
from isdas.simulate.region import CODES


def test_every_region_has_blocks():
    """Each region has enough blocks to draw from."""
    assert min(len(found) for found in pool.blocks().values()) >= 20


def test_codes_agree_with_the_lookup():
    """The vectorised lookup says what asking one by one says."""
    addresses = np.random.default_rng(0).integers(0, 1 << 32, 300)
    texts = [str(ipaddress.IPv4Address(int(a))) for a in addresses]
    assert pool.codes(addresses).tolist() == [iptocc.country_code(text) or "" for text in texts]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_drawn_addresses_lie_in_their_region(seed):
    """The country lookup finds every drawn address in the region it was drawn for."""
    rng = np.random.default_rng(seed)
    region = rng.integers(0, len(CODES), 5000)
    addresses = pool.draw(rng, region)
    assert pool.codes(addresses).tolist() == [CODES[place] for place in region]


def test_drawn_addresses_are_hosts():
    """No source ends in .0 or .255, which only forged sources do."""
    addresses = pool.draw(np.random.default_rng(0), np.zeros(5000, dtype=np.int64))
    assert not np.isin(addresses & 255, (0, 255)).any()


def test_network_is_one_network():
    """Sources of one network are different addresses of one /24 in the region."""
    addresses = pool.draw_network(np.random.default_rng(3), CODES.index("KR"), 200)
    assert len(np.unique(addresses)) == 200
    assert len(np.unique(addresses >> 8)) == 1
    assert set(pool.codes(addresses[:1])) == {"KR"}


def test_drawing_none_gives_none():
    """No sources, no addresses."""
    assert len(pool.draw(np.random.default_rng(0), np.zeros(0, dtype=np.int64))) == 0
