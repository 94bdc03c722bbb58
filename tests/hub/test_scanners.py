"""The register as people read and make it."""

from datetime import date
from pathlib import Path

import pytest

from isdas.enrich.scanner import open_register, shipped
from isdas.hub.scanners import Choices, described, found, imported, write_register
from isdas.model.errors import NotFound


def test_a_register_that_was_written_is_the_same(tmp_path: Path) -> None:
    """Lists put together, written and read again hold the same organisations and networks, each address once."""
    (tmp_path / "a.txt").write_text("192.0.2.0 # probe\n192.0.2.1 # probe\n2001:db8::/48 # six\n?\n")
    entries, odd = imported([tmp_path / "a.txt"])
    write_register(entries, tmp_path / "mine.toml")
    register = open_register(str(tmp_path / "mine.toml"))
    assert register is not None
    assert [(e.name, [str(n) for n in e.networks]) for e in register.entries] == [
        ("probe", ["192.0.2.0/31"]),
        ("six", ["2001:db8::/48"]),
    ]
    assert odd == ["a.txt:4: ?"]


def test_small_networks_of_large_lists_may_be_left_out(tmp_path: Path) -> None:
    """Of organisations with many networks only those with short prefixes are kept."""
    (tmp_path / "many.txt").write_text("".join(f"192.0.2.{2 * i}\n" for i in range(9)) + "198.51.100.0/24\n")
    entries, _ = imported([tmp_path / "many.txt"], Choices(longest=29, whole_below=5))
    assert [str(n) for n in entries[0].networks] == ["198.51.100.0/24"]


def test_small_networks_of_large_lists_may_hold_from_a_day_on(tmp_path: Path) -> None:
    """What would be left out holds from that day on instead, under the same name; smaller lists hold always."""
    (tmp_path / "many.txt").write_text("".join(f"192.0.2.{2 * i}\n" for i in range(9)) + "198.51.100.0/24\n")
    (tmp_path / "few.txt").write_text("203.0.113.1\n")
    choices = Choices(longest=29, whole_below=5, since=date(2024, 1, 1))
    entries, _ = imported([tmp_path / "many.txt", tmp_path / "few.txt"], choices)
    told = [(e.name, len(e.networks), e.since) for e in entries]
    assert sorted(told, key=str) == [("few", 1, None), ("many", 1, None), ("many", 9, date(2024, 1, 1))]


def test_organisations_are_called_and_classed_as_chosen(tmp_path: Path) -> None:
    """Two lists that call one organisation differently become one entry, disputed if that is said."""
    (tmp_path / "strechoid.txt").write_text("192.0.2.1\n")
    (tmp_path / "stretchoid.txt").write_text("192.0.2.9\n")
    choices = Choices(names={"strechoid": "stretchoid"}, disputed=frozenset({"stretchoid"}))
    [entry], _ = imported(sorted(tmp_path.glob("*.txt")), choices)
    assert (entry.name, entry.scanner_class, len(entry.networks)) == ("stretchoid", "disputed", 2)
    write_register([entry], tmp_path / "r.toml", "first")
    assert 'edition = "first"' in (tmp_path / "r.toml").read_text()


def test_an_organisation_is_found_by_name_and_by_address() -> None:
    """Both give what the register says; what it does not know is an error that says where to look."""
    one = found(shipped(), "Shadowserver")[0]
    assert found(shipped(), str(one["in"][0]).partition("/")[0]) == [one]  # type: ignore[index]
    assert one["name"] in {each["name"] for each in described(shipped())}
    with pytest.raises(NotFound, match="scanners list"):
        found(shipped(), "nobody-at-all")
