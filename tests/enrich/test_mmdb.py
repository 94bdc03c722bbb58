"""Tests of isdas.enrich.mmdb."""

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import maxminddb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.enrich import mmdb
from isdas.enrich.mmdb import Mmdb, country, number, open_mmdb
from isdas.model.address import halves
from isdas.model.errors import ConfigError

Write = Callable[..., Path]


def said(file: Mmdb, *addresses: str) -> list[tuple[str, int]]:
    """Country and AS of some addresses."""
    pairs = np.array([halves(address) for address in addresses]).reshape(-1, 2)
    found, asn = file.of(pairs[:, 0].copy(), pairs[:, 1].copy())
    return list(zip(found.tolist(), asn.tolist(), strict=True))


FOUR = st.tuples(st.integers(0, 0xFFFFFFFF), st.integers(1, 32)).map(lambda e: ipaddress.ip_network(e, strict=False))
SIX = st.tuples(st.integers(1 << 100, (1 << 128) - 1), st.integers(1, 128)).map(
    lambda e: ipaddress.ip_network(e, strict=False)
)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("bits", [24, 28, 32])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(data=st.data())
def test_the_tree_leads_where_the_reader_of_the_format_says(
    tmp_path: Path, write_mmdb: Write, version: int, bits: int, data: st.DataObject
) -> None:
    """For all sizes of records and both versions, each address gets the record that `maxminddb` finds for it."""
    networks = data.draw(st.lists(FOUR if version == 4 else st.one_of(FOUR, SIX), max_size=8))
    apart = [n for n in networks if not any(m != n and m.version == n.version and m.overlaps(n) for m in networks)]
    # An IPv6 network that holds ::/96 holds IPv4 too.
    apart = [n for n in apart if n.version == 4 or int(n.network_address) >> 96]
    records = {str(n): {"country": {"iso_code": "JP"}, "asn": i + 1} for i, n in enumerate(apart)}
    path = write_mmdb(tmp_path / "f.mmdb", records, version=version, record_bits=bits)
    addresses = [str(a) for n in [*apart, *data.draw(st.lists(FOUR, max_size=5))] for a in (n[0], n[-1])]
    addresses += ["2001:db8::1", "::1"]
    with maxminddb.open_database(path) as reader:
        known = [a for a in addresses if version == 6 or ":" not in a]
        expected = {a: reader.get(a) for a in known}
    plain = [(country(expected.get(a)), number(expected.get(a))) for a in addresses]
    assert said(open_mmdb(str(path)), *addresses) == plain


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"country": {"iso_code": "JP"}, "registered_country": {"iso_code": "US"}}, ("JP", 0)),
        ({"registered_country": {"iso_code": "CN"}}, ("CN", 0)),
        ({"country": "KR", "asn": "AS64500", "country_name": "Korea"}, ("KR", 64500)),
        ({"country": "United States", "country_code": "US", "asn": "as4200000000"}, ("US", 4200000000)),
        ({"country": "Nowhere"}, ("", 0)),
        ({"country_code": "tw", "autonomous_system_number": 3}, ("TW", 3)),
        ({"country": 5, "asn": "none"}, ("", 0)),
        ({"country": {"iso_code": "XX"}, "country_code": "A1", "asn": 1 << 32}, ("", 0)),
        ("JP", ("", 0)),
        (None, ("", 0)),
    ],
)
def test_records_of_all_makers_are_understood(record: Any, expected: tuple[str, int]) -> None:
    """The code is found where a maker puts it, never a country's name; a number with or without AS before it."""
    assert (country(record), number(record)) == expected


def test_what_lies_at_a_leaf_is_decoded_once(tmp_path: Path, write_mmdb: Write) -> None:
    """However many addresses a network has, its record is read once."""
    file = open_mmdb(str(write_mmdb(tmp_path / "f.mmdb", {"192.0.2.0/24": {"asn": 7}})))
    assert said(file, "192.0.2.1", "192.0.2.2", "192.0.3.1", "192.0.2.3") == [("", 7), ("", 7), ("", 0), ("", 7)]
    assert list(file.said.values()) == [("", 7)]


class Forgotten(dict[int, tuple[str, int]]):
    """What another thread forgets as soon as somebody has looked or written."""

    def __contains__(self, leaf: object) -> bool:
        return bool(self.pop(leaf, None))

    def get(self, leaf: int, otherwise: Any = None) -> Any:
        """What is there, the last time."""
        return self.pop(leaf, otherwise)

    def __setitem__(self, leaf: int, said: tuple[str, int]) -> None:
        pass


def test_what_another_thread_forgets_is_read_again(tmp_path: Path, write_mmdb: Write) -> None:
    """At any moment all that is known may be forgotten; who asks gets what the file says."""
    opened = open_mmdb(
        str(write_mmdb(tmp_path / "f.mmdb", {"192.0.2.0/24": {"asn": 7}, "198.51.100.0/24": {"asn": 8}}))
    )
    addresses, expected = ("192.0.2.1", "198.51.100.1"), [("", 7), ("", 8)]
    assert said(opened, *addresses) == expected
    file = replace(opened, said=Forgotten(opened.said))
    for _ in range(2):
        assert said(file, *addresses) == expected


def test_what_is_known_is_bounded(tmp_path: Path, write_mmdb: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit all is forgotten, and read again."""
    monkeypatch.setattr(mmdb, "_MOST", 3)
    file = open_mmdb(str(write_mmdb(tmp_path / "f.mmdb", {f"{i}.0.0.0/8": {"asn": i} for i in range(1, 17)})))
    for _ in range(2):
        assert said(file, *(f"{i}.1.1.1" for i in range(1, 17))) == [("", i) for i in range(1, 17)]
        assert 0 < len(file.said) <= 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 600), byte=st.integers(0, 255), cut=st.one_of(st.none(), st.integers(0, 600)))
def test_a_damaged_file_says_something_or_is_told(
    tmp_path: Path, write_mmdb: Write, at: int, byte: int, cut: int | None
) -> None:
    """Any byte may be wrong or the end missing: then the file answers or is a wrong setting."""
    records = {f"{first}.0.0.0/12": {"country": {"iso_code": "JP"}, "asn": first} for first in (1, 70, 200)}
    whole = bytearray(write_mmdb(tmp_path / "f.mmdb", records, version=4).read_bytes())
    whole[min(at, len(whole) - 1)] = byte
    (tmp_path / "f.mmdb").write_bytes(whole[:cut])
    with suppress(ConfigError):
        said(open_mmdb(str(tmp_path / "f.mmdb")), "1.1.1.1", "70.1.1.1", "200.1.1.1", "9.9.9.9")
