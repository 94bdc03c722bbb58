"""
Real scanners through the whole chain: every packet they send is stored, under the right kind and the right tool.

What it measures stands in docs/explanation/proof.md.
"""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from isdas.enrich.config import Config
from isdas.hub.intake import ingest
from isdas.hub.monitored import REASON as NOT_MONITORED
from isdas.hub.monitored import Monitored
from isdas.lake.lake import Lake

DARK, SMALL, ONE = "198.18.0.0/24", "198.18.0.0/28", "198.18.0.5"
ZMAP = (
    "zmap",
    "-b",
    "/dev/null",
    "-i",
    "eth0",
    "-G",
    "02:00:00:00:00:02",
    "-S",
    "203.0.113.10",
    "-r",
    "2000",
    "-c",
    "1",
    "-o",
    "/dev/null",
)
MASSCAN = ("masscan", DARK, "--rate", "3000", "--wait", "0", "--adapter", "eth0", "--adapter-ip", "203.0.113.10",
           "--adapter-mac", "02:00:00:00:00:01", "--router-mac", "02:00:00:00:00:02")  # fmt: skip
NMAP = ("nmap", "-n", "-Pn", "--max-retries", "0", "--host-timeout", "10s", "--min-rate", "500")
CONNECTING = (
    "import socket\n"
    "held = [socket.socket() for _ in range(50)]\n"
    "for i, each in enumerate(held):\n"
    "    each.setblocking(False)\n"
    "    each.connect_ex((f'198.18.0.{i + 1}', 443))\n"
)

SCANS: dict[str, tuple[tuple[str, ...], int, str, str]] = {
    "zmap-syn": ((*ZMAP, "-p", "23", DARK), 256, "scan", "zmap"),
    "zmap-echo": ((*ZMAP, "-M", "icmp_echoscan", DARK), 256, "scan", "zmap"),
    "masscan": ((*MASSCAN, "-p", "80,445,8080"), 768, "scan", "masscan"),
    "nmap-syn": ((*NMAP, "-sS", "-p", "22,3389", SMALL), 32, "scan", "nmap-like"),
    "nmap-fin": ((*NMAP, "-sF", "-p", "22", SMALL), 16, "scan", ""),
    "nmap-null": ((*NMAP, "-sN", "-p", "22", SMALL), 16, "scan", ""),
    "nmap-xmas": ((*NMAP, "-sX", "-p", "22", SMALL), 16, "scan", ""),
    "nmap-udp": ((*NMAP, "-sU", "-p", "53413", SMALL), 16, "scan", ""),
    "hping-syn": (("hping3", "-S", "-p", "81", "-c", "20", "-i", "u2000", ONE), 20, "scan", "hping-like"),
    "hping-syn-ack": (("hping3", "-S", "-A", "-p", "81", "-c", "20", "-i", "u2000", ONE), 20, "backscatter", ""),
    "hping-rst": (("hping3", "-R", "-p", "81", "-c", "20", "-i", "u2000", ONE), 20, "backscatter", ""),
    "linux-connect": ((sys.executable, "-c", CONNECTING), 50, "scan", ""),
}
"""Name, command, packets that it sends, and the kind and tool that all of them are."""


@pytest.fixture(scope="session")
def labelled(lab: object, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Counter[tuple[str, str]]]:
    """The packets of a scan by kind and tool, as the tables have them after the whole chain."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    captures = [lab.capture(name, *command) for name, (command, *_) in SCANS.items()]  # type: ignore[attr-defined]
    summary = ingest(captures, lake, Config(), monitored=Monitored.parse([DARK]))
    assert not summary.refused
    # The mark at the end of each scan went to another address.
    assert summary.records.refused == {NOT_MONITORED: len(SCANS)}
    found = lake.ask("SELECT sensor, kind, tool, count(*) AS n FROM packets GROUP BY sensor, kind, tool", "packets")
    rows = found.to_pylist()
    return lambda name: Counter({(r["kind"], r["tool"] or ""): r["n"] for r in rows if r["sensor"] == name})


@pytest.mark.parametrize("name", SCANS)
def test_every_packet_is_stored_under_its_kind_and_tool(
    labelled: Callable[[str], Counter[tuple[str, str]]], lab: object, name: str
) -> None:
    """As many packets as the scanner sends are stored, of the kind they are, with the tool's mark or none."""
    _, sent, kind, tool = SCANS[name]
    assert labelled(name) == {(kind, tool): sent}, lab.said[name]  # type: ignore[attr-defined]


def test_scanners_say_the_same_numbers(labelled: object, lab: object) -> None:
    """What zmap and hping3 print of their packets is what was stored."""
    said = lab.said  # type: ignore[attr-defined]
    assert "send: 256 done" in said["zmap-syn"]
    assert re.search(r"^20 packets transmitted", said["hping-syn"], re.MULTILINE)


def test_the_lab_is_not_left_behind(lab: object, tmp_path: Path) -> None:
    """Nothing of the scans leaves the namespaces: the interface between them exists in them only."""
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    assert lab.scanner not in links  # type: ignore[attr-defined]
    assert "198.18.0." not in subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout
