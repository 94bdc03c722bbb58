"""Range tables."""

import gzip
import ipaddress
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.enrich.config import Config
from isdas.enrich.ranges import Ranges, open_ranges
from isdas.enrich.region import locate, open_lookups
from isdas.model.address import TOKEN_HIGH, from_ipv4, halves
from isdas.model.errors import ConfigError
from isdas.model.packets import Packets

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

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


NETWORKS = st.one_of(
    st.tuples(st.integers(0, 1 << 10), st.integers(18, 32)).map(
        lambda each: ipaddress.ip_network((0xC0000000 + each[0], each[1]), strict=False)
    ),
    st.tuples(st.integers(0, 1 << 10), st.integers(60, 128)).map(
        lambda each: ipaddress.ip_network((0x20010DB8 << 96 | each[0] << 55, each[1]), strict=False)
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NETWORKS, min_size=1, max_size=12, unique=True), st.lists(NETWORKS, max_size=8))
def test_the_longest_prefix_says(tmp_path: Path, networks: list[Network], others: list[Network]) -> None:
    """Of networks within each other, of both families, the narrowest that holds an address says, as a search finds."""
    (tmp_path / "n.csv").write_text("".join(f"{network},JP,{i + 1}\n" for i, network in enumerate(networks)))
    ranges = open_ranges(tmp_path / "n.csv")
    for address in (each for network in [*networks, *others] for each in (network[0], network[-1])):
        holding = [(n.prefixlen, i + 1) for i, n in enumerate(networks) if address in n]
        assert said(ranges, str(address)) == [("JP", max(holding)[1]) if holding else ("", 0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("192.0.2.0,192.0.2.9,JP,1\nnonsense,x\n", "line 2"),
        ("192.0.2.0/24,JP,1\n192.0.2.9,192.0.2.8,JP,1\n", "ends before"),
        ("192.0.2.0/24,JP,1\n192.0.2.0/33,CN,1\n", "no network"),
        ("192.0.2.0/24,JP,1\n192.0.2.0,2001:db8::,CN,1\n", "different families"),
        ("192.0.2.0/24,JP,1\n4294967296,4294967297,CN,1\n", "no number of an IPv4"),
        ("192.0.2.0/24,JP,1\n192.0.2.9\n", "no end"),
        ("192.0.2.0/24,JP,1\n192.0.3.0/24,Japan,1\n", "country code"),
        ("192.0.2.0/24,JP,1\n192.0.3.0/24,JP,4294967296\n", "no AS number"),
        ("192.0.2.0/24,JP,1\n192.0.3.0/24,JP,-1\n", "no AS number"),
        ("192.0.2.0/24,JP,6_4\n", "no AS number"),
        ("192.0.2.0/24,JP,\u0661\n", "no AS number"),
        ("192.0.2.0/24,JP,AS\n", "no AS number"),
        ("192.0.2.0/2_4,JP,1\n", "no network"),
        ("192.0.2.0/+24,JP,1\n", "no network"),
        ("192.0.2.0/,JP,1\n", "no network"),
        (f"{'1' * 900},5,JP\n", "no number of an IPv4"),
        ("fe80::1%eth0,fe80::2,JP\n", "one link"),
        ("192.0.2.0/24,\u00df,1\n", "country code"),
        ("192.0.2.0/24,42,1\n", "country code"),
        ("fe80::/10,Japan\n", "line 1 .* country code"),
        ("a" * (1 << 18), "line 1 .* 262,144 characters"),
        (f"192.0.2.0/24,JP,1\n192.0.3.0/24,{'J' * (1 << 18)}\n", "line 2 .* 262,1"),
        ('192.0.2.0/24,JP,1\n192.0.3.0/24,"JP,1\n192.0.4.0/24,JP,1\n', "line 2"),
        ('"start,end,country\n192.0.2.0,192.0.2.9,JP\n', "line 1"),
        ("start,end,country,asn\n", "holds no range"),
        ("", "holds no range"),
    ],
)
def test_a_wrong_table_is_an_error_that_says_where(tmp_path: Path, text: str, message: str) -> None:
    """Lines that are no ranges, ranges that end before they begin, what is no code or number, and tables of nothing."""
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(ConfigError, match=message):
        open_ranges(tmp_path / "r.csv")
    with pytest.raises(ConfigError, match="not a readable range table"):
        open_ranges(tmp_path / "gone.csv")


