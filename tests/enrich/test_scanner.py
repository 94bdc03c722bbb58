"""The register of research scanners."""

import csv
import gzip
import ipaddress
from collections import Counter
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.scanner import NONE, Register, address_halves, merged, open_register, scanner, shipped
from isdas.enrich.scanner_lists import DISPUTED, Entry
from isdas.model.address import TOKEN_HIGH, from_ipv4, halves
from isdas.model.errors import ConfigError
from isdas.model.packets import Packets


def micros(text: str) -> int:
    """An instant as microseconds since 1970."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1e6)


def entry(name: str, *networks: str, **more: object) -> Entry:
    """An organisation."""
    return Entry(name, [ipaddress.ip_network(n) for n in networks], **more)  # type: ignore[arg-type]


def whose(register: Register, address: str, when: str = "2024-01-01") -> str:
    """The name of whom an address belongs to; empty for nobody."""
    code = register.codes(*address_halves(address), np.array([micros(when)]))[0]
    return register.entries[code].name if code >= 0 else ""


NETWORKS = st.tuples(st.integers(0, 255), st.integers(20, 32)).map(
    lambda each: ipaddress.ip_network((0x0A000000 + (each[0] << 4), each[1]), strict=False)
)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), NETWORKS), max_size=12), st.lists(st.integers(0, 1 << 13), max_size=30)
)
def test_lookups_are_those_of_a_plain_search(listed: list[tuple[str, ipaddress.IPv4Network]], low: list[int]) -> None:
    """The longest prefix that holds an address wins, and of two alike the first name, as a search one by one finds."""
    register = Register.of_entries("test", merged([Entry(name, [network]) for name, network in listed]))
    known = [(network, e.name) for e in register.entries for network in e.networks]
    addresses = [ipaddress.IPv4Address(0x0A000000 + number) for number in low]
    pairs = np.array([halves(str(a)) for a in addresses], np.int64).reshape(-1, 2)
    codes = register.codes(pairs[:, 0].copy(), pairs[:, 1].copy(), np.zeros(len(pairs), np.int64))
    for address, code in zip(addresses, codes.tolist(), strict=True):
        holding = sorted((-network.prefixlen, name) for network, name in known if address in network)
        assert (register.entries[code].name if code >= 0 else None) == (holding[0][1] if holding else None)


def test_the_register_is_what_it_was_at_the_time_of_the_packet() -> None:
    """An organisation holds from its first day on and until its last; others hold always."""
    register = Register.of_entries(
        "test",
        [
            entry("before", "192.0.2.0/24", until=date(2020, 1, 1)),
            entry("after", "192.0.2.0/25", since=date(2020, 1, 1)),
            entry("always", "198.51.100.0/24"),
        ],
    )
    told = [whose(register, "192.0.2.1", when) for when in ("2019-12-31T23:59:59", "2020-01-01", "2024-05-05")]
    assert told == ["before", "after", "after"]
    assert whose(register, "192.0.2.200", "2024-05-05") == ""
    assert whose(register, "198.51.100.9", "1999-01-01") == "always"


def test_ipv6_is_looked_up_too() -> None:
    """Networks of IPv6 hold by their longest prefix, and IPv4 is not taken for them."""
    register = Register.of_entries("test", [entry("wide", "2001:db8::/32"), entry("near", "2001:db8:1::/48")])
    assert [whose(register, a) for a in ("2001:db8:1::5", "2001:db8:2::5", "2001:db9::1", "192.0.2.1")] == [
        "near",
        "wide",
        "",
        "",
    ]


SIX = st.tuples(st.integers(0, 255), st.integers(40, 128)).map(
    lambda each: ipaddress.ip_network(((0x8001 << 112) + (each[0] << 60), each[1]), strict=False)
)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), SIX), max_size=12),
    st.lists(st.tuples(st.integers(0, 255), st.integers(-2, 2)), max_size=30),
)
def test_lookups_of_ipv6_are_those_of_a_plain_search(
    listed: list[tuple[str, ipaddress.IPv6Network]], near: list[tuple[int, int]]
) -> None:
    """So it is with 128 bits, also where halves are negative as signed numbers and at the edges of networks."""
    register = Register.of_entries("test", merged([Entry(name, [network]) for name, network in listed]))
    known = [(network, e.name) for e in register.entries for network in e.networks]
    addresses = [ipaddress.IPv6Address((0x8001 << 112) + (n << 60) + by) for n, by in near]
    addresses += [n[at] for n, _ in known for at in (0, -1)]
    for address in addresses:
        holding = sorted((-network.prefixlen, name) for network, name in known if address in network)
        assert whose(register, str(address)) == (holding[0][1] if holding else "")


@given(rows=st.permutations(range(24)), cut=st.integers(0, 24))
def test_neither_order_nor_batches_matter(rows: list[int], cut: int) -> None:
    """Packets in another order and in two batches bear what they bear in one, also where the register changes."""
    register = Register.of_entries(
        "test",
        [entry("old", "192.0.2.0/29", until=date(2020, 1, 1)), entry("new", "192.0.2.4/30", since=date(2021, 1, 1))],
    )
    low = np.array([halves(f"192.0.2.{i % 8}")[1] for i in range(24)])
    time = np.array([micros(f"{2019 + i // 8}-06-01") for i in range(24)])
    whole = register.codes(np.zeros_like(low), low, time)
    order = np.array(rows)
    parts = [register.codes(np.zeros_like(low[p]), low[p], time[p]) for p in (order[:cut], order[cut:])]
    assert np.concatenate(parts).tolist() == whole[order].tolist()
    assert {code: int((whole == code).sum()) for code in (-1, 0, 1)} == {-1: 12, 0: 4, 1: 8}


def test_the_order_of_lists_does_not_matter() -> None:
    """Of two organisations with the same network the first by name has it, whichever was read first."""
    both = [entry("b", "192.0.2.0/24"), entry("a", "192.0.2.0/24", scanner_class=DISPUTED)]
    assert {whose(Register.of_entries("test", each), "192.0.2.1") for each in (both, both[::-1])} == {"a"}


def test_no_token_is_a_scanner() -> None:
    """A token lies in a range that no packet comes from; a register that has it does not make its tokens scanners."""
    register = Register.of_entries("test", [entry("discard", "100::/32"), entry("next", "100:0:0:1::/64")])
    tokens = np.arange(-2, 3)
    assert register.codes(np.full(5, TOKEN_HIGH), tokens, tokens).tolist() == [-1] * 5
    assert whose(register, "100:0:0:1::5") == "next"


def test_packets_bear_name_and_class() -> None:
    """Both columns say what the register says; an opaque token belongs to nobody."""
    register = Register.of_entries("test", [entry("probe", "192.0.2.0/24", scanner_class=DISPUTED)])
    low = np.array([halves("192.0.2.7")[1], halves("203.0.113.1")[1], halves("192.0.2.7")[1]])
    packets = Packets.of({"source_low": low, "source_high": np.array([0, 0, TOKEN_HIGH])}, 3)
    told = scanner(packets, register)
    assert told["scanner"].to_pylist() == ["probe", "", ""]
    assert told["scanner_class"].to_pylist() == [DISPUTED, "", ""]
    assert scanner(packets, None)["scanner"].to_pylist() == ["", "", ""]


def test_the_shipped_edition_has_both_classes_and_shares_no_address() -> None:
    """The register that comes with the package names many organisations; some of them are disputed."""
    register = shipped()
    assert len(register.entries) > 50
    assert {e.scanner_class for e in register.entries} == {"acknowledged", DISPUTED}
    for table in register.tables:
        assert (table.starts[1:] > table.ends[:-1]).all()
    assert whose(register, str(next(e for e in register.entries if e.name == "censys").networks[0][1])) == "censys"


def test_settings_choose_the_register(tmp_path: Path) -> None:
    """None, files of one's own with commas between, or the shipped one; a file that is none is an error."""
    (tmp_path / "mine.toml").write_text('[[scanner]]\nname = "me"\nnetworks = ["192.0.2.0/24"]\n')
    (tmp_path / "other.txt").write_text("198.51.100.1 # them\n")
    assert open_register(NONE) is None
    assert open_register("") is shipped()
    both = open_register(f"{tmp_path / 'mine.toml'}, {tmp_path / 'other.txt'}")
    assert both is not None
    assert [e.name for e in both.entries] == ["me", "them"]
    assert both.edition.startswith("mine@")
    assert not set(";= ") & set(both.edition)
    with pytest.raises(ConfigError, match="gone"):
        open_register(str(tmp_path / "gone.toml"))


