"""
What passes from the thread that listens to the one that seals: bounded, and never waited for by the first.
"""

import threading
from collections import deque
from dataclasses import dataclass, field

from isdas.model.frames import Frames


@dataclass(frozen=True, slots=True)
class Heard:
    """
    Frames in the order in which they came.

    Attributes:
        frames: what came in.
        outgoing: the beginnings of what went out meanwhile.
        until_us: nothing that came in earlier follows, by the sensor's clock.
        networks: what was monitored.
    """

    frames: Frames
    outgoing: Frames
    until_us: int
    networks: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of memory that it keeps."""
        return len(self.frames.buffer) + len(self.outgoing.buffer) + 36 * (len(self.frames) + len(self.outgoing))


@dataclass(frozen=True, slots=True)
class Cut:
    """
    The end of a segment. All that was heard since the cut before belongs to it.

    Attributes:
        start_us, end_us: the stretch that was observed, by the sensor's clock.
        networks: what was monitored.
        dropped: frames that were lost, by cause: kernel, ring.
        offset_s: hub minus sensor as last measured; None if unknown.
        jump_us: by how much the clock was set at its end; 0 if it was not.
        up: whether the interface was up.
        uptime_s: how long the sensor had been running.
    """

    start_us: int
    end_us: int
    networks: tuple[str, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)
    offset_s: float | None = None
    jump_us: int = 0
    up: bool = True
    uptime_s: int = 0


class Handover:
    """A queue with room for so many bytes; only what was heard takes room."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._items: deque[Heard | Cut | None] = deque()
        self._changed = threading.Condition()
        self.bytes = 0

    def offer(self, heard: Heard) -> bool:
        """Hand over what was heard; False if there is no room, and then it is not."""
        with self._changed:
            if self.bytes + heard.size > self._most:
                return False
            self.bytes += heard.size
            self._items.append(heard)
            self._changed.notify()
            return True

    def cut(self, cut: Cut) -> None:
        """Hand over the end of a segment."""
        with self._changed:
            self._items.append(cut)
            self._changed.notify()

    def end(self) -> None:
        """Say that nothing follows."""
        with self._changed:
            self._items.append(None)
            self._changed.notify()

    def take(self) -> Heard | Cut | None:
        """Wait for the next; None at the end."""
        with self._changed:
            while not self._items:
                self._changed.wait()
            item = self._items.popleft()
            if isinstance(item, Heard):
                self.bytes -= item.size
            return item
