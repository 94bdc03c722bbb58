"""
DShield submissions.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.dshield import read, sniff
from isdas.model.address import halves

SECRET = "kWm5IyQZ0xgq"
AUTHORIZATION = f"ISC-HMAC-SHA256 Credentials={SECRET} Userid=12345 Nonce={SECRET}"
LOG = {
    "time": 1_700_000_000,
    "flags": "S",
    "sip": "198.51.100.7",
    "dip": "192.0.2.1",
    "proto": 6,
    "sport": "40000",
    "dport": "22",
    "version": 4,
}
WEB = {
    "time": 1_700_000_000.25,
    "headers": {"Host": "x"},
    "sip": "198.51.100.7",
    "dip": "192.0.2.1",
    "method": "GET",
    "url": "/",
}
LOGIN = {
    "timestamp": "2025-01-01T00:00:00.5Z",
    "source_ip": "198.51.100.7",
    "user": "root",
    "password": "x",
    "hassh": "a",
}


def submission(kind: str, *logs: Any, **more: Any) -> dict[str, Any]:
    """What a client posts."""
    return {"type": kind, "logs": list(logs), "authheader": AUTHORIZATION, **more}


def lines(*documents: Any) -> bytes:
    """Documents a line each."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in documents)


def test_a_firewall_log_is_a_packet(taken: Any) -> None:
    """It shows addresses, ports and flags, and nothing else."""
    rows, tally, _ = taken(read, json.dumps(submission("firewall", LOG)).encode())
    assert tally.as_dict() == {"read": 1, "stored": 1, "refused": {}, "warnings": {}}
    assert rows == [
        {
            "time": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
            "position": 1,
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
    "content",
    [
        json.dumps(submission("firewall", LOG, LOG)).encode(),
        json.dumps({"logs": [LOG, LOG], "authheader": AUTHORIZATION, "type": "firewall"}).encode(),
        json.dumps({"logs": [LOG, LOG]}).encode(),
        json.dumps(submission("firewall", LOG, LOG), indent=2).encode(),
        lines(submission("firewall", LOG), submission("firewall", LOG)),
        lines(submission("firewall", LOG)) + lines(submission("firewall"), submission("firewall", LOG)).strip(),
        lines(LOG, LOG),
        json.dumps([LOG, LOG]).encode(),
        b'{"type":"firewall","logs":[\n' + lines(LOG).strip() + b",\n" + lines(LOG) + b'],"authheader":"x"}\n',
    ],
    ids=["document", "type-last", "no-type", "indented", "by-line", "one-empty", "logs", "list", "log-by-line"],
)
def test_submissions_are_read_in_every_form(taken: Any, content: bytes) -> None:
    """A document, one in each line, a list or logs alone: the logs are the records."""
    assert sniff(content)
    rows, tally, refusals = taken(read, content)
    assert (len(rows), tally.read, refusals) == (2, 2, [])
    assert all((row["port"], row["tcp_flags"]) == (22, 2) for row in rows)


@pytest.mark.parametrize("kind", ["webhoneypot", "404report", "httprequest"])
def test_web_requests_are_connections_without_flags(taken: Any, kind: str) -> None:
    """A request was made over a connection to port 80, of which no flags are known."""
    ((row,), _, _) = taken(read, json.dumps(submission(kind, WEB)).encode())
    assert (row["protocol"], row["port"], row["capabilities"]) == (6, 80, 1 + 512)
    assert row["time"].microsecond == 250_000
    assert "tcp_flags" not in row


def test_types_go_with_their_documents(taken: Any) -> None:
    """Each line's type holds for its own logs; e-mails and what is not known are passed over."""
    content = lines(
        submission("webhoneypot", WEB),
        submission("email", {"body": "x"}),
        submission("cowrie", LOGIN, {**LOGIN, "hassh": None}),
        submission("sshlogin", {"time": 1, "sip": "198.51.100.7"}),
        submission("telnetlogin", {"time": 1, "sip": "198.51.100.7"}),
        submission("weather", LOG),
        submission("firewall", LOG),
    )
    rows, tally, _ = taken(read, content)
    assert [row["port"] for row in rows] == [80, 22, 23, 22, 23, 22]
    assert tally.warnings == {"passed-over-event": 2}
    assert ["tcp_flags" in row for row in rows] == [False] * 5 + [True]


def test_the_type_holds_over_pieces_of_a_file(taken: Any) -> None:
    """A document that is read in pieces keeps its type to its end."""
    content = json.dumps(submission("sshlogin", *({"time": i, "sip": "198.51.100.7"} for i in range(50)))).encode()
    rows, _, _ = taken(read, content, block_bytes=100)
    assert [row["port"] for row in rows] == [22] * 50
    assert [row["position"] for row in rows] == list(range(1, 51))


@pytest.mark.parametrize(
    "content",
    [
        lines(submission("firewall", {**LOG, "sip": "x"})),
        lines(submission("firewall", LOG)).replace(b'"version": 4}]', b'"version": 4]'),
        lines(submission("firewall", {**LOG, "flags": "S"})).replace(b'"22"', b'"22'),
        b"broken " + lines(submission("firewall", LOG)),
        lines(submission("firewall", LOG))[:-3],
        lines(LOG) + lines(submission("firewall", LOG)).replace(b'"logs"', b'"lugs"'),
        lines(LOG) + b'{"authheader": "' + AUTHORIZATION.encode() + b'"\n',
        lines(LOG) + AUTHORIZATION.encode() + b"\n",
        b'{"type":"firewall","logs":[\n' + lines(LOG) + b'],\n"authheader":"' + AUTHORIZATION.encode() + b'"}\n',
    ],
    ids=["bad-log", "no-brace", "no-quote", "before", "cut", "no-logs", "line", "bare", "line-after-logs"],
)
def test_the_authorization_is_never_told(taken: Any, content: bytes) -> None:
    """However damaged a submission is, nothing that is kept or refused holds its authorization."""
    rows, tally, refusals = taken(read, content)
    assert SECRET not in repr(rows) + repr(tally) + repr(refusals)
    assert tally.read or tally.warnings


def test_numbers_may_be_texts_and_names_names(taken: Any) -> None:
    """Clients differ in what they quote; within a file, and among the first of a file."""
    text = {**LOG, "time": "1700000000", "proto": "TCP", "sport": 40000, "dport": 22, "version": "4"}
    for logs in ((LOG, text), (text, LOG), (text, text)):
        rows, tally, _ = taken(read, lines(submission("firewall", *logs)))
        assert tally.refused == {}
        assert [{**row, "position": 0} for row in rows] == [{**rows[0], "position": 0}] * 2


def test_other_documents_are_not_recognised() -> None:
    """Neither other JSON nor lists of it are submissions."""
    for head in (b"", b"{}", b"[]", lines({"type": "x", "logs": [{"a": 1}]}), lines({"time": 1, "sip": "x"}), b"words"):
        assert not sniff(head)
    assert sniff(json.dumps(submission("email", {"a": 1})).encode())


_LINES = st.binary(max_size=30) | st.sampled_from(
    [json.dumps(each).encode() for each in (LOG, WEB, LOGIN, submission("firewall", LOG), submission("email", LOG))]
    + [b'{"type":"firewall","logs":[', b'{"time":{},"proto":[]}', b"]}", b","]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(_LINES, max_size=6), size=st.integers(200, 1000))
def test_any_bytes_reconcile(taken: Any, contents: list[bytes], size: int) -> None:
    """Whatever the file is, nothing raises, everything is accounted for, and pieces change nothing of the records."""
    content = b"\n".join(contents)
    rows, tally, refusals = taken(read, content, block_bytes=size)
    assert (rows, tally, refusals) == taken(read, content)
    assert SECRET not in repr(refusals)
