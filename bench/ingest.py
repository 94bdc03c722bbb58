"""
Packets a second from a capture file to committed, folded tables, beside nfpcapd and capinfos on the same file.

    python bench/ingest.py [--packets 2000000] [--file FILE] [--runs 3]

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

import telescope


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
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        capture, fresh = arguments.file or Path(folder) / "telescope.pcap", Path(folder) / "fresh"
        if not arguments.file:
            telescope.write(capture, arguments.packets)
        took: dict[str, list[float]] = {}
        for _ in range(arguments.runs):
            for name, command in commands(capture, fresh).items():
                took.setdefault(name, []).append(seconds(command, fresh=fresh))
        ours = median(took["isdas"])
        print(f"{capture.stat().st_size / 1e6:,.0f} MB, {arguments.packets:,} packets, median of {arguments.runs} runs")
        for name, each in took.items():
            rate = arguments.packets / median(each) / 1e6
            print(
                f"{name:<10} {median(each):7.2f} s  {rate:6.2f} M packets/s  {ours / median(each):5.2f} of isdas's speed"
            )


if __name__ == "__main__":
    main()
