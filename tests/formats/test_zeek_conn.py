"""
Connections of Zeek to packets.
"""

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from isdas.formats import zeek_conn
from isdas.formats.account import no_reasons
from isdas.formats.context import Context
from isdas.model.address import halves, text
from isdas.model.columns import Capability

OURS, OTHER = "192.0.2.7", "198.51.100.9"
CONN = {
    "ts": "1700000000.25",
    "id.orig_h": OTHER,
    "id.orig_p": "40000",
    "id.resp_h": OURS,
    "id.resp_p": "445",
    "proto": "tcp",
    "history": "S",
    "orig_pkts": "3",
    "resp_pkts": "0",
}
TURNED = {"id.orig_h": OURS, "id.orig_p": "40000", "id.resp_h": OTHER, "id.resp_p": "80"}


def ours(high: Any, low: Any) -> Any:
    """The network 192.0.2.0/24 and 2001:db8::/64."""
    six = halves("2001:db8::")[0]
    return ((high == 0) & (low >> 8 == halves("192.0.2.0")[1] >> 8)) | (high == six)


def understood(context: Context, **changes: str | None) -> tuple[dict[str, Any] | None, str | None]:
    """The packet of one connection, with source and destination as text, and why it is refused."""
    row = {key.replace("__", "."): value for key, value in changes.items()}
    conn = {key: value for key, value in {**CONN, **row}.items() if value is not None}
    reasons = no_reasons(1)
    table = pa.table({key: [value] for key, value in conn.items()})
    packets = zeek_conn.packets(table, context, np.array([5]), reasons)
    packets.table.validate(full=True)
    for found in packets.table.to_pylist():
        found["source"] = text(found["source_high"], found["source_low"])
        found["destination"] = text(found["destination_high"], found["destination_low"])
        return found, reasons[0]
    return None, reasons[0]


def flow(found: dict[str, Any] | None) -> tuple[Any, ...]:
    """Who sent how many packets of which flags to whom."""
    assert found is not None
    places = found["source"], found["source_port"], found["destination"], found["port"]
    return *places, found["packets"] or 1, found["tcp_flags"]


def turned(**changes: str | None) -> dict[str, Any]:
    """A connection of which our host is the originator."""
    return {**{key.replace(".", "__"): value for key, value in TURNED.items()}, **changes}


@pytest.mark.parametrize("context", [Context(), Context(ours=ours)], ids=["trusting", "ours"])
def test_unanswered_syns_are_scans_of_so_many_packets(context: Context) -> None:
    """A connection that was tried three times is one record for three SYNs."""
    found, reason = understood(context)
    assert flow(found) == (OTHER, 40000, OURS, 445, 3, 2)
    assert reason is None
    assert found is not None
    assert found["position"] == 5
    assert found["time"].timestamp() == 1_700_000_000.25
    assert found["capabilities"] == int(zeek_conn.CAPABILITIES | Capability.TCP_FLAGS)
    assert found["ttl"] is found["ip_id"] is found["tcp_sequence"] is found["tcp_window"] is None


@pytest.mark.parametrize("context", [Context(), Context(ours=ours)], ids=["trusting", "ours"])
@pytest.mark.parametrize(("history", "flags"), [("^h", 18), ("^r", 4), ("h", 18), ("^hr", 22)])
def test_flipped_roles_are_turned_back(context: Context, history: str, flags: int) -> None:
    """Where the responder sent first, its packets came to the originator's address: that is backscatter."""
    found, _ = understood(context, **turned(history=history, orig_pkts="0", resp_pkts="2"))
    assert flow(found) == (OTHER, 80, OURS, 40000, 2, flags)


def test_own_connections_are_the_answers_that_they_got() -> None:
    """What our host opened is never a scan by it: only the packets that came back are packets to us."""
    context = Context(ours=ours)
    found, _ = understood(context, **turned(history="ShADadfF", orig_pkts="6", resp_pkts="5"))
    assert flow(found) == (OTHER, 80, OURS, 40000, 5, 19)
    found, _ = understood(context, **turned(history="Sr", orig_pkts="1", resp_pkts="1"))
    assert flow(found) == (OTHER, 80, OURS, 40000, 1, 4)
    found, _ = understood(context, **turned(history="S", resp_pkts="0"))
    assert flow(found) == (OURS, 40000, OTHER, 80, 3, 2)


