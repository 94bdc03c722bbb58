"""
A laboratory of network namespaces in which real scanners scan a dark network, and what a sensor there captures.

    python tests/scanners/lab.py        run all, take the captures in and print the tables of docs/explanation/proof.md

Each run has two namespaces of its own with one cable between them: nothing in them has a route to anywhere else, all
addresses are those set aside for tests (RFC 2544, RFC 5737), and the dark network answers nothing. Every run ends by
itself after a few hundred packets.
"""

import contextlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

import namespaces

SENDERS = Path(__file__).with_name("senders.py")

DARK = "198.18.0.0/22"
"""The network that the sensor watches; the last address of it marks the end of a capture."""

NETWORK, HOSTS, HOST = "198.18.0.0/24", "198.18.1.1-4", "198.18.1.9"
"""What of it is scanned by those that scan networks, a few hosts, or one."""

END = "198.18.3.255"
ROUTER = "198.51.100.254"
ROUTER_MAC, SCANNER_MAC = "02:00:00:00:00:fe", "02:00:00:00:00:01"
SOURCES = tuple(f"198.51.100.{i}" for i in range(1, 9))

TIMEOUT = 60
"""Seconds after which a scanner that has not ended by itself is stopped; each takes about two."""

_PREFIX = "isdas-lab"


class Called(NamedTuple):
    """What a program did: its exit status and all that it said."""

    status: int
    said: str


@dataclass(frozen=True, slots=True)
class Run:
    """
    One run of one program.

    Attributes:
        name: of the run, and of the sensor that hears it.
        program: its executable.
        arguments: after the executable.
        sends: how many packets it was asked to send; None if it decides by itself.
        tool: the label that its packets should bear; empty if none should.
        kind: and their kind; empty if it depends on the packet.
        reported: finds in what it said, or in the file that it wrote, how many packets it says that it sent.
    """

    name: str
    program: str
    arguments: tuple[str, ...]
    sends: int | None
    tool: str
    kind: str
    reported: Callable[[str, Path], int] | None = None


class Result(NamedTuple):
    """A run: the packets that the program says it sent, if it says so, and those that tcpdump captured and dropped."""

    reported: int | None
    captured: int
    dropped: int


def missing() -> str:
    """Why the laboratory cannot be here; empty if it can."""
    return namespaces.missing("tcpdump")


def sweep() -> None:
    """Remove namespaces of processes that were killed before they could."""
    namespaces.sweep(_PREFIX)


