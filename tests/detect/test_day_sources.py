"""The vectors of a day's sources."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isdas.detect.day_sources import DaySources, address_hashes, mixed, profiles


def _day(ports: list[list[int]], tool: list[int] | None = None) -> DaySources:
    n = len(ports)
    breadth = np.array([len(each) for each in ports], np.int64)
    return DaySources(
        high=np.zeros(n, np.int64),
        low=np.arange(n, dtype=np.int64),
        packets=breadth,
        hours=np.ones(n, np.int64),
        breadth=breadth,
        tool=np.array(tool or [0] * n, np.int64),
        region=np.zeros(n, np.int64),
        tools=("none", "zmap"),
        regions=("JP",),
        visitor=np.repeat(np.arange(n), breadth),
        port=np.array([6 * 65_537 + p + 1 for each in ports for p in each], np.int64),
    )


def test_who_scans_alike_has_one_profile() -> None:
    """Same ports and tool are one, the most frequent first; another tool is another."""
    found = profiles(_day([[22], [445, 139], [445, 139], [445, 139]], [0, 0, 0, 1]))
    assert found.of.tolist()[1] == found.of.tolist()[2] == 0
    assert len(set(found.of.tolist())) == 3
    assert found.sources.tolist() == [2, 1, 1]


def test_vectors_have_length_one_and_rare_ports_tell_more() -> None:
    """Two sources that share a rare port are more alike than two that share a popular one."""
    found = profiles(_day([[22]] * 200 + [[22, 9001], [22, 80], [22, 9001, 7], [22, 80, 8]] + [[80]] * 100))
    lengths = np.sqrt(np.asarray(found.vectors.multiply(found.vectors).sum(axis=1)).ravel())
    assert np.allclose(lengths, 1.0)
    at = found.of[200:204]
    cosine = (found.vectors @ found.vectors.T).toarray()
    assert cosine[at[0], at[2]] > cosine[at[1], at[3]]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=50))
def test_hashes_tell_values_apart(values: list[int]) -> None:
    """The mixing is a bijection."""
    assert len(set(mixed(np.array(values, np.int64)).tolist())) == len(values)


def test_addresses_have_hashes_of_both_halves() -> None:
    """The upper half counts too."""
    day = _day([[22], [22]])
    both = np.array([0, 1], np.int64)
    other = DaySources(**{**{f: getattr(day, f) for f in DaySources.__slots__}, "high": both})
    assert address_hashes(day.high, day.low)[0] == address_hashes(other.high, other.low)[0]
    assert address_hashes(day.high, day.low)[1] != address_hashes(other.high, other.low)[1]
