"""
T-Pot's events.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.context import Context
from isdas.formats.tpot import read, sniff
from isdas.model.address import halves
from isdas.model.columns import Capability

OUTER = {"t-pot_ip_ext": "192.0.2.9", "t-pot_ip_int": "10.0.0.4", "t-pot_hostname": "pot-1"}
EVENT = {
    "@timestamp": "2025-02-12T08:28:02.472Z",
    "src_ip": "198.51.100.7",
    "src_port": 40000,
    "dest_ip": "172.18.0.3",
    "dest_port": 445,
    **OUTER,
}
DIONAEA = {
    "connection": {"protocol": "smbd", "transport": "tcp", "type": "accept"},
    "dst_ip": "192.168.96.2",
    "dst_port": 445,
    "src_hostname": "",
    "src_ip": "198.51.100.7",
    "src_port": 1401,
    "timestamp": "2025-02-12T08:28:02.472515",
}
HONEYTRAP = {
    "is_virtual": False,
    "@timestamp": "2025-02-18T04:23:26Z",
    "start_time": "2025-02-18T04:23:26Z",
    "attack_connection": {
        "protocol": "tcp",
        "remote_ip": "198.51.100.7",
        "remote_port": 47344,
        "local_ip": "10.128.0.5",
        "local_port": 8728,
        "payload": {"length": 0, "data_hex": ""},
    },
    "operation_mode": 1,
}


def lines(*events: Any) -> bytes:
    """Events a line each."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def connection(**changes: str) -> dict[str, Any]:
    """Dionaea's event with other words about its connection."""
    return {**DIONAEA, "connection": {**DIONAEA["connection"], **changes}}  # type: ignore[dict-item]


def test_an_event_of_logstash_shows_sensor_and_outer_address(taken: Any) -> None:
    """The machine's outer address stands for the container's, and the machine's name is the sensor."""
    rows, _, _ = taken(read, lines({**EVENT, "type": "Tanner"}))
    assert rows == [
        {
            "time": datetime(2025, 2, 12, 8, 28, 2, 472000, UTC),
            "sensor": "pot-1",
            "position": 1,
            "capabilities": 1 + 512 + 1024 + 2048 + 4096,
            "ip_version": 4,
            "source_high": 0,
            "source_low": halves("198.51.100.7")[1],
            "destination_high": 0,
            "destination_low": halves("192.0.2.9")[1],
            "protocol": 6,
            "source_port": 40000,
            "port": 445,
        }
    ]


@pytest.mark.parametrize(
    ("event", "opens"),
    [
        ({"type": "Cowrie", "eventid": "cowrie.session.connect"}, True),
        ({"type": "Cowrie", "eventid": "cowrie.login.failed"}, False),
        ({"type": "Adbhoney", "eventid": "adbhoney.session.connect"}, True),
        ({"type": "Adbhoney", "eventid": "adbhoney.session.closed"}, False),
        ({"type": "ConPot", "event_type": "NEW_CONNECTION"}, True),
        ({"type": "ConPot", "event_type": "CONNECTION_LOST"}, False),
        ({"type": "Endlessh", "reason": "CLOSE"}, False),
        ({"type": "Honeypots", "action": "connection"}, True),
        ({"type": "Honeypots", "action": "login"}, False),
        ({"type": "Redishoneypot", "action": "NewConnect"}, True),
        ({"type": "Redishoneypot", "action": "Closed"}, False),
        ({"type": "Suricata", "event_type": "flow", "proto": "TCP"}, False),
        ({"type": "P0f", "mod": "syn"}, False),
        ({"type": "Fatt"}, False),
        ({"type": "NGINX"}, False),
        ({"type": "Tanner"}, True),
        ({"type": "SomethingNew"}, True),
    ],
    ids=str,
)
def test_only_what_opens_a_connection_is_a_record(taken: Any, event: dict[str, Any], opens: bool) -> None:
    """Later events of a connection, and what is told of it beside the honeypot, are passed over and counted."""
    rows, tally, _ = taken(read, lines({**EVENT, **event}))
    assert (len(rows), tally.read) == (opens, opens)
    assert tally.warnings == ({} if opens else {"passed-over-event": 1})