def test_log_is_trusted_where_nobody_said_what_is_ours() -> None:
    """Without monitored addresses the originator is the source, as long as it sent something."""
    found, _ = understood(Context(), **turned(history="ShADadfF", orig_pkts="6", resp_pkts="5"))
    assert flow(found) == (OURS, 40000, OTHER, 80, 6, None)
    found, _ = understood(Context(), history="D^", proto="udp", orig_pkts="1", resp_pkts="0")
    assert flow(found) == (OTHER, 40000, OURS, 445, 1, None)


def test_what_brought_nothing_to_us_goes_to_others() -> None:
    """Then the destination is no monitored address, for which it will be refused."""
    context = Context(ours=ours)
    found, _ = understood(context, id__resp_h="203.0.113.1")
    assert flow(found)[2] == "203.0.113.1"
    found, _ = understood(context, orig_pkts="0", resp_pkts="1", history="^h")
    assert flow(found) == (OURS, 445, OTHER, 40000, 1, 18)


def test_opened_connection_is_one_scan_without_flags() -> None:
    """The packets of a connection that went on are of many kinds: no flags are stated, and none can be missed."""
    found, _ = understood(Context(), history="ShADadfF", orig_pkts="6")
    assert flow(found) == (OTHER, 40000, OURS, 445, 6, None)
    assert found is not None
    assert found["capabilities"] == int(zeek_conn.CAPABILITIES)


def test_stray_packets_are_no_scans() -> None:
    """In the middle of a connection there is no SYN: the flags are known, or are known to be missing."""
    for history, flags in (("Aa", 16), ("I", None)):
        found, _ = understood(Context(), history=history, resp_pkts="1")
        assert flow(found)[-1] == flags
        assert found is not None
        assert found["capabilities"] & Capability.TCP_FLAGS


@pytest.mark.parametrize(("state", "flags"), [("S0", 2), ("REJ", 2), ("SF", None), ("OTH", 16), ("?", None)])
def test_states_stand_in_for_histories(state: str, flags: int | None) -> None:
    """A log without histories tells by the state whether only SYNs were sent."""
    for history in ("", None):
        assert flow(understood(Context(), history=history, conn_state=state)[0])[-1] == flags


@pytest.mark.parametrize(
    ("counts", "packets"), [({"orig_pkts": ""}, 1), ({"orig_pkts": None}, 1), ({"orig_pkts": "0"}, 1), ({}, 3)]
)
def test_packets_that_are_not_counted_are_one(counts: dict[str, Any], packets: int) -> None:
    """A connection was at least one packet."""
    assert flow(understood(Context(), **counts)[0])[4] == packets


def test_histories_tell_who_sent_where_nothing_is_counted() -> None:
    """Without counts an answer is one packet, if the history has one."""
    counts: dict[str, Any] = {"orig_pkts": None, "resp_pkts": None}
    context = Context(ours=ours)
    assert flow(understood(context, **turned(history="Sr", **counts))[0])[4:] == (1, 4)
    assert flow(understood(context, **turned(history="S", **counts))[0])[:1] == (OURS,)


