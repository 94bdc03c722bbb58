"""
The whole way from a capture to committed tables, beside peers on the same file, and memory over sizes.

    python bench/whole.py [--packets 20000000] [--runs 3] [--sizes 1000000,20000000,100000000]

It is `isdas bench --peers --gzip`, and then isdas alone for each size. Every run is a process of its own over an empty
data directory. Before it the limits of the machine are measured: how fast one core copies memory, and how fast the
folder for temporary files takes a gigabyte until it is on the disk.
"""

import argparse
import os
import tempfile
import time

import numpy as np

from isdas.hub.bench import Result, bench


def line(result: Result, ours: Result) -> str:
    """A row of the table."""
    at_rest = " ".join(f"{name} {size:.2f}" for name, size in result.at_rest.items())
    rate = f"{result.rate / 1e6:6.2f} M/s  {result.rate / ours.rate:6.3f} x isdas"
    took = f"{result.packets:>12,} {result.seconds:8.2f} s"
    return f"{result.name:24s} {took}  {rate}  {result.peak_bytes / 1e6:7,.0f} MB  {at_rest}"


def limits() -> tuple[float, float]:
    """Gigabytes a second: copied in memory by one core, and written to the disk."""
    block = np.ones(1 << 27, np.uint8)
    copy = np.empty_like(block)
    copy[:] = block
    began = time.perf_counter()
    for _ in range(8):
        copy[:] = block
    memory = 8 * len(block) / (time.perf_counter() - began) / 1e9
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        for _ in range(8):
            file.write(block.data)
        os.fsync(file.fileno())
        disk = 8 * len(block) / (time.perf_counter() - began) / 1e9
    return memory, disk


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=20_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sizes", default="")
    options = parser.parse_args()
    print("memory {:.1f} GB/s, disk {:.2f} GB/s".format(*limits()), flush=True)
    results = bench(options.packets, runs=options.runs, peers=True, gzip=True)
    for result in results:
        print(line(result, results[0]), flush=True)
    for size in filter(None, options.sizes.split(",")):
        for result in bench(int(size)):
            print(line(result, results[0]), flush=True)


if __name__ == "__main__":
    main()
