"""Tests of isdas.model.forged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.address import from_ipv4, halves
from isdas.model.forged import SHARE, bogons, spoofed_share


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("0.0.0.1", True), ("1.0.0.0", False), ("10.255.0.1", True), ("11.0.0.0", False), ("100.64.0.1", True),
        ("100.128.0.1", False), ("127.9.9.9", True), ("169.254.7.7", True), ("172.31.0.1", True),
        ("172.32.0.1", False), ("192.168.0.1", True), ("192.169.0.1", False), ("223.255.255.255", False),
        ("224.0.0.0", True), ("255.255.255.255", True), ("2001:db8::1", False), ("::a00:1", False),
    ],
)  # fmt: skip
def test_addresses_of_nobody(address: str, expected: bool) -> None:
    """The large blocks from which nothing reaches the Internet, and IPv4 only."""
    high, low = halves(address)
    assert bogons(np.array([high]), np.array([low])).tolist() == [expected]


def test_the_share_of_the_blocks() -> None:
    """The blocks are 13.8 % of all addresses."""
    assert pytest.approx(0.138, abs=5e-5) == SHARE


@pytest.mark.parametrize("truth", [0.0, 0.1, 0.5, 1.0])
def test_the_share_of_random_sources_is_found(truth: float) -> None:
    """Of 100,000 sources of which a part is drawn at random, that part is estimated to within three errors."""
    rng, n = np.random.default_rng(3), 100_000
    numbers = rng.integers(0, 1 << 32, n)
    real = rng.random(n) >= truth
    numbers[real] = rng.integers(11 << 24, 100 << 24, int(real.sum()))
    found = spoofed_share(int(bogons(np.zeros(n, np.int64), from_ipv4(numbers)).sum()), n)
    assert found == pytest.approx(truth, abs=3 * (max(truth, 1e-9) / (SHARE * n)) ** 0.5)


@given(n_bogon=st.integers(0, 1000), n_real=st.integers(0, 1000))
def test_a_share_is_a_share(n_bogon: int, n_real: int) -> None:
    """It lies between 0 and 1, and without bogons it is 0."""
    share = spoofed_share(n_bogon, n_bogon + n_real)
    assert 0 <= share <= 1
    assert (share > 0) == (n_bogon > 0)