@pytest.mark.parametrize("content", [b"PK\x03\x04 no archive", b"\x1f\x8b\x08 no gzip", b"\xff\xfe\x00"])
def test_a_file_of_another_kind_is_told(tmp_path: Path, content: bytes) -> None:
    """Broken archives and what is no text are wrong settings."""
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(ConfigError, match="not a readable range table"):
        open_ranges(tmp_path / "r")


def test_arrays_that_do_not_fit_are_told(tmp_path: Path) -> None:
    """Arrays of different lengths and ranges that end before they begin are wrong settings, as is a lack of one."""
    np.savez(tmp_path / "a.npz", s=[1, 2], e=[1], c=["JP"], a=[1])
    np.savez(tmp_path / "b.npz", s=[2], e=[1], c=["JP"], a=[1])
    np.savez(tmp_path / "c.npz", s=[2], e=[1], c=["JP"])
    for name in "abc":
        with pytest.raises(ConfigError, match=rf"{name}\.npz"):
            open_ranges(tmp_path / f"{name}.npz")


GOOD = {"s": np.array([0, 256]), "e": np.array([255, 511]), "c": np.array(["jp", "XX"]), "a": np.array([1, 2])}


@pytest.mark.parametrize(
    "change",
    [
        {"s": np.zeros((2, 1), np.int64)},
        {"s": np.array(5)},
        {"s": np.array([0.5, 1.5])},
        {"s": np.array([True, False])},
        {"s": np.array(["0", "256"])},
        {"s": np.array([-1, 0])},
        {"e": np.array([255, 1 << 33])},
        {"e": np.array([255, (1 << 64) - 1], np.uint64)},
        {"c": np.array(["Japan", "JP"])},
        {"c": np.array(["J", "JP"])},
        {"c": np.array([b"J\xc3", b"JP"])},
        {"c": np.array([1, 2])},
        {"c": np.array(["JP", None])},
        {"a": np.array([-1, 5])},
        {"a": np.array([1, 1 << 32])},
        {"a": np.array(["AS1", "AS2"])},
        {"a": np.array([1.0, 2.0])},
        {name: np.array([], array.dtype) for name, array in GOOD.items()},
    ],
    ids=str,
)
def test_arrays_of_other_things_are_told(tmp_path: Path, change: dict[str, Any]) -> None:
    """Shapes, types and numbers that are no ranges are wrong settings; nothing is cut to what would fit."""
    np.savez(tmp_path / "r.npz", **(GOOD | change))
    with pytest.raises(ConfigError, match=r"r\.npz"):
        open_ranges(tmp_path / "r.npz")


@pytest.mark.parametrize("kind", ["U2", "S2", "U7"])
def test_arrays_are_read_as_lines_are(tmp_path: Path, kind: str) -> None:
    """Small letters are letters of a code, and a code that stands for no country is none, in text and in bytes."""
    np.savez(tmp_path / "r.npz", **(GOOD | {"c": GOOD["c"].astype(kind)}))
    (tmp_path / "r.csv").write_text("0,255,jp,1\n256,511,xx,2\n")
    for name in ("r.npz", "r.csv"):
        assert said(open_ranges(tmp_path / name), "0.0.0.9", "0.0.1.9") == [("JP", 1), ("", 2)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_archive_says_something_or_is_told(tmp_path: Path, data: st.DataObject) -> None:
    """Any bytes of it may be wrong, or the end missing."""
    np.savez_compressed(tmp_path / "r.npz", **GOOD)
    whole = bytearray((tmp_path / "r.npz").read_bytes())
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=4)):
        whole[at] = byte
    (tmp_path / "r.npz").write_bytes(whole[: data.draw(st.one_of(st.none(), st.integers(0, len(whole))))])
    with suppress(ConfigError):
        said(open_ranges(tmp_path / "r.npz"), "0.0.0.9")


