"""
Column profiles.
"""

from pathlib import Path

import pytest

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
