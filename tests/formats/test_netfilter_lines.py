"""
Which lines of a log are netfilter LOG lines, and who wrote them.
"""

from typing import Any

import pytest

FIELDS = (
    b"MAC=00:16:3e:5e:6c:00:00:16:3e:5e:6c:01:08:00 SRC=198.51.100.7 DST=192.0.2.17 LEN=40 TOS=0x00 PREC=0x00 TTL=49 "
    b"ID=54321 PROTO=TCP SPT=40000 DPT=445 WINDOW=1024 RES=0x00 SYN URGP=0 "
)
LINE = b"IN=eth0 OUT= " + FIELDS


@pytest.mark.parametrize(
    "prefix",
    [
        b"",
        b"DSHIELDINPUT ",
        b"DROP: ",
        b"Shorewall:net2fw:DROP:",
        b"[UFW BLOCK] ",
        b"[ 123.456789] DROP ",
        b"[123.456789][    C0] [UFW BLOCK] ",
        b"[  449.059606] x=1, PIN= CHAIN=INPUT ",
        b"SPIN",
    ],
    ids=bytes.decode,
)
def test_any_prefix(take_log: Any, prefix: bytes) -> None:
    """What stands before IN= is the operator's, with or without a blank behind it."""
    rows, tally, _ = take_log(b"Jan  2 03:04:05 host kernel: " + prefix + LINE + b"\n")
    assert tally.as_dict() == {"read": 1, "stored": 1, "refused": {}, "warnings": {}}
    assert (rows[0]["port"], rows[0]["sensor"], rows[0]["tcp_flags"]) == (445, "host", 2)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Jan  2 03:04:05 host systemd[1]: Started Session 1 of user root.",
        b"Jan  2 03:04:05 host kernel: [    0.000000] Linux version 6.1.0",
        b"Jan  2 03:04:05 host app: bytes IN=5 OUT=6 SEQ=7",
        b"Jan  2 03:04:05 host app: JOIN=left",
        b"Jan  2 03:04:05 host kernel: IN=eth0",
        b"IN=",
        b"x IN= OUT=",
        b"Jan  2 03:04:05 host last message repeated 3 times",
        b"Jan  2 03:04:05 host sshd[123]: Invalid user " + LINE,
        b"2026-01-02T03:04:05Z host sshd[1]: " + LINE,
        b"<38>1 2026-01-02T03:04:05Z host sshd 123 - - Invalid user " + LINE,
        b"Jan  2 03:04:05 host authpriv.info dropbear[123]: Bad password attempt for " + LINE,
        b"Fri Jan  2 03:04:05 2026 authpriv.info dropbear[123]: Bad password attempt for " + LINE,
    ],
    ids=range(14),
)
def test_other_lines_are_no_records(take_log: Any, line: bytes) -> None:
    """Lines of other programs are neither stored nor refused but counted, also where they quote a LOG line."""
    rows, tally, _ = take_log(line + b"\nJan  2 03:04:05 host kernel: " + LINE + b"\n")
    assert tally.as_dict() == {"read": 1, "stored": 1, "refused": {}, "warnings": {"passed-over-line": 1}}
    assert rows[0]["position"] == 2


@pytest.mark.parametrize(
    "start",
    [
        b"Jan  2 03:04:05 host ulogd[99]: ",
        b"Jan  2 03:04:05 host ulogd2[99]: ",
        b"Jan  2 03:04:05 host kernel[1]: ",
        b"Jan  2 03:04:05 host kernel:[   12.345678] ",
        b"Jan  2 03:04:05 host kern.warn kernel: [   12.345678] ",
        b"Jan  2 03:04:05 host local7.info ulogd[99]: ",
        b"Jan  2 03:04:05 host DROP ",
        b"Jan  2 03:04:05 host ",
        b"<4>1 2026-01-02T03:04:05Z host kernel - - - ",
        b"<4>1 2026-01-02T03:04:05Z host ulogd 99 - - ",
        b'<4>1 2026-01-02T03:04:05Z host kernel - - [meta IN="x" seq="1"] ',
    ],
    ids=bytes.decode,
)
def test_the_tags_of_the_kernel_and_ulogd(take_log: Any, start: bytes) -> None:
    """The kernel and ulogd are believed, with the number of a process or without, and the host is the sensor."""
    rows, tally, _ = take_log(start + LINE + b"\n")
    assert (tally.stored, rows[0]["sensor"]) == (1, "host")


@pytest.mark.parametrize(
    "start",
    [
        b"Jan  2 03:04:05 kernel: DROP ",
        b"Jan  2 03:04:05 localhost kernel: ",
        b"Jan  2 03:04:05 ",
        b"[Fri Jan  2 03:04:05 2026] DROP ",
        b"Fri Jan  2 03:04:05 2026 kern.warn kernel: [   12.345678] REJECT wan in: ",
        b"2026-01-02T03:04:05,678901+09:00 DROP ",
        b"<4>1 2026-01-02T03:04:05Z - kernel - - - ",
    ],
    ids=bytes.decode,
)
def test_lines_without_a_host(take_log: Any, start: bytes) -> None:
    """Where no host is named, or one that names none, the sensor is left open."""
    rows, tally, _ = take_log(start + LINE + b"\n")
    assert tally.stored == 1
    assert "sensor" not in rows[0]


def test_hosts_of_many_lines(take_log: Any) -> None:
    """Each line has its own host, however they take turns."""
    hosts = [b"a", b"a", b"bb", b"a", b"localhost", b"bb", b"\xe6\x9d\xb1\xe4\xba\xac", b"\xff"]
    rows, _, _ = take_log(b"".join(b"Jan  2 03:04:05 " + host + b" kernel: " + LINE + b"\n" for host in hosts))
    assert [row.get("sensor") for row in rows] == ["a", "a", "bb", "a", None, "bb", "東京", "\ufffd"]


def test_out_may_be_missing(take_log: Any) -> None:
    """A line from which somebody took OUT= is known by its addresses."""
    rows, tally, _ = take_log(b"Jan  2 03:04:05 host kernel: DROP IN=eth0 PHYSIN=eth1 " + FIELDS + b"\n")
    assert tally.stored == 1
    assert rows[0]["port"] == 445


def test_repeated_messages(take_log: Any) -> None:
    """A line that syslog folded stands for as many packets as it says."""
    repeated = b"Jan  2 03:04:05 host kernel: message repeated 3 times: [ DROP " + LINE + b"]\n"
    rows, tally, _ = take_log(repeated + repeated.replace(b"3 times", b"some times"))
    assert tally.stored == 2
    assert [row.get("packets") for row in rows] == [3, None]
