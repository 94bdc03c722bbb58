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
from pathlib import Path
from statistics import median

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


PEERS: dict[str, tuple[str, ...]] = {
    "capinfos": ("capinfos", "-c", "{capture}"),
    "nfpcapd": ("nfpcapd", "-r", "{capture}", "-w", "{out}"),
    "tshark": ("tshark", "-n", "-r", "{capture}", "-T", "fields", "-e", "ip.src", "-e", "tcp.dstport"),
}
"""Programs of others on the same capture, as far as they are installed."""

_OURS = {"isdas": {}, "isdas without packets": {"ISDAS_LAKE__KEEP_PACKETS": "false"}}


def bench(n_packets: int, *, runs: int = 1, peers: bool = False, capture: Path | None = None) -> list[Result]:
    """
    Time isdas, and peers if asked for, in turn.

    Args:
        n_packets: how many packets the generated capture has; those of *capture* if that is given.
        runs: how often each program runs; medians are given.
        peers: whether to time the programs of PEERS too.
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
        for _ in range(runs):
            for name, extra in _OURS.items():
                out = _fresh(folder)
                took.setdefault(name, []).append(_timed(_ours(path, out), {**os.environ, **extra}))
                at_rest[name] = _at_rest(out, n_packets)
            for name, command in PEERS.items() if peers else ():
                if shutil.which(command[0]):
                    told = [part.format(capture=path, out=_fresh(folder)) for part in command]
                    took.setdefault(name, []).append(_timed(told, dict(os.environ)))
    return [
        Result(name, median(s for s, _ in each), n_packets, max(m for _, m in each), at_rest.get(name, {}))
        for name, each in took.items()
    ]


def _ours(capture: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "isdas", "--data", str(out), "ingest", str(capture), "--sensor", "telescope"]


def _fresh(folder: str) -> Path:
    out = Path(folder) / "out"
    shutil.rmtree(out, ignore_errors=True)
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
