"""
The queue between hearing and sealing.
"""

import threading

from isdas.model.frames import Frames
from isdas.sensor.handover import Cut, Handover, Heard


def heard(size: int) -> Heard:
    """Something of that many bytes."""
    import numpy as np

    none = np.empty(0, np.int64)
    frames = Frames(np.zeros(size, np.uint8), none, none, none, none, none, none)
    return Heard(frames, Frames(np.empty(0, np.uint8), none, none, none, none, none, none), 0)


def test_there_is_room_for_so_much() -> None:
    """What has no room is not taken, at once; when something is taken out there is room again."""
    handover = Handover(100)
    assert [handover.offer(heard(60)), handover.offer(heard(60)), handover.offer(heard(40))] == [True, False, True]
    assert handover.bytes == 100
    handover.take()
    assert handover.bytes == 40
    assert handover.offer(heard(60))


def test_ends_of_segments_always_have_room() -> None:
    """They are what tells of the losses."""
    handover = Handover(0)
    handover.cut(Cut(1, 2))
    handover.end()
    assert handover.take() == Cut(1, 2)
    assert handover.take() is None


def test_taking_waits() -> None:
    """Who takes waits until there is something, in the order in which it came."""
    handover, found = Handover(1000), []
    thread = threading.Thread(target=lambda: found.extend(iter(handover.take, None)))
    thread.start()
    for i in range(100):
        handover.cut(Cut(i, i))
    handover.end()
    thread.join()
    assert [item.start_us for item in found] == list(range(100))