@pytest.mark.parametrize(
    ("event", "opens"),
    [
        (DIONAEA, True),
        (connection(type="reject"), True),
        (connection(type="free"), False),
        (connection(type="pending"), False),
        (connection(type="listen", protocol="ftpdatalisten"), False),
        (connection(type="connect", protocol="mirrorc"), False),
        (connection(type="connect", protocol="SipSession", transport="udp"), True),
        (connection(type="connect", protocol="TftpClient", transport="udp"), False),
        (HONEYTRAP, True),
        ({**HONEYTRAP, "is_virtual": True}, False),
    ],
)
def test_what_the_honeypots_write_themselves(taken: Any, event: dict[str, Any], opens: bool) -> None:
    """Dionaea's own connections to the source and Honeytrap's empty entries came from nobody."""
    assert sniff(lines(event))
    rows, tally, _ = taken(read, lines(event))
    assert (len(rows), tally.warnings["passed-over-event"]) == (opens, not opens)


@pytest.mark.parametrize(
    ("event", "protocol"),
    [
        ({"type": "Ddospot"}, 17),
        ({"type": "Sentrypeer", "transport_type": "tcp"}, 6),
        ({"type": "Sentrypeer"}, 17),
        ({"type": "ConPot", "event_type": "NEW_CONNECTION", "data_type": "snmp"}, 17),
        ({"type": "ConPot", "event_type": "NEW_CONNECTION", "data_type": "modbus"}, 6),
        ({"type": "Glutton", "protocol": "udp"}, 17),
        ({"type": "Cowrie", "eventid": "cowrie.session.connect", "protocol": "ssh"}, 6),
        ({"type": "Honeytrap", "attack_connection": {"protocol": "udp"}}, 17),
        ({"type": "Dionaea", "connection": {"protocol": "smbd", "transport": "tls", "type": "accept"}}, 6),
    ],
)
def test_the_transport_is_named_or_follows_from_the_service(taken: Any, event: dict[str, Any], protocol: int) -> None:
    """The name of an application is none of a transport; then the service says it, or the honeypot."""
    ((row,), _, _) = taken(read, lines({**EVENT, **event}))
    assert row["protocol"] == protocol


@pytest.mark.parametrize(
    ("change", "address"),
    [
        ({"dest_ip": "203.0.113.5"}, "203.0.113.5"),
        ({"dest_ip": "10.1.2.3", "t-pot_ip_ext": None}, "10.1.2.3"),
        ({"dest_ip": None}, "192.0.2.9"),
        ({"dest_ip": None, "t-pot_ip_ext": None}, None),
        ({"dest_ip": "fd00::1", "t-pot_ip_ext": "2001:db8::9"}, "2001:db8::9"),
    ],
)
def test_destination_is_only_shown_where_it_is_told(taken: Any, change: dict[str, Any], address: str | None) -> None:
    """A public destination stays, a private one gives way to the outer address, and none is none."""
    ((row,), _, _) = taken(read, lines({**EVENT, **change}))
    assert (row.get("destination_high"), row.get("destination_low")) == (halves(address) if address else (None, None))
    assert bool(row["capabilities"] & Capability.DESTINATION) == (address is not None)


def test_times_without_an_offset_are_meant_in_the_zone(taken: Any) -> None:
    """Dionaea states no offset, so the zone of the settings holds."""
    ((row,), _, _) = taken(read, lines(DIONAEA), Context(zone=ZoneInfo("Asia/Tokyo")))
    assert row["time"] == datetime(2025, 2, 11, 23, 28, 2, 472515, UTC)