def test_another_content_is_another_edition(tmp_path: Path) -> None:
    """The edition tells what the file calls itself and what is in it, whenever it was written or copied."""
    row, path = '[[scanner]]\nname = "me"\nnetworks = ["192.0.2.0/24"]\n', tmp_path / "a=b;c.toml"
    editions = []
    for text in (f'edition = "first"\n{row}', f'edition = "first"\n{row}# more\n', row):
        path.write_text(text)
        editions.append(open_register(str(path)).edition)  # type: ignore[union-attr]
    assert len(set(editions)) == 3
    assert [each.startswith("a_b_c@first-") for each in editions] == [True, True, False]


def test_the_shipped_edition_is_called_as_its_file() -> None:
    """The newest file is chosen by its name, so that the name must be the edition's."""
    names = [path.stem for path in (Path(str(files("isdas.enrich"))) / "scanners").glob("*.toml")]
    assert shipped().edition == max(names)


def test_most_of_a_ground_truth_is_known(shared: Path) -> None:
    """Of the scanners that a study of 2021 lists, those with own networks are still found by name."""
    rows = (shared / "series" / "scanner-ground-truth" / "darkvec_big_gt.csv").read_text().splitlines()[1:]
    register, seen = shipped(), dict[str, list[str]]()
    for address, _, known in (row.partition(",") for row in rows):
        seen.setdefault(known, []).append(whose(register, address.strip(), "2021-03-15"))
    assert sum(name != "" for names in seen.values() for name in names) == 5_401  # docs/how-to/scanner-register.md
    for known, name in (
        ("shadowserver", "shadowserver"),
        ("expanse", "paloaltonetworks"),
        ("arbor", "netscout"),
        ("u_mich", "university-of-michigan"),
        ("u_stanford", "stanford-university"),
    ):
        assert set(seen[known]) == {name}
    for known, name, least in (
        ("alphastrike", "alphastrike", 0.95),
        ("rapid7", "rapid7", 0.9),
        ("shodan", "shodan", 0.85),
    ):
        assert seen[known].count(name) / len(seen[known]) > least
        assert set(seen[known]) <= {name, ""}


def test_few_of_2013_are_taken_for_scanners_of_today(shared: Path) -> None:
    """Of the sources of nine honeypots in 2013 hardly any are registered, and those that scanned then are told."""
    with gzip.open(shared / "series" / "honeypots-2013" / "honeypots-2013-03-to-06.csv.gz", "rt") as file:
        sources = sorted({int(row["src"]) for row in csv.DictReader(file) if row["src"].isdigit()})
    register, low = shipped(), from_ipv4(np.array(sources))
    codes = register.codes(np.zeros_like(low), low, np.full(len(low), micros("2013-04-15")))
    told = Counter(register.entries[code].name for code in codes.tolist() if code >= 0)
    assert (len(sources), sum(told.values())) == (43_931, 73)  # docs/how-to/scanner-register.md
    assert told["university-of-michigan"] == 65
