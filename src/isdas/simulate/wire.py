"""
The bytes of a simulation: packets as records of a pcap file, with valid headers and checksums.

Link type is raw IP (LINKTYPE_RAW, 101), so that no hardware address has to be invented. Writes no file.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.simulate.stack import ICMP, QUOTE, STACKS, TCP, UDP, Stack
from isdas.simulate.traffic import Traffic

Array = npt.NDArray[Any]
Fields = list[tuple[str, str] | tuple[str, str, tuple[int]]]

LINKTYPE_RAW = 101
SNAPLEN = 65535

FILE_HEADER = np.array(
    [(0xA1B2C3D4, 2, 4, 0, 0, SNAPLEN, LINKTYPE_RAW)],
    dtype="<u4, <u2, <u2, <i4, <u4, <u4, <u4",
).tobytes()
"""The first 24 bytes of every file: little-endian pcap with microseconds."""

_RECORD: Fields = [("seconds", "<u4"), ("microseconds", "<u4"), ("captured", "<u4"), ("original", "<u4")]
_IP: Fields = [
    ("version_ihl", "u1"),
    ("tos", "u1"),
    ("total", ">u2"),
    ("id", ">u2"),
    ("fragment", ">u2"),
    ("ttl", "u1"),
    ("protocol", "u1"),
    ("ip_checksum", ">u2"),
    ("source", ">u4"),
    ("destination", ">u4"),
]
_TCP: Fields = [
    ("source_port", ">u2"),
    ("port", ">u2"),
    ("sequence", ">u4"),
    ("acknowledgement", ">u4"),
    ("offset", "u1"),
    ("flags", "u1"),
    ("window", ">u2"),
    ("checksum", ">u2"),
    ("urgent", ">u2"),
]
_UDP: Fields = [("source_port", ">u2"), ("port", ">u2"), ("length", ">u2"), ("checksum", ">u2")]
_ICMP: Fields = [("type", "u1"), ("code", "u1"), ("checksum", ">u2"), ("rest", ">u4")]
_QUOTED: Fields = [
    *((f"quoted_{field[0]}", field[1]) for field in _IP),
    ("quoted_source_port", ">u2"),
    ("quoted_port", ">u2"),
    ("quoted_sequence", ">u4"),
]
# Options as 32-bit words: MSS; NOP NOP SACK-permitted; NOP window scale 2; and Linux's SACK, timestamp, scale 5.
_MSS: Fields = [("mss_kind", ">u2"), ("mss", ">u2")]
_OPTIONS: dict[str, tuple[Fields, dict[str, int]]] = {
    "none": ([], {}),
    "mss": (_MSS, {"mss_kind": 0x0204}),
    "sack": ([*_MSS, ("sack", ">u4")], {"mss_kind": 0x0204, "sack": 0x01010402}),
    "scaled": (
        [*_MSS, ("scale", ">u4"), ("sack", ">u4")],
        {"mss_kind": 0x0204, "scale": 0x01030302, "sack": 0x01010402},
    ),
    "timestamps": (
        [*_MSS, ("sack", ">u4"), ("ticks", ">u4"), ("echo", ">u4"), ("scale", ">u4")],
        {"mss_kind": 0x0204, "sack": 0x0402080A, "scale": 0x01030305},
    ),
}
_RECORD_BYTES, _IP_BYTES = 16, 20
_CHUNK = 50_000


def records(packets: Traffic) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """
    All packets as pcap records, one after the other.

    Returns:
        uint8[b], the records; int64[n + 1], where each begins, and the end.
    """
    sizes = np.array([_layout(stack).itemsize for stack in STACKS])
    offsets = np.concatenate([[0], np.cumsum(sizes[packets.stack])])
    buffer = np.empty(int(offsets[-1]), dtype=np.uint8)
    for place, stack in enumerate(STACKS):
        rows = np.flatnonzero(packets.stack == place)
        for first in range(0, len(rows), _CHUNK):
            some = rows[first : first + _CHUNK]
            raw = _fill(stack, packets.take(some))
            buffer[offsets[some][:, None] + np.arange(raw.shape[1])] = raw
    return buffer, offsets


def checksum(raw: npt.NDArray[np.uint8], first: int, last: int, start: Array | int = 0) -> npt.NDArray[np.uint16]:
    """
    The Internet checksum (RFC 1071) of columns *first* to *last* of each row.

    Args:
        raw: uint8[n, b], one packet a row, its checksum field zero.
        first, last: half-open range of columns.
        start: sum to begin with, such as that of a pseudo header.
    """
    part = raw[:, first:last]
    if part.shape[1] % 2:
        part = np.concatenate([part, np.zeros((len(part), 1), np.uint8)], axis=1)
    total = np.ascontiguousarray(part).view(">u2").sum(axis=1, dtype=np.uint32) + np.asarray(start, dtype=np.uint32)
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return np.asarray(~total & 0xFFFF, dtype=np.uint16)


def _layout(stack: Stack) -> np.dtype[Any]:
    if stack.protocol == TCP:
        above: Fields = [*_TCP, *_OPTIONS[stack.options][0]]
    else:
        above = list(_UDP if stack.protocol == UDP else _ICMP)
    if stack.payload == QUOTE:
        above += _QUOTED
    elif stack.payload:
        above.append(("payload", "u1", (len(stack.payload),)))
    return np.dtype([*_RECORD, *_IP, *above])


def _fill(stack: Stack, packets: Traffic) -> npt.NDArray[np.uint8]:
    """The records of packets that all have one stack, uint8[n, size]."""
    layout = _layout(stack)
    size = layout.itemsize - _RECORD_BYTES
    rows = np.zeros(len(packets), dtype=layout)
    rows["seconds"], rows["microseconds"] = packets.time_us // 1_000_000, packets.time_us % 1_000_000
    rows["captured"] = rows["original"] = rows["total"] = size
    rows["version_ihl"] = 0x45
    rows["id"], rows["ttl"], rows["protocol"] = packets.ip_id, packets.ttl, packets.protocol
    rows["fragment"] = 0x4000 if stack.dont_fragment else 0
    rows["source"], rows["destination"] = packets.source, packets.destination
    if stack.payload and stack.payload != QUOTE:
        rows["payload"] = np.frombuffer(bytes(stack.payload), np.uint8)  # type: ignore[arg-type]
    {TCP: _fill_tcp, UDP: _fill_udp, ICMP: _fill_icmp}[stack.protocol](rows, stack, packets)
    raw = rows.view(np.uint8).reshape(len(rows), layout.itemsize)
    above = _RECORD_BYTES + _IP_BYTES
    rows["ip_checksum"] = checksum(raw, _RECORD_BYTES, above)
    pseudo = 0 if stack.protocol == ICMP else _pseudo(packets, size - _IP_BYTES)
    found = checksum(raw, above, layout.itemsize, pseudo)
    # RFC 768: a UDP checksum that comes out as zero is sent as all ones, since zero means none.
    rows["checksum"] = np.where(found == 0, 0xFFFF, found) if stack.protocol == UDP else found
    return raw


def _fill_tcp(rows: Array, stack: Stack, packets: Traffic) -> None:
    fields, fixed = _OPTIONS[stack.options]
    for name in ("source_port", "port", "sequence", "acknowledgement", "flags", "window"):
        rows[name] = getattr(packets, name)
    header = sum(np.dtype(field[1]).itemsize for field in [*_TCP, *fields])
    rows["offset"] = header // 4 << 4
    for name, value in fixed.items():
        rows[name] = value
    for name in {"mss", "ticks"} & {field[0] for field in fields}:
        rows[name] = getattr(packets, name)


def _fill_udp(rows: Array, stack: Stack, packets: Traffic) -> None:
    rows["source_port"], rows["port"] = packets.source_port, packets.port
    rows["length"] = 8 + len(stack.payload)


def _fill_icmp(rows: Array, stack: Stack, packets: Traffic) -> None:
    rows["type"], rows["code"], rows["rest"] = packets.port, packets.icmp_code, packets.sequence
    if stack.payload != QUOTE:
        return
    # The forged SYN that the error complains about: it claimed to be from the sensor.
    mark = packets.source ^ packets.quoted ^ packets.ip_id
    rows["quoted_version_ihl"], rows["quoted_total"], rows["quoted_id"] = 0x45, 40, mark & 0xFFFF
    rows["quoted_ttl"], rows["quoted_protocol"] = 1, TCP
    rows["quoted_source"], rows["quoted_destination"] = packets.destination, packets.quoted
    rows["quoted_source_port"], rows["quoted_port"] = 1024 + mark % 64512, 80
    rows["quoted_sequence"] = mark * np.uint32(2654435761)
    first = _RECORD_BYTES + _IP_BYTES + np.dtype(_ICMP).itemsize
    raw = rows.view(np.uint8).reshape(len(rows), rows.dtype.itemsize)
    rows["quoted_ip_checksum"] = checksum(raw, first, first + _IP_BYTES)


def _pseudo(packets: Traffic, length: int) -> npt.NDArray[np.uint32]:
    """The sum of the pseudo header of RFC 9293, 3.1."""
    source, destination = packets.source.astype(np.uint32), packets.destination.astype(np.uint32)
    halves = (source >> 16) + (source & 0xFFFF) + (destination >> 16) + (destination & 0xFFFF)
    return np.asarray(halves + packets.protocol + np.uint32(length))