@pytest.mark.parametrize(
    "content",
    [
        lines({"_index": "logstash-2025.02.12", "_id": "x", "_source": EVENT}, {"_source": EVENT}),
        json.dumps({"took": 3, "hits": {"total": {"value": 2}, "hits": [{"_source": EVENT}] * 2}}).encode(),
        json.dumps([EVENT, EVENT]).encode(),
        json.dumps([EVENT, EVENT], indent=1).encode(),
        b"[" + lines(EVENT).strip() + b",\n,\n" + lines(EVENT).strip() + b"\n]",
        b'{"attacks":[\n' + lines(HONEYTRAP).strip() + b",\n" + lines(HONEYTRAP) + b"]}\n",
    ],
    ids=["elasticdump", "search", "array", "indented", "lost-between-commas", "attacks"],
)
def test_events_are_read_in_every_form(taken: Any, content: bytes) -> None:
    """Whatever wraps the events, they are the records, and nothing else is."""
    assert sniff(content)
    rows, tally, refusals = taken(read, content)
    assert (len(rows), tally.read, refusals) == (2, 2, [])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"@timestamp": "x"}, "bad-time"),
        ({"src_ip": None}, "bad-source"),
        ({"dest_port": None}, "bad-port"),
        ({"dest_port": 70000}, "bad-port"),
    ],
)
def test_events_that_lack_something_are_refused(taken: Any, change: dict[str, Any], reason: str) -> None:
    """An event without time, source or port is no packet, and says so."""
    _, tally, _ = taken(read, lines(EVENT, {**EVENT, **change}))
    assert (tally.stored, tally.refused) == (1, {reason: 1})


def test_other_logs_are_not_recognised() -> None:
    """Suricata's own log and any other JSON are none of T-Pot's."""
    eve = {"timestamp": "2025-02-12T08:28:02.472515+0000", "event_type": "flow", "src_ip": "x", "dest_port": 1}
    for head in (b"", b"{}", lines(eve), lines({"connection": "x", "attack_connection": []}), b'{"_source":1}\n'):
        assert not sniff(head)


_LINES = st.binary(max_size=30) | st.sampled_from(
    [json.dumps(each).encode() for each in (EVENT, DIONAEA, HONEYTRAP, {"_source": EVENT}, {**EVENT, "src_port": "1"})]
    + [b",", b"[", b"]}", b'{"connection":5,"@timestamp":{}}']
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(_LINES, max_size=6), size=st.integers(300, 2000))
def test_any_bytes_reconcile_in_blocks_of_any_size(taken: Any, contents: list[bytes], size: int) -> None:
    """Whatever the file is, nothing raises, everything is accounted for, and blocks change nothing."""
    content = b"\n".join(contents)
    assert taken(read, content, block_bytes=size) == taken(read, content)


def test_the_real_logs_of_2025(shared: Path, tmp_path: Path) -> None:
    """Of Dionaea 20,739 connections are accepted among 20,799 events, of Honeytrap 4,314 among 4,999."""
    import tarfile

    for name, counts, ports in (
        ("dioneae_20k.json", (20_739, 60), {445: 17_411, 81: 736, 27017: 715}),
        ("honeytrap_5k.json", (4_314, 685), {2323: 66, 5984: 64, 7999: 56}),
    ):
        with tarfile.open(shared / "series" / "tpot-2025" / f"{name}.tar.gz") as archive:
            member = archive.extractfile(name)
            assert member is not None
            (tmp_path / name).write_bytes(member.read())
        batches = [work() for work in read(tmp_path / name, Context())]
        found = Counter(port for batch in batches for port in batch.packets.table.column("port").to_pylist())
        stored = sum(batch.tally.stored for batch in batches)
        passed_over = sum(batch.tally.warnings["passed-over-event"] for batch in batches)
        assert not any(batch.refusals for batch in batches)
        assert (stored, passed_over) == counts
        assert ports.items() <= found.items()
