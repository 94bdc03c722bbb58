"""
Envelopes: what journals, container runtimes and collectors of logs put around each line that they keep.

It tells them by the beginning of a file; `isdas.formats.opening` takes lines out of them.
"""

import re
from dataclasses import dataclass

from isdas.formats.jsonobject import json_object

N_PARTS = 7
MESSAGE, TIME, HOST, PROGRAM, PID, TRANSPORT, STREAM = range(N_PARTS)
"""What an envelope says: the line, when it was written, by which machine, program and process, on which way to the
journal, and to which of the two streams of a container."""

RAW, WHOLE, PIECE = range(3)
"""A line that is in no envelope; one that was in one; and a part of one, which the next line goes on with."""

_WHOLE_LINE = 1 << 62
_DOCKER_PIECE = 1 << 14
"""Docker's log driver ends a longer line there, and goes on in the next envelope."""

_FIRST_LINES = 8


@dataclass(frozen=True, slots=True)
class Envelope:
    """
    One kind of envelope.

    Attributes:
        name: who writes it.
        example: what a line of it is like, on a page.
        keys: names of its parts in JSON, or of fields in the Journal Export Format.
        signs: the names that tell it.
        in_micros: whether its times are microseconds since 1970.
        entries: whether it is the Journal Export Format, which has an entry on several lines.
        piece_bytes: a message so long that does not end as a line goes on in the next envelope.
    """

    name: str
    example: str
    keys: tuple[tuple[str, int], ...] = ()
    signs: frozenset[str] = frozenset()
    in_micros: bool = False
    entries: bool = False
    piece_bytes: int = _WHOLE_LINE


_JOURNAL = (
    ("MESSAGE", MESSAGE),
    ("__REALTIME_TIMESTAMP", TIME),
    ("_HOSTNAME", HOST),
    ("SYSLOG_IDENTIFIER", PROGRAM),
    ("_PID", PID),
    ("_TRANSPORT", TRANSPORT),
)
_RSYSLOG = (("timereported", TIME), ("programname", PROGRAM), ("procid", PID))

EXPORT = Envelope(
    "journalctl -o export", "__CURSOR=… __REALTIME_TIMESTAMP=… MESSAGE=…", _JOURNAL, in_micros=True, entries=True
)
CRI = Envelope("Kubernetes CRI", "2026-01-02T03:04:05.678901234Z stdout F …")
JSON = (
    Envelope(
        "Docker json-file",
        '{"log":"…\\n","stream":"stdout","time":"2026-01-02T03:04:05.678901234Z"}',
        (("log", MESSAGE), ("time", TIME), ("stream", STREAM)),
        frozenset({"log", "stream", "time"}),
        piece_bytes=_DOCKER_PIECE,
    ),
    Envelope(
        "journalctl -o json",
        '{"__REALTIME_TIMESTAMP":"1767323045678901","_HOSTNAME":"…","_TRANSPORT":"kernel","MESSAGE":"…"}',
        _JOURNAL,
        frozenset({"MESSAGE", "__REALTIME_TIMESTAMP"}),
        in_micros=True,
    ),
    # %jsonmesg% and %...:::jsonf%, the default of omelasticsearch, and what its guides for Logstash say.
    Envelope(
        "rsyslog",
        '{"msg":"…","hostname":"…","timereported":"…","programname":"kernel"}',
        (("msg", MESSAGE), ("hostname", HOST), *_RSYSLOG),
        frozenset({"msg", "hostname", "timereported"}),
    ),
    Envelope(
        "rsyslog for Elasticsearch",
        '{"message":"…","fromhost":"…","timereported":"…"}',
        (("message", MESSAGE), ("fromhost", HOST), *_RSYSLOG),
        frozenset({"message", "fromhost", "timereported"}),
    ),
    Envelope(
        "rsyslog for Logstash",
        '{"@timestamp":"…","message":"…","sysloghost":"…","programname":"kernel"}',
        (("message", MESSAGE), ("@timestamp", TIME), ("sysloghost", HOST), ("programname", PROGRAM), ("procid", PID)),
        frozenset({"message", "@timestamp", "sysloghost"}),
    ),
    Envelope(
        "syslog-ng",
        '{"MESSAGE":"…","HOST":"…","PROGRAM":"kernel","ISODATE":"…"}',
        (("MESSAGE", MESSAGE), ("DATE", TIME), ("ISODATE", TIME), ("HOST", HOST), ("PROGRAM", PROGRAM), ("PID", PID)),
        frozenset({"MESSAGE", "HOST", "PROGRAM"}),
    ),
    Envelope(
        "Fluentd of a syslog",
        '2026-01-02T03:04:05+09:00\\ttag\\t{"host":"…","ident":"kernel","message":"…"}',
        (("message", MESSAGE), ("time", TIME), ("host", HOST), ("ident", PROGRAM), ("pid", PID)),
        frozenset({"message", "host", "ident"}),
    ),
    Envelope(
        "Fluentd of a container",
        '2026-01-02T03:04:05+09:00\\ttag\\t{"container_id":"…","source":"stdout","log":"…"}',
        (("log", MESSAGE), ("time", TIME)),
        frozenset({"log", "container_id", "source"}),
    ),
)
"""Those of a line of JSON each, as far as their writers say what they are, Fluentd's tag before it or not."""

ENVELOPES = (EXPORT, CRI, *JSON)
"""Every envelope that is opened."""

_CRI = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP](?::\S*)? ")
_BEFORE = re.compile(rb"[^\t\n{]*\t[^\t\n{]*\t(?=\{)")
"""A time and a tag, as Fluentd writes them before an object."""


def envelope_of(head: bytes) -> Envelope | None:
    """The envelopes that the decompressed beginning of a file is in; None if it is in none."""
    if head.startswith(b"__CURSOR="):
        return EXPORT
    if _CRI.match(head):
        return CRI
    for line in head.split(b"\n", _FIRST_LINES)[:_FIRST_LINES]:
        if (found := _json_envelope(line)) is not None:
            return found
    return None


def _json_envelope(line: bytes) -> Envelope | None:
    line = line[before.end() :] if (before := _BEFORE.match(line)) else line.lstrip(b"\x1e")
    if not line.startswith(b"{"):
        return None
    found = json_object(line) or {}
    return next((each for each in JSON if found.keys() >= each.signs and not _is_object(found, each)), None)


def _is_object(found: dict[str, object], envelope: Envelope) -> bool:
    """Whether what should be the message is an object of its own."""
    return isinstance(found[next(name for name, slot in envelope.keys if slot == MESSAGE)], dict)
