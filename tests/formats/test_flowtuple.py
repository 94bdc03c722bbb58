"""
What the FlowTuples of all versions share.
"""

import ipaddress
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.context import Context
from isdas.formats.flowtuple import REFUSALS, Tuples, batch, reasons, sensor_of, with_octets
from isdas.model.address import MAPPED
from isdas.model.columns import Capability

SOURCE, DESTINATION = 0x01020304, 0x2C010203
GOOD: dict[str, int] = {
    "positions": 7,
    "time": 1_615_320_000,
    "source": SOURCE,
    "destination": DESTINATION,
    "source_port": 40000,
    "port": 445,
    "protocol": 6,
    "ttl": 110,
    "tcp_flags": 2,
    "ip_length": 48,
    "packets": 3,
}


def tuples(*changes: dict[str, int], **more: Any) -> Tuples:
    """Tuples that are good but for the changes."""
    rows = [{**GOOD, **change} for change in changes or ({},)]
    return Tuples(**{name: np.array([row[name] for row in rows], np.int64) for name in rows[0]}, **more)


def rows(of: Tuples, sensor: str | None = None) -> list[dict[str, Any]]:
    """The packets of tuples, without the columns that they lack."""
    found = batch(of, sensor, Counter()).packets.table
    found.validate(full=True)
    return [{name: value for name, value in row.items() if value is not None} for row in found.to_pylist()]


def test_a_tuple_of_tcp_is_a_row() -> None:
    """Every field has its column, the time in microseconds; what a tuple cannot tell is null."""
    (row,) = rows(tuples(), "ucsd-nt")
    assert row.pop("time").timestamp() == 1_615_320_000
    assert row.pop("capabilities") == int(
        Capability.DESTINATION | Capability.TTL | Capability.TCP_FLAGS | Capability.LENGTH | Capability.TCP
        | Capability.UDP | Capability.ICMP | Capability.SOURCE_PORT
    )  # fmt: skip
    expected = {
        "sensor": "ucsd-nt",
        "position": 7,
        "packets": 3,
        "ip_version": 4,
        "source_high": 0,
        "source_low": MAPPED | SOURCE,
        "destination_high": 0,
        "destination_low": MAPPED | DESTINATION,
        "protocol": 6,
        "source_port": 40000,
        "port": 445,
        "ttl": 110,
        "tcp_flags": 2,
        "ip_length": 48,
    }
    assert {name: row[name] for name in expected} == expected
    assert not {"icmp_code", "ip_id", "tcp_window", "tcp_header_length", "tcp_sequence"} & set(row)


def test_icmp_has_type_and_code() -> None:
    """The ports of an ICMP tuple are type and code."""
    (row,) = rows(tuples({"protocol": 1, "source_port": 3, "port": 10}))
    assert (row["port"], row["icmp_code"]) == (3, 10)
    assert not {"source_port", "tcp_flags"} & set(row)


def test_other_protocols_have_no_ports() -> None:
    """What Corsaro takes for ports of IGMP is the beginning of its message."""
    (row,) = rows(tuples({"protocol": 2, "source_port": 8704, "port": 63746}))
    assert row["port"] == -1
    assert not {"source_port", "icmp_code", "tcp_flags"} & set(row)


def test_header_and_window_are_of_syn() -> None:
    """They are known where there is a SYN, and only such rows can show a window; a window of 0 is one."""
    syn = tuples({}, {}, {}, {"protocol": 17})
    lengths = np.array([20, 0, 64, 20], np.int64)
    found = rows(Tuples(**{**_fields(syn), "syn_length": lengths, "syn_window": np.zeros(4, np.int64)}))
    assert [row.get("tcp_header_length") for row in found] == [20, None, None, None]
    assert [row.get("tcp_window") for row in found] == [0, None, None, None]
    assert [bool(row["capabilities"] & Capability.WINDOW) for row in found] == [True, False, False, False]


def _fields(of: Tuples) -> dict[str, Any]:
    return {name: getattr(of, name) for name in GOOD}


