"""
Netfilter LOG lines, from a file to Packets.
"""

import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import enveloped
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats import netfilter
from isdas.formats.context import Context
from isdas.formats.netfilter import read, sniff
from isdas.formats.netfilter_rows import REFUSALS
from isdas.formats.registry import recognise
from isdas.model import address, options
from isdas.model.columns import Capability
from isdas.model.errors import InputRefused
from isdas.model.tally import Tally

LINE = (
    b"IN=eth0 OUT= MAC=00:16:3e:5e:6c:00:00:16:3e:5e:6c:01:08:00 SRC=198.51.100.7 DST=192.0.2.17 LEN=44 TOS=0x00 "
    b"PREC=0x00 TTL=49 ID=54321 PROTO=TCP SPT=40000 DPT=445 WINDOW=1024 RES=0x00 SYN URGP=0 \n"
)
WRITTEN = datetime(2026, 7, 1, tzinfo=UTC)


def test_recognised_among_other_lines() -> None:
    """A log is known by one LOG line among others; JSON and prose with such words are not it."""
    other = b"Jan  2 03:04:05 host sshd[1]: nothing\n" * 50
    found = recognise(other + b"Jan  2 03:04:05 host kernel: DROP " + LINE)
    assert found is not None
    assert found.name == "netfilter"
    assert not sniff(other)
    assert not sniff(b'{"MESSAGE": "' + LINE + b'"}')
    assert not sniff(b"IN= and OUT= are fields, as are SRC= and DST=\n")


def test_empty_and_absent_files(tmp_path: Path) -> None:
    """A file without a byte, and one that is not there, are refused."""
    for name, reason in (("empty", "empty-file"), ("absent", "unreadable")):
        if name == "empty":
            (tmp_path / name).write_bytes(b"")
        with pytest.raises(InputRefused) as refused:
            list(read(tmp_path / name, Context()))
        assert refused.value.reason == reason


def test_cut_gzip(tmp_path: Path, take_log: Any) -> None:
    """Of a gzip file without its end the whole lines are taken, the last one is refused, and a warning counted."""
    body = b"".join(b"2026-01-02T03:%02d:%02dZ h kernel: " % (i % 60, i * 7 % 60) + LINE for i in range(3000))
    _, tally, refusals = take_log(gzip.compress(body)[:-2000])
    assert tally.warnings == {"truncated-gzip": 1}
    assert [refusal.reason for refusal in refusals] == ["cut-line"]
    assert 0 < tally.stored < 3000


