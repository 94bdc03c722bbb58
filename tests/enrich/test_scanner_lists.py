"""Lists of scanners in the forms of others."""

import gzip
import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.scanner_lists import DISPUTED, Entry, own_register, read_list
from isdas.model.errors import ConfigError

OWN = """
[[scanner]]
name = "probe"
class = "disputed"
sources = ["https://example.org/"]
suffixes = ["probe.example"]
from = 2024-01-02
networks = ["192.0.2.0/24", "2001:db8::/48"]
"""
NFT = """# Probe (probe.example)
# PTR: ends with probe.example or scan.example
define probe_v4 = {
\t192.0.2.1, # a comment
\t192.0.2.2,
\tnonsense,
}
define probe_v6 = { 2001:db8::/48 }
"""


def test_a_register_of_our_own() -> None:
    """Name, class, dates, sources, suffixes and networks are read as written."""
    (entry,) = own_register(OWN, "test").entries
    assert (entry.name, entry.scanner_class, entry.since, entry.until) == ("probe", DISPUTED, date(2024, 1, 2), None)
    assert [str(network) for network in entry.networks] == ["192.0.2.0/24", "2001:db8::/48"]


def test_networks_may_be_one_text() -> None:
    """As a text with blanks or new lines between them they are the same as in a list."""
    as_text = OWN.replace('["192.0.2.0/24", "2001:db8::/48"]', "'''\n  192.0.2.0/24\n2001:db8::/48\n'''")
    assert [list(entry.networks) for entry in own_register(as_text, "test").entries] == [
        list(entry.networks) for entry in own_register(OWN, "test").entries
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        'class = "evil"',
        "colour = 1",
        'networks = ["192.0.2.1/24"]',
        "name",
        'from = "2024-01-01"',
        "from = 2024-02-01\nuntil = 2024-02-01",
        'networks = ["0.0.0.0/0"]',
        'networks = "192.0.2.1, 192.0.2.2"',
        "networks = 5",
        'sources = "page"',
        "suffixes = [1]",
    ],
)
def test_a_wrong_register_is_an_error(wrong: str) -> None:
    """An unknown class or key, a network with host bits or of half the net, dates that are none, or no TOML at all."""
    with pytest.raises(ConfigError, match="no register of scanners"):
        own_register(
            f'[[scanner]]\nname = "x"\n{wrong}\n' + ("" if "networks =" in wrong else "networks = []\n"), "test"
        )


def test_sets_of_nftables(tmp_path: Path) -> None:
    """Addresses of all sets, with comments and nonsense told by its line; suffixes from the note on reverse names."""
    (tmp_path / "probe.nft").write_text(NFT)
    listed = read_list(tmp_path / "probe.nft")
    (entry,) = listed.entries
    assert entry.name == "probe"
    assert [str(network) for network in entry.networks] == ["192.0.2.1/32", "192.0.2.2/32", "2001:db8::/48"]
    assert entry.suffixes == ["probe.example", "scan.example"]
    assert listed.odd == [(6, "nonsense")]


def test_sets_of_nftables_may_name_many(tmp_path: Path) -> None:
    """A comment on a line of its own names whose the addresses below are; pages that are sources are kept."""
    text = """# Scanners of some
# Source: https://example.org/ips, somewhere
define some_v4 = {
\t192.0.2.1,
\t# University of Somewhere / its chair
\t192.0.2.2, # not a name
\t192.0.2.3,
\t# "matscan" game server scanning [no PTR]
\t192.0.2.4,
\t# scan.example.org game servers
\t192.0.2.5,
\t# 192.0.2.6 for research
\t192.0.2.6
}
"""
    (tmp_path / "some.nft").write_text(text)
    entries = read_list(tmp_path / "some.nft").entries
    assert {e.name: [str(n[0]) for n in e.networks] for e in entries} == {
        "some": ["192.0.2.1", "192.0.2.6"],
        "university-of-somewhere": ["192.0.2.2", "192.0.2.3"],
        "matscan": ["192.0.2.4"],
        "scan.example.org": ["192.0.2.5"],
    }
    assert entries[0].sources == ["https://example.org/ips", "internet-scanners"]


@pytest.mark.parametrize(
    ("end", "until"),
    [
        ("2024-04-01T00:00:00", date(2024, 4, 1)),
        ("2024-04-01T17:00:00+09:00", date(2024, 4, 2)),
        ("2024-04-01T06:00:00+09:00", date(2024, 4, 1)),
        ("2024-04-01", date(2024, 4, 2)),
    ],
)
def test_a_scheduled_day_counts_as_a_whole(tmp_path: Path, end: str, until: date) -> None:
    """A window of hours is that of its days in UTC, so that nothing of it is missed."""
    said = [("scanning_ip", "192.0.2.9"), ("scheduled_start", "2024-04-01T01:00:00+09:00"), ("scheduled_end", end)]
    attributes = [{"object_relation": key, "value": value} for key, value in said]
    (tmp_path / "event.json").write_text(json.dumps({"name": "research-scanner", "Attribute": attributes}))
    (entry,) = read_list(tmp_path / "event.json").entries
    assert (entry.since, entry.until) == (date(2024, 3, 31), until)


