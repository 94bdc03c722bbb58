"""``isdas bench``: the published benchmark on this machine."""

from typing import Annotated

import typer

from isdas.cli.context import print_json, print_table, talk
from isdas.cli.figures import Json


def bench(
    packets: Annotated[int, typer.Option(min=1, help="Packets of the generated capture, 76 bytes each.")] = 2_000_000,
    runs: Annotated[int, typer.Option(min=1, help="How often each program runs; medians are printed.")] = 1,
    peers: Annotated[bool, typer.Option("--peers", help="Time capinfos, nfpcapd, tshark and dpkt beside it.")] = False,
    gzip: Annotated[bool, typer.Option("--gzip", help="Time the same capture compressed, too.")] = False,
    json: Json = False,
) -> None:
    """
    Time the whole way from a capture of a /16 telescope to committed tables, on this machine.

    Each run is a process of its own over an empty data directory. Published figures are those of 20,000,000 packets.
    """
    from isdas.hub.bench import bench as measure

    talk(f"{packets:,} packets, {packets * 76 / 1e6:,.0f} MB, in a temporary folder")
    results = measure(packets, runs=runs, peers=peers, gzip=gzip)
    if json:
        print_json([result.as_dict() for result in results])
        return
    ours = results[0]
    rows = [
        [
            result.name,
            f"{result.seconds:.2f}",
            f"{result.rate / 1e6:.2f}",
            f"{result.rate / ours.rate:.2f}",
            f"{result.peak_bytes / 1e6:,.0f}",
            " ".join(f"{name} {size:.2f}" for name, size in result.at_rest.items()),
        ]
        for result in results
    ]
    head = ["program", "seconds", "M packets/s", "x isdas", "peak MB", "bytes per packet at rest"]
    print_table(head, rows, right=(1, 2, 3, 4))
