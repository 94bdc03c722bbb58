"""
Cowrie's log.
"""

import json
from datetime import UTC, datetime
from typing import Any

import enveloped
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.cowrie import CAPABILITIES, read, sniff
from isdas.formats.registry import recognise
from isdas.model.address import halves

CONNECT = {
    "eventid": "cowrie.session.connect",
    "src_ip": "198.51.100.7",
    "src_port": 40000,
    "dst_ip": "192.0.2.1",
    "dst_port": 22,
    "session": "0a1b2c3d4e5f",
    "protocol": "ssh",
    "message": "New connection: 198.51.100.7:40000 (192.0.2.1:22) [session: 0a1b2c3d4e5f]",
    "sensor": "honey-1",
    "timestamp": "2025-02-12T08:28:02.472515Z",
}
LOGIN = {**CONNECT, "eventid": "cowrie.login.failed", "username": "root", "password": "x"}


def lines(*events: Any) -> bytes:
    """A log of events."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def test_a_connection_is_one_record(taken: Any) -> None:
    """Only the opening of a session is a record, with what it shows; the rest is counted as passed over."""
    rows, tally, _ = taken(read, lines(CONNECT, LOGIN, LOGIN, {**CONNECT, "late": True, "dst_port": 23}))
    assert (tally.read, tally.warnings) == (2, {"passed-over-event": 2})
    source, destination = halves("198.51.100.7"), halves("192.0.2.1")
    assert rows[0] == {
        "time": datetime(2025, 2, 12, 8, 28, 2, 472515, UTC),
        "sensor": "honey-1",
        "position": 1,
        "capabilities": int(CAPABILITIES),
        "ip_version": 4,
        "source_high": source[0],
        "source_low": source[1],
        "destination_high": destination[0],
        "destination_low": destination[1],
        "protocol": 6,
        "source_port": 40000,
        "port": 22,
    }
    assert (rows[1]["position"], rows[1]["port"]) == (4, 23)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"timestamp": "yesterday"}, "bad-time"),
        ({"timestamp": None}, "bad-time"),
        ({"src_ip": "host"}, "bad-source"),
        ({"dst_ip": None}, "bad-destination"),
        ({"dst_port": 65536}, "bad-port"),
        ({"src_port": "x"}, "bad-source-port"),
    ],
)
def test_a_connection_without_what_it_needs_is_refused(taken: Any, change: dict[str, Any], reason: str) -> None:
    """A wrong field refuses its line and no other."""
    rows, tally, refusals = taken(read, lines(CONNECT, {**CONNECT, **change}, CONNECT))
    assert [row["position"] for row in rows] == [1, 3]
    assert [(refusal.line_number, refusal.reason) for refusal in refusals] == [(2, reason)]
    assert tally.read == 3


def test_addresses_of_both_versions(taken: Any) -> None:
    """IPv6 is IPv6, and IPv4 that is mapped into it is IPv4; a sensor without a name has none."""
    six = {**CONNECT, "src_ip": "2001:db8::7", "dst_ip": "2001:db8::1", "sensor": None}
    mapped = {**CONNECT, "src_ip": "::ffff:198.51.100.7", "dst_ip": "::ffff:192.0.2.1"}
    rows, _, _ = taken(read, lines(six, mapped))
    assert [row["ip_version"] for row in rows] == [6, 4]
    assert "sensor" not in rows[0]
    assert rows[1]["source_low"] == halves("198.51.100.7")[1]


def test_only_its_own_log_is_recognised() -> None:
    """Any event of Cowrie tells the log, other JSON does not."""
    assert sniff(lines(LOGIN, CONNECT))
    for head in (b"", b"{}", lines({"eventid": "adbhoney.session.connect"}), lines([1]), b"words"):
        assert not sniff(head)


_LINES = st.binary(max_size=30) | st.sampled_from(
    [lines(CONNECT).strip(), lines(LOGIN).strip(), b"[]", b'{"eventid":1}']
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(_LINES, max_size=8), size=st.integers(50, 600))
def test_any_bytes_reconcile_in_blocks_of_any_size(taken: Any, contents: list[bytes], size: int) -> None:
    """Whatever the lines are, nothing raises, everything is accounted for, and blocks change nothing."""
    content = b"\n".join(contents)
    whole = taken(read, content)
    assert taken(read, content, block_bytes=size) == whole
    good = content.split(b"\n").count(lines(CONNECT).strip())
    assert whole[1].stored >= good


@pytest.mark.parametrize("kind", enveloped.ALL)
def test_log_of_a_container(taken: Any, kind: str) -> None:
    """Events that a container wrote, as its runtime or a journal keeps them, are what they are in the log itself."""
    content = lines(CONNECT, LOGIN, {**CONNECT, "message": "x" * 20_000}, {**CONNECT, "src_ip": "x"})
    wrapped = enveloped.ALL[kind](content.decode().splitlines())
    found = recognise(wrapped)
    assert found is not None
    assert found.name == "cowrie"
    rows, tally, refusals = taken(read, wrapped)
    plain_rows, plain_tally, plain_refusals = taken(read, content)
    assert tally == plain_tally
    # A long line counts where its last piece stands.
    ignoring = [{**row, "position": 0} for row in rows]
    assert ignoring == [{**row, "position": 0} for row in plain_rows]
    assert [(r.reason, r.text) for r in refusals] == [(r.reason, r.text) for r in plain_refusals]
