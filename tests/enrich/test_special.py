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
        ("192.0.0.171", "nat64"), ("192.0.0.172", "protocol-assignments"), ("192.31.196.9", "as112"),
        ("2001:2::1", "benchmarking"), ("2001:2:1::1", "protocol-assignments"), ("2001:200::1", ""),
        ("64:ff9b:1::8", "nat64"), ("5f00::1", "segment-routing"), ("3fff:1000::", ""),
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
        assert name(str(address)) in {"", "6to4-relay", "protocol-assignments", "as112", "amt", "port-control", "turn"}


@given(st.lists(st.sampled_from(RANGES), max_size=5), st.lists(st.integers(0, 2**128 - 1), max_size=10))
def test_the_first_range_that_holds_an_address_names_it(near: list[tuple[str, str]], numbers: list[int]) -> None:
    """As a search one by one through the list says, for any addresses and for the edges of ranges."""
    addresses: list[str] = [str(ipaddress.IPv6Address(n)) for n in numbers if n >> 32 != 0xFFFF]
    for network in (ipaddress.ip_network(each) for each, _ in near):
        addresses += [str(network[0]), str(network[-1])]
    for address in addresses:
        parsed = ipaddress.ip_address(address)
        found = (each for network, each in RANGES if parsed in ipaddress.ip_network(network))
        assert name(address) == next(found, "")


def test_every_name_is_used() -> None:
    """The names are those of the ranges and nothing else."""
    assert set(NAMES[1:]) == {each for _, each in RANGES}