@dataclass(frozen=True, slots=True)
class Lab:
    """Two namespaces: one of the scanner, one of the sensor."""

    scanner: str
    sensor: str

    def run(self, command: Sequence[str], cwd: Path) -> Called:
        """Run a program where the scanner is, until it ends."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.scanner, *command],
            capture_output=True,
            cwd=cwd,
            timeout=TIMEOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return Called(done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"))


@contextlib.contextmanager
def lab() -> Iterator[Lab]:
    """Both namespaces with the cable between them, gone again afterwards whatever happens."""
    made = Lab(namespaces.named(_PREFIX, "scanner"), namespaces.named(_PREFIX, "sensor"))
    a, b = made.scanner, made.sensor
    steps = [
        f"link add scan0 netns {a} address {SCANNER_MAC} type veth peer name dark0 netns {b} address {ROUTER_MAC}",
        *(f"-n {a} addr add {source}/24 dev scan0" for source in SOURCES),
        f"-n {b} addr add {ROUTER}/24 dev dark0",
        f"-n {a} link set lo up",
        f"-n {a} link set scan0 up",
        f"-n {b} link set dark0 up",
        f"-n {a} neigh add {ROUTER} lladdr {ROUTER_MAC} dev scan0 nud permanent",
        f"-n {a} route add {DARK} via {ROUTER}",
        # A black hole answers nothing, not even that nobody is there.
        f"-n {b} route add blackhole {DARK}",
    ]
    with namespaces.namespaces((a, b), steps):
        yield made


class Sensor:
    """tcpdump in the sensor's namespace while something is sent, and what it captured."""

    def __init__(self, made: Lab) -> None:
        """Begin to capture what goes to the dark network."""
        self._lab = made
        # Each packet comes through the pipe at once, so that the one that marks the end ends the capture. In that mode
        # the buffer is cut into pieces of the snap length: with the default of 256 KiB eight packets fill it.
        options = "-i dark0 -n -s 2048 -B 16384 -U --immediate-mode -w -"
        command = ["tcpdump", *options.split(), f"dst net {DARK}"]
        self._process = subprocess.Popen(
            ["ip", "netns", "exec", made.sensor, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._head = _exactly(self._process.stdout, 24)

    def end(self, path: Path) -> tuple[int, int]:
        """Write what was captured until now as a pcap file; how many packets, and how many tcpdump had to drop."""
        told = self._lab.run([sys.executable, "-S", str(SENDERS), "end", END], path.parent)
        if told.status:
            raise RuntimeError(f"the end could not be marked: {told.said}")
        packets = 0
        with path.open("wb") as out:
            out.write(self._head)
            while True:
                head = _exactly(self._process.stdout, 16)
                data = _exactly(self._process.stdout, struct.unpack("<IIII", head)[2])
                if data[30:34] == bytes(map(int, END.split("."))):
                    break
                out.write(head + data)
                packets += 1
        self._process.terminate()
        said = self._process.communicate()[1].decode()
        dropped = re.search(r"(\d+) packets? dropped by kernel", said)
        return packets, int(dropped[1]) if dropped else 0

    def close(self) -> None:
        """Stop capturing, if that has not been done."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def _exactly(stream: IO[bytes] | None, size: int) -> bytes:
    data = stream.read(size) if stream else b""
    if len(data) < size:
        raise RuntimeError("tcpdump ended before the capture did")
    return data


def perform(run: Run, folder: Path) -> Result:
    """Let one program scan in a laboratory of its own; the capture is *name*.pcap in the folder."""
    with tempfile.TemporaryDirectory() as scratch, lab() as made:
        sensor = Sensor(made)
        try:
            called = made.run([run.program, *run.arguments], Path(scratch))
            captured, dropped = sensor.end(folder / f"{run.name}.pcap")
        finally:
            sensor.close()
        reported = run.reported(called.said, Path(scratch)) if run.reported else None
    if not captured:
        raise RuntimeError(f"{run.name} sent nothing: {called.said}")
    return Result(reported, captured, dropped)


def _found(pattern: str) -> Callable[[str, Path], int]:
    """What finds the number of a pattern in what a program said."""

    def reported(said: str, _: Path) -> int:
        found = re.search(pattern, said)
        if not found:
            raise RuntimeError(f"no {pattern!r} in {said!r}")
        return int(found[1])

    return reported


def _of_zmap(probes: int) -> Callable[[str, Path], int]:
    """What finds how many packets zmap says it sent: it counts targets, each of which gets all probes."""

    def reported(_: str, scratch: Path) -> int:
        return probes * int(json.loads((scratch / "meta.json").read_text(encoding="utf-8"))["total_sent"])

    return reported


def _masscan(name: str, sends: int, tool: str, *arguments: str) -> Run:
    """masscan says nowhere how many packets it sent: as many as there are targets."""
    given = f"-e scan0 --router-mac {ROUTER_MAC} --rate 2000 --wait 0 --retries 0 --seed 7 {NETWORK}".split()
    return Run(f"masscan-{name}", "masscan", (*given, *arguments), sends, tool, "scan")


def _zmap(name: str, *arguments: str, probes: int = 1) -> Run:
    given = (
        f"-i scan0 -G {ROUTER_MAC} -r 2000 -c 1 -e 7 -q --disable-syslog -C {os.devnull} -b {os.devnull} "
        f"-m meta.json -o found.csv -P {probes} {NETWORK}"
    ).split()
    return Run(f"zmap-{name}", "zmap", (*given, *arguments), 256 * probes, "zmap", "scan", _of_zmap(probes))


def _nmap(name: str, tool: str, kind: str, *arguments: str, sends: int | None = 200) -> Run:
    given = f"-Pn -n -v -e scan0 --max-retries 0 --min-rate 500 -p 20-69 {HOSTS}".split()
    raw = _found(r"Raw packets sent: (\d+)")
    return Run(f"nmap-{name}", "nmap", (*given, *arguments), sends, tool, kind, raw)


def _hping(name: str, tool: str, kind: str, *arguments: str) -> Run:
    given = f"-q -n -c 200 -i u1000 {HOST}".split()
    return Run(f"hping-{name}", "hping3", (*given, *arguments), 200, tool, kind, _found(r"(\d+) packets transmitted"))


def _own(name: str, sends: int, tool: str, kind: str, what: str) -> Run:
    """Packets of our own: a sender here says how many it sent."""
    arguments = ("-S", str(SENDERS), what)
    return Run(name, sys.executable, arguments, sends, tool, kind, _found(r"sent (\d+)"))


RUNS = (
    _masscan("syn", 768, "masscan", "-p445,23,8080", "--source-ip", SOURCES[1]),
    _masscan("syn-sources", 256, "masscan", "-p22", "--source-ip", f"{SOURCES[3]}-{SOURCES[6]}"),
    _masscan("syn-ttl", 256, "masscan", "-p80", "--ttl", "64", "--source-ip", SOURCES[1]),
    _masscan("sctp", 256, "", "-pS:36412", "--source-ip", SOURCES[1]),
    _masscan("udp", 512, "", "-pU:53,U:161", "--source-ip", SOURCES[1]),
    _masscan("ping", 256, "", "--ping", "--source-ip", SOURCES[1]),
    _zmap("syn", "-p", "445", "-S", SOURCES[2]),
    _zmap("syn-sources", "-p", "23", "-S", f"{SOURCES[3]}-{SOURCES[6]}"),
    _zmap("probes", "-p", "3389", "-S", SOURCES[2], probes=2),
    _zmap("icmp", "-M", "icmp_echoscan", "-S", SOURCES[2]),
    _zmap("udp", "-M", "udp", "-p", "5060", "--probe-args=text:hello", "-S", SOURCES[2]),
    _zmap("ntp", "-M", "ntp", "-p", "123", "-S", SOURCES[2]),
    _nmap("syn", "nmap-like", "scan", "-sS"),
    _nmap("decoys", "nmap-like", "scan", "-sS", "-D", f"{SOURCES[4]},{SOURCES[5]}", sends=600),
    _nmap("data", "nmap-like", "scan", "-sS", "--data-length", "20"),
    _nmap("ttl", "", "scan", "-sS", "--ttl", "200"),
    _nmap("syn-fin", "", "scan", "-sS", "--scanflags", "SYNFIN"),
    _nmap("fin", "", "scan", "-sF"),
    _nmap("null", "", "scan", "-sN"),
    _nmap("xmas", "", "scan", "-sX"),
    _nmap("ack", "", "other", "-sA"),
    _nmap("fin-ack", "", "other", "-sM"),
    # To some ports several payloads are sent.
    _nmap("udp", "", "scan", "-sU", sends=None),
    _hping("syn", "hping-like", "scan", "-S", "-p", "80"),
    _hping("syn-forged", "hping-like", "", "-S", "-p", "80", "--rand-source"),
    _hping("syn-data", "hping-like", "scan", "-S", "-d", "100", "-p", "80"),
    _hping("fin", "", "scan", "-F", "-p", "80"),
    _hping("null", "", "scan", "-p", "80"),
    _hping("ack", "", "other", "-A", "-p", "80"),
    _hping("syn-ack", "", "backscatter", "-S", "-A", "-p", "80"),
    _hping("rst", "", "backscatter", "-R", "-p", "80"),
    _hping("rst-ack", "", "backscatter", "-R", "-A", "-p", "80"),
    _hping("udp", "", "scan", "-2", "-p", "53"),
    _hping("echo", "", "scan", "-1"),
    _own("mirai", 300, "mirai-like", "scan", "mirai"),
    _own("linux-connect", 300, "", "scan", "connect"),
    _own("linux-udp", 300, "", "scan", "udp"),
    _own("linux-echo", 300, "", "scan", "echo"),
)
"""Everything that is sent, each to a sensor of its own."""


def versions() -> dict[str, str]:
    """What is installed of the programs, as they say themselves."""
    asked = {"masscan": "--version", "zmap": "--version", "nmap": "--version", "hping3": "--version"}
    asked |= {"tcpdump": "--version"}
    found = {}
    for program, option in asked.items():
        if shutil.which(program):
            done = subprocess.run([program, option], capture_output=True, text=True, check=False)
            number = re.search(r"\d+\.\d+[.\w-]*", done.stdout + done.stderr)
            found[program] = number[0] if number else "?"
    return found


def perform_all(folder: Path, at_once: int = 4) -> dict[str, Result]:
    """All runs whose program is installed, some at a time: they mostly wait; results by name."""
    sweep()
    able = [run for run in RUNS if shutil.which(run.program)]
    with ThreadPoolExecutor(at_once) as pool:
        return dict(zip((r.name for r in able), pool.map(lambda r: perform(r, folder), able), strict=True))


Labels = dict[str, Counter[tuple[str, str | None]]]
"""Kinds and tools of the packets of each sensor."""


def take_in(captures: Path, data: Path) -> dict[str, Any]:
    """Take the captures in with the command; what it reports."""
    command = [sys.executable, "-m", "isdas", "ingest", str(captures), "--data", str(data), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def labels(data: Path) -> Labels:
    """What became of the packets of each sensor, from the lake."""
    from isdas.lake.lake import Lake

    found: Labels = {}
    rows = Lake(data).ask("SELECT sensor, kind, tool, count(*) AS n FROM packets GROUP BY ALL", "packets").to_pylist()
    for row in rows:
        found.setdefault(row["sensor"], Counter())[row["kind"], row["tool"]] += row["n"]
    return found


def by_tool(found: Labels) -> dict[str, dict[str, float]]:
    """Precision and recall of each tool that is expected of any run, over all packets of all runs."""
    wanted = {run.name: run.tool for run in RUNS}
    scores = {}
    for tool in sorted({run.tool for run in RUNS} - {""}):
        labelled = {sensor: sum(n for (_, t), n in c.items() if t == tool) for sensor, c in found.items()}
        right = sum(n for sensor, n in labelled.items() if wanted[sensor] == tool)
        sent = sum(c.total() for sensor, c in found.items() if wanted[sensor] == tool)
        if sent:
            claimed = sum(labelled.values())
            scores[tool] = {"sent": sent, "labelled": claimed, "right": right}
            scores[tool] |= {"precision": right / claimed if claimed else 0.0, "recall": right / sent}
    return scores


def by_program(found: Labels) -> dict[str, Counter[str]]:
    """The labels of all that a program sent, by the first word of its runs' names; no label is empty."""
    seen: dict[str, Counter[str]] = {}
    for run in (each for each in RUNS if each.name in found):
        counted = seen.setdefault(run.name.partition("-")[0], Counter())
        for (_, tool), n in found[run.name].items():
            counted[tool or ""] += n
    return seen


def tables(results: dict[str, Result], found: Labels) -> str:
    """The tables of the page, in Markdown."""
    lines = ["| run | asked | says it sent | captured | taken in | kinds | tools |", "|---|---|---|---|---|---|---|"]
    for run in (each for each in RUNS if each.name in results):
        result, seen = results[run.name], found[run.name]
        kinds, tools = Counter[str](), Counter[str]()
        for (kind, tool), n in seen.items():
            kinds[kind] += n
            tools[tool or "none"] += n
        said = ["" if n is None else str(n) for n in (run.sends, result.reported)]
        cells = [f"`{run.name}`", *said, str(result.captured), str(seen.total()), _told(kinds), _told(tools)]
        lines.append(f"| {' | '.join(cells)} |")
    names = sorted({run.tool for run in RUNS} - {""})
    lines += ["", f"| sent by | {' | '.join(names)} | none |", "|---" * (len(names) + 2) + "|"]
    for program, labelled in by_program(found).items():
        counts = [labelled.pop(tool, 0) for tool in (*names, "")]
        lines.append(f"| {program} | {' | '.join(map(str, counts))} |{' also ' + str(labelled) if labelled else ''}")
    lines += ["", "| tool | sent | labelled | precision | recall |", "|---|---|---|---|---|"]
    for tool, s in by_tool(found).items():
        lines.append(f"| `{tool}` | {s['sent']} | {s['labelled']} | {s['precision']:.4f} | {s['recall']:.4f} |")
    return "\n".join(lines)


def _told(counted: Counter[str]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counted.most_common())


def main() -> None:
    """Run all and print the tables."""
    if reason := missing():
        sys.exit(f"nothing was run: {reason}")
    with tempfile.TemporaryDirectory() as scratch:
        captures = Path(scratch, "captures")
        captures.mkdir()
        results = perform_all(captures)
        take_in(captures, Path(scratch, "data"))
        sys.stdout.write(f"{versions()}\n\n{tables(results, labels(Path(scratch, 'data')))}\n")


if __name__ == "__main__":
    main()