def test_an_archive_with_something_else_is_told(tmp_path: Path) -> None:
    """A member that is no array, or is packed in a way that nobody here knows."""
    for name, at, byte in (("text.npz", -1, 0), ("packed.npz", 10, 99)):
        with zipfile.ZipFile(tmp_path / name, "w") as file:
            for member in "seca":
                file.writestr(f"{member}.npy", b"no array")
        whole = bytearray((tmp_path / name).read_bytes())
        if at >= 0:
            whole[whole.index(b"PK\1\2") + at] = byte
        (tmp_path / name).write_bytes(whole)
        with pytest.raises(ConfigError, match="not a readable range table"):
            open_ranges(tmp_path / name)


def test_the_mark_of_utf_8_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    """Neither of a range, nor of a comment that names the edition."""
    (tmp_path / "a.csv").write_bytes("\ufeff192.0.2.0/24,JP,1\n".encode())
    (tmp_path / "b.csv").write_bytes("\ufeff# edition: 5\n192.0.2.0/24,JP,1\n".encode())
    for name in ("a.csv", "b.csv"):
        assert said(open_ranges(tmp_path / name), "192.0.2.9") == [("JP", 1)]
    assert open_ranges(tmp_path / "b.csv").edition == "5"


def test_quotes_hold_fields_and_no_lines(tmp_path: Path) -> None:
    """As spreadsheets write them."""
    (tmp_path / "r.csv").write_text('"start","end","country, code"\n"192.0.2.0","192.0.2.9","JP","AS 7"\n')
    assert said(open_ranges(tmp_path / "r.csv"), "192.0.2.9") == [("JP", 7)]


def test_an_edition_does_not_part_the_column_of_editions(tmp_path: Path) -> None:
    """The column parts by ``;`` and ``=``, so that no name of an edition has them."""
    (tmp_path / "r.csv").write_text("# edition: 2026;08=a\n192.0.2.0/24,JP,1\n")
    assert open_ranges(tmp_path / "r.csv").edition == "2026_08_a"


def test_the_edition_is_what_the_file_says_or_a_digest_of_it(tmp_path: Path) -> None:
    """The same content has the same edition wherever and whenever it was copied; other content has another."""
    for name, text in (("a", TABLE), ("b", TABLE), ("c", TABLE + "\n"), ("d", "# edition: 2026-08\n" + TABLE)):
        (tmp_path / name).write_text(text)
    a, b, c, d = (open_ranges(tmp_path / name).edition for name in "abcd")
    assert a == b != c
    assert a.startswith("blake3-")
    assert d == "2026-08"


def test_where_it_says_nothing_the_package_does(tmp_path: Path) -> None:
    """It comes before the package; tokens stay unknown; both editions are told."""
    (tmp_path / "r.csv").write_text("192.0.2.0/24,KR,64500\n")
    lookups = open_lookups(Config(range_file=str(tmp_path / "r.csv"), scanner_register="none"))
    pairs = np.array([halves("192.0.2.1"), halves("133.1.1.1"), (TOKEN_HIGH, 5)])
    told = locate(Packets.of({"source_high": pairs[:, 0], "source_low": pairs[:, 1]}, 3), lookups)
    assert told["region"].to_pylist() == ["KR", "JP", "ZZ"]
    assert told["asn"].tolist() == [64500, 0, 0]
    assert set(lookups.editions) == {"iptocc", "r.csv"}


def test_a_real_table_says_what_a_search_in_it_does(shared: Path) -> None:
    """Six hundred thousand ranges as arrays, with countries and AS numbers."""
    path = shared / "data" / "ip-country-asn-20260822.npz"
    ranges = open_ranges(path)
    assert said(ranges, "1.1.1.1")[0][1] == 13335
    with np.load(path) as file:
        starts, ends, countries, asn = (file[name] for name in "seca")
    rng = np.random.default_rng(1)
    numbers = np.r_[rng.integers(0, 1 << 32, 50_000), starts[:20_000], ends[:20_000]].astype(np.int64)
    at = np.searchsorted(starts, numbers, side="right") - 1
    held = (at >= 0) & (numbers <= ends[at])
    country, number = ranges.of(np.zeros_like(numbers), from_ipv4(numbers))
    assert (country == np.where(held, countries[at], "")).all()
    assert (number == np.where(held, asn[at], 0)).all()
