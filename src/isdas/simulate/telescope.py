"""
The benchmark's capture: what a /16 telescope receives, in any number of packets, the same for the same seed.

SYNs to ten ports, some UDP and ICMP echo, from 200,000 sources of Zipf activity in 60-byte frames, with random sequence
numbers, source ports and IP identifications: 20 million packets are 1.52 GB. It plants no event.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

N_SOURCES = 200_000
PACKETS_PER_SECOND = 2_000
PORTS = (445, 135, 1433, 139, 22, 23, 2967, 80, 5900, 3389)
NETWORK = 0x2C000000
"""44.0.0.0, of which the first /16 is the telescope."""

_CHUNK = 1_000_000
_START_S = 1_225_324_800
_TCP, _UDP, _ICMP = 6, 17, 1

_RECORD = np.dtype(
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


def write_telescope(path: Path, n_packets: int, *, seed: int = 16) -> None:
    """Write the capture as pcap, in chunks, so that its size does not matter."""
    rng = np.random.default_rng(seed)
    sources = rng.integers(1 << 24, 0xDF000000, N_SOURCES, dtype=np.uint32)
    weights = 1.0 / np.arange(1, N_SOURCES + 1)
    shares = np.cumsum(weights / weights.sum())
    with path.open("wb") as file:
        file.write(np.array([0xA1B2C3D4, 0x00040002, 0, 0, 65535, 1], "<u4").tobytes())
        for first in range(0, n_packets, _CHUNK):
            file.write(_chunk(rng, sources, shares, first, min(_CHUNK, n_packets - first)).tobytes())


def _chunk(
    rng: np.random.Generator,
    sources: npt.NDArray[np.uint32],
    shares: npt.NDArray[np.float64],
    first: int,
    count: int,
) -> npt.NDArray[Any]:
    rows = np.zeros(count, _RECORD)
    at = first + np.arange(count)
    rows["seconds"] = _START_S + at // PACKETS_PER_SECOND
    rows["micros"] = at % PACKETS_PER_SECOND * (1_000_000 // PACKETS_PER_SECOND)
    rows["captured"] = rows["original"] = 60
    rows["ethernet"][:, 12] = 8
    rows["version"], rows["length"], rows["ttl"] = 0x45, 44, rng.integers(30, 120, count)
    rows["ident"] = rng.integers(0, 1 << 16, count)
    rows["source"] = sources[np.searchsorted(shares, rng.random(count))]
    rows["destination"] = NETWORK + rng.integers(0, 1 << 16, count)
    protocol = rng.choice([_TCP] * 8 + [_UDP, _ICMP], count)
    rows["protocol"] = protocol
    rows["transport"] = _transport(rng, protocol)
    return rows


def _transport(rng: np.random.Generator, protocol: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    count = len(protocol)
    body = np.zeros((count, 26), np.uint8)
    body[:, :8] = rng.integers(0, 256, (count, 8))
    body[:, 2:4] = rng.choice(PORTS, count).astype(">u2").view(np.uint8).reshape(-1, 2)
    body[:, 12:24] = [0x60, 2, 0xFF, 0xFF, 0, 0, 0, 0, 2, 4, 5, 0xB4]
    body[protocol == _UDP, 4:8] = [0, 24, 0, 0]
    body[protocol == _ICMP, :2] = [8, 0]
    return body
