"""
Packets a second from a capture file to committed, folded tables, beside nfpcapd and capinfos on the same file.

    python bench/ingest.py [--packets 2000000] [--file FILE] [--runs 3]

The file is like that of a /16 telescope: SYNs, UDP and ICMP echo from 200,000 sources of Zipf activity in 60-byte
frames, with random sequence numbers, source ports and IP IDs; 20 M packets are 1.52 GB. ``--write FILE`` only makes it.
Each run is a whole process over a fresh data directory; medians are printed, and ratios against `isdas ingest`.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

N_SOURCES = 200_000
CHUNK = 1_000_000
START_S = 1_225_324_800
PACKETS_PER_SECOND = 2_000
PORTS = (445, 135, 1433, 139, 22, 23, 2967, 80, 5900, 3389)

RECORD = np.dtype(
    [
        ("seconds", "<u4"),
        ("micros", "<u4"),
        ("captured", "<u4"),
        ("original", "<u4"),
        ("ethernet", "u1", 14),
        ("version", "u1"),
        ("tos", "u1"),
        ("length", ">u2"),
        ("ident", ">u2"),
        ("fragment", ">u2"),
        ("ttl", "u1"),
        ("protocol", "u1"),
        ("checksum", ">u2"),
        ("source", ">u4"),
        ("destination", ">u4"),
        ("transport", "u1", 26),
    ]
)


def write(path: Path, n_packets: int, *, seed: int = 16) -> None:
    """Write the capture in chunks, so that its size does not matter."""
    rng = np.random.default_rng(seed)
    sources = rng.integers(1 << 24, 0xDF000000, N_SOURCES, dtype=np.uint32)
    weights = 1.0 / np.arange(1, N_SOURCES + 1)
    shares = np.cumsum(weights / weights.sum())
    with path.open("wb") as file:
        file.write(np.array([0xA1B2C3D4, 0x00040002, 0, 0, 65535, 1], "<u4").tobytes())
        for first in range(0, n_packets, CHUNK):
            file.write(_chunk(rng, sources, shares, first, min(CHUNK, n_packets - first)).tobytes())


def _chunk(rng: np.random.Generator, sources: np.ndarray, shares: np.ndarray, first: int, count: int) -> np.ndarray:
    rows = np.zeros(count, RECORD)
    at = first + np.arange(count)
    rows["seconds"] = START_S + at // PACKETS_PER_SECOND
    rows["micros"] = at % PACKETS_PER_SECOND * (1_000_000 // PACKETS_PER_SECOND)
    rows["captured"] = rows["original"] = 60
    rows["ethernet"][:, 12] = 8
    rows["version"], rows["length"], rows["ttl"] = 0x45, 44, rng.integers(30, 120, count)
    rows["ident"] = rng.integers(0, 1 << 16, count)
    rows["source"] = sources[np.searchsorted(shares, rng.random(count))]
    rows["destination"] = 0x2C000000 + rng.integers(0, 1 << 16, count)
    kind = rng.choice([6, 6, 6, 6, 6, 6, 6, 6, 17, 1], count)
    rows["protocol"] = kind
    body = np.zeros((count, 26), np.uint8)
    body[:, :8] = rng.integers(0, 256, (count, 8))
    ports = rng.choice(PORTS, count).astype(">u2")
    body[:, 2:4] = ports.view(np.uint8).reshape(-1, 2)
    body[:, 12:24] = [0x60, 2, 0xFF, 0xFF, 0, 0, 0, 0, 2, 4, 5, 0xB4]
    udp, icmp = kind == 17, kind == 1
    body[udp, 4:8] = [0, 24, 0, 0]
    body[icmp, :2] = [8, 0]
    rows["transport"] = body
    return rows


def seconds(command: list[str], *, fresh: Path) -> float:
    """How long a command takes with an empty folder *fresh* to write to."""
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def commands(capture: Path, fresh: Path) -> dict[str, list[str]]:
    """What is compared; tools that are not installed are left out."""
    isdas = Path(sys.executable).with_name("isdas")
    wanted: dict[str, Callable[[], list[str]]] = {
        "isdas": lambda: [str(isdas), "--data", str(fresh), "ingest", str(capture)],
        "nfpcapd": lambda: ["nfpcapd", "-r", str(capture), "-w", str(fresh)],
        "capinfos": lambda: ["capinfos", "-c", str(capture)],
    }
    return {name: make() for name, make in wanted.items() if name == "isdas" or shutil.which(name)}


def main() -> None:
    """Generate, run in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=2_000_000)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", type=Path, metavar="FILE", help="only write the capture")
    arguments = parser.parse_args()
    if arguments.write:
        write(arguments.write, arguments.packets)
        return
    with tempfile.TemporaryDirectory() as folder:
        capture, fresh = arguments.file or Path(folder) / "telescope.pcap", Path(folder) / "fresh"
        if not arguments.file:
            write(capture, arguments.packets)
        took: dict[str, list[float]] = {}
        for _ in range(arguments.runs):
            for name, command in commands(capture, fresh).items():
                took.setdefault(name, []).append(seconds(command, fresh=fresh))
        ours = median(took["isdas"])
        print(f"{capture.stat().st_size / 1e6:,.0f} MB, {arguments.packets:,} packets, median of {arguments.runs} runs")
        for name, each in took.items():
            rate = arguments.packets / median(each) / 1e6
            print(f"{name:<10} {median(each):7.2f} s  {rate:6.2f} M packets/s  {ours / median(each):5.2f} x isdas")


if __name__ == "__main__":
    main()
