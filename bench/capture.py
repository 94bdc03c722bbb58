"""
How many packets a second are read and decoded, beside capinfos and nfpcapd on the same file.

``python bench/capture.py [--packets N] [--file PATH]`` writes a capture of TCP SYNs (60 bytes on Ethernet), or takes an
existing one, and prints packets per second and ratios; the file is read once before, so that the disk is not measured.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from isdas.capture.file import open_capture
from isdas.decode.packets import decode

RECORD = np.dtype(
    [
        ("seconds", "<u4"),
        ("micros", "<u4"),
        ("captured", "<u4"),
        ("original", "<u4"),
        ("ethernet", "u1", 14),
        ("ip_start", ">u2", 4),
        ("ttl", "u1"),
        ("protocol", "u1"),
        ("checksum", ">u2"),
        ("source", ">u4"),
        ("destination", ">u4"),
        ("sport", ">u2"),
        ("dport", ">u2"),
        ("sequence", ">u4"),
        ("acknowledgement", ">u4"),
        ("flags", ">u2"),
        ("window", ">u2"),
        ("tail", ">u4"),
        ("mss", ">u4"),
        ("padding", "u1", 2),
    ]
)


def write(path: Path, n: int) -> None:
    """A pcap file of *n* SYNs with an MSS option, from random sources to a /24."""
    rng = np.random.default_rng(445)
    header = np.array([0xA1B2C3D4, 0x00040002, 0, 0, 65535, 1], "<u4")
    with path.open("wb") as file:
        file.write(header.tobytes())
        for first in range(0, n, 500_000):
            rows = np.zeros(min(500_000, n - first), RECORD)
            at = first + np.arange(len(rows))
            rows["seconds"], rows["micros"] = 1_225_000_000 + at // 1000, at % 1000 * 1000
            rows["captured"] = rows["original"] = 60
            rows["ethernet"][:, 12] = 8
            rows["ip_start"] = [0x4500, 44, 54321, 0]
            rows["ttl"], rows["protocol"] = 110, 6
            rows["source"] = rng.integers(1 << 24, 0xE0000000, len(rows))
            rows["destination"] = 0xC0000200 + rng.integers(0, 256, len(rows))
            rows["sport"] = rng.integers(1024, 65536, len(rows))
            rows["dport"] = rng.choice([445, 1433, 135, 22, 23], len(rows))
            rows["sequence"] = rng.integers(0, 1 << 32, len(rows))
            rows["flags"], rows["window"], rows["mss"] = 0x6002, 65535, 0x020405B4
            file.write(rows.tobytes())


def ours(path: Path) -> tuple[int, float, float]:
    """(packets, seconds to read alone, seconds to read and decode)."""
    began = time.perf_counter()
    with open_capture(path) as capture:
        for _ in capture.frames():
            pass
    read = time.perf_counter()
    n = 0
    with open_capture(path) as capture:
        for frames in capture.frames():
            n += len(decode(frames)[0])
    return n, read - began, time.perf_counter() - read


def others(path: Path) -> dict[str, float]:
    """Seconds that the tools which are installed take."""
    took = {}
    with tempfile.TemporaryDirectory() as folder:
        commands = {"capinfos": ["capinfos", "-c", str(path)], "nfpcapd": ["nfpcapd", "-r", str(path), "-w", folder]}
        for name, command in commands.items():
            if shutil.which(name):
                began = time.perf_counter()
                subprocess.run(command, check=False, capture_output=True)
                took[name] = time.perf_counter() - began
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=5_000_000)
    parser.add_argument("--file", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.file or Path(folder) / "syns.pcap"
        if not arguments.file:
            write(path, arguments.packets)
        ours(path)
        n, read, whole = min((ours(path) for _ in range(3)), key=lambda figures: figures[2])
        print(f"{path.stat().st_size / 1e6:.0f} MB, {n:,} packets")
        print(f"isdas, frames only      {read:7.3f} s  {n / read / 1e6:7.2f} M packets/s")
        print(f"isdas, read and decode  {whole:7.3f} s  {n / whole / 1e6:7.2f} M packets/s")
        for name, seconds in others(path).items():
            print(f"{name:<23} {seconds:7.3f} s  {n / seconds / 1e6:7.2f} M packets/s  ratio {seconds / whole:5.1f}")


if __name__ == "__main__":
    main()
