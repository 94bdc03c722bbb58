"""Range tables."""

import gzip
import ipaddress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.enrich.config import Config
from isdas.enrich.ranges import Ranges, open_ranges
from isdas.enrich.region import open_lookups, places
from isdas.model.address import TOKEN_HIGH, halves
from isdas.model.errors import ConfigError

TABLE = """start,end,country,asn
# documentation
192.0.2.0,192.0.2.127,JP,64496
198.51.100.0/24,cn,AS64497
3405803776,3405804031,,64498
2001:db8::/33,KR,0
"""


def said(ranges: Ranges, *addresses: str) -> list[tuple[str, int]]:
    """Country and AS of some addresses."""
    pairs = np.array([halves(address) for address in addresses])
    country, asn = ranges.of(pairs[:, 0].copy(), pairs[:, 1].copy())
    return list(zip(country.tolist(), asn.tolist(), strict=True))


@pytest.mark.parametrize("packed", [False, True])
def test_every_way_to_write_a_range(tmp_path: Path, packed: bool) -> None:
    """First and last address, a network, numbers of addresses, IPv6; plain or gzip, with header and comments."""
    path = tmp_path / "ranges.csv"
    path.write_bytes(gzip.compress(TABLE.encode()) if packed else TABLE.encode())
    found = said(open_ranges(path), "192.0.2.127", "192.0.2.128", "198.51.100.9", "203.0.113.7", "2001:db8::1", "::2")
    assert found == [("JP", 64496), ("", 0), ("CN", 64497), ("", 64498), ("KR", 0), ("", 0)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 2000), min_size=2, max_size=20, unique=True), st.lists(st.integers(0, 2100), max_size=20)
)
def test_lookups_are_those_of_a_plain_search(tmp_path: Path, edges: list[int], numbers: list[int]) -> None:
    """What a search one by one finds in random tables, from CSV and from arrays alike."""
    edges = sorted(edges)[: len(edges) // 2 * 2]
    pairs = list(zip(edges[::2], edges[1::2], strict=True))
    (tmp_path / "r.csv").write_text("".join(f"0.0.{a >> 8}.{a & 255},{b},JP,{a}\n" for a, b in pairs))
    starts, ends = np.array([a for a, _ in pairs], np.uint32), np.array([b for _, b in pairs], np.uint32)
    np.savez(tmp_path / "r.npz", s=starts, e=ends, c=np.full(len(pairs), "JP"), a=starts)
    for name in ("r.csv", "r.npz"):
        ranges = open_ranges(tmp_path / name)
        for number in numbers:
            expected = next((("JP", a) for a, b in pairs if a <= number <= b), ("", 0))
            assert said(ranges, str(ipaddress.IPv4Address(number))) == [expected]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("192.0.2.0,192.0.2.9,JP,1\nnonsense,x\n", "line 2"),
        ("192.0.2.0/24,JP,1\n192.0.2.9,192.0.2.8,JP,1\n", "ends before"),
        ("192.0.2.0/24,JP,1\n192.0.2.0/25,CN,1\n", "share addresses"),
        ("2001:db8::/32,JP,1\n2001:db8::/33,CN,1\n", "share addresses"),
        ("192.0.2.0/24,JP,1\n192.0.3.0/24,Japan,1\n", "country code"),
    ],
)
def test_a_wrong_table_is_an_error_that_says_where(tmp_path: Path, text: str, message: str) -> None:
    """Lines that are no ranges, ranges that end before they begin or share addresses."""
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(ConfigError, match=message):
        open_ranges(tmp_path / "r.csv")
    with pytest.raises(ConfigError, match="not a readable range table"):
        open_ranges(tmp_path / "gone.csv")


def test_it_comes_first_for_regions_and_last_for_systems(tmp_path: Path) -> None:
    """Where the table says nothing the other lookups do; tokens stay unknown; the edition is told."""
    (tmp_path / "r.csv").write_text("192.0.2.0/24,KR,64500\n")
    lookups = open_lookups(Config(range_file=str(tmp_path / "r.csv"), scanner_register="none"))
    pairs = np.array([halves("192.0.2.1"), halves("133.1.1.1"), (TOKEN_HIGH, 5)])
    found = places(pairs[:, 0].copy(), pairs[:, 1].copy(), lookups)
    assert [found.regions[code] for code in found.codes] == ["KR", "JP", "ZZ"]
    assert found.asn.tolist() == [64500, 0, 0]
    assert set(lookups.editions) == {"iptocc", "r.csv"}


def test_a_real_table_is_opened(shared: Path) -> None:
    """Six hundred thousand ranges as arrays, with countries and AS numbers."""
    ranges = open_ranges(shared / "data" / "ip-country-asn-20260822.npz")
    assert len(ranges.starts) > 600_000
    assert said(ranges, "1.1.1.1")[0][1] == 13335
