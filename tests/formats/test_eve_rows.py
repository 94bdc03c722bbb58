"""
Events of Suricata to packets.
"""

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from isdas.formats import eve_rows
from isdas.formats.account import no_reasons
from isdas.formats.context import Context
from isdas.model.address import halves, text
from isdas.model.columns import Capability

OURS, OTHER = "192.0.2.7", "198.51.100.9"
EVENT: dict[str, Any] = {
    "timestamp": "2023-11-15T08:00:00.000000+0900",
    "src_ip": OTHER,
    "src_port": 40000,
    "dest_ip": OURS,
    "dest_port": 445,
    "proto": "TCP",
    "host": "tokyo",
}
START = "2023-11-15T07:13:20.250000+0900"
BASE = int(eve_rows.CAPABILITIES)
FLAGS, TTL = int(Capability.TCP_FLAGS), int(Capability.TTL)


def ours(high: Any, low: Any) -> Any:
    """The network 192.0.2.0/24."""
    return (high == 0) & (low >> 8 == halves("192.0.2.0")[1] >> 8)


def understood(kind: str, event: dict[str, Any], context: Context | None = None) -> tuple[dict[str, Any], str | None]:
    """The packet of one event, with source and destination as text, and why it is refused."""
    reasons = no_reasons(1)
    table = pa.Table.from_pylist([{**EVENT, "event_type": kind, **event}], schema=eve_rows.SCHEMAS[kind])
    packets = eve_rows.packets(kind, table, context or Context(), np.array([5]), reasons)
    packets.table.validate(full=True)
    for found in packets.table.to_pylist():
        found["source"] = text(found["source_high"], found["source_low"])
        found["destination"] = text(found["destination_high"], found["destination_low"])
        return found, reasons[0]
    return {}, reasons[0]