def test_warninglists_of_misp(tmp_path: Path) -> None:
    """The list's networks under the organisation that the file's name stands for."""
    data = {"name": "Known probes", "type": "cidr", "list": ["192.0.2.0/25", "192.0.2.200", "?"]}
    (tmp_path / "probe-nt-scanning.json").write_text(json.dumps(data))
    listed = read_list(tmp_path / "probe-nt-scanning.json")
    assert [(e.name, len(e.networks), e.sources) for e in listed.entries] == [("probe", 2, ["Known probes"])]
    assert listed.odd == [(1, "?")]


def test_research_scanner_objects_of_misp(tmp_path: Path) -> None:
    """Addresses, page and scheduled window of each object, however deep in the event."""
    said = [("project", "Sonde"), ("project_url", "https://example.org/"), ("scanning_ip", "192.0.2.9")]
    said += [("scheduled_start", "2024-03-01T00:00:00"), ("scheduled_end", "2024-04-01T00:00:00")]
    attributes = [{"object_relation": key, "value": value} for key, value in said]
    event = {"Event": {"Object": [{"name": "research-scanner", "Attribute": attributes}]}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    (entry,) = read_list(tmp_path / "event.json").entries
    assert (entry.name, entry.since, entry.until) == ("Sonde", date(2024, 3, 1), date(2024, 4, 1))
    assert entry.sources == ["https://example.org/"]


def test_lines_of_addresses(tmp_path: Path) -> None:
    """As Maltrail has them: an organisation behind a hash, comments and blank lines, also compressed."""
    text = "# a list\n   \n192.0.2.1 # probe.example\n192.0.2.9\n/etc/passwd\n198.51.100.0/24 # probe.example\n"
    (tmp_path / "mass.txt.gz").write_bytes(gzip.compress(text.encode()))
    listed = read_list(tmp_path / "mass.txt.gz")
    assert {e.name: len(e.networks) for e in listed.entries} == {"probe.example": 2, "mass": 1}
    assert listed.odd == [(5, "/etc/passwd")]


def test_hosts_of_one_domain_are_one_organisation(tmp_path: Path) -> None:
    """A host's name stands for its domain, under a country's kinds with one label more; others are as written."""
    comments = ("a1.scan.example.com", "b2.Example.COM.", "p.u-tokyo.ac.jp", "Probe Ltd. (UK)", "(unknown)", "")
    (tmp_path / "mass.txt").write_text("".join(f"192.0.2.{i} # {each}\n" for i, each in enumerate(comments)))
    entries = {entry.name: len(entry.networks) for entry in read_list(tmp_path / "mass.txt").entries}
    assert entries == {"example.com": 2, "u-tokyo.ac.jp": 1, "Probe Ltd. (UK)": 1, "mass": 2}


def test_names_of_hosts_match_by_whole_labels() -> None:
    """A suffix is that of labels, with or without the dot at the end: notshodan.io is not shodan.io."""
    entry = Entry("x", [], suffixes=["shodan.io."])
    assert [
        entry.names(host) for host in ("census1.shodan.io", "shodan.io.", "notshodan.io", "shodan.io.evil.example")
    ] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("text", ["{}", "[1, 2]", "{broken"])
def test_json_of_another_kind_is_an_error(tmp_path: Path, text: str) -> None:
    """What holds neither a list nor objects of scanners cannot be read as either."""
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ConfigError):
        read_list(tmp_path / "x.json")


def test_what_a_json_list_has_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    """No address, a network that would be everybody's, and a day that is none."""
    data = {"name": "Known probes", "list": ["192.0.2.0/25", "0.0.0.0/0", "?"]}
    (tmp_path / "probe.json").write_text(json.dumps(data, indent=2))
    assert read_list(tmp_path / "probe.json").odd == [(5, "0.0.0.0/0"), (6, "?")]
    when = {"object_relation": "scheduled_end", "value": "next week"}
    event = [{"name": "research-scanner", "Attribute": [when]}]
    (tmp_path / "event.json").write_text(json.dumps(event, indent=2))
    assert read_list(tmp_path / "event.json").odd == [(7, "next week")]


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)), st.sampled_from(
    [b"", b"\x1f\x8b\x08\x00", b"[[scanner]]\n", b'{"list": [', b"define a = {", b"[" * 100_000, b'{"a":' * 5_000]
))  # fmt: skip
def test_any_bytes_are_read_or_refused(data: bytes, head: bytes) -> None:
    """Whatever a file holds, it gives entries and oddities, or the error that is for lists."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "list.txt")
        path.write_bytes(head + data)
        with suppress(ConfigError):
            assert all(entry.name for entry in read_list(path).entries)


def test_all_real_lists_are_read(shared: Path) -> None:
    """Every list at hand gives networks, and only five lines of theirs are no addresses."""
    folder = shared / "data" / "scanners"
    listed = [
        read_list(path) for path in sorted([*folder.glob("*.nft"), *folder.glob("misp/*.json"), *folder.glob("*.gz")])
    ]
    assert all(any(entry.networks for entry in each.entries) for each in listed)
    assert sum(len(each.odd) for each in listed) == 5
