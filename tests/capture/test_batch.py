"""
The columns of Frames while they are filled.
"""

import numpy as np

from isdas.capture.batch import MAX_FRAMES, Columns


def test_frames_are_the_first_rows_of_the_columns() -> None:
    """Frames made from columns have as many rows as asked for and share their memory."""
    columns = Columns.empty()
    columns.offsets[:3] = [0, 60, 120]
    frames = columns.frames(np.zeros(180, np.uint8), 3)
    assert len(frames) == 3
    assert np.shares_memory(frames.offsets, columns.offsets)
    assert len(columns.offsets) == MAX_FRAMES
