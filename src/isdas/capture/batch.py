"""
The columns of Frames while a reader fills them.

It does not read anything itself.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.model.frames import Frames

MAX_FRAMES = 1 << 18
"""The most frames in one batch."""

MAX_FRAME_BYTES = 1 << 18
"""The longest frame that is believed; four times the longest IP packet, and the largest snap length of libpcap."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays with room for one batch; the attributes are those of `isdas.model.frames.Frames`."""

    offsets: npt.NDArray[np.int64]
    captured: npt.NDArray[np.int32]
    original: npt.NDArray[np.int32]
    times_us: npt.NDArray[np.int64]
    links: npt.NDArray[np.int32]
    positions: npt.NDArray[np.int64]

    @classmethod
    def empty(cls) -> "Columns":
        """Room for MAX_FRAMES frames; pages that are never written cost nothing."""
        wide, narrow = np.int64, np.int32
        kinds: tuple[Any, ...] = (wide, narrow, narrow, wide, narrow, wide)
        return cls(*(np.empty(MAX_FRAMES, kind) for kind in kinds))

    @property
    def of_record(
        self,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The arrays that every record gives: offsets, captured, original, times_us."""
        return self.offsets, self.captured, self.original, self.times_us

    def frames(self, buffer: npt.NDArray[np.uint8], n: int) -> Frames:
        """The first *n* rows as Frames over *buffer*."""
        return Frames(
            buffer,
            self.offsets[:n],
            self.captured[:n],
            self.original[:n],
            self.times_us[:n],
            self.links[:n],
            self.positions[:n],
        )
