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
COUNTED = ("ipv4", "ipv6", "tcp", "udp", "icmp", "icmpv6")
_NAMES = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmpv6"}
_NEXT = {
    0: "ipv6.hopopts.nxt",
    43: "ipv6.routing.nxt",
    44: "ipv6.fraghdr.nxt",
    60: "ipv6.dstopts.nxt",
    51: "ah.next_header",
}
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
    """Packets by outermost IP version and by the protocol that it carries, as tshark sees them, and all its frames."""
    options = [part for each in _PLAIN for part in ("-o", each)]
    fields = [part for each in _FIELDS for part in ("-e", each)]
    command = [
        "tshark",
        "-n",
        "-r",
        str(path),
        *options,
        "-T",
        "fields",
        "-E",
        "separator=/t",
        "-E",
        "aggregator=,",
        *fields,
    ]
    told = run(command, capture_output=True, check=False, text=True, timeout=120, errors="replace").stdout
    counts = Counter({name: 0 for name in ("frames", *COUNTED)})
    for line in told.splitlines():
        counts["frames"] += 1
        counts.update(_outermost(dict(zip(_FIELDS, line.split("\t"), strict=False))))
    return counts


def _outermost(row: dict[str, str]) -> Iterator[str]:
    """The IP version of a frame and the protocol above it."""
    layers = row["frame.protocols"].split(":")
    version = next((layer for layer in layers if layer in ("ip", "ipv6")), None)
    if version is None:
        return
    yield "ipv4" if version == "ip" else "ipv6"
    first = row["ip.proto"].split(",")[0] if version == "ip" else _last_header(row)
    if first and int(first) in _NAMES:
        yield _NAMES[int(first)]


def _last_header(row: dict[str, str]) -> str:
    """What the outermost IPv6 packet carries behind its extension headers."""
    chains = {number: iter(row[field].split(",")) for number, field in _NEXT.items()}
    offsets = iter(row["ipv6.fraghdr.offset"].split(","))
    number = row["ipv6.nxt"].split(",")[0]
    while number and int(number) in chains:
        later = int(number) == 44 and next(offsets, "0") not in ("", "0")
        number = next(chains[int(number)], "")
        if later:
            break
    return number


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
