"""
Logs of DShield submissions.
"""

import json
from typing import Any

import pyarrow as pa
import pytest

from isdas.formats.dshield import read
from isdas.formats.dshield_logs import FLAGS, destinations, flags
from isdas.model.address import texts
from isdas.model.columns import Capability

LOG = {
    "time": 1_700_000_000,
    "flags": "S",
    "sip": "198.51.100.7",
    "dip": "192.0.2.1",
    "proto": 6,
    "sport": "40000",
    "dport": "22",
}


def document(kind: str, log: Any) -> bytes:
    """A submission of one log."""
    return json.dumps({"type": kind, "logs": [log]}).encode()


@pytest.mark.parametrize(
    ("text", "bits"),
    [("S", 2), ("SA", 18), ("AS", 18), ("FSRPAU21", 255), ("", 0), ("ar", 20), ("EC", 192), ("X", None), ("S?", None)],
)
def test_flags_are_letters_in_any_order(text: str, bits: int | None) -> None:
    """Each letter is a flag; other letters are none, and no text is not the same as no flags."""
    values, good, none = flags(pa.array([text, None]))
    assert (values[0], good.tolist(), none.tolist()) == (bits or 0, [bits is not None, False], [False, True])
    assert {letter: bit for letter, bit in FLAGS.items() if letter.isalpha()}.keys() == set("FSRPAUEC")


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("192.0.2.1", "192.0.2.1", Capability.DESTINATION),
        ("2001:db8::1", "2001:db8::1", Capability.DESTINATION),
        ("192.0.2.0", "192.0.2.0", Capability.DESTINATION_NETWORK),
        ("10.1.x.x", "10.1.0.0", Capability.DESTINATION_NETWORK),
        ("10.x", "10.0.0.0", Capability.DESTINATION_NETWORK),
        ("10.1.2.*", "10.1.2.0", Capability.DESTINATION_NETWORK),
        ("10.1.2.xxx", "10.1.2.0", Capability.DESTINATION_NETWORK),
        ("10.1.2.3.x", None, Capability.NOTHING),
        ("300.x", None, Capability.NOTHING),
        ("127.0.0.1", None, Capability.NOTHING),
        ("0.0.0.0", None, Capability.NOTHING),
        ("", None, Capability.NOTHING),
        (None, None, Capability.NOTHING),
    ],
)
def test_a_masked_destination_shows_its_network_at_most(text: str | None, address: str | None, shown: int) -> None:
    """What a sensor hides of its own address is not made up."""
    high, low, found = destinations(pa.array([text], pa.string()))
    assert found.tolist() == [shown]
    assert address is None or texts(high, low) == [address]


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ({"proto": 1, "sport": "8", "dport": "0", "flags": ""}, {"port": 8, "icmp_code": 0}),
        (
            {"proto": 58, "sip": "2001:db8::1", "sport": "128", "dport": "0", "version": 6},
            {"port": 128, "ip_version": 6},
        ),
        ({"proto": 17, "flags": ""}, {"port": 22, "source_port": 40000}),
        ({"proto": 47, "sport": "", "dport": ""}, {"port": -1}),
        ({"sport": "???"}, {"port": 22}),
        ({"time": 1_700_000_000_250}, {"port": 22}),
    ],
    ids=["icmp", "icmpv6", "udp", "gre", "no-source-port", "milliseconds"],
)
def test_ports_are_what_the_protocol_makes_of_them(taken: Any, change: dict[str, Any], values: dict[str, int]) -> None:
    """The ports of ICMP are its type and code, other protocols have none, and a source port may be unknown."""
    ((row,), _, _) = taken(read, document("firewall", {**LOG, **change}))
    assert values.items() <= row.items()
    assert ("source_port" in row) == ("source_port" in values or change.keys() == {"time"})
    assert bool(row["capabilities"] & Capability.SOURCE_PORT) == ("source_port" in row)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": 20_000_000_000}, "bad-time"),
        ({"time": None}, "bad-time"),
        ({"sip": "10.x"}, "bad-source"),
        ({"proto": 256}, "bad-protocol"),
        ({"proto": "quic"}, "bad-protocol"),
        ({"dport": "???"}, "bad-port"),
        ({"dport": ""}, "bad-port"),
        ({"dport": "70000"}, "bad-port"),
        ({"proto": 1, "sport": "300"}, "bad-icmp-type"),
        ({"flags": "Q"}, "bad-tcp-flags"),
    ],
)
def test_a_log_that_cannot_be_is_refused(taken: Any, change: dict[str, Any], reason: str) -> None:
    """Each field is what it must be, or the log is refused for it."""
    _, tally, _ = taken(read, document("firewall", {**LOG, **change}))
    assert tally.refused == {reason: 1}


def test_flags_are_not_shown_where_they_are_not_logged(taken: Any) -> None:
    """A TCP packet without the field has no flags and cannot show any; an empty field is a packet without flags."""
    without = {name: value for name, value in LOG.items() if name != "flags"}
    ((bare,), _, _) = taken(read, document("firewall", without))
    ((null,), _, _) = taken(read, document("firewall", {**LOG, "flags": ""}))
    assert ("tcp_flags" in bare, bool(bare["capabilities"] & Capability.TCP_FLAGS)) == (False, False)
    assert (null["tcp_flags"], bool(null["capabilities"] & Capability.TCP_FLAGS)) == (0, True)


@pytest.mark.parametrize(
    ("change", "port"),
    [
        ({"headers": {"Host": "192.0.2.1:8080"}}, 8080),
        ({"headers": {"host": "[2001:db8::1]:8443"}}, 8443),
        ({"headers": {"Host": "2001:db8::1"}}, 80),
        ({"headers": {"header_Host": "x:81"}}, 81),
        ({"headers": {"Host": "x:99999"}}, 80),
        ({"headers": {}}, 80),
        ({"url": "http://198.51.100.1:3128/"}, 3128),
        ({"url": "https://198.51.100.1/"}, 443),
        ({"url": "/redirect?to=http://x:99/"}, 80),
        ({"headers": {"Host": "x:81"}, "dport": 82}, 82),
        ({"headers": {"Host": "x:81"}, "port": 83}, 83),
        ({"headers": "Host: x:81"}, 80),
    ],
)
def test_the_port_of_a_web_request(taken: Any, change: dict[str, Any], port: int) -> None:
    """A request is to the port that the log says, else to that of its Host header or URL, else to 80."""
    log = {"time": 1.5, "sip": "198.51.100.7", "dip": "192.0.2.1", "url": "/", **change}
    ((row,), _, _) = taken(read, document("webhoneypot", log))
    assert row["port"] == port


def test_a_session_of_which_nothing_is_known_has_no_port(taken: Any) -> None:
    """Without a login, a hassh and a banner nobody can say whether it was SSH."""
    log = {"timestamp": "2025-01-01T00:00:00Z", "source_ip": "198.51.100.7", "user": None, "hassh": "", "banner": None}
    _, tally, _ = taken(read, document("cowrie", log))
    assert tally.refused == {"bad-port": 1}


def test_masked_destinations_are_warned_of(taken: Any) -> None:
    """A sensor that hides its address is told of; a log that has no destination hides none."""
    _, tally, _ = taken(read, document("firewall", {**LOG, "dip": "192.0.2.x"}))
    assert tally.warnings == {"masked-destination": 1}
    _, tally, _ = taken(read, document("sshlogin", {"time": 1, "sip": "198.51.100.7"}))
    assert tally.warnings == {}
