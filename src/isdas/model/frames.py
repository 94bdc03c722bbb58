"""
Frames: captured bytes with times and a link type, before anybody has looked inside.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Frames:
    """
    Many captured frames over one shared buffer, no copy per frame.

    Attributes:
        buffer: uint8, the bytes that hold all frames (frames may lie anywhere in it).
        offsets: int64[n], where each frame begins in the buffer.
        captured: int32[n], bytes present in the buffer.
        original: int32[n], bytes on the wire; more than captured when the frame was snapped.
        times_us: int64[n], microseconds since 1970-01-01 UTC.
        links: int32[n], LINKTYPE_* number of each frame (https://www.tcpdump.org/linktypes.html).
        positions: int64[n], number of the frame in its file, from 0.
    """

    buffer: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    captured: npt.NDArray[np.int32]
    original: npt.NDArray[np.int32]
    times_us: npt.NDArray[np.int64]
    links: npt.NDArray[np.int32]
    positions: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets)