def test_what_is_unknown_cannot_be_shown() -> None:
    """A field that is not told is null in its row and off its mask, and is not judged."""
    only = {name: np.array([True, False]) for name in ("ttl", "tcp_flags", "ip_length", "source_port", "destination")}
    wrong = {"ttl": 999, "tcp_flags": 9999, "ip_length": 99999, "source_port": 99999, "destination": -1}
    first, second = rows(tuples(wrong, {}, unknown=only))
    assert not {*only, "destination_low", "destination_high"} & set(first)
    assert first["capabilities"] == int(Capability.TCP | Capability.UDP | Capability.ICMP)
    assert second["ttl"] == 110


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": -1}, "bad-time"),
        ({"time": 7_258_118_400}, "bad-time"),
        ({"time": 1 << 62}, "bad-time"),
        ({"source": 1 << 32}, "bad-source"),
        ({"source": -1}, "bad-source"),
        ({"destination": -(1 << 63)}, "bad-destination"),
        ({"protocol": 256}, "bad-protocol"),
        ({"source_port": 65536}, "bad-source-port"),
        ({"port": 65536}, "bad-port"),
        ({"protocol": 1, "source_port": 256, "port": 0}, "bad-icmp-type"),
        ({"protocol": 1, "source_port": 8, "port": 256}, "bad-icmp-code"),
        ({"ttl": 256}, "bad-ttl"),
        ({"tcp_flags": 512}, "bad-tcp-flags"),
        ({"ip_length": 65536}, "bad-ip-length"),
        ({"packets": 0}, "bad-packets"),
        ({"packets": 1 << 50}, "bad-packets"),
        ({"time": -1, "packets": 0}, "bad-time"),
        ({"protocol": 47, "port": 1 << 40, "source_port": -9}, ""),
    ],
    ids=str,
)
def test_impossible_tuples_are_refused(change: dict[str, int], reason: str) -> None:
    """A value that no packet has refuses its tuple under the first reason that holds, and with its text."""
    found = batch(tuples(change, {}), None, Counter())
    assert found.tally.reconciles
    assert found.tally.refused == ({reason: 1} if reason else {})
    assert [(refusal.reason, refusal.line_number) for refusal in found.refusals] == ([(reason, 7)] if reason else [])
    assert all("source_port=" in refusal.text for refusal in found.refusals)


numbers = st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(0, 300)


@given(changes=st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(GOOD, numbers)), min_size=1, max_size=5))
def test_any_numbers_reconcile(changes: list[dict[str, int]]) -> None:
    """Whatever the numbers are, each tuple is one packet or one refusal."""
    found = batch(tuples(*changes), None, Counter())
    found.packets.table.validate(full=True)
    assert found.tally.reconciles
    assert found.tally.read == len(changes)
    assert found.tally.stored == len(found.packets)
    assert found.tally.refused.total() == len(found.refusals)
    assert {REFUSALS[code - 1] for code in reasons(tuples(*changes)) if code} == set(found.tally.refused)


@pytest.mark.parametrize(
    ("path", "sensor"),
    [
        ("datasource=ucsd-nt/year=2021/month=3/day=9/ucsd-nt.1615320000.flowtuple.cors.gz", "ucsd-nt"),
        ("x/datasource=merit/year=2021/month=03/day=09/hour=01/v3_5min_1615320000.ft4.avro", "merit"),
        ("datasource=/file.avro", None),
        ("my-datasource=a/file.avro", None),
        ("flowtuple.avro", None),
    ],
)
def test_archives_name_their_telescope(tmp_path: Path, path: str, sensor: str | None) -> None:
    """The sensor is what the path of an archive says, however month and day are written; else nothing."""
    assert sensor_of(tmp_path / path) == sensor


def _within(*networks: str) -> Any:
    parsed = [ipaddress.ip_network(text) for text in networks]

    def ours(high: Any, low: Any) -> Any:
        return np.array([any(ipaddress.ip_address(int(a) & 0xFFFFFFFF) in n for n in parsed) for a in low], np.bool_)

    return ours


@pytest.mark.parametrize(
    ("monitored", "destination", "known"),
    [
        (None, 0x00010203, False),
        (["44.0.0.0/9"], 0x2C010203, True),
        (["44.0.0.0/9", "44.128.0.0/10"], 0x2C010203, True),
        (["44.0.0.0/9", "45.0.0.0/8"], 0x00010203, False),
        (["44.2.0.0/16"], 0x00010203, True),
    ],
    ids=["nobody-said", "one", "two-networks", "two-octets", "not-ours"],
)
def test_octets_that_are_left_out(monitored: list[str] | None, destination: int, known: bool) -> None:
    """The first octet is the one that is monitored; if several would be it is unknown, and what none fits stays."""
    context = Context(ours=None if monitored is None else _within(*monitored))
    found = with_octets(tuples({"destination": 0x00010203}, {}), context)
    assert found.destination.tolist() == [destination, DESTINATION]
    assert found.unknown["destination"].tolist() == [not known, False]


def test_whole_destinations_are_left_alone() -> None:
    """Nothing is asked where every destination is whole."""
    whole = tuples()
    assert with_octets(whole, Context()) is whole
