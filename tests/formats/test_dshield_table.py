"""
DShield's format of tabs.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.dshield_table import read, sniff
from isdas.model.address import halves
from isdas.model.columns import Capability

FIELDS = ("2025-01-02 03:04:05 +09:00", "12345", "3", "198.51.100.7", "40000", "192.0.2.1", "22", "6", "S")
NAMES = ("time", "user", "count", "sip", "sport", "dip", "dport", "proto", "flags")


def line(**changes: str) -> bytes:
    """A line with some fields replaced."""
    return "\t".join({**dict(zip(NAMES, FIELDS, strict=True)), **changes}.values()).encode() + b"\n"


def test_a_line_is_as_many_packets_as_it_counts(taken: Any) -> None:
    """The user is the sensor, the count the packets, and the time is in the zone that it states."""
    rows, tally, _ = taken(read, b"# comment\n" + line() + b"\n")
    assert tally.read == 1
    assert rows == [
        {
            "time": datetime(2025, 1, 1, 18, 4, 5, tzinfo=UTC),
            "sensor": "12345",
            "position": 2,
            "packets": 3,
            "capabilities": 1 + 8 + 512 + 1024 + 2048 + 4096,
            "ip_version": 4,
            "source_high": 0,
            "source_low": halves("198.51.100.7")[1],
            "destination_high": 0,
            "destination_low": halves("192.0.2.1")[1],
            "protocol": 6,
            "source_port": 40000,
            "port": 22,
            "tcp_flags": 2,
        }
    ]


@pytest.mark.parametrize(
    ("changes", "values"),
    [
        ({"proto": "ICMP", "sport": "8", "dport": "0", "flags": ""}, {"protocol": 1, "port": 8, "icmp_code": 0}),
        ({"proto": "ICMP", "sport": "3", "dport": "???"}, {"protocol": 1, "port": 3}),
        ({"proto": "udp", "flags": "", "sport": "???"}, {"protocol": 17, "port": 22}),
        ({"proto": "47", "sport": "", "dport": "", "flags": ""}, {"protocol": 47, "port": -1}),
        ({"flags": "???"}, {"port": 22, "source_port": 40000}),
        ({"flags": "12S"}, {"tcp_flags": 194}),
    ],
)
def test_what_is_not_known_is_not_made_up(taken: Any, changes: dict[str, str], values: dict[str, int]) -> None:
    """Question marks and empty fields are unknown, and are not said to be shown."""
    ((row,), _, _) = taken(read, line(**changes))
    assert values.items() <= row.items()
    assert bool(row["capabilities"] & Capability.SOURCE_PORT) == ("source_port" in row)
    assert (row["protocol"] != 6) or bool(row["capabilities"] & Capability.TCP_FLAGS) == ("tcp_flags" in row)
    assert ("icmp_code" in row) == ("icmp_code" in values)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"time": "2025-01-02 03:04:05"}, "bad-time"),
        ({"time": "2025-13-02 03:04:05 +0000"}, "bad-time"),
        ({"count": "0"}, "bad-packets"),
        ({"count": "-1"}, "bad-packets"),
        ({"count": "many"}, "bad-packets"),
        ({"sip": "x"}, "bad-source"),
        ({"proto": "x"}, "bad-protocol"),
        ({"dport": "???"}, "bad-port"),
        ({"proto": "1", "sport": "???"}, "bad-icmp-type"),
        ({"flags": "Q"}, "bad-tcp-flags"),
        ({"flags": "S\tmore"}, "wrong-column-count"),
    ],
)
def test_a_line_that_cannot_be_is_refused(taken: Any, changes: dict[str, str], reason: str) -> None:
    """Each wrong field has its reason, and the lines around stay."""
    rows, tally, refusals = taken(read, line() + line(**changes) + line(time="2025-01-02 03:04:05 -0500"))
    assert [row["position"] for row in rows] == [1, 3]
    assert tally.refused == {reason: 1}
    assert refusals[0].line_number == 2


def test_masked_destinations_are_networks(taken: Any) -> None:
    """A sensor that hides its last octet shows its network, and is warned of."""
    ((row,), tally, _) = taken(read, line(dip="192.0.2.x"))
    assert row["capabilities"] & (1 | 8192) == Capability.DESTINATION_NETWORK
    assert tally.warnings == {"masked-destination": 1}


def test_only_such_lines_are_recognised() -> None:
    """The first line that is no comment decides."""
    assert sniff(b"# DShield\n\n" + line())
    assert sniff(line(time="2025-01-02 03:04:05 -0500"))
    for head in (b"", line(time="2025-01-02 03:04:05"), b"a\tb\tc\n", line().replace(b"\t", b" ")):
        assert not sniff(head)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    contents=st.lists(st.binary(max_size=30) | st.sampled_from([line().strip(), b"#", b"\t" * 8]), max_size=6),
    size=st.integers(100, 400),
)
def test_any_bytes_reconcile_in_blocks_of_any_size(taken: Any, contents: list[bytes], size: int) -> None:
    """Whatever the lines are, nothing raises, everything is accounted for, and blocks change nothing."""
    content = b"\n".join(contents)
    assert taken(read, content, block_bytes=size) == taken(read, content)
