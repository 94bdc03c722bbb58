"""
What the packets of a file add up to, by which the same packets are known in another file: packed since, or converted.

It takes sums, so that it costs next to nothing and does not depend on the pieces in which a file is read.
"""

import numpy as np
import numpy.typing as npt
from blake3 import blake3

from isdas.model.packets import Packets

_BOUND = ("source_low", "destination_low", "port", "packets")
"""The columns that are bound to the time of their packet."""

_MASK = (1 << 64) - 1


class Contents:
    """The sum of the packets of one file."""

    def __init__(self) -> None:
        """Of none."""
        self._rows = 0
        self._sums = [0] * (1 + len(_BOUND))
        self._sensors: set[str] = set()

    def add(self, packets: Packets) -> None:
        """Add packets."""
        if not len(packets):
            return
        self._rows += len(packets)
        self._sensors.update(packets.table.column("sensor").unique().to_pylist())
        times = packets.numpy("time").view(np.int64)
        products = (_product(times, packets, name) for name in _BOUND)
        # All sums go round in 64 bits, as those of numpy do.
        self._sums = [a + int(b) & _MASK for a, b in zip(self._sums, (times.sum(), *products), strict=True)]

    @property
    def identity(self) -> str:
        """What is the same for the same packets of the same sensors only; empty where there are none."""
        if not self._rows:
            return ""
        told = f"{self._rows} {self._sums} {sorted(self._sensors)}"
        return f"packets:{blake3(told.encode()).hexdigest()}"


def _product(times: npt.NDArray[np.int64], packets: Packets, name: str) -> int:
    column = packets.table.column(name)
    if column.null_count == len(column):
        return 0
    return int(np.dot(times, packets.numpy(name).astype(np.int64, copy=False)))
