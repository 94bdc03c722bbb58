"""
Header facts of real captures against tshark's, packet by packet.
"""

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from subprocess import run
from typing import Any

import numpy as np
import pytest

from isdas.capture.file import open_capture
from isdas.decode.config import Config
from isdas.decode.packets import decode
from isdas.model import address
from isdas.model.port import NO_PORT

HERE = Path(__file__).parent
DRAWN = 150
BY_PROTOCOL: dict[int | None, dict[str, str]] = {
    None: {
        **{"ttl": "ip.ttl", "ip_id": "ip.id", "dont_fragment": "ip.flags.df", "more_fragments": "ip.flags.mf"},
        **{"tos": "ip.dsfield", "ip_length": "ip.len", "ip_header_length": "ip.hdr_len", "protocol": "ip.proto"},
    },
    6: {
        **{"source_port": "tcp.srcport", "port": "tcp.dstport", "tcp_flags": "tcp.flags"},
        **{"tcp_sequence": "tcp.seq_raw", "tcp_acknowledgement": "tcp.ack_raw", "tcp_header_length": "tcp.hdr_len"},
        **{"tcp_window": "tcp.window_size_value", "tcp_mss": "tcp.options.mss_val"},
        **{"tcp_window_scale": "tcp.options.wscale.shift", "tcp_timestamp": "tcp.options.timestamp.tsval"},
    },
    17: {"source_port": "udp.srcport", "port": "udp.dstport", "udp_length": "udp.length"},
    1: {"port": "icmp.type", "icmp_code": "icmp.code"},
    58: {"port": "icmpv6.type", "icmp_code": "icmpv6.code"},
}
"""The fields of tshark that our columns are, of all IPv4 packets and of those of a protocol."""

FIELDS = (
    *("frame.number", "frame.time_epoch", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ipv6.hlim"),
    *dict.fromkeys(field for fields in BY_PROTOCOL.values() for field in fields.values()),
)
PLAIN = ("ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams", "tcp.check_checksum", "udp.check_checksum")

ODD = {
    "suricata-verify__tests__detect-ipopts__input.pcap",  # tshark shows where a source route ends, not the next hop
    "tcpdump__tests__timestamp_invalid_micro.pcap",  # fractions of more than a second are added here, printed there
    "tcpdump__tests__timestamp_invalid_nano.pcap",
    "suricata-verify__tests__transform-base64-7296__input.pcap",
    "nDPI__fuzz-2021-06-07-c6c72a0a56.pcap",
    "zeek__cisco-fabric-path.pcap",  # tshark takes the last four bytes of each frame for a checksum
}


def told(path: Path) -> dict[int, dict[str, str]]:
    """What tshark says of the outermost packet of each frame that holds one, by the number of the frame from 0."""
    options = [part for each in PLAIN for part in ("-o", f"{each}:FALSE")]
    asked = [part for field in FIELDS for part in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), *options, "-T", "fields", "-E", "occurrence=f", *asked]
    lines = run(command, capture_output=True, check=False, text=True, timeout=120, errors="replace").stdout.splitlines()
    rows = [dict(zip(FIELDS, line.split("\t"), strict=False)) for line in lines]
    return {int(row["frame.number"]) - 1: row for row in rows if {"ip", "ipv6"} & {*row["frame.protocols"].split(":")}}


def ours(path: Path) -> Iterator[dict[str, Any]]:
    """The outermost packets of a capture."""
    with open_capture(path) as capture:
        for frames in capture.frames():
            yield from decode(frames, Config(tunnels="never"))[0].table.to_pylist()


def differences(packet: dict[str, Any], said: dict[str, str]) -> Iterator[str]:
    """The columns in which a packet is not what tshark says; what either does not tell is no difference."""
    version = "ip" if packet["ip_version"] == 4 else "ipv6"
    for name, field in (("source", f"{version}.src"), ("destination", f"{version}.dst")):
        # An IPv4 address inside an IPv6 one is told as such here.
        if said[field] and address.halves(said[field]) != (packet[f"{name}_high"], packet[f"{name}_low"]):
            yield name
    if abs(packet["time"].timestamp() - float(said["frame.time_epoch"])) > 2e-6:
        yield "time"
    if version == "ipv6" and said["ipv6.hlim"] and packet["ttl"] != int(said["ipv6.hlim"]):
        yield "ttl"
    layers = said["frame.protocols"].split(":")
    carried = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmpv6"}.get(packet["protocol"])
    whole = not packet["fragment_offset"] and carried in layers[layers.index(version) : layers.index(version) + 3]
    columns = (BY_PROTOCOL[None] if version == "ip" else {}) | (BY_PROTOCOL[packet["protocol"]] if whole else {})
    for column, field in columns.items():
        number = said[field].replace("True", "1").replace("False", "0")
        if number and column == "tcp_flags":
            number = str(int(number, 0) & 0x1FF)  # tshark has the three reserved bits with them
        # A length of 0 is one that the sender's card was to fill in; tshark then gives that of the frame.
        silent = (None, NO_PORT, 0) if column == "ip_length" else (None, NO_PORT)
        if number and packet[column] not in silent and packet[column] != int(number, 0):
            yield column


@pytest.mark.slow
def test_header_facts_equal_those_of_tshark(shared: Path) -> None:
    """In 150 captures drawn with a fixed seed, every field of every packet is what tshark says it is."""
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    with (HERE / "differences.tsv").open(encoding="utf-8", newline="") as file:
        known = {row["file"] for row in csv.DictReader(file, delimiter="\t")}
    with (HERE / "expected.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if int(row["ipv4"]) + int(row["ipv6"])]
    names = [row["file"] for row in rows if row["file"] not in known and row["file"].split("/")[-1] not in ODD]
    wrong: Counter[tuple[str, str]] = Counter()
    compared = 0
    for index in np.random.default_rng(445).choice(len(names), DRAWN, replace=False).tolist():
        path = shared / "corpus" / names[index]
        said = told(path)
        for packet in ours(path):
            compared += packet["position"] in said
            found = differences(packet, said[packet["position"]]) if packet["position"] in said else ()
            wrong.update((names[index], column) for column in found)
    assert not wrong
    assert compared > 1000
