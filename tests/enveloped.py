"""
Lines as journals, container runtimes and collectors of logs write them.
"""

import json
from collections.abc import Callable, Iterable

MICROS = 1_767_323_045_678_901
"""2026-01-02T03:04:05.678901Z."""

TIME = "2026-01-02T03:04:05.678901Z"

Wrap = Callable[[Iterable[str]], bytes]


def _json(value: dict[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=len(str(value)) % 2 == 0).encode() + b"\n"


def journal_fields(message: str) -> dict[str, str]:
    """The fields of an entry of the kernel's that matter, among others."""
    return {
        "__CURSOR": "s=1;i=2;b=3;m=4;t=5;x=6",
        "__REALTIME_TIMESTAMP": str(MICROS),
        "__MONOTONIC_TIMESTAMP": "1234",
        "_TRANSPORT": "kernel",
        "SYSLOG_FACILITY": "0",
        "SYSLOG_IDENTIFIER": "kernel",
        "_HOSTNAME": "tokyo-1",
        "MESSAGE": message,
    }


def journal_json(messages: Iterable[str]) -> bytes:
    """As ``journalctl -o json`` writes them; what has odd bytes as their numbers."""
    entries = (journal_fields(message) for message in messages)
    return b"".join(
        _json({**entry, "MESSAGE": list(entry["MESSAGE"].encode()) if "\n" in entry["MESSAGE"] else entry["MESSAGE"]})
        for entry in entries
    )


def export_field(name: str, value: bytes) -> bytes:
    """One field as the Journal Export Format has it."""
    if b"\n" in value:
        return name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
    return name.encode() + b"=" + value + b"\n"


def journal_export(messages: Iterable[str]) -> bytes:
    """As ``journalctl -o export`` writes them."""
    return b"".join(
        b"".join(export_field(name, value.encode()) for name, value in journal_fields(message).items()) + b"\n"
        for message in messages
    )


def docker(messages: Iterable[str], *, piece_bytes: int = 1 << 14) -> bytes:
    """As Docker's json-file driver writes them: long lines in several, of which only the last ends as a line."""
    lines = []
    for message in messages:
        data = message.encode() + b"\n"
        # The driver cuts where it likes, but a test has no use for halves of characters.
        pieces = [data[i : i + piece_bytes].decode() for i in range(0, len(data), piece_bytes)]
        lines += [_json({"log": piece, "stream": "stdout", "time": TIME}) for piece in pieces]
    return b"".join(lines)


def cri(messages: Iterable[str], *, piece_bytes: int = 1 << 14) -> bytes:
    """As the Kubernetes CRI has them: parts of lines marked by P, ends and whole lines by F."""
    lines = []
    for message in messages:
        data = message.encode()
        pieces = [data[i : i + piece_bytes] for i in range(0, len(data), piece_bytes)] or [b""]
        lines += [b"%s stdout P %s\n" % (TIME.encode(), piece) for piece in pieces[:-1]]
        lines.append(b"%s stdout F %s\n" % (TIME.encode(), pieces[-1]))
    return b"".join(lines)


def _record(**names: str) -> Wrap:
    """Lines of JSON with the host, program, time and message under these names."""
    values = {"host": "tokyo-1", "program": "kernel", "time": TIME}

    def _wrapped(messages: Iterable[str]) -> bytes:
        said = {name: values[part] for part, name in names.items() if part != "message"}
        return b"".join(_json({"severity": "warning", **said, names["message"]: message}) for message in messages)

    return _wrapped


def fluentd(messages: Iterable[str]) -> bytes:
    """As Fluentd's file output writes what its syslog input read: time, tag and record."""
    record = _record(host="host", program="ident", message="message")
    lines = record(messages).splitlines(keepends=True)
    return b"".join(TIME.encode() + b"\tsystem.kern.warn\t" + line for line in lines)


NAMED: dict[str, Wrap] = {
    "journal-json": journal_json,
    "journal-export": journal_export,
    "rsyslog": _record(host="hostname", program="programname", time="timereported", message="msg"),
    "rsyslog-elasticsearch": _record(host="fromhost", time="timereported", message="message"),
    "rsyslog-logstash": _record(host="sysloghost", program="programname", time="@timestamp", message="message"),
    "syslog-ng": _record(host="HOST", program="PROGRAM", time="ISODATE", message="MESSAGE"),
    "fluentd": fluentd,
}
"""The envelopes that name a machine."""

NAMELESS: dict[str, Wrap] = {"docker": docker, "cri": cri}
"""Those of container runtimes, which name none."""

ALL = {**NAMED, **NAMELESS}