def test_endless_line_and_nothing_inside(take_log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than any record is refused unread, and a compressed file of nothing has no records."""
    good = b"2026-01-02T03:04:05Z host kernel: " + LINE
    monkeypatch.setattr(netfilter, "BLOCK_BYTES", 1 << 18)
    rows, tally, _ = take_log(good + b"x" * (3 << 20) + b"\n" + good)
    assert (tally.refused, [row["position"] for row in rows]) == ({"line-too-long": 1}, [1, 3])
    _, tally, _ = take_log(gzip.compress(b"".join(b"%d\n" % (i * i) for i in range(9999)))[:30])
    assert (tally.read, tally.warnings["truncated-gzip"]) == (0, 1)


def test_line_ends_of_dos_and_none(take_log: Any) -> None:
    """Lines end in either way, and the last need not end."""
    line = b"2026-01-02T03:04:05Z host kernel: " + LINE.strip()
    rows, tally, _ = take_log(line + b"\r\n" + line)
    assert (tally.stored, [row["position"] for row in rows]) == (2, [1, 2])


def test_warnings_of_local_times(take_log: Any) -> None:
    """Packets at times that the clock showed twice or never are counted, those with an offset are not."""
    stamps = (b"Oct 26 02:30:00", b"2025-10-26T02:30:00+02:00", b"Mar 29 02:30:00", b"Mar 29 03:30:00")
    content = b"".join(stamp + b" host kernel: " + LINE for stamp in stamps)
    rows, tally, _ = take_log(content + b"Mar 29 02:30:00 host other\n", "Europe/Berlin")
    assert tally.warnings == {"ambiguous-time": 1, "skipped-time": 1, "passed-over-line": 1}
    assert [row["time"].isoformat() for row in rows] == [
        "2025-10-26T00:30:00+00:00",
        "2025-10-26T00:30:00+00:00",
        "2026-03-29T01:00:00+00:00",
        "2026-03-29T01:30:00+00:00",
    ]


def test_blocks_change_nothing(tmp_path: Path, take_log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in many small blocks gives the rows that it gives in one, its years and hosts included."""
    start = datetime(2024, 12, 20)
    content = b""
    for i in range(400):
        when = start + timedelta(hours=31 * i)
        stamp = f"{when:%b} {when.day:2d} {when:%H:%M:%S} host{i % 3} kernel: ".encode()
        content += stamp + (LINE if i % 7 else LINE.replace(b"TTL=49", b"TTL=x")) + b"other\n" * (i % 2)
    whole = take_log(content, "Europe/Berlin")
    assert {row["time"].year for row in whole[0]} == {2024, 2025, 2026}
    monkeypatch.setattr(netfilter, "BLOCK_BYTES", 777)
    monkeypatch.setattr(netfilter, "_AT_ONCE", 2)
    assert len(list(read(tmp_path / "kern.log", Context(written_at=WRITTEN)))) > 50
    assert take_log(content, "Europe/Berlin") == whole


DRESSES = (
    "{when:%b} {day:2d} {when:%H:%M:%S} {host} kernel: [{up:12.6f}] DROP ",
    "{when:%b} {day} {when:%H:%M:%S} {host} kernel: ",
    "{when:%b} {when:%d} {when:%Y} {when:%H:%M:%S} {host} kernel: DROP",
    "<134>{when:%b} {day:2d} {when:%H:%M:%S} {host} ulogd[7]: DROP ",
    "kern.log.1:{when:%b} {day:2d} {when:%H:%M:%S} {host} kernel: DROP ",
    "{when:%Y-%m-%d}T{when:%H:%M:%S}+00:00 {host} kernel: [UFW BLOCK] ",
    "{when:%Y-%m-%d}T{when:%H:%M:%S}.000000+0000 {host} kernel: ",
    "<4>1 {when:%Y-%m-%d}T{when:%H:%M:%S}Z {host} kernel - - - [{up}] DROP ",
    "{unix} {host} kernel:[ {up}]  DSHIELDINPUT ",
    "{unix}.000000 {host} kernel: ",
)
"""How a line may begin, by what fills it."""

_FLAG_NAMES = ("AE", "CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN")
_SHORT, _LONG = st.integers(0, 65535), st.integers(0, (1 << 32) - 1)


@st.composite
def packets(draw: Any) -> tuple[str, dict[str, Any]]:
    """The fields of a LOG line, and the columns that they stand for."""
    version = draw(st.sampled_from((4, 6)))
    pair = [draw(st.ip_addresses(v=version)) for _ in range(2)]
    source, destination = (each.exploded for each in pair)
    length, ttl, tos, ip_id = draw(_SHORT), draw(st.integers(0, 255)), draw(st.integers(0, 255)), draw(_SHORT)
    df, more = draw(st.booleans()), draw(st.booleans())
    text = f"SRC={source} DST={destination} LEN={length} "
    columns: dict[str, Any] = {"ip_version": version, "ip_length": length, "ttl": ttl, "tos": tos}
    for name, each in zip(("source", "destination"), pair, strict=True):
        columns[f"{name}_high"], columns[f"{name}_low"] = address.halves(str(each))
    if version == 4:
        text += f"TOS=0x{tos & 0x1E:02X} PREC=0x{tos & 0xE1:02X} TTL={ttl} ID={ip_id} {'DF ' * df}{'MF ' * more}"
        columns |= {"ip_id": ip_id, "dont_fragment": df, "more_fragments": more}
    else:
        text += f"TC={tos} HOPLIMIT={ttl} FLOWLBL={draw(st.integers(0, 1 << 20))} "
    tail, more_columns = draw(st.one_of(tcp(), udp(), icmp(version), other()))
    return text + tail, columns | more_columns


@st.composite
def tcp(draw: Any) -> tuple[str, dict[str, Any]]:
    """The transport part of a TCP line and its columns."""
    source, port, window, flags = draw(_SHORT), draw(_SHORT), draw(_SHORT), draw(st.integers(0, 511))
    text = f"PROTO=TCP SPT={source} DPT={port} "
    columns = {"protocol": 6, "source_port": source, "port": port, "tcp_window": window, "tcp_flags": flags}
    if draw(st.booleans()):
        columns["tcp_sequence"], columns["tcp_acknowledgement"] = draw(_LONG), draw(_LONG)
        text += f"SEQ={columns['tcp_sequence']} ACK={columns['tcp_acknowledgement']} "
    names = [name for i, name in enumerate(_FLAG_NAMES) if flags >> 8 - i & 1]
    text += "".join(f"{word} " for word in (f"WINDOW={window}", "RES=0x00", *names, "URGP=0"))
    if draw(st.booleans()):
        mss, scale = draw(_SHORT), draw(st.integers(0, 255))
        text += f"OPT (0204{mss:04X}010101010303{scale:02X}00) "
        columns |= {"tcp_mss": mss, "tcp_window_scale": scale, "tcp_header_length": 32}
        columns["tcp_option_layout"] = options.layout("mss,nop,nop,nop,nop,ws,eol")
    return text, columns


@st.composite
def udp(draw: Any) -> tuple[str, dict[str, Any]]:
    """The transport part of a UDP line and its columns."""
    source, port, length = draw(_SHORT), draw(_SHORT), draw(_SHORT)
    columns = {"protocol": 17, "source_port": source, "port": port, "udp_length": length}
    return f"PROTO=UDP SPT={source} DPT={port} LEN={length} ", columns


@st.composite
def icmp(draw: Any, version: int) -> tuple[str, dict[str, Any]]:
    """The transport part of a line of an ICMP echo or error and its columns."""
    kind, code = draw(st.integers(0, 255)), draw(st.integers(0, 255))
    name, number = ("ICMP", 1) if version == 4 else ("ICMPv6", 58)
    text = f"PROTO={name} TYPE={kind} CODE={code} "
    columns: dict[str, Any] = {"protocol": number, "port": kind, "icmp_code": code}
    if draw(st.booleans()):
        return text + f"ID={draw(_SHORT)} SEQ={draw(_SHORT)} ", columns
    quoted, port = draw(st.ip_addresses(v=4)), draw(_SHORT)
    text += f"[SRC={quoted} DST=192.0.2.1 LEN=60 TOS=0x00 PREC=0x00 TTL=1 ID=2 PROTO=UDP SPT=53 DPT={port} LEN=9 ] "
    columns |= {"quoted_source_low": address.halves(str(quoted))[1], "quoted_port": port, "quoted_source_port": 53}
    return text, columns


@st.composite
def other(draw: Any) -> tuple[str, dict[str, Any]]:
    """The transport part of a line of another protocol and its columns."""
    number = draw(st.integers(0, 255))
    return f"PROTO={number} ", {"protocol": number, "port": -1}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120)
