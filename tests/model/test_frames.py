"""
Tests of isdas.model.frames.
"""

import numpy as np

from isdas.model.frames import Frames


def test_length_is_the_number_of_frames() -> None:
    """Frames are counted by their offsets, not by the bytes they lie in."""
    frames = Frames(
        buffer=np.zeros(100, np.uint8),
        offsets=np.array([0, 60], np.int64),
        captured=np.array([60, 40], np.int32),
        original=np.array([60, 1500], np.int32),
        times_us=np.array([0, 1], np.int64),
        links=np.array([1, 1], np.int32),
        positions=np.array([0, 1], np.int64),
    )
    assert len(frames) == 2
