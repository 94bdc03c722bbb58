"""
Tests of isdas.model.address.
"""

import ipaddress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model import address

HALF = st.integers(-(2**63), 2**63 - 1)


@given(st.ip_addresses(v=4))
def test_every_ipv4_address_survives(given_address: ipaddress.IPv4Address) -> None:
    """An IPv4 address comes back as it was written, and its upper half is 0."""
    high, low = address.halves(str(given_address))
    assert high == 0
    assert address.text(high, low) == str(given_address)


@given(st.ip_addresses(v=6))
def test_every_ipv6_address_survives(given_address: ipaddress.IPv6Address) -> None:
    """An IPv6 address comes back in its usual notation; a mapped one as the IPv4 address it means."""
    expected = str(given_address.ipv4_mapped or given_address)
    assert address.text(*address.halves(str(given_address))) == expected


@given(HALF, HALF)
def test_any_halves_survive(high: int, low: int) -> None:
    """Text and halves are inverse for all 128 bits."""
    assert address.halves(address.text(high, low)) == (high, low)


@given(st.lists(st.tuples(HALF, HALF) | st.tuples(st.just(0), st.integers(0, 2**32 - 1)), max_size=20))
def test_many_texts_equal_one_by_one(pairs: list[tuple[int, int]]) -> None:
    """The texts of many addresses are the texts of each."""
    pairs = [(h, low | address.MAPPED if h == 0 else low) for h, low in pairs]
    highs, lows = (np.array([p[i] for p in pairs], np.int64) for i in (0, 1))
    assert address.texts(highs, lows) == [address.text(*p) for p in pairs]


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1))
@pytest.mark.parametrize("dtype", [np.uint32, np.int64, np.uint64], ids=str)
def test_ipv4_integers_are_mapped(dtype: type, numbers: list[int]) -> None:
    """IPv4 addresses given as integers of any width get the lower half of their mapped form."""
    low = address.from_ipv4(np.array(numbers, dtype))
    assert low.dtype == np.int64
    assert low.tolist() == [address.halves(str(ipaddress.IPv4Address(n)))[1] for n in numbers]
    assert address.is_ipv4(np.zeros_like(low), low).all()


def test_signed_ipv4_integers_are_mapped() -> None:
    """An IPv4 address that was squeezed into a signed 32-bit integer is the same address."""
    assert address.from_ipv4(np.array([-1], np.int32)).tolist() == [address.halves("255.255.255.255")[1]]


def test_ipv6_is_not_ipv4() -> None:
    """Neither a global IPv6 address, nor the unspecified one, nor a token counts as IPv4."""
    halves = [address.halves(t) for t in ("2001:db8::1", "::", "::1", "100::c000:201")]
    highs, lows = (np.array([h[i] for h in halves], np.int64) for i in (0, 1))
    assert not address.is_ipv4(highs, lows).any()


def test_tokens_live_in_the_discard_prefix() -> None:
    """An opaque token is an address in 100::/64 (RFC 6666)."""
    assert ipaddress.ip_address(address.text(address.TOKEN_HIGH, 7)) in ipaddress.ip_network("100::/64")


@pytest.mark.parametrize("wrong", ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "example.org", "1.2.3.4/24"])
def test_what_is_no_address_is_refused(wrong: str) -> None:
    """Text that is no address is a ValueError."""
    with pytest.raises(ValueError, match="does not appear to be"):
        address.halves(wrong)
