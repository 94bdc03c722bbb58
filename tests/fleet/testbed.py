"""
A test-bed of network namespaces: a scanner, a router, three sensors and a hub, with a cable from the router to each.

Nothing in it has a route to anywhere else, and all addresses are those set aside for tests (RFC 2544, RFC 5737). The
first sensor has one address, the second three, and to the third a whole prefix is routed that answers nothing.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from namespaces import named, namespaces

PREFIX = "isdas-bed"
HUB = "203.0.113.10"
HUB_PORT = 8446
SCANNER = "198.51.100.1"
SOURCES = tuple(f"198.51.100.{i}" for i in range(1, 30))
TIMEOUT = 90
_ROUTER_MAC = "02:00:00:00:00:fe"


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a sensor stands.

    Attributes:
        name: of the sensor.
        line: its own addresses, the first is that of its line.
        gateway: the router's address there.
        monitored: what it watches.
        size: prefix length of the line.
    """

    name: str
    line: tuple[str, ...]
    gateway: str
    monitored: tuple[str, ...]
    size: int = 24

    @property
    def addresses(self) -> list[str]:
        """Every monitored address."""
        return [str(address) for network in self.monitored for address in ip_network(network)]


_THREE = ("198.18.2.10", "198.18.2.11", "198.18.2.12")
PLACES = (
    Place("tokyo-1", ("198.18.1.10",), "198.18.1.1", ("198.18.1.10/32",)),
    Place("osaka-2", _THREE, "198.18.2.1", tuple(f"{address}/32" for address in _THREE)),
    Place("seoul-3", ("198.18.3.2",), "198.18.3.1", ("198.18.4.0/26",), 30),
)


