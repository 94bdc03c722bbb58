"""
The published benchmark on this machine: the whole way from a capture to committed tables, and peers on the same file.

Every run is a process of its own over an empty data directory, so that start-up, compilation caches and memory count as
they do for a user.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from isal import igzip

from isdas.lake.lake import Lake
from isdas.model.errors import IsdasError
from isdas.simulate.telescope import write_telescope


@dataclass(frozen=True, slots=True)
class Result:
    """
    What one program took for one capture.

    Attributes:
        name: the program, or the way in which ours was used.
        seconds: median over the runs.
        packets: how many there were.
        peak_bytes: the most memory that its process held.
        at_rest: table name to bytes at rest per packet; only ours has tables.
    """

    name: str
    seconds: float
    packets: int
    peak_bytes: int
    at_rest: dict[str, float]

    @property
    def rate(self) -> float:
        """Packets a second."""
        return self.packets / self.seconds

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas bench --json`` prints."""
        return {
            "name": self.name,
            "seconds": round(self.seconds, 3),
            "packets_per_second": round(self.rate),
            "peak_mb": round(self.peak_bytes / 1e6),
            "bytes_per_packet": {name: round(size, 3) for name, size in self.at_rest.items()},
        }


@dataclass(frozen=True, slots=True)
class Peer:
    """
    A program of others on the same kind of capture.

    Attributes:
        command: with {capture} and {out} for the file and an empty folder.
        most: how many packets it is given at most, since slow ones would take minutes; their rate is what counts.
    """

    command: tuple[str, ...]
    most: int | None = None


_DPKT = """
import collections, dpkt, sys
counts = collections.Counter()
for when, frame in dpkt.pcap.Reader(open(sys.argv[1], "rb")):
    ip = dpkt.ethernet.Ethernet(frame).data
    counts[int(when) // 3600, ip.p, getattr(ip.data, "dport", -1), ip.src] += 1
"""
_FIELDS = ("frame.time_epoch", "ip.src", "ip.dst", "ip.proto", "tcp.dstport", "udp.dstport", "tcp.flags")

PEERS: dict[str, Peer] = {
    "capinfos": Peer(("capinfos", "-c", "{capture}")),
    "nfpcapd": Peer(("nfpcapd", "-r", "{capture}", "-w", "{out}")),
    "tshark -T fields": Peer(
        ("tshark", "-n", "-r", "{capture}", "-T", "fields", *(part for name in _FIELDS for part in ("-e", name))),
        most=500_000,
    ),
    "dpkt": Peer((sys.executable, "-c", _DPKT, "{capture}"), most=500_000),
}
"""
What is timed beside isdas, as far as it is installed: counting alone, flow files, header fields as text, and a loop in
Python that counts per hour, port and source.
"""

_OURS: dict[str, dict[str, str]] = {"isdas": {}, "isdas without packets": {"ISDAS_LAKE__KEEP_PACKETS": "false"}}
_GZIP = "isdas from gzip"


def bench(
    n_packets: int, *, runs: int = 1, peers: bool = False, gzip: bool = False, capture: Path | None = None
) -> list[Result]:
    """
    Time isdas, and peers if asked for, in turn.

    Args:
        n_packets: how many packets the generated capture has; those of *capture* if that is given.
        runs: how often each program runs; medians are given.
        peers: whether to time the programs of PEERS too.
        gzip: whether to time isdas on the compressed capture too.
        capture: a capture to use instead of a generated one.

    Raises:
        IsdasError: a program failed.
    """
    with tempfile.TemporaryDirectory(prefix="isdas-bench-") as folder:
        path = capture or Path(folder) / "telescope.pcap"
        if capture is None:
            write_telescope(path, n_packets)
        took: dict[str, list[tuple[float, int]]] = {}
        at_rest: dict[str, dict[str, float]] = {}
        given = {name: n_packets for name in (*_OURS, _GZIP)}
        ways = [(name, path, extra) for name, extra in _OURS.items()]
        if gzip:
            ways.append((_GZIP, _compressed(path, Path(folder)), {}))
        others = _others(n_packets, path, Path(folder)) if peers else []
        for _ in range(runs):
            for name, file, extra in ways:
                out = _fresh(folder)
                took.setdefault(name, []).append(_timed(_ours(file, out), {**os.environ, **extra}))
                at_rest[name] = _at_rest(out, n_packets)
            for name, file, n, command in others:
                told = [part.replace("{capture}", str(file)).replace("{out}", str(_fresh(folder))) for part in command]
                took.setdefault(name, []).append(_timed(told, dict(os.environ)))
                given[name] = n
    return [
        Result(name, median(s for s, _ in each), given[name], max(m for _, m in each), at_rest.get(name, {}))
        for name, each in took.items()
    ]


def _others(n_packets: int, path: Path, folder: Path) -> list[tuple[str, Path, int, tuple[str, ...]]]:
    """The peers that are installed, each with its capture and how many packets that has."""
    found = []
    for name, peer in PEERS.items():
        if shutil.which(peer.command[0]) is None or (name == "dpkt" and find_spec("dpkt") is None):
            continue
        n = min(n_packets, peer.most or n_packets)
        file = path
        if n < n_packets:
            file = folder / f"telescope-{n}.pcap"
            if not file.exists():
                write_telescope(file, n)
        found.append((name, file, n, peer.command))
    return found


def _compressed(path: Path, folder: Path) -> Path:
    """The capture in gzip, at the level of most archives."""
    packed = folder / "telescope.pcap.gz"
    with path.open("rb") as plain, igzip.IGzipFile(str(packed), "wb", compresslevel=2) as out:  # type: ignore[no-untyped-call]
        shutil.copyfileobj(plain, out, 1 << 20)
    return packed


def _ours(capture: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "isdas", "--data", str(out), "ingest", str(capture), "--sensor", "telescope"]


def _fresh(folder: str) -> Path:
    out = Path(folder) / "out"
    shutil.rmtree(out, ignore_errors=True)
    # What the run before left is written, and what it removed given back, so that no run waits for that of another.
    os.sync()
    out.mkdir()
    return out


def _timed(command: Sequence[str], environment: dict[str, str]) -> tuple[float, int]:
    """Seconds and peak bytes of one process."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took = time.perf_counter() - began
        if process.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace").strip()
            raise IsdasError(f"{command[0]} ended with {process.returncode}: {text[-300:]}")
    return took, used.ru_maxrss * 1024


def _at_rest(data: Path, n_packets: int) -> dict[str, float]:
    """Bytes per packet of each table that has rows."""
    lake = Lake(data)
    sizes = {}
    for name in ("packets", "sightings", "counts", "activity"):
        table = lake.table(name)
        size = sum(Path(path).stat().st_size for path in table.paths(table.files()))
        if size:
            sizes[name] = size / n_packets
    return sizes
