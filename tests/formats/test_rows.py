"""
Rows of strings to Packets.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from isdas.formats import rows
from isdas.formats.profile import AddressColumn, Profile, ProtocolColumn
from isdas.model import columns
from isdas.model.port import NO_PORT

GOOD = {
    "when": "2013-05-01 00:00:00",
    "src": "192.0.2.1",
    "proto": "tcp",
    "sensor": "tokyo",
    "dport": "445",
    "sport": "6000",
    "type": "",
    "ttl": "110",
}


def _packets(profile: Profile, *changes: dict[str, str]) -> tuple[list[dict[str, Any]], list[str | None]]:
    """The rows and the reasons for a good row with each of the changes."""
    table = pa.table({name: [{**GOOD, **change}.get(name, "") for change in changes] for name in profile.headers})
    reasons: np.ndarray[Any, np.dtype[np.object_]] = np.full(len(changes), None, object)
    found = rows.packets(table, profile, np.arange(2, 2 + len(changes)), reasons)
    found.table.validate(full=True)
    return found.table.to_pylist(), reasons.tolist()


def test_a_good_row(profile: Profile) -> None:
    """A row fills the columns that the profile names, and leaves null what the file does not say."""
    found, reasons = _packets(profile, {})
    row = found[0]
    assert reasons == [None]
    assert (row["sensor"], row["port"], row["source_port"], row["ttl"], row["protocol"]) == ("tokyo", 445, 6000, 110, 6)
    assert (row["position"], row["ip_version"], row["source_low"]) == (2, 4, 0xFFFFC0000201)
    assert row["capabilities"] == int(profile.capabilities)
    assert (row["tcp_flags"], row["destination_low"], row["icmp_code"]) == (None, None, None)


@pytest.mark.parametrize(
    ("change", "port", "source_port"),
    [
        ({"proto": "udp"}, 445, 6000),
        ({"proto": "icmp", "type": "8"}, 8, None),
        ({"proto": "icmpv6", "type": "128", "src": "2001:db8::1"}, 128, None),
        ({"proto": "47"}, NO_PORT, None),
        ({"sport": ""}, 445, None),
    ],
    ids=["udp", "icmp", "icmpv6", "gre", "no-source-port"],
)
def test_ports_by_protocol(profile: Profile, change: dict[str, str], port: int, source_port: int | None) -> None:
    """The port is the destination port, the type of ICMP, or none, and a source port may be missing."""
    row = _packets(profile, change)[0][0]
    assert (row["port"], row["source_port"]) == (port, source_port)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"when": "2013-05-32 00:00:00"}, "bad-time"),
        ({"src": "tokyo"}, "bad-source"),
        ({"proto": "arp"}, "bad-protocol"),
        ({"dport": ""}, "bad-port"),
        ({"dport": "65536"}, "bad-port"),
        ({"sport": "-1"}, "bad-source-port"),
        ({"proto": "icmp"}, "bad-icmp-type"),
        ({"proto": "icmp", "type": "256"}, "bad-icmp-type"),
        ({"ttl": "many"}, "bad-ttl"),
        ({"ttl": "40000"}, "bad-ttl"),
        ({"when": "", "src": "", "dport": ""}, "bad-time"),
    ],
)
def test_refusals(profile: Profile, change: dict[str, str], reason: str) -> None:
    """A wrong value refuses its own row for the first reason found, and no other row."""
    found, reasons = _packets(profile, {}, change, {"dport": "22"})
    assert reasons == [None, reason, None]
    assert [(row["position"], row["port"]) for row in found] == [(2, 445), (4, 22)]


def test_empty_values_of_other_columns_are_null(profile: Profile) -> None:
    """An empty sensor or number is unknown, not wrong."""
    row = _packets(profile, {"sensor": "", "ttl": ""})[0][0]
    assert (row["sensor"], row["ttl"]) == (None, None)


def test_destination(profile: Profile) -> None:
    """A profile may name a destination, which is then checked like a source."""
    by = replace(profile, destination=AddressColumn("dst"))
    found, reasons = _packets(by, {"dst": "198.51.100.7"}, {"dst": "?"})
    assert found[0]["destination_low"] == 0xFFFFC6336407
    assert reasons == [None, "bad-destination"]


def test_a_column_added_to_the_table_is_filled_without_code(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns of any type that are added to the column table can be named in a profile at once."""
    added = (
        columns.Column("hue", pa.string(), "name", "A name.", "header"),
        columns.Column("weight", pa.float64(), "kg", "A number.", "header"),
        columns.Column("lucky", pa.bool_(), "yes or no", "A truth.", "header"),
    )
    monkeypatch.setattr(columns, "COLUMNS", (*columns.COLUMNS, *added))
    by = replace(profile, columns={**profile.columns, "hue": "h", "weight": "w", "lucky": "l"})
    found, reasons = _packets(
        by, {"h": "red", "w": "+1.5e3", "l": "Yes"}, {"h": "", "w": "", "l": ""}, {"w": "heavy"}, {"l": "perhaps"}
    )
    assert [(row["hue"], row["weight"], row["lucky"]) for row in found] == [("red", 1500.0, True), (None, None, None)]
    assert reasons == [None, None, "bad-weight", "bad-lucky"]


def test_summaries(profile: Profile) -> None:
    """A column may say how many packets a row stands for; none at all is no record."""
    by = replace(profile, columns={**profile.columns, "packets": "n"})
    found, reasons = _packets(by, {"n": "12"}, {"n": ""}, {"n": "0"}, {"n": "few"})
    assert [row["packets"] for row in found] == [12, None]
    assert reasons == [None, None, "bad-packets", "bad-packets"]


def test_constants(profile: Profile) -> None:
    """What a profile says of all rows is in all rows, except fields that only packets of one protocol have."""
    columns_ = {name: header for name, header in profile.columns.items() if name != "sensor"}
    by = replace(profile, columns=columns_, constants={"sensor": "osaka", "tcp_flags": 2, "packets": 3})
    found, _ = _packets(by, {}, {"proto": "udp"})
    assert [(row["sensor"], row["tcp_flags"], row["packets"]) for row in found] == [("osaka", 2, 3), ("osaka", None, 3)]


def test_a_constant_protocol(profile: Profile) -> None:
    """A protocol that all rows share needs no column."""
    by = replace(profile, protocol=ProtocolColumn(), constants={"protocol": 17})
    assert [row["protocol"] for row in _packets(by, {})[0]] == [17]


def test_tokens_have_no_version(profile: Profile) -> None:
    """Of an opaque source it is not known which version of IP it spoke, unless the profile says so."""
    by = replace(profile, source=AddressColumn("src", "token"))
    assert _packets(by, {"src": "5f3a"})[0][0]["ip_version"] is None
    assert _packets(replace(by, constants={"ip_version": 4}), {"src": "5f3a"})[0][0]["ip_version"] == 4


def test_selected(profile: Profile) -> None:
    """Rows are wanted that have one of the texts that the profile names, whatever the type of the column."""
    by = replace(profile, where={"action": ("deny", "drop"), "rule": ("7", "true")})
    table = pa.table({"action": ["deny", "allow", "drop", None], "rule": [7, 7, 8, 7]})
    assert rows.selected(table, by).tolist() == [True, False, False, False]
    assert rows.selected(pa.table({"action": ["deny"], "rule": [True]}), by).tolist() == [True]
