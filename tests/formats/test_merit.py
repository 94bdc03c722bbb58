"""
Merit's darknet events.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.merit import read, sniff
from isdas.model.address import halves
from isdas.model.columns import Capability

EVENT = {
    "SourceIP": "198.51.100.7",
    "Port": 445,
    "Traffic": 11,
    "First": "2020-10-21T16:00:00.123456789Z",
    "Last": "2020-10-21T17:00:00Z",
    "Packets": 475_136,
    "Bytes": 19_005_440,
    "UniqueDests": 400_000,
    "UniqueDest24s": 1856,
    "Lat": 0.5,
    "RDNS": None,
    "Zmap": True,
    "Samples": ["AAAA"],
    "TCP": "TCPSYN",
    "ICMP": "",
}


def lines(*events: Any) -> bytes:
    """Events a line each."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def test_an_event_is_its_packets_at_its_beginning(taken: Any) -> None:
    """Source, port, flags and the number of packets are shown, the destinations are not."""
    rows, _, _ = taken(read, lines(EVENT))
    assert rows == [
        {
            "time": datetime(2020, 10, 21, 16, 0, 0, 123456, UTC),
            "position": 1,
            "packets": 475_136,
            "capabilities": 8 + 512 + 1024 + 2048,
            "ip_version": 4,
            "source_high": 0,
            "source_low": halves("198.51.100.7")[1],
            "protocol": 6,
            "port": 445,
            "tcp_flags": 2,
        }
    ]


@pytest.mark.parametrize(
    ("traffic", "protocol", "port", "more"),
    [
        *[(i, 1, kind, {}) for i, kind in enumerate((8, 0, 3, 4, 5, 11, 12, 14, 16, 18, -1))],
        (11, 6, 445, {"tcp_flags": 2}),
        (12, 6, -1, {"tcp_flags": 18, "source_port": 445}),
        (13, 6, 445, {"tcp_flags": 16}),
        (14, 6, -1, {"tcp_flags": 4, "source_port": 445}),
        (15, 6, 445, {}),
        (16, 17, 445, {}),
    ],
)
def test_types_of_traffic(taken: Any, traffic: int, protocol: int, port: int, more: dict[str, int]) -> None:
    """A type is a protocol with flags or an ICMP type; of answers the port is the one that they come from."""
    ((row,), _, _) = taken(read, lines({**EVENT, "Traffic": traffic}))
    assert (row["protocol"], row["port"]) == (protocol, port)
    assert {name: row[name] for name in ("tcp_flags", "source_port") if name in row} == more
    assert bool(row["capabilities"] & Capability.SOURCE_PORT) == ("source_port" in more)
    assert bool(row["capabilities"] & Capability.TCP_FLAGS) == (traffic != 15)
    assert not row["capabilities"] & Capability.DESTINATION


@pytest.mark.parametrize(
    ("traffic", "kind"), [(0, 128), (1, 129), (2, 1), (3, -1), (4, 137), (5, 3), (6, 4), (7, -1), (10, -1)]
)
def test_types_of_icmpv6(taken: Any, traffic: int, kind: int) -> None:
    """From an IPv6 source it is ICMPv6, which numbers the same messages otherwise."""
    ((row,), _, _) = taken(read, lines({**EVENT, "SourceIP": "2001:db8::7", "Port": 0, "Traffic": traffic}))
    assert (row["ip_version"], row["protocol"], row["port"]) == (6, 58, kind)


_LINE = lines(EVENT).strip()


@pytest.mark.parametrize(
    "content",
    [lines(EVENT, EVENT), json.dumps([EVENT, EVENT]).encode(), b"[" + _LINE + b",\n" + _LINE + b"\n]\n"],
    ids=["lines", "array", "array-by-line"],
)
def test_events_are_lines_or_an_array(taken: Any, content: bytes) -> None:
    """Both forms that the program writes are read."""
    assert sniff(content)
    rows, tally, _ = taken(read, content)
    assert (len(rows), tally.read) == (2, 2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"First": "0001-01-01T00:00:00Z"}, "bad-time"),
        ({"SourceIP": ""}, "bad-source"),
        ({"Packets": 0}, "bad-packets"),
        ({"Packets": None}, "bad-packets"),
        ({"Traffic": 17}, "bad-protocol"),
        ({"Traffic": "TCPSYN"}, "bad-protocol"),
        ({"Port": 70000}, "bad-port"),
    ],
)
def test_an_event_that_cannot_be_is_refused(taken: Any, change: dict[str, Any], reason: str) -> None:
    """Each wrong field has its reason; traffic of an unknown protocol is no packet of any."""
    _, tally, _ = taken(read, lines(EVENT, {**EVENT, **change}))
    assert (tally.stored, tally.refused) == (1, {reason: 1})


def test_only_events_are_recognised() -> None:
    """All the keys that are needed tell an event."""
    for head in (b"", b"{}", b"[]", lines({**{k: v for k, v in EVENT.items() if k != "Traffic"}}), b"words"):
        assert not sniff(head)


_LINES = st.binary(max_size=30) | st.sampled_from([lines(EVENT).strip(), b"[", b"],", b'{"SourceIP":{}}'])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(_LINES, max_size=6), size=st.integers(400, 900))
def test_any_bytes_reconcile_in_blocks_of_any_size(taken: Any, contents: list[bytes], size: int) -> None:
    """Whatever the file is, nothing raises, everything is accounted for, and blocks change nothing."""
    content = b"\n".join(contents)
    assert taken(read, content, block_bytes=size) == taken(read, content)
