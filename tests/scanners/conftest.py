"""
Two network namespaces with a dark network between them: real scanners in one, a capture in the other, and no way out.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DARK = "198.18.0.0/24"
"""Addresses for benchmarks (RFC 2544): routed into the second namespace and answered by nobody there."""

MARKED, MARK = "198.18.1.1", b"the end of a scan"
_SEND_MARK = f"import socket; socket.socket(type=socket.SOCK_DGRAM).sendto({MARK!r}, ({MARKED!r}, 9))"

ME, GATEWAY = "203.0.113.10", "203.0.113.1"
MY_MAC, GATEWAY_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
PROGRAMS = ("ip", "tcpdump", "masscan", "zmap", "nmap", "hping3")


@dataclass
class Lab:
    """
    The namespaces.

    Attributes:
        folder: where captures are written.
        scanner, sensor: their names.
        said: what each scan printed.
    """

    folder: Path
    scanner: str
    sensor: str
    said: dict[str, str] = field(default_factory=dict)

    def capture(self, name: str, *command: str) -> Path:
        """Run a command beside the scanners and give the capture of what it sent to the dark network."""
        path = self.folder / f"{name}.pcap"
        wanted = f"dst net {DARK} or dst host {MARKED}"
        dump = ["tcpdump", "-i", "eth0", "-n", "-U", "-s", "512", "-B", "16384", "-w", str(path), wanted]
        listening = subprocess.Popen(["ip", "netns", "exec", self.sensor, *dump], stderr=subprocess.PIPE, text=True)
        assert listening.stderr is not None
        try:
            while "listening on" not in (line := listening.stderr.readline()):
                assert line, "tcpdump ended"
            words = (word.replace("{folder}", str(self.folder)) for word in command)
            inside = ["ip", "netns", "exec", self.scanner, *words]
            done = subprocess.run(inside, capture_output=True, text=True, timeout=60, check=False)
            self.said[name] = done.stdout + done.stderr
            mark = ["ip", "netns", "exec", self.scanner, sys.executable, "-c", _SEND_MARK]
            subprocess.run(mark, check=True, timeout=20)
            # What was sent before the mark is in the file when the mark is; a minute is far more than it takes.
            until = time.monotonic() + 60
            while MARK not in path.read_bytes() and time.monotonic() < until:
                os.sched_yield()
        finally:
            listening.send_signal(signal.SIGINT)
            tail = listening.stderr.read()
            listening.stderr.close()
            listening.wait(timeout=20)
        dropped = re.search(r"(\d+) packets dropped by kernel", tail)
        assert dropped is not None, tail
        assert dropped.group(1) == "0", tail
        return path


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The namespaces, made for this run and removed after it; skips where they cannot be made."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("only root can make network namespaces")
    made = Lab(tmp_path_factory.mktemp("lab"), f"isdas-a{os.getpid()}", f"isdas-b{os.getpid()}")
    (made.folder / "allowed").write_text(f"{DARK}\n")
    (made.folder / "blocked").touch()
    try:
        _build(made)
    except subprocess.CalledProcessError as error:
        _remove(made)
        pytest.skip(f"no network namespaces here: {error.stderr.strip()}")
    yield made
    _remove(made)


def _build(lab: Lab) -> None:
    ends = [(lab.scanner, MY_MAC, ME), (lab.sensor, GATEWAY_MAC, GATEWAY)]
    pair = [f"ia{os.getpid()}", f"ib{os.getpid()}"]
    for name, _, _ in ends:
        _run("ip", "netns", "add", name)
    _run("ip", "link", "add", pair[0], "type", "veth", "peer", "name", pair[1])
    for (name, mac, address), link in zip(ends, pair, strict=True):
        _run("ip", "link", "set", link, "netns", name, "name", "eth0")
        _run("ip", "-n", name, "link", "set", "lo", "up")
        _run("ip", "-n", name, "link", "set", "eth0", "address", mac, "up")
        _run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
    _run("ip", "-n", lab.scanner, "neigh", "add", GATEWAY, "lladdr", GATEWAY_MAC, "dev", "eth0", "nud", "permanent")
    _run("ip", "-n", lab.scanner, "route", "add", "default", "via", GATEWAY)
    # Packets to the dark network are not the second namespace's own and are not passed on: they end there.
    _run("ip", "netns", "exec", lab.sensor, "sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward")


def _remove(lab: Lab) -> None:
    for name in (lab.scanner, lab.sensor):
        with suppress(subprocess.CalledProcessError):
            _run("ip", "netns", "del", name)
