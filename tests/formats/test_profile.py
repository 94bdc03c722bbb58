"""
Column profiles.
"""

from pathlib import Path

import pytest

from isdas.formats.csv import detect_profile, read_csv
from isdas.formats.profile import Profile, load_profile, parse_profile, shipped_profiles
from isdas.model.columns import Capability
from isdas.model.errors import ConfigError


def test_shipped_profile_is_loaded_by_name() -> None:
    """The profile of the 2013 honeypots is shipped, and says what such files can show."""
    profile = load_profile("honeypots-2013")
    assert profile in shipped_profiles()
    assert profile.headers == ("datetime", "src", "proto", "host", "type", "spt", "dpt")
    assert profile.capabilities == Capability.TCP | Capability.UDP | Capability.ICMP | Capability.SOURCE_PORT


def test_profile_is_loaded_from_a_file(tmp_path: Path, small: str, profile: Profile) -> None:
    """A profile may be the path of a TOML file."""
    path = tmp_path / "mine.toml"
    path.write_text(small)
    assert load_profile(path) == load_profile(str(path)) == profile


def test_defaults(profile: Profile) -> None:
    """A profile that says no more than it must means ISO times in UTC, written addresses and usual protocol names."""
    assert (profile.delimiter, profile.time.format, profile.time.zone) == (",", "iso", "UTC")
    assert profile.source.notation == "text"
    assert profile.protocol.names == {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}


def test_rows_of_many_packets_are_in_no_order() -> None:
    """A log of packets is in the order of its times; a table of flows is not expected to be."""
    assert load_profile("honeypots-2013").ordered
    assert not load_profile("aws-vpc-flow").ordered


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[time]", "[tyme]", "'tyme': did you mean 'time'"),
        ('name = "small"', "", "lacks 'name'"),
        ('column = "src"', "", "lacks 'source.column'"),
        ('column = "src"', 'colunm = "src"', "did you mean 'column'"),
        ('column = "src"', 'column = "src"\nnotation = "hex"', "notation must be one of"),
        ('column = "when"', 'column = "when"\nformat = "epoch"', r"time\.format must be one of"),
        ('column = "when"', 'column = "when"\nzone = "Mars/North"', "no IANA zone"),
        ('column = "proto"', 'column = "proto"\nnames = { X = 256 }', "0 to 255"),
        ('"TTL"', '"COLOUR"', "unknown capability 'COLOUR'"),
        ('ttl = "ttl"', 'tttl = "ttl"', r"columns\.tttl is no column"),
        ('ttl = "ttl"', 'source_low = "ttl"', r"columns\.source_low is no column"),
        ('ttl = "ttl"', "ttl = 5", "must be the header"),
        ('name = "small"', 'name = "small"\ndelimiter = "::"', "delimiter must be one character"),
        ("[time]", "[time", "is wrong"),
        ('name = "small"', 'name = "small"\nkind = "xml"', "kind must be one of csv, json, parquet"),
        ('name = "small"', 'name = "small"\nheader = ["when", "when"]', "list of different names"),
        ('name = "small"', 'name = "small"\nheader = ["when", "src", "proto"]', "header has no 'sensor'"),
        ('name = "small"', 'name = "small"\nwhere = 5', "where must be a table"),
        ('name = "small"', 'name = "small"\nwhere = { action = [] }', r"where\.action must be"),
        ('name = "small"', 'name = "small"\nconstants = { ttl = 5 }', "ttl is both a column and a constant"),
        ('name = "small"', 'name = "small"\nconstants = { protocol = 6 }', "protocol is both"),
        ('name = "small"', 'name = "small"\nconstants = { time = 6 }', r"constants\.time is no column"),
        ('name = "small"', 'name = "small"\nconstants = { colour = 6 }', r"constants\.colour is no column"),
        ('name = "small"', 'name = "small"\nconstants = { tcp_flags = 40000 }', r"constants\.tcp_flags cannot be"),
        ('name = "small"', 'name = "small"\nconstants = { tcp_flags = true }', r"constants\.tcp_flags cannot be"),
        ('name = "small"', 'name = "small"\nconstants = { ip_version = 5 }', r"constants\.ip_version cannot be"),
        ('ttl = "ttl"', 'payload = "p"', r"columns\.payload is no column"),
        ('column = "src"', 'column = "src"\nnotation = "network"', "notation must be one of"),
        ('column = "src"', 'column = "src"\nnetwork = "192.0.0.0/16"', "network is the IPv4 network"),
        ('"TTL"', '"WINDOW"', "capability WINDOW is listed, but no column shows it"),
        ('[source]\ncolumn = "src"', "", "lacks 'source'"),
    ],
)
def test_mistakes_are_named(small: str, old: str, new: str, message: str) -> None:
    """A mistake in a profile is refused with a message that names the profile and the key."""
    assert old in small
    with pytest.raises(ConfigError, match=message) as error:
        parse_profile(small.replace(old, new), "mine.toml")
    assert "mine.toml" in str(error.value)


def test_part_that_is_no_table_is_refused(small: str) -> None:
    """A section written as a plain value is refused."""
    text = 'source = "src"\n' + small.replace('[source]\ncolumn = "src"', "")
    with pytest.raises(ConfigError, match="source must be a table"):
        parse_profile(text, "mine.toml")


def test_unknown_name_lists_the_known(tmp_path: Path) -> None:
    """A name that is neither shipped nor a file is refused with the names that are shipped."""
    with pytest.raises(ConfigError, match="honeypots-2013"):
        load_profile("honeypots-2014")
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_profile(path)


def test_constants_stand_for_columns(small: str) -> None:
    """A protocol by name, the version of IP and labels may be said of all rows instead of in a column."""
    text = small.replace('[protocol]\ncolumn = "proto"', '[constants]\nprotocol = "UDP"\nip_version = 4\ntcp_flags = 2')
    found = parse_profile(text.replace('"TTL"', '"TCP_FLAGS"'), "mine.toml")
    assert found.constants == {"protocol": 17, "ip_version": 4, "tcp_flags": 2}
    assert "proto" not in found.headers
    assert Capability.TCP_FLAGS in found.capabilities
    with pytest.raises(ConfigError, match="cannot be 'arp'"):
        parse_profile(text.replace("UDP", "arp"), "mine.toml")


@pytest.mark.parametrize(
    ("destination", "shown"),
    [
        ('column = "to"', Capability.DESTINATION),
        ('column = "to"\nnotation = "network"', Capability.DESTINATION_NETWORK),
        ('column = "to"\nnotation = "lower16"', Capability.NOTHING),
        ('column = "to"\nnotation = "lower16"\nnetwork = "198.51.0.0/16"', Capability.DESTINATION),
    ],
)
def test_destination_is_shown_as_far_as_it_is_written(small: str, destination: str, shown: Capability) -> None:
    """A network alone shows the network, and half an address shows nothing unless the other half is said."""
    text = small.replace('"TTL"', '"TTL", "DESTINATION"').replace(
        "[columns]", f"[destination]\n{destination}\n[columns]"
    )
    found = parse_profile(text, "mine.toml").capabilities
    assert found & (Capability.DESTINATION | Capability.DESTINATION_NETWORK) == shown


def test_flow_logs_of_amazon(tmp_path: Path) -> None:
    """Rejected flows are taken with their packets; accepted ones and lines without data are no records."""
    path = tmp_path / "log"
    path.write_text(
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action"
        " log-status\n"
        "2 123456789010 eni-1235b8ca 192.0.2.1 198.51.100.7 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK\n"
        "2 123456789010 eni-1235b8ca 192.0.2.1 198.51.100.7 49761 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n"
        "2 123456789010 eni-1235b8ca - - - - - - - 1431280876 1431280934 - NODATA\n"
    )
    profile = detect_profile(path)
    assert profile is not None
    (batch,) = (work() for work in read_csv(path, profile))
    (row,) = batch.packets.table.to_pylist()
    assert (row["packets"], row["port"], row["sensor"]) == (20, 3389, "eni-1235b8ca")
    assert (batch.tally.read, batch.tally.warnings) == (1, {"not-wanted": 2})
