"""
Envelopes told by the beginning of a file.
"""

import json

import pytest
from enveloped import ALL
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.envelope import envelope_of

NAMES = {
    "journal-json": "journalctl -o json",
    "journal-export": "journalctl -o export",
    "rsyslog": "rsyslog",
    "rsyslog-elasticsearch": "rsyslog for Elasticsearch",
    "rsyslog-logstash": "rsyslog for Logstash",
    "syslog-ng": "syslog-ng",
    "fluentd": "Fluentd of a syslog",
    "docker": "Docker json-file",
    "cri": "Kubernetes CRI",
}


@pytest.mark.parametrize("kind", ALL)
def test_each_is_told_by_its_first_line(kind: str) -> None:
    """Whatever the line says."""
    found = envelope_of(ALL[kind](["anything", "else"]))
    assert found is not None
    assert found.name == NAMES[kind]


@pytest.mark.parametrize("kind", sorted(set(ALL) - {"journal-export", "cri"}))
def test_damage_in_the_first_lines_does_not_hide_it(kind: str) -> None:
    """A log that begins in the midst of a line is known by the next."""
    content = ALL[kind](["one", "two"])
    assert envelope_of(content[30:]) is not None


def test_containers_logs_through_fluentd() -> None:
    """Docker's driver for it names the container and the stream."""
    record = {"container_id": "1f", "container_name": "/cowrie", "source": "stdout", "log": "{}"}
    found = envelope_of(json.dumps(record).encode())
    assert found is not None
    assert found.name == "Fluentd of a container"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b'{"eventid":"cowrie.session.connect","message":"New connection","timestamp":"2025-02-12T08:28:02Z"}',
        b'{"timestamp":"2025-02-12T08:28:02.4+0000","event_type":"flow","host":"a","src_ip":"192.0.2.1"}',
        b'{"@timestamp":"2025-02-12T08:28:02Z","message":"x","host":"a","type":"Cowrie","src_ip":"192.0.2.1"}',
        b'{"message":"x","log":{"offset":5},"stream":"stdout","time":"2025-02-12T08:28:02Z"}',
        b'{"type":"firewall","logs":[],"authheader":"H"}',
        b"[1,2]\n",
        b"2026-01-02T03:04:05Z host kernel: IN= OUT=\n",
        b"2026-01-02T03:04:05Z stdout X a\n",
    ],
    ids=["empty", "cowrie", "eve", "tpot", "object", "dshield", "list", "syslog", "no-tag"],
)
def test_what_is_none(head: bytes) -> None:
    """Events of honeypots, and logs, are what they are."""
    assert envelope_of(head) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_told_of(head: bytes) -> None:
    """Nothing raises."""
    envelope_of(head)
    envelope_of(b"{" + head)