@pytest.mark.parametrize(
    ("addresses", "ports", "backward", "protocol", "type_", "code"),
    [
        ((OTHER, OURS), (8, 0), False, 1, 8, 0),
        ((OTHER, OURS), (3, 1), False, 1, 3, 1),
        ((OTHER, OURS), (0, 8), False, 1, 0, 0),
        ((OTHER, OURS), (13, 14), False, 1, 13, 0),
        ((OURS, OTHER), (8, 0), True, 1, 0, 0),
        (("2001:db8:1::1", "2001:db8::2"), (128, 129), False, 58, 128, 0),
        (("2001:db8:1::1", "2001:db8::2"), (1, 4), False, 58, 1, 4),
        (("2001:db8::2", "2001:db8:1::1"), (128, 129), True, 58, 129, 0),
    ],
)
def test_icmp_has_types_and_codes_for_ports(
    addresses: tuple[str, str], ports: tuple[int, int], backward: bool, protocol: int, type_: int, code: int
) -> None:
    """Type and code stand where ports do; for messages that are answered the answer's type stands for the code."""
    sides = {"id__orig_h": addresses[0], "id__resp_h": addresses[1]}
    places = {"id__orig_p": str(ports[0]), "id__resp_p": str(ports[1])}
    found, reason = understood(Context(ours=ours), proto="icmp", history="", resp_pkts="2", **sides, **places)
    assert reason is None
    assert found is not None
    assert (found["protocol"], found["port"], found["icmp_code"]) == (protocol, type_, code)
    assert (found["source"] == addresses[0]) is not backward
    assert found["source_port"] is found["tcp_flags"] is None
    assert not found["capabilities"] & Capability.TCP_FLAGS


def test_ipv6_is_complete() -> None:
    """Addresses keep their halves, and the version follows from the source."""
    found, _ = understood(Context(ours=ours), id__orig_h="2001:DB8:1::1", id__resp_h="2001:db8::2")
    assert flow(found)[:4] == ("2001:db8:1::1", 40000, "2001:db8::2", 445)
    assert found is not None
    assert found["ip_version"] == 6


@pytest.mark.parametrize(
    ("more", "protocol"),
    [
        ({"ip_proto": "47"}, 47),
        ({"ip_proto_name": "igmp"}, 2),
        ({"ip_proto": "", "ip_proto_name": "gre"}, 47),
        ({}, None),
    ],
)
def test_protocols_without_a_name_have_a_number(more: dict[str, Any], protocol: int | None) -> None:
    """Newer logs tell the protocol of what they call unknown; without that it is refused."""
    found, reason = understood(Context(), proto="unknown_transport", id__orig_p="0", id__resp_p="0", **more)
    assert (found and (found["protocol"], found["port"])) == (protocol and (protocol, -1))
    assert reason == (None if protocol else "bad-protocol")


@pytest.mark.parametrize(
    ("when", "zone", "seconds"),
    [
        ("1700000000.000001", "UTC", 1_700_000_000.000001),
        ("928.943457", "UTC", 928.943457),
        ("2023-11-14T22:13:20.500000Z", "Asia/Tokyo", 1_700_000_000.5),
        ("2023-11-15T07:13:20+0900", "UTC", 1_700_000_000),
        ("2023-11-15T07:13:20", "Asia/Tokyo", 1_700_000_000),
    ],
)
def test_times_are_seconds_or_dates(when: str, zone: str, seconds: float) -> None:
    """Zeek writes seconds unless it was told to write dates; dates without offset are meant in the configured zone."""
    found, _ = understood(Context(zone=ZoneInfo(zone)), ts=when)
    assert found is not None
    assert found["time"].timestamp() == seconds


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ts": "XXXXXXXXXX.XXXXXX"}, "bad-time"),
        ({"ts": ""}, "bad-time"),
        ({"ts": "17000000000000"}, "bad-time"),
        ({"id__orig_h": "host"}, "bad-source"),
        ({"id__resp_h": ""}, "bad-destination"),
        ({"id__resp_p": ""}, "bad-port"),
        ({"id__resp_p": "65536"}, "bad-port"),
        ({"id__orig_p": "300", "proto": "icmp"}, "bad-icmp-type"),
        ({"id__resp_p": "", "proto": "icmp"}, "bad-icmp-type"),
        ({"proto": "sound"}, "bad-protocol"),
        ({"orig_pkts": "many"}, "bad-packets"),
        ({"resp_pkts": "-5"}, "bad-packets"),
    ],
)
def test_values_that_make_no_sense_refuse_their_line(changes: dict[str, Any], reason: str) -> None:
    """Every refusal names the field."""
    assert understood(Context(), **changes) == (None, reason)


def test_source_port_may_be_missing() -> None:
    """Only the port that was asked for is needed."""
    assert flow(understood(Context(), id__orig_p="")[0])[:4] == (OTHER, None, OURS, 445)