class Running:
    """
    A process that runs until it is told to end, and what it has said.

    Attributes:
        process: the process.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        """Start it."""
        self._said: list[str] = []
        self._new = threading.Condition()
        self.process = subprocess.Popen(
            command,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._new:
                self._said.append(line)
                self._new.notify_all()
        with self._new:
            self._said.append("")
            self._new.notify_all()

    @property
    def said(self) -> str:
        """All that it has said."""
        return "".join(self._said)

    def says(self, pattern: str) -> None:
        """Wait until it has said something."""
        with self._new:
            self._new.wait_for(lambda: re.search(pattern, self.said) or (self._said and not self._said[-1]), TIMEOUT)
        if not re.search(pattern, self.said):
            raise RuntimeError(f"it did not say {pattern!r} but: {self.said}")

    def end(self, signal: int = 15) -> int:
        """Ask it to end and wait until it has; its status."""
        self.process.send_signal(signal)
        status = self.process.wait(TIMEOUT)
        self._listener.join(TIMEOUT)
        assert self.process.stdout
        self.process.stdout.close()
        return status


@dataclass(slots=True)
class Testbed:
    """
    The namespaces, and what runs in them.

    Attributes:
        spaces: what a place is called in the test to the namespace's name.
        folder: where its programs keep what they need.
    """

    __test__ = False

    spaces: dict[str, str]
    folder: Path
    _running: list[Running] = field(default_factory=list)

    def command(self, where: str, *arguments: str) -> list[str]:
        """The command line of a program somewhere."""
        return ["ip", "netns", "exec", self.spaces[where], *arguments]

    def run(self, where: str, *arguments: str, check: bool = True) -> str:
        """Run a program somewhere until it ends; what it said."""
        done = subprocess.run(
            self.command(where, *arguments),
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=TIMEOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def isdas(self, where: str, *arguments: str, settings: dict[str, str] | None = None, check: bool = True) -> str:
        """Run the command somewhere until it ends; what it printed as data."""
        done = subprocess.run(
            self.command(where, sys.executable, "-m", "isdas", *arguments),
            capture_output=True,
            text=True,
            env={**os.environ, **(settings or {})},
            timeout=TIMEOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"isdas {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self, where: str, *arguments: str, settings: dict[str, str] | None = None) -> Running:
        """Start the command somewhere."""
        command = self.command(where, sys.executable, "-m", "isdas", *arguments)
        self._running.append(Running(command, {**os.environ, **(settings or {})}))
        return self._running[-1]

    def close(self) -> None:
        """Stop what runs."""
        for running in self._running:
            running.end(9)


@contextlib.contextmanager
def testbed(folder: Path) -> Iterator[Testbed]:
    """The test-bed, gone again afterwards whatever happens."""
    names = ("scanner", "router", "hub", *(place.name for place in PLACES))
    made = Testbed({name: named(PREFIX, name) for name in names}, folder)
    with namespaces(tuple(made.spaces.values()), _steps(made.spaces)):
        try:
            made.run("router", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
            yield made
        finally:
            made.close()


def _steps(spaces: dict[str, str]) -> list[str]:
    """What ``ip`` must do for it."""
    router = spaces["router"]
    steps = [f"-n {name} link set lo up" for name in spaces.values()]
    cables = [("scanner", "198.51.100.254", SOURCES, 24), ("hub", "203.0.113.254", (HUB,), 24)]
    cables += [(place.name, place.gateway, place.line, place.size) for place in PLACES]
    for i, (name, gateway, addresses, size) in enumerate(cables):
        steps += _cable(spaces[name], router, i, gateway, addresses, size)
    for place in PLACES:
        for network in place.monitored:
            if not set(place.line) >= {str(ip_network(network).network_address)}:
                steps.append(f"-n {router} route add {network} via {place.line[0]}")
                # A black hole answers nothing, not even that nobody is there.
                steps.append(f"-n {spaces[place.name]} route add blackhole {network}")
    return steps


def _cable(space: str, router: str, i: int, gateway: str, addresses: Sequence[str], size: int) -> list[str]:
    """From a place to the router; neighbours are known, so that no packet waits for an answer to ARP."""
    mac = f"02:00:00:00:01:{i:02x}"
    return [
        f"link add line0 netns {space} address {mac} type veth peer name r{i} netns {router} address {_ROUTER_MAC}",
        *(f"-n {space} addr add {address}/{size} dev line0" for address in addresses),
        f"-n {router} addr add {gateway}/{size} dev r{i}",
        f"-n {space} link set line0 up",
        f"-n {router} link set r{i} up",
        f"-n {space} route add default via {gateway}",
        f"-n {space} neigh add {gateway} lladdr {_ROUTER_MAC} dev line0 nud permanent",
        *(f"-n {router} neigh add {address} lladdr {mac} dev r{i} nud permanent" for address in addresses),
    ]


def masscan(bed: Testbed, place: Place, ports: str, source: str) -> int:
    """Scan all addresses of a sensor; how many packets were sent, which is as many as there were targets."""
    given = (
        f"-e line0 --router-mac {_ROUTER_MAC} --rate 2000 --wait 0 --retries 0 --seed 7 --source-ip {source}".split()
    )
    first, _, last = ports.partition("-")
    bed.run("scanner", "masscan", *given, "-p", ports, *place.monitored)
    return (int(last or first) - int(first) + 1) * len(place.addresses)


def zmap(bed: Testbed, place: Place, port: int, source: str) -> int:
    """Probe all addresses of a sensor once; how many packets zmap says it sent."""
    meta = bed.folder / f"zmap-{place.name}.json"
    given = f"-i line0 -G {_ROUTER_MAC} -r 2000 -c 0 -e 7 -q --disable-syslog -C {os.devnull} -b {os.devnull}".split()
    out = ("-m", str(meta), "-o", str(meta.with_suffix(".csv")))
    bed.run("scanner", "zmap", *given, *out, "-S", source, "-p", str(port), *place.monitored)
    said: dict[str, Any] = json.loads(meta.read_text(encoding="utf-8"))
    return int(said["total_sent"])


def nmap(bed: Testbed, place: Place, ports: str, source: str) -> int:
    """Scan all addresses of a sensor for some ports; how many packets nmap says it sent."""
    given = f"-Pn -n -v -sS -e line0 --max-retries 0 --min-rate 500 -S {source} -p {ports}".split()
    said = bed.run("scanner", "nmap", *given, *place.monitored)
    found = re.search(r"Raw packets sent: (\d+)", said)
    if not found:
        raise RuntimeError(f"nmap did not say how many packets it sent: {said}")
    return int(found[1])
