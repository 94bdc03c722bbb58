"""
The whole way from a capture to committed tables, beside peers on the same file, and memory over sizes.

    python bench/whole.py [--packets 20000000] [--runs 3] [--sizes 1000000,20000000,100000000]

It is `isdas bench --peers --gzip`, and then isdas alone for each size. Every run is a process of its own over an empty
data directory.
"""

import argparse

from isdas.hub.bench import Result, bench


def line(result: Result, ours: Result) -> str:
    """A row of the table."""
    at_rest = " ".join(f"{name} {size:.2f}" for name, size in result.at_rest.items())
    rate = f"{result.rate / 1e6:6.2f} M/s  {result.rate / ours.rate:6.3f} x isdas"
    took = f"{result.packets:>12,} {result.seconds:8.2f} s"
    return f"{result.name:24s} {took}  {rate}  {result.peak_bytes / 1e6:7,.0f} MB  {at_rest}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=20_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sizes", default="")
    options = parser.parse_args()
    results = bench(options.packets, runs=options.runs, peers=True, gzip=True)
    for result in results:
        print(line(result, results[0]), flush=True)
    for size in filter(None, options.sizes.split(",")):
        for result in bench(int(size)):
            print(line(result, results[0]), flush=True)


if __name__ == "__main__":
    main()
