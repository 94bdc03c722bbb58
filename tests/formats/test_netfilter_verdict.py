"""
Which netfilter LOG lines make a packet, and why the others do not.
"""

from typing import Any

import pytest

STAMP = b"Jan  2 03:04:05 host kernel: [ 12.345678] "
LINK = b"IN=eth0 OUT= MAC=00:16:3e:5e:6c:00:00:16:3e:5e:6c:01:08:00 "
NETWORK = b"SRC=198.51.100.7 DST=192.0.2.17 LEN=44 TOS=0x00 PREC=0x00 TTL=49 ID=54321 "
TCP = b"PROTO=TCP SPT=40000 DPT=445 WINDOW=1024 RES=0x00 SYN URGP=0 "
LINE = LINK + NETWORK + TCP


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (STAMP + LINE.replace(b"IN=eth0 OUT=", b"IN= OUT=eth0"), "outgoing-packet"),
        (STAMP + b"IN=eth0 OUT= ARP HTYPE=1 PTYPE=0x0800 OPCODE=1 MACSRC=00:16:3e:5e:6c:00 IPSRC=192.0.2.1", "not-ip"),
        (STAMP + LINK + b"SRC=192.0.2.1 DST=192.0.2.2 PROTO=ARP REQUEST ", "not-ip"),
        (STAMP + LINE + b"<4>[ 12.4] " + LINE, "glued-lines"),
        (STAMP + LINK + b"SRC=198.51.100.7 DST=19" + LINE, "glued-lines"),
        (STAMP + LINK + NETWORK + NETWORK + TCP, "glued-lines"),
        (STAMP + LINE + b"LEN=44 TTL=7 ID=5 PROTO=TCP", "glued-lines"),
        (b"[12345.678901] " + LINE, "no-wall-time"),
        (b"<4>[12345.678901] " + LINE, "no-wall-time"),
        (b"<4>1 - host kernel - - - " + LINE, "no-wall-time"),
        (LINE, "no-wall-time"),
        (b"kernel: " + LINE, "no-wall-time"),
        (b"Feb 30 03:04:05 host kernel: " + LINE, "bad-time"),
        (b"1536000000123 host kernel: " + LINE, "bad-time"),
        (b"1969-12-31T23:59:59Z host kernel: " + LINE, "bad-time"),
        (b"2200-01-01T00:00:00Z host kernel: " + LINE, "bad-time"),
        (b"9999-12-31T23:59:59-23:00 host kernel: " + LINE, "bad-time"),
        (b"0000-01-01T00:00:00 host kernel: " + LINE, "bad-time"),
        (STAMP + LINK + b"TRUNCATED", "truncated-packet"),
        (STAMP + LINK + NETWORK + b"OPT TRUNCATED", "truncated-packet"),
        (STAMP + LINK + NETWORK.replace(b"198.51.100.7", b"198.51.100.256") + TCP, "bad-source"),
        (STAMP + LINK + NETWORK.replace(b"198.51.100.7", b"198.51.100") + TCP, "bad-source"),
        (STAMP + LINK + NETWORK.replace(b"SRC=198.51.100.7 ", b"") + TCP, "bad-source"),
        (STAMP + LINK + NETWORK.replace(b"DST=192.0.2.17", b"DST=x") + TCP, "bad-destination"),
        (STAMP + LINK + NETWORK.replace(b"DST=192.0.2.17 ", b"") + TCP, "bad-destination"),
        (STAMP + LINK + NETWORK.replace(b"DST=192.0.2.17", b"DST=2001:db8::1") + TCP, "bad-destination"),
        (STAMP + LINK + NETWORK, "bad-protocol"),
        (STAMP + LINK + NETWORK + b"PROTO=256 ", "bad-protocol"),
        (STAMP + LINK + NETWORK + b"PROTO=TPC SPT=1 DPT=2 ", "bad-protocol"),
        (STAMP + LINK + NETWORK + b"PROTO=", "bad-protocol"),
        (STAMP + LINK + NETWORK + b"PROTO=TCP ", "bad-source-port"),
        (STAMP + LINK + NETWORK + b"PROTO=TCP SPT=65536 DPT=2 ", "bad-source-port"),
        (STAMP + LINK + NETWORK + b"PROTO=UDP SPT=1 ", "bad-port"),
        (STAMP + LINK + NETWORK + b"PROTO=UDP SPT=1 DPT=-2 LEN=8", "bad-port"),
        (STAMP + LINK + NETWORK + b"PROTO=UDP SPT=1 DPT= LEN=8", "bad-port"),
        (STAMP + LINK + NETWORK + b"PROTO=UDP SPT=1 DPT=0x10 LEN=8", "bad-port"),
        (STAMP + LINK + NETWORK + b"PROTO=ICMP ", "bad-icmp-type"),
        (STAMP + LINK + NETWORK + b"PROTO=ICMP TYPE=256 CODE=0 ", "bad-icmp-type"),
        (STAMP + LINK + NETWORK + b"PROTO=ICMP TYPE=8 CODE=256 ", "bad-field"),
        (STAMP + LINK + NETWORK.replace(b"TTL=49", b"TTL=256") + TCP, "bad-field"),
        (STAMP + LINK + NETWORK.replace(b"LEN=44", b"LEN=99999999999999999999") + TCP, "bad-field"),
        (STAMP + LINK + NETWORK.replace(b"ID=54321", b"ID=1e3") + TCP, "bad-field"),
        (STAMP + LINK + NETWORK + TCP.replace(b"WINDOW=1024", b"WINDOW=65536"), "bad-field"),
        (STAMP + LINK + NETWORK + TCP.replace(b"WINDOW", b"SEQ=4294967296 ACK=0 WINDOW"), "bad-field"),
        (STAMP + LINE[: LINE.index(b"SYN")], "cut-record"),
        (STAMP + LINE[: LINE.index(b"WINDOW")], "cut-record"),
        (STAMP + LINK + NETWORK + b"PROTO=UDP SPT=1 DPT=2 ", "cut-record"),
        (STAMP + LINK + NETWORK + b"PROTO=ICMP TYPE=8 ", "cut-record"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(take_log: Any, line: bytes, reason: str) -> None:
    """A LOG line that makes no packet is refused for what is wrong with it, and the lines around it are taken."""
    rows, tally, refusals = take_log(STAMP + LINE + b"\n" + line + b"\n" + STAMP + LINE + b"\n")
    assert tally.refused == {reason: 1}
    assert [(refusal.line_number, refusal.text) for refusal in refusals] == [(2, line.decode())]
    assert [row["position"] for row in rows] == [1, 3]


def test_received_packets(take_log: Any) -> None:
    """A packet that came in is one, whether it was forwarded, is from nowhere, or was bridged."""
    links = (
        b"IN=eth0 OUT=eth1 ",
        b"IN=eth0 OUT= ",
        b"IN= OUT= ",
        b"IN=lo OUT= ",
        b"IN=br0 OUT=br0 PHYSIN=a PHYSOUT=b ",
    )
    rows, tally, _ = take_log(b"".join(STAMP + link + NETWORK + TCP + b"\n" for link in links))
    assert (tally.stored, tally.refused.total()) == (len(links), 0)
    assert {row["port"] for row in rows} == {445}


def test_every_cut_of_a_line(take_log: Any) -> None:
    """However a line with all flags is cut, it is refused, or it is the packet with at most its options missing."""
    whole = STAMP + LINE.replace(b"WINDOW", b"SEQ=5 ACK=6 WINDOW").replace(b"SYN", b"ACK SYN") + b"OPT (020405B4) "
    for cut in range(len(STAMP), len(whole)):
        rows, tally, _ = take_log(whole[:cut] + b"\n")
        assert tally.read + tally.warnings["passed-over-line"] == 1
        for row in rows:
            assert (row["port"], row["tcp_flags"], row["tcp_sequence"], row["tcp_window"]) == (445, 18, 5, 1024)
