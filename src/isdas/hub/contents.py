"""
What the packets of a file add up to, by which the same packets are known in another file: packed since, or converted.

It takes sums, so that it costs next to nothing and does not depend on the pieces in which a file is read.
"""

import numpy as np
import numpy.typing as npt
from blake3 import blake3

from isdas.model.packets import Packets

_BOUND = ("source_low", "destination_low", "source_port", "port", "packets")
"""The columns that are bound to the time of their packet."""


class Contents:
    """The sum of the packets of one file."""

    def __init__(self) -> None:
        """Of none."""
        self._rows = 0
        self._sums = np.zeros(1 + len(_BOUND), np.int64)
        self._sensors: set[str] = set()

    def add(self, packets: Packets) -> None:
        """Add packets."""
        if not len(packets):
            return
        self._rows += len(packets)
        self._sensors.update(packets.table.column("sensor").unique().to_pylist())
        # All sums go round in 64 bits.
        times = packets.numpy("time").view(np.int64)
        self._sums[0] += times.sum()
        for i, name in enumerate(_BOUND, start=1):
            self._sums[i] += _product(times, packets, name)

    @property
    def identity(self) -> str:
        """What is the same for the same packets of the same sensors only; empty where there are none."""
        if not self._rows:
            return ""
        told = f"{self._rows} {self._sums.tolist()} {sorted(self._sensors)}"
        return f"packets:{blake3(told.encode()).hexdigest()}"


def _product(times: npt.NDArray[np.int64], packets: Packets, name: str) -> np.int64:
    column = packets.table.column(name)
    if column.null_count == len(column):
        return np.int64(0)
    return np.int64(np.dot(times, packets.numpy(name).astype(np.int64, copy=False)))
