"""Tests of isdas.enrich.special."""

import ipaddress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.special import NAMES, RANGES, special
from isdas.model.address import halves


def name(address: str) -> str:
    """The name of one address's range."""
    high, low = halves(address)
    return NAMES[int(special(np.array([high]), np.array([low]))[0])]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", ""), ("10.1.2.3", "private"), ("11.0.0.0", ""), ("100.63.255.255", ""), ("100.64.0.0", "shared"),
        ("172.31.255.255", "private"), ("172.32.0.0", ""), ("224.0.0.1", "multicast"), ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"), ("0.1.2.3", "this-network"), ("2001:db8::7", "documentation"),
        ("fe80::1", "link-local"), ("ff02::1", "multicast"), ("2a00::1", ""), ("::1", "loopback"), ("2002:1::", "6to4"),
    ],
)  # fmt: skip
def test_ranges_end_where_they_end(address: str, expected: str) -> None:
    """Addresses inside and just outside of ranges, IPv4 and IPv6."""
    assert name(address) == expected


@given(st.integers(0, 2**32 - 1))
def test_no_global_address_is_private(number: int) -> None:
    """What the standard library calls global is in none of the ranges but those of relays and multicast."""
    address = ipaddress.IPv4Address(number)
    if address.is_global and not address.is_multicast:
        assert name(str(address)) in {"", "6to4-relay", "protocol-assignments"}


def test_every_name_is_used() -> None:
    """The names are those of the ranges and nothing else."""
    assert set(NAMES[1:]) == {each for _, each in RANGES}
