"""
Real scanners against a real sensor: what they say they sent arrives, is taken in, and bears the right labels.
"""

import shutil
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import dpkt
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import lab

from isdas.capture.file import open_capture
from isdas.decode.packets import decode
from isdas.enrich.confirm import confirmed
from isdas.lake.lake import Lake
from isdas.model.packets import Packets

RUNS = {run.name: run for run in lab.RUNS}

BY_CHANCE = 2
"""How many packets of a run may fit a fingerprint of 16 bits by chance; of 800 more do so once in 3,000,000 runs."""


def counted(proof: Any, name: str) -> Counter[tuple[str, str | None]]:
    """Kinds and tools of the packets of a run; skips if its program is not there."""
    if name not in proof.results:
        pytest.skip(f"{RUNS[name].program} is not installed")
    return proof.labels[name]


def packets_of(proof: Any, name: str) -> Packets:
    """The packets of a run."""
    counted(proof, name)
    with open_capture(proof.captures / f"{name}.pcap") as capture:
        return Packets.concat(decode(frames)[0] for frames in capture.frames())


@pytest.mark.parametrize("name", RUNS)
def test_all_that_was_sent_is_taken_in(proof: Any, name: str) -> None:
    """Asked for, reported by the program, captured by tcpdump and stored in the lake are one number."""
    stored = counted(proof, name).total()
    result = proof.results[name]
    assert result.dropped == 0
    assert {result.captured, stored} == {stored}
    assert RUNS[name].sends in (None, stored)
    assert result.reported in (None, stored)


@pytest.mark.parametrize("name", RUNS)
def test_packets_bear_the_tool_that_sent_them(proof: Any, name: str) -> None:
    """All packets of a tool with a fingerprint are called by its name, and those of others by none."""
    seen = counted(proof, name)
    right = sum(n for (_, tool), n in seen.items() if tool == RUNS[name].tool)
    assert seen.total() - right <= BY_CHANCE, seen


@pytest.mark.parametrize("name", [name for name, run in RUNS.items() if run.kind])
def test_packets_have_the_kind_of_what_was_done(proof: Any, name: str) -> None:
    """Scans are scans with any flags but ACK, answers backscatter, and a pure ACK neither."""
    assert {kind for kind, _ in counted(proof, name)} == {RUNS[name].kind}


def test_forged_sources_are_spoofed_where_that_is_plain(proof: Any) -> None:
    """Of sources drawn from all addresses exactly those that cannot be sources are called spoofed."""
    seen = counted(proof, "hping-syn-forged")
    impossible = 0
    with (proof.captures / "hping-syn-forged.pcap").open("rb") as stream:
        for _, data in dpkt.pcap.Reader(stream):
            top = dpkt.ethernet.Ethernet(data).data.src[0]
            impossible += top in (0, 127) or top >= 224
    assert sum(n for (kind, _), n in seen.items() if kind == "spoofed") == impossible
    assert {kind for kind, _ in seen} <= {"spoofed", "scan"}


def test_no_tool_is_claimed_for_innocents(proof: Any) -> None:
    """Connections, datagrams and pings of Linux bear no tool but by chance of 16 bits."""
    innocent = [proof.labels[name] for name in RUNS if name.startswith("linux-")]
    assert sum(seen.total() for seen in innocent) == 900
    assert sum(n for seen in innocent for (_, tool), n in seen.items() if tool) <= BY_CHANCE


def test_tools_are_precise_and_complete(proof: Any) -> None:
    """Over all that was sent at least 99 % of what bears a tool is of it, and of what it sent bears it."""
    scores = lab.by_tool(proof.labels)
    assert scores
    for tool, score in scores.items():
        assert score["precision"] >= 0.99, tool
        assert score["recall"] >= 0.99, tool


@pytest.mark.parametrize(
    ("name", "tool", "sources"),
    [
        ("masscan-syn", "masscan", 1),
        ("masscan-syn-sources", "masscan", 4),
        ("zmap-syn", "zmap", 1),
        ("zmap-syn-sources", "zmap", 4),
        ("nmap-syn", "nmap", 1),
        ("nmap-decoys", "nmap", 3),
        ("nmap-data", "nmap", 1),
        ("nmap-ttl", "", 0),
        ("masscan-syn-ttl", "masscan", 1),
        ("hping-syn", "hping-like", 1),
        ("mirai", "mirai-like", 1),
        ("linux-connect", "", 0),
        ("nmap-fin", "", 0),
    ],
)
def test_sources_confirm_their_tool(proof: Any, name: str, tool: str, sources: int) -> None:
    """All SYNs of a source together name its tool, and nmap itself where one packet only has nmap's shape."""
    named = confirmed(packets_of(proof, name)).by_address()
    assert len(named) == sources
    assert set(named.values()) <= {tool}


def test_columns_are_those_of_another_reader(proof: Any) -> None:
    """What is taken in of every packet of every run is what dpkt reads in it."""
    for name in proof.results:
        rows = packets_of(proof, name).table.to_pylist()
        with (proof.captures / f"{name}.pcap").open("rb") as stream:
            read = [dpkt.ethernet.Ethernet(data).data for _, data in dpkt.pcap.Reader(stream)]
        assert len(rows) == len(read)
        for row, ip in zip(rows, read, strict=True):
            assert (row["ttl"], row["ip_id"], row["protocol"], row["tos"]) == (ip.ttl, ip.id, ip.p, ip.tos)
            assert row["destination_low"] & 0xFFFFFFFF == int.from_bytes(ip.dst, "big")
            assert row["source_low"] & 0xFFFFFFFF == int.from_bytes(ip.src, "big")
            if ip.p == socket.IPPROTO_TCP:
                tcp = ip.data
                assert (row["port"], row["source_port"], row["tcp_flags"]) == (tcp.dport, tcp.sport, tcp.flags)
                assert (row["tcp_sequence"], row["tcp_window"]) == (tcp.seq, tcp.win)
            if ip.p == socket.IPPROTO_UDP:
                assert (row["port"], row["payload_length"]) == (ip.data.dport, len(ip.data.data))


def test_all_files_are_taken_in_whole(proof: Any) -> None:
    """No packet is refused, nothing is warned of, and each capture is the sensor of its name."""
    assert proof.report["files"]["taken"] == len(proof.results)
    assert proof.report["read"] == proof.report["stored"] == sum(r.captured for r in proof.results.values())
    assert proof.report["refused"] == {}
    assert proof.labels.keys() == proof.results.keys()
    assert all(intake.read == intake.stored for intake in Lake(proof.data).admitted())


def test_laboratories_leave_nothing_behind() -> None:
    """Namespaces are gone after a failure within them, and no address leads out of them before."""
    if reason := lab.missing():
        pytest.skip(reason)
    names: list[str] = []

    def fail() -> None:
        with lab.lab() as made:
            names.extend([made.scanner, made.sensor])
            for name in names:
                routes = subprocess.run(["ip", "-n", name, "route"], capture_output=True, text=True, check=True).stdout
                assert routes
                assert "default" not in routes
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert not any(name in left for name in names)


def test_what_is_left_of_the_dead_is_removed() -> None:
    """Namespaces of a process that was killed are removed by the next."""
    if reason := lab.missing():
        pytest.skip(reason)
    dead = subprocess.Popen([shutil.which("true") or "true"])
    dead.wait()
    name = f"isdas-lab-{dead.pid}-0-scanner"
    subprocess.run(["ip", "netns", "add", name], check=True)
    lab.sweep()
    assert name not in subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
