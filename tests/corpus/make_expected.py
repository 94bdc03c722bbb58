"""
Write expected.tsv: what tshark counts in each capture of the corpus, so that the test needs no tshark.

Run it as ``python tests/corpus/make_expected.py CORPUS_FOLDER`` with tshark on the path. It does not judge differences.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from subprocess import run

HERE = Path(__file__).parent
OUTERMOST = ("ipv4", "ipv6", "tcp", "udp", "icmp", "icmpv6")
INNERMOST = tuple(f"inner_{name}" for name in OUTERMOST)
COUNTED = (*OUTERMOST, *INNERMOST)
"""The columns: by the outermost IP header of each frame, and by the innermost one that is not only quoted."""

_NAMES = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmpv6"}
_NEXT = {
    0: "ipv6.hopopts.nxt",
    43: "ipv6.routing.nxt",
    44: "ipv6.fraghdr.nxt",
    60: "ipv6.dstopts.nxt",
    51: "ah.next_header",
}
_QUOTING = ("icmp", "icmpv6", "pim", "sflow", "tcp")
"""Layers whose messages hold copies of packets: what is in them was not on its way."""

_FIELDS = (
    "frame.protocols",
    "ip.version",
    "ip.proto",
    "ipv6.version",
    "ipv6.nxt",
    *_NEXT.values(),
    "ipv6.fraghdr.offset",
)
_PLAIN = (
    *("ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE", "ip.check_checksum:FALSE"),
    *("tcp.check_checksum:FALSE", "udp.check_checksum:FALSE", "ip.tso_support:TRUE"),
)


def count(path: Path) -> Counter[str]:
    """Packets by IP version and by the protocol it carries, outermost and innermost, and all frames, as tshark sees."""
    counts = Counter({name: 0 for name in ("frames", *COUNTED)})
    for line in told(path).splitlines():
        counts["frames"] += 1
        packets = list(_packets(dict(zip(_FIELDS, line.split("\t"), strict=False))))
        if packets:
            counts.update(_named(packets[0]))
            counts.update(f"inner_{name}" for name in _named(packets[-1]))
    return counts


def told(path: Path) -> str:
    """What tshark prints of a capture: a line for each frame, the fields in it separated by tabs."""
    options = [part for each in _PLAIN for part in ("-o", each)]
    fields = [part for each in _FIELDS for part in ("-e", each)]
    form = ["-T", "fields", "-E", "separator=/t", "-E", "aggregator=,"]
    command = ["tshark", "-n", "-r", str(path), *options, *form, *fields]
    return run(command, capture_output=True, check=False, text=True, timeout=120, errors="replace").stdout


def _named(packet: tuple[str, str]) -> Iterator[str]:
    """What a packet counts as: its IP version and, if that is counted, the protocol that it carries."""
    version, protocol = packet
    yield version
    if protocol and int(protocol) in _NAMES:
        yield _NAMES[int(protocol)]


def _packets(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The IP packets of a frame one inside the other, as version and protocol; one that is only quoted is none."""
    fourth, sixth = iter(row["ip.proto"].split(",")), _last_headers(row)
    for layer in row["frame.protocols"].split(":"):
        if layer in _QUOTING:
            return
        if layer == "ip":
            yield "ipv4", next(fourth, "")
        elif layer == "ipv6":
            yield "ipv6", next(sixth, "")


def _last_headers(row: dict[str, str]) -> Iterator[str]:
    """What each IPv6 packet of a frame carries behind its extension headers."""
    chains = {number: iter(row[field].split(",")) for number, field in _NEXT.items()}
    offsets = iter(row["ipv6.fraghdr.offset"].split(","))
    for number in row["ipv6.nxt"].split(","):
        while number and int(number) in chains:
            later = int(number) == 44 and next(offsets, "0") not in ("", "0")
            number = next(chains[int(number)], "")
            if later:
                break
        yield number


def main(corpus: Path) -> None:
    """Count every capture that the corpus' manifest names."""
    with (HERE / "expected.tsv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(("file", "sha256", "frames", *COUNTED))
        for line in (corpus / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines()[1:]:
            name = line.split("\t")[0]
            path = corpus / name
            counts = count(path)
            digest = sha256(path.read_bytes()).hexdigest()[:12]
            table.writerow((name, digest, counts["frames"], *(counts[each] for each in COUNTED)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