@given(
    items=st.lists(st.tuples(packets(), st.integers(0, 3 * 86_400), st.sampled_from(("a", "b.example"))), max_size=15),
    dress=st.sampled_from(DRESSES),
    start=st.datetimes(datetime(2025, 12, 1), datetime(2026, 5, 1)),
)
def test_packets_in_every_dress(
    take_log: Any, items: list[tuple[tuple[str, dict[str, Any]], int, str]], dress: str, start: datetime
) -> None:
    """What the kernel writes of any packets, in any dress, are those packets, at their times and from their hosts."""
    when, content, expected = start.replace(microsecond=0, tzinfo=UTC), "", []
    for (text, columns), gap, host in items:
        when += timedelta(seconds=gap)
        filled = dress.format(when=when, day=when.day, host=host, up=gap / 7, unix=int(when.timestamp()))
        content += f"{filled}IN=eth0 OUT= MAC=00:16:3e:5e:6c:00:00:16:3e:5e:6c:01:08:00 {text}\n"
        expected.append({**columns, "time": when, "sensor": host})
    rows, tally, refusals = take_log(content.encode() or b"\n")
    assert refusals == []
    assert tally.stored == len(expected)
    for row, columns in zip(rows, expected, strict=True):
        assert {name: row.get(name) for name in columns} == columns
        has_sequence = bool(row["capabilities"] & int(Capability.SEQUENCE))
        assert has_sequence == ("tcp_sequence" in columns)


