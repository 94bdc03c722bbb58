"""
What the packets of a file add up to, by which the same packets are known in another file: packed since, or converted.

A sum of hashes of packets (multiset hash; Clarke et al., ASIACRYPT 2003), so that it does not depend on the pieces in
which a file is read.
"""

from typing import Any

import numpy as np
from blake3 import blake3

from isdas.enrich.rules import header
from isdas.model.kernels import compiled
from isdas.model.packets import Packets

_HASHED = (
    *("source_high", "source_low", "destination_high", "destination_low"),
    *("protocol", "source_port", "port", "tcp_sequence", "packets"),
)
"""The columns that tell packets of one microsecond apart."""


class Contents:
    """The sum of the packets of one file."""

    def __init__(self) -> None:
        """Of none."""
        self._rows = 0
        self._sums = np.zeros(2, np.uint64)
        self._sensors: set[str] = set()

    def add(self, packets: Packets) -> None:
        """Add packets."""
        if not len(packets):
            return
        self._rows += len(packets)
        self._sensors |= packets.words("sensor")
        hashes = packets.numpy("time").view(np.int64).astype(np.uint64)
        for name in _HASHED:
            column = header(packets, name)
            _mix_in(column.values, np.unpackbits(column.known, bitorder="little"), hashes)
        _add(hashes, self._sums)

    @property
    def identity(self) -> str:
        """What is the same for the same packets of the same sensors only; empty where there are none."""
        if not self._rows:
            return ""
        told = f"{self._rows} {self._sums.tolist()} {sorted(self._sensors)}"
        return f"packets:{blake3(told.encode()).hexdigest()}"


@compiled
def _mix_in(values: Any, known: Any, hashes: Any) -> None:
    """
    Mix a column into the hash of each packet; two packets that differ in it alone get different hashes.

    Args:
        values: the column.
        known: 1 where a value is known, 0 for one that counts as 0; nothing if all are.
        hashes: uint64[n].
    """
    for i in range(len(hashes)):
        value = np.int64(values[i])
        if len(known):
            # A mask, since whether a value is known is often not to be foreseen.
            value &= -np.int64(known[i])
        mixed = (hashes[i] ^ np.uint64(value)) * np.uint64(0x9E3779B97F4A7C15)
        hashes[i] = mixed ^ mixed >> np.uint64(32)


@compiled
def _add(hashes: Any, sums: Any) -> None:
    """Add the hashes, mixed once and twice more (splitmix64 finaliser; Steele et al., OOPSLA 2014), modulo 2**64."""
    once, twice = np.uint64(0), np.uint64(0)
    for i in range(len(hashes)):
        mixed = (hashes[i] ^ hashes[i] >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        once += mixed ^ mixed >> np.uint64(27)
        mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        twice += mixed ^ mixed >> np.uint64(31)
    sums[0] += once
    sums[1] += twice
