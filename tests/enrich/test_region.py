"""Tests of isdas.enrich.region."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import version
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import iptocc
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.config import Config
from isdas.enrich.region import Lookups, locate, open_lookups
from isdas.enrich.scanner import Register, scanner
from isdas.enrich.scanner_lists import Entry
from isdas.model.address import TOKEN_HIGH, from_ipv4, halves, text
from isdas.model.errors import ConfigError
from isdas.model.packets import Packets

Make = Callable[..., Packets]
Write = Callable[..., Path]

RECORDS: dict[str, Any] = {
    "203.0.113.0/24": {"country": {"iso_code": "JP"}, "registered_country": {"iso_code": "US"}},
    "198.51.100.0/25": {"registered_country": {"iso_code": "CN"}},
    "198.51.100.128/25": {"country": "KR"},
    "192.0.2.0/24": {"country_code": "TW"},
    "233.252.0.0/24": {"city": {"x": "y"}},
    "2001:db8::/32": {"country": {"iso_code": "DE"}},
}


@pytest.fixture
def country_file(tmp_path: Path, write_mmdb: Write) -> Path:
    """A country file with the shapes of record that makers use."""
    return write_mmdb(tmp_path / "country.mmdb", RECORDS)


def located(packets: Packets, lookups: Lookups) -> list[tuple[str, int, str]]:
    """Region, AS and editions of each packet."""
    table = packets.with_columns(locate(packets, lookups)).table
    return list(zip(*(table[name].to_pylist() for name in ("region", "asn", "editions")), strict=True))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("203.0.113.5", "JP"), ("198.51.100.1", "CN"), ("198.51.100.200", "KR"), ("192.0.2.77", "TW"),
        ("233.252.0.1", "ZZ"), ("8.8.8.8", "ZZ"), ("2001:db8:5::1", "DE"), ("2001:db9::1", "ZZ"),
    ],
)  # fmt: skip
def test_a_maxmind_file_gives_regions(packet: Make, country_file: Path, source: str, expected: str) -> None:
    """The region is the country of the network, or the one it is registered in; ZZ where the file knows none."""
    lookups = open_lookups(Config(scanner_register="none", country_file=str(country_file)))
    assert located(packet(source), lookups) == [(expected, 0, "Test-Country=1700000000")]


def test_a_file_for_ipv4_alone_knows_no_ipv6(packet: Make, tmp_path: Path, write_mmdb: Write) -> None:
    """IPv6 sources are unknown to a file without IPv6, and nothing breaks."""
    path = write_mmdb(tmp_path / "v4.mmdb", {"203.0.113.0/24": {"country": {"iso_code": "JP"}}}, version=4)
    lookups = open_lookups(Config(scanner_register="none", country_file=str(path)))
    packets = Packets.concat([packet("203.0.113.5"), packet("2001:db8::1"), packet("9.9.9.9")])
    assert [region for region, *_ in located(packets, lookups)] == ["JP", "ZZ", "ZZ"]


def test_an_as_file_gives_numbers(packet: Make, tmp_path: Path, write_mmdb: Write) -> None:
    """AS numbers as MaxMind writes them and as others do; 0 where the file knows none; both editions are named."""
    records = {
        "203.0.113.0/24": {"autonomous_system_number": 64500},
        "198.51.100.0/24": {"asn": "AS4200000000"},
        "192.0.2.0/24": {"name": "nobody"},
    }
    path = write_mmdb(tmp_path / "as.mmdb", records, kind="Test-ASN")
    lookups = open_lookups(Config(scanner_register="none", asn_file=str(path)))
    packets = Packets.concat([packet(s) for s in ("203.0.113.5", "198.51.100.1", "192.0.2.1", "8.8.8.8")])
    found = located(packets, lookups)
    assert [asn for _, asn, _ in found] == [64500, 4200000000, 0, 0]
    assert found[0][2] == f"Test-ASN=1700000000;iptocc={version('iptocc')}"


def test_the_package_is_the_default(packet: Make) -> None:
    """Without a file the regions are those of the iptocc package, and its edition is named."""
    lookups = open_lookups(Config(scanner_register="none"))
    sources = ["133.11.0.1", "8.8.8.8", "2001:200::1", "10.0.0.1", "192.0.2.1"]
    expected = [code or "ZZ" for code in iptocc.country_code(sources)]
    found = located(Packets.concat([packet(s) for s in sources]), lookups)
    assert [region for region, *_ in found] == expected
    assert expected[0] == expected[2] == "JP"
    assert found[0][1:] == (0, f"iptocc={version('iptocc')}")


def test_each_source_is_looked_up_once() -> None:
    """However many packets and whichever halves: each distinct source is asked for once, and each row gets its own."""
    asked: list[str] = []

    def region(addresses: list[str]) -> list[str | None]:
        asked.extend(addresses)
        return [address[-1].upper() * 2 if ":" in address else None for address in addresses]

    rng = np.random.default_rng(2)
    high = np.where(rng.random(500) < 0.5, 0x20010DB8 << 32, 0x20010DB9 << 32)
    low = rng.integers(10, 14, 500)
    packets = Packets.of({"source_high": high, "source_low": low}, 500)
    found = [code for code, *_ in located(packets, Lookups(region))]
    assert found == [f"{v:x}".upper() * 2 for v in low.tolist()]
    assert len(asked) == len(set(asked)) == 8


def test_no_packets_are_no_trouble() -> None:
    """An empty batch stays empty."""
    assert located(Packets.of({}, 0), open_lookups(Config(scanner_register="none"))) == []


@pytest.mark.parametrize("content", [None, b"", b"not a database", b"\xab\xcd\xefMaxMind.com"])
@pytest.mark.parametrize("setting", ["country_file", "asn_file"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, setting: str, content: bytes | None) -> None:
    """A missing, empty or broken file is a wrong setting, and its name is in the message."""
    path = tmp_path / "some.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"enrich: .*some\.mmdb is not a readable MaxMind-format file"):
        open_lookups(Config(**{setting: str(path)}))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder given as a file is a wrong setting."""
    with pytest.raises(ConfigError, match="not a readable"):
        open_lookups(Config(scanner_register="none", country_file=str(tmp_path)))