_PIECES = st.sampled_from(
    [
        *(word + b" " for word in LINE.split()),
        *(b"OPT (0204", b"05B4) ", b"[", b"] ", b"PROTO=ICMP ", b"INCOMPLETE ", b"MF ", b"FRAG:", b"=", b" ", b"IN="),
        *(b"Jan  2 03:04:05 ", b"Feb 29 ", b"host ", b"kernel: ", b"1536000000", b"2026-01-02T03:04:05Z", b"<4>1 "),
        *(
            b"message repeated 2 times: [",
            b"TRUNCATED",
            b"ARP ",
            b"\x00",
            b"\xff",
            b"::",
            b"1",
            b"99999999999999999999",
        ),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(lines=st.lists(st.one_of(st.lists(_PIECES, max_size=25).map(b"".join), st.binary(max_size=80)), max_size=12))
def test_any_lines_reconcile(take_log: Any, lines: list[bytes]) -> None:
    """Whatever the lines are, each is a packet, a refusal or passed over, and good lines among them are taken."""
    good = b"2026-01-02T03:04:05Z host kernel: " + LINE
    # The first line is a good one, lest the file begins as a compressed one does.
    content = good + b"".join(line.replace(b"\n", b" ") + b"\n" + good for line in lines)
    rows, tally, refusals = take_log(content)
    assert tally.read + tally.warnings["passed-over-line"] == content.count(b"\n")
    assert {refusal.reason for refusal in refusals} <= set(REFUSALS)
    assert set(range(1, 2 * len(lines) + 2, 2)) <= {row["position"] for row in rows}


def take(path: Path, zone: str = "UTC") -> tuple[list[dict[str, Any]], Tally]:
    """All rows of a real log, and what became of its lines."""
    tally, rows = Tally(), []
    for work in read(path, Context(zone=ZoneInfo(zone), written_at=WRITTEN)):
        batch = work()
        tally.add(batch.tally)
        rows += batch.packets.table.select(
            ["time", "protocol", "port", "source_low", "tcp_flags", "tcp_mss"]
        ).to_pylist()
    return rows, tally


_FLAGS = {b"FIN": 1, b"SYN": 2, b"RST": 4, b"PSH": 8, b"ACK": 16, b"URG": 32}
_NUMBERS = {b"TCP": 6, b"UDP": 17, b"ICMP": 1, b"ICMPv6": 58, b"ESP": 50, b"AH": 51, b"UDPLITE": 136}


def test_real_logs_agree_with_a_regular_expression(shared: Path) -> None:
    """In 25 real logs each received packet is taken, with the protocol, port and flags that another reading finds."""
    files = sorted((shared / "series" / "netfilter").iterdir())
    assert len(files) == 25
    total = 0
    for path in files:
        rows, tally = take(path)
        lines = path.read_bytes().splitlines()
        received = [line for line in lines if not re.search(rb"IN= OUT=\w", line)]
        assert (tally.stored, tally.read) == (len(received), len(lines)), path.name
        assert tally.refused == +Counter({"outgoing-packet": len(lines) - len(received)})
        for row, line in zip(rows, received, strict=True):
            protocol = re.search(rb"PROTO=(\w+)", line)[1]  # type: ignore[index]
            assert row["protocol"] == (_NUMBERS.get(protocol) or int(protocol))
            port = re.search(rb"(?:DPT|TYPE)=(\d+)", line)
            assert row["port"] == (int(port[1]) if port else -1)
            flags = re.search(rb"RES=0x00 ([A-Z ]*)URGP", line)
            assert row["tcp_flags"] == (sum(_FLAGS[word] for word in flags[1].split()) if flags else None)
            assert row["tcp_mss"] == (1460 if b"OPT (020405B4)" in line else None)
        total += tally.stored
    assert total == 12_205


def test_real_times(shared: Path) -> None:
    """Times with an offset are theirs in any zone, and those without one are in the zone that is said."""
    folder = shared / "series" / "netfilter"
    for zone in ("UTC", "Asia/Tokyo"):
        assert (
            take(folder / "syslog_time_fmt1.log", zone)[0][0]["time"].isoformat() == "2015-03-07T03:09:30.045015+00:00"
        )
    assert take(folder / "ack_scan_1000_1150")[0][0]["time"].isoformat() == "2026-03-15T20:55:15+00:00"
    assert take(folder / "ack_scan_1000_1150", "Asia/Tokyo")[0][0]["time"].isoformat() == "2026-03-15T11:55:15+00:00"


@pytest.mark.parametrize("kind", enveloped.ALL)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_packets_are_the_same_in_any_envelope(take_log: Any, kind: str, packed: bool) -> None:
    """A line in the envelope of a journal, a container or a collector is the packet that it is in a syslog."""
    messages = [LINE.decode().rstrip("\n").replace("DPT=445", f"DPT={port}") for port in range(1, 500)]
    messages[7] = "eth0: link becomes ready"
    host = "tokyo-1 " if kind in enveloped.NAMED else ""
    text = "".join(f"{enveloped.TIME} {host}kernel: {message}\n" for message in messages).encode()
    content = enveloped.ALL[kind](messages)
    found = recognise(content)
    assert found is not None
    assert found.name == "netfilter"
    rows, tally, _ = take_log(gzip.compress(content) if packed else content)
    assert (rows, tally) == take_log(text)[:2]
    assert [row["position"] for row in rows] == [*range(1, 8), *range(9, 500)]
    assert tally.warnings == {"passed-over-line": 1}


def test_programs_in_a_journal_are_no_firewall(take_log: Any) -> None:
    """What a program writes may quote a stranger, whatever it calls itself; only the kernel and ulogd are believed."""
    line = "2026-01-01 00:00:00 host kernel: " + LINE.decode().rstrip("\n")
    lines = []
    for transport, name in (("kernel", "x"), ("syslog", "kernel"), ("stdout", "sshd"), ("syslog", "ulogd")):
        fields = {**enveloped.journal_fields(line), "_TRANSPORT": transport, "SYSLOG_IDENTIFIER": name, "_PID": "12"}
        lines.append(json.dumps(fields).encode() + b"\n")
    rows, tally, _ = take_log(b"".join(lines))
    assert [row["position"] for row in rows] == [1, 4]
    assert {row["time"].year for row in rows} == {2026}
    assert {row["time"].day for row in rows} == {2}
    assert tally.warnings == {"passed-over-line": 2}


def test_cut_journal(take_log: Any) -> None:
    """A line or an entry that the file breaks off in has no time, and is refused as such."""
    for wrap in (enveloped.journal_json, enveloped.journal_export, enveloped.docker):
        content = wrap([LINE.decode().rstrip("\n")] * 3)
        rows, tally, _ = take_log(content[:-25])
        assert (len(rows), tally.refused) == (2, {"no-wall-time": 1})
