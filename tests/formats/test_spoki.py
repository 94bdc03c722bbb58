"""
Spoki's raw log.
"""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.context import Context
from isdas.formats.spoki import CAPABILITIES, HEADER, read, sniff
from isdas.model.address import halves
from isdas.model.columns import Capability

SYN = b"1634159076593|198.51.100.39|192.0.2.17|20378|117|tcp|40425|22|0|64476129|sack_permitted:mss||1|0|0|0|8192|true|tcp-synack|134217731|64476130|0|1\n"  # noqa: E501 - as it stands in a log
ANSWER = b"1634159076594|192.0.2.17|198.51.100.39|0|64|tcp|22|40425|64476130|1167829291|mss||1|1|0|0|64240|false|||||\n"
DATA = (
    b"1634159076648|198.51.100.39|192.0.2.17|20381|117|tcp|40425|22|9|64476130||7767|0|1|0|0|256|true|tcp-rst|1|0|9|2\n"
)
# Spoki writes no field of options for UDP.
UDP = b"1634159076650|198.51.100.39|192.0.2.17|54321|240|udp|40425|53|||deadbeef||||||false|||||\n"
PING = b"1634159076651|198.51.100.39|192.0.2.17|1|240|icmp|||||spoki::net::icmp_type::echo_request|||||||false|||||\n"
LOG = HEADER + b"\n" + SYN + ANSWER + DATA + UDP + PING


def ours(high: npt.NDArray[np.int64], low: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether addresses are of 192.0.2.0/24."""
    return np.asarray((high == 0) & (low >> 8 == halves("192.0.2.0")[1] >> 8))


def test_a_line_is_a_packet_with_its_headers(taken: Any) -> None:
    """A SYN shows all that Spoki logs of it; of the options only the names were told, so there is no layout."""
    rows, _, _ = taken(read, LOG)
    assert rows[0] == {
        "time": datetime(2021, 10, 13, 21, 4, 36, 593000, UTC),
        "position": 2,
        "capabilities": int(CAPABILITIES),
        "ip_version": 4,
        "source_high": 0,
        "source_low": halves("198.51.100.39")[1],
        "destination_high": 0,
        "destination_low": halves("192.0.2.17")[1],
        "protocol": 6,
        "source_port": 40425,
        "port": 22,
        "ttl": 117,
        "ip_id": 20378,
        "tcp_flags": 2,
        "tcp_sequence": 64476129,
        "tcp_acknowledgement": 0,
        "tcp_window": 8192,
    }
    assert not CAPABILITIES & (Capability.OPTIONS | Capability.LENGTH)


def test_payloads_and_other_protocols(taken: Any) -> None:
    """Payloads are bytes, UDP lacks a field and has its payload all the same, ICMP has the type that is named."""
    rows, tally, _ = taken(read, LOG)
    assert (tally.read, tally.stored) == (5, 5)
    assert [row.get("payload") for row in rows] == [None, None, b"wg", bytes.fromhex("deadbeef"), None]
    assert [(row["protocol"], row["port"]) for row in rows[3:]] == [(17, 53), (1, 8)]
    assert not {"tcp_flags", "tcp_window", "tcp_sequence"} & rows[3].keys()
    assert "source_port" not in rows[4]


def test_its_own_answers_are_passed_over(taken: Any) -> None:
    """What left the monitored network is no packet that came; among ourselves everything is one."""
    between = SYN.replace(b"198.51.100.39", b"192.0.2.99")
    rows, tally, _ = taken(read, LOG + between, Context(ours=ours))
    assert [row["position"] for row in rows] == [2, 4, 5, 6, 7]
    assert (tally.read, tally.warnings) == (5, {"sent-by-us": 1})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"1634159076593", b"1634159076", "bad-time"),
        (b"198.51.100.39", b"x", "bad-source"),
        (b"192.0.2.17", b"", "bad-destination"),
        (b"|tcp|", b"|quic|", "bad-protocol"),
        (b"|20378|", b"|70000|", "bad-ip-id"),
        (b"|117|", b"||", "bad-ttl"),
        (b"|40425|", b"|x|", "bad-source-port"),
        (b"|22|", b"|-1|", "bad-port"),
        (b"|64476129|", b"|4294967296|", "bad-tcp-sequence"),
        (b"||1|0|0|0|", b"||2|0|0|0|", "bad-tcp-flags"),
        (b"||1|0", b"|abc|1|0", "bad-payload"),
        (b"|true|", b"|", "wrong-column-count"),
    ],
)
def test_a_line_that_cannot_be_is_refused(taken: Any, old: bytes, new: bytes, reason: str) -> None:
    """Each wrong field has its reason; a time in seconds is not taken for one in milliseconds."""
    rows, tally, _ = taken(read, HEADER + b"\n" + SYN + SYN.replace(old, new, 1) + SYN)
    assert [row["position"] for row in rows] == [2, 4]
    assert tally.refused == {reason: 1}


def test_an_unknown_icmp_type_is_refused(taken: Any) -> None:
    """What Spoki calls other is no type."""
    _, tally, _ = taken(read, HEADER + b"\n" + PING.replace(b"echo_request", b"other"))
    assert tally.refused == {"bad-icmp-type": 1}


def test_only_its_header_is_recognised() -> None:
    """The whole header tells the log."""
    assert sniff(LOG)
    assert sniff(HEADER + b"\r\n")
    for head in (b"", SYN, HEADER[:-1] + b"\n", b"start sec|start usec|method\n"):
        assert not sniff(head)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    contents=st.lists(
        st.binary(max_size=30) | st.sampled_from([SYN.strip(), UDP.strip(), PING.strip(), HEADER]), max_size=6
    ),
    size=st.integers(200, 600),
)
def test_any_bytes_reconcile_in_blocks_of_any_size(taken: Any, contents: list[bytes], size: int) -> None:
    """Whatever the lines are, nothing raises, everything is accounted for, and blocks change nothing."""
    content = b"\n".join([HEADER, *contents])
    whole = taken(read, content, Context(ours=ours))
    assert taken(read, content, Context(ours=ours), block_bytes=size) == whole