def test_the_first_that_knows_says_the_country_and_the_first_that_knows_the_as(
    tmp_path: Path, packet: Make, write_mmdb: Write
) -> None:
    """AS file, range table, country file: each is asked for what those before it do not know; all editions are told."""
    (tmp_path / "r.csv").write_text("# edition: 7\n192.0.2.0/25,JP,1\n192.0.2.128/25,,2\n198.51.100.0/24,KR,\n")
    country = write_mmdb(tmp_path / "c.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "DE"}, "asn": "AS9"}})
    asn = write_mmdb(tmp_path / "a.mmdb", {"192.0.2.0/26": {"asn": 3}, "198.51.100.0/24": {"asn": 4}}, kind="ASN")
    lookups = open_lookups(Config(str(country), str(asn), range_file=str(tmp_path / "r.csv"), scanner_register="none"))
    sources = ["192.0.2.1", "192.0.2.64", "192.0.2.128", "198.51.100.1", "203.0.113.1"]
    found = located(Packets.concat([packet(s) for s in sources]), lookups)
    assert [row[:2] for row in found] == [("JP", 3), ("JP", 1), ("DE", 2), ("KR", 4), ("ZZ", 0)]
    assert found[0][2] == "ASN=1700000000;Test-Country=1700000000;r.csv=7"


def test_the_package_is_asked_where_no_table_knows(tmp_path: Path, packet: Make) -> None:
    """A table of AS numbers alone stands beside the package, which says the regions."""
    (tmp_path / "r.csv").write_text("133.11.0.0/16,,2501\n8.8.8.0/24,KR,15169\n1.1.1.0/24,XX,13335\n")
    lookups = open_lookups(Config(range_file=str(tmp_path / "r.csv"), scanner_register="none"))
    found = located(Packets.concat([packet(s) for s in ("133.11.0.1", "8.8.8.8", "1.1.1.1")]), lookups)
    assert [row[:2] for row in found] == [("JP", 2501), ("KR", 15169), ("AU", 13335)]


def test_a_scanner_that_comes_and_goes_is_told_by_the_time() -> None:
    """The same source is a scanner between its days and nobody before and after; others need no time."""
    own = [
        Entry("guest", [ip_network("192.0.2.0/25")], since=date(2024, 1, 1), until=date(2024, 2, 1)),
        Entry("host", [ip_network("192.0.2.0/24")], scanner_class="disputed"),
    ]
    lookups = Lookups(lambda addresses: [None] * len(addresses), scanners=Register.of_entries("x", own))
    days = [datetime(2024, month, 15, tzinfo=UTC) for month in (1, 2, 1, 1)]
    low = [halves(address)[1] for address in ("192.0.2.1", "192.0.2.1", "192.0.2.200", "198.51.100.1")]
    told = locate(Packets.of({"time": days, "source_high": 0, "source_low": low}, 4), lookups)
    assert told["scanner"].to_pylist() == ["guest", "host", "host", ""]
    assert told["scanner_class"].to_pylist() == ["acknowledged", "disputed", "disputed", ""]


@given(seed=st.integers(0, 2**32), n=st.integers(0, 60))
def test_scanners_are_those_that_the_register_alone_says(random_packets: Make, seed: int, n: int) -> None:
    """What is remembered of sources and what the register says of each packet are the same."""
    rng = np.random.default_rng(seed)
    base = 0xFFFF << 32 | 0xC0000200
    low = base + rng.integers(0, 64, n)
    high = np.where(rng.random(n) < 0.8, 0, TOKEN_HIGH)
    times = rng.integers(1_600_000_000, 1_800_000_000, n) * 1_000_000
    packets = Packets.of({"time": times, "source_high": high, "source_low": low}, n)
    own = [
        Entry(
            name,
            [ip_network((0xC0000200 + int(rng.integers(0, 64)), int(rng.integers(26, 33))), strict=False)],
            since=date(2021, 1, 1) if rng.random() < 0.5 else None,
            until=date(2025, 1, int(rng.integers(1, 28))) if rng.random() < 0.5 else None,
        )
        for name in "abcd"
    ]
    register = Register.of_entries("x", own)
    told = locate(packets, Lookups(lambda addresses: [None] * len(addresses), scanners=register))
    alone = scanner(packets, register)
    assert told["scanner"].to_pylist() == alone["scanner"].to_pylist()
    assert told["scanner_class"].to_pylist() == alone["scanner_class"].to_pylist()


def test_an_opaque_source_is_nowhere_at_all(packet: Make) -> None:
    """A token has no region, no AS, no special range and no scanner, though real addresses could have its number."""
    everywhere = Lookups(
        lambda addresses: ["JP"] * len(addresses),
        (lambda high, low: (np.full(len(low), "KR"), np.full(len(low), 7)),),
        scanners=Register.of_entries("x", [Entry("all", [ip_network("::/0"), ip_network("0.0.0.0/0")])]),
    )
    told = locate(Packets.concat([packet(text(TOKEN_HIGH, 12345)), packet("2001:db8::1")]), everywhere)
    values = [told[name].to_pylist() for name in ("region", "special", "scanner", "scanner_class")]
    assert values == [["ZZ", "KR"], ["", "documentation"], ["", "all"], ["", "acknowledged"]]
    assert told["asn"].tolist() == [0, 7]


def test_a_file_that_is_broken_inside_is_told(packet: Make, country_file: Path) -> None:
    """A file whose records are damaged is told when it is read, by its name."""
    whole = country_file.read_bytes()
    at = whole.index(b"\x00" * 16) + 16
    country_file.write_bytes(whole[:at] + b"\xff" * 40 + whole[at + 40 :])
    lookups = open_lookups(Config(scanner_register="none", country_file=str(country_file)))
    with pytest.raises(ConfigError, match=r"country\.mmdb is broken"):
        locate(packet("203.0.113.5"), lookups)


def test_many_sources_at_once() -> None:
    """A hundred thousand sources agree with the lookup one by one on a sample of them."""
    rng = np.random.default_rng(4)
    numbers = rng.integers(1 << 24, 223 << 24, 100_000)
    packets = Packets.of({"source_high": 0, "source_low": from_ipv4(numbers)}, len(numbers))
    regions = locate(packets, open_lookups(Config(scanner_register="none")))["region"].to_pylist()
    for at in range(0, 100_000, 5_000):
        address = text(0, int(from_ipv4(numbers[at : at + 1])[0]))
        assert regions[at] == (iptocc.country_code([address])[0] or "ZZ")