def flow(there: int | None, back: int | None, tcp: tuple[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """A flow with so many packets, and the flags of either side."""
    counted = {"pkts_toserver": there, "pkts_toclient": back, "start": START}
    flags = None if tcp is None else dict(zip(("tcp_flags_ts", "tcp_flags_tc"), tcp, strict=True))
    return {"flow": counted, "tcp": flags, **more}


def netflow(count: int | None, tcp: str | None = None, **more: Any) -> dict[str, Any]:
    """Half a flow with so many packets and flags."""
    inner = {"pkts": count, "start": START, "min_ttl": 50, "max_ttl": 50}
    return {"netflow": inner, "tcp": {"tcp_flags": tcp}, **more}


def seen(found: dict[str, Any]) -> tuple[Any, ...]:
    """Who sent how many packets of which flags to whom."""
    places = found["source"], found["source_port"], found["destination"], found["port"]
    return *places, found["packets"] or 1, found["tcp_flags"]


def test_half_a_flow_is_the_packets_of_one_side() -> None:
    """Its packets, its begin and its time to live are those of the sender."""
    found, reason = understood("netflow", netflow(3, "02"))
    assert seen(found) == (OTHER, 40000, OURS, 445, 3, 2)
    assert (found["ttl"], found["capabilities"], found["position"], found["sensor"]) == (
        50,
        BASE | FLAGS | TTL,
        5,
        "tokyo",
    )
    assert found["time"].timestamp() == 1_700_000_000.25
    assert reason is None


@pytest.mark.parametrize(("lowest", "highest"), [(50, 51), (None, 50), (300, 300)])
def test_time_to_live_is_known_only_if_all_packets_had_the_same(lowest: int | None, highest: int) -> None:
    """Two ends of a range are no value, and the record then cannot show one."""
    inner = {"pkts": 3, "start": START, "min_ttl": lowest, "max_ttl": highest}
    found, _ = understood("netflow", {"netflow": inner, "tcp": {"tcp_flags": "02"}})
    assert (found["ttl"], found["capabilities"]) == (None, BASE | FLAGS)


@pytest.mark.parametrize(
    ("packets", "tcp", "ports", "flags", "shows"),
    [
        (1, "12", (80, 40000), 0x12, True),
        (1, "1b", (40000, 80), 0x1B, True),
        (3, "02", (40000, 80), 2, True),
        (3, "c2", (40000, 80), 0xC2, True),
        (3, "12", (80, 40000), 0x12, True),
        (3, "14", (80, 40000), 0x14, True),
        (3, "06", (40000, 80), None, False),
        (9, "1b", (40000, 80), None, False),
        (9, "1b", (80, 40000), 0x1B, True),
        (9, "00", (40000, 80), None, False),
        (9, "00", (80, 40000), None, True),
        (9, None, (40000, 80), None, False),
        (9, "zz", (40000, 80), None, False),
    ],
)
def test_flags_of_half_a_flow(
    packets: int, tcp: str | None, ports: tuple[int, int], flags: int | None, shows: bool
) -> None:
    """Flags put together are stated unless the sender opened and went on; then none can be missed."""
    event = netflow(packets, tcp, src_port=ports[0], dest_port=ports[1])
    found, _ = understood("netflow", event)
    assert (found["tcp_flags"], bool(found["capabilities"] & FLAGS)) == (flags, shows)


@pytest.mark.parametrize(
    ("there", "tcp", "flags", "shows"),
    [
        (3, ("02", "14"), 2, True),
        (9, ("1b", "12"), None, False),
        (9, ("06", "12"), None, False),
        (4, ("12", "00"), 0x12, True),
        (4, ("12", "04"), 0x12, True),
        (4, ("14", "00"), 0x14, True),
        (2, ("00", "00"), None, False),
        (1, ("1b", "12"), 0x1B, True),
    ],
)
def test_flags_of_flows_to_us(there: int, tcp: tuple[str, str], flags: int | None, shows: bool) -> None:
    """SYN and ACK together are an answer, unless our side answered a SYN: then it is a connection that went on."""
    found, _ = understood("flow", flow(there, 2, tcp), Context(ours=ours))
    assert seen(found) == (OTHER, 40000, OURS, 445, there, flags)
    assert bool(found["capabilities"] & FLAGS) is shows


def test_own_flows_are_the_answers_that_they_got() -> None:
    """What our host opened is never a scan by it: only the packets that came back are packets to us."""
    sides = {"src_ip": OURS, "dest_ip": OTHER, "dest_port": 443}
    context = Context(ours=ours)
    found, _ = understood("flow", flow(6, 5, ("1b", "1b"), **sides), context)
    assert seen(found) == (OTHER, 443, OURS, 40000, 5, 0x1B)
    found, _ = understood("flow", flow(6, 5, None, **sides), context)
    assert (found["tcp_flags"], found["capabilities"]) == (None, BASE | FLAGS)
    found, _ = understood("flow", flow(6, 0, ("02", "00"), **sides), context)
    assert seen(found)[:5] == (OURS, 40000, OTHER, 443, 6)
    found, _ = understood("flow", flow(6, 5, ("1b", "1b"), **sides))
    assert seen(found) == (OURS, 40000, OTHER, 443, 6, None)


@pytest.mark.parametrize(("there", "back", "packets"), [(7, 2, 7), (None, None, 1), (0, 0, 1)])
def test_packets_that_are_not_counted_are_one(there: int | None, back: int | None, packets: int) -> None:
    """An event was at least one packet."""
    assert seen(understood("flow", flow(there, back, None))[0])[4] == packets


def test_alert_is_one_packet_at_its_own_time() -> None:
    """The time stamp of an alert is that of the packet."""
    found, _ = understood("alert", {"tcp": {"tcp_flags": "02"}})
    assert seen(found) == (OTHER, 40000, OURS, 445, 1, 2)
    assert found["time"].timestamp() == 1_700_002_800
    found, _ = understood("alert", {"host": None})
    assert (found["tcp_flags"], found["capabilities"], found["sensor"]) == (None, BASE, None)


def icmp(version: str, type_: int | None, code: int | None, **more: Any) -> dict[str, Any]:
    """An ICMP flow with an answer."""
    return flow(2, 2, None, proto=version, icmp_type=type_, icmp_code=code, src_port=None, dest_port=None, **more)


@pytest.mark.parametrize(
    ("event", "port", "code"),
    [
        (icmp("ICMP", 8, 0), 8, 0),
        (icmp("ICMP", 3, 10), 3, 10),
        (icmp("ICMP", 8, None), 8, None),
        (icmp("ICMP", 8, 0, src_ip=OURS, dest_ip=OTHER), 0, 0),
        (icmp("ICMP", 8, 0, src_ip=OURS, dest_ip=OTHER, response_icmp_type=3, response_icmp_code=1), 3, 1),
    ],
)
def test_icmp_has_type_and_code(event: dict[str, Any], port: int, code: int | None) -> None:
    """The type stands for the port; the answer's follows from the request's where it is not told."""
    found, _ = understood("flow", event, Context(ours=ours))
    assert (found["protocol"], found["port"], found["icmp_code"], found["source_port"]) == (1, port, code, None)


def test_ipv6_is_complete() -> None:
    """Addresses keep their halves, and ICMP over IPv6 is ICMPv6 by either name."""
    for name in ("IPv6-ICMP", "ICMP"):
        sides = {"src_ip": "2001:db8:1::1", "dest_ip": "ff02::1"}
        found, _ = understood("netflow", netflow(1, None, proto=name, icmp_type=135, icmp_code=0, **sides))
        assert (found["protocol"], found["ip_version"], found["destination"]) == (58, 6, "ff02::1")


@pytest.mark.parametrize(("name", "number"), [("SCTP", 132), ("GRE", 47), ("002", 2)])
def test_other_protocols_have_no_port(name: str, number: int) -> None:
    """They are known by name or number."""
    found, _ = understood("flow", flow(1, 0, None, proto=name))
    assert (found["protocol"], found["port"], found["source_port"]) == (number, -1, None)


@pytest.mark.parametrize(
    ("when", "zone", "seconds"),
    [
        ("2023-11-14T22:13:20.123456+0000", "UTC", 1_700_000_000.123456),
        ("2023-11-14T16:43:20.000000-0530", "UTC", 1_700_000_000),
        ("2023-11-15T07:13:20.000000", "Asia/Tokyo", 1_700_000_000),
    ],
)
def test_times_carry_their_offset(when: str, zone: str, seconds: float) -> None:
    """Those that carry none are meant in the configured zone."""
    found, _ = understood("alert", {"timestamp": when}, Context(zone=ZoneInfo(zone)))
    assert found["time"].timestamp() == seconds


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"timestamp": "yesterday"}, "bad-time"),
        ({"timestamp": None}, "bad-time"),
        ({"src_ip": "host"}, "bad-source"),
        ({"dest_ip": None}, "bad-destination"),
        ({"proto": "sound"}, "bad-protocol"),
        ({"dest_port": None}, "bad-port"),
        ({"dest_port": 65536}, "bad-port"),
        ({"proto": "ICMP"}, "bad-icmp-type"),
        ({"proto": "ICMP", "icmp_type": 256}, "bad-icmp-type"),
    ],
)
def test_values_that_make_no_sense_refuse_their_line(event: dict[str, Any], reason: str) -> None:
    """Every refusal names the field."""
    assert understood("alert", event) == ({}, reason)


def test_numbers_of_packets_are_not_negative() -> None:
    """A count below nothing is refused."""
    assert understood("netflow", netflow(-1))[1] == "bad-packets"
