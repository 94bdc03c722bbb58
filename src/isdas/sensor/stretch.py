"""
The stretch of time that a segment observes: where it ends by the minute, and where because somebody set the clock.

It reads no clock.
"""

from dataclasses import dataclass
from typing import Final

LAG_US = 300_000
"""How long a frame may lie in the kernel before it is read; three times what the kernel is told."""

STRAY_US = 2_000_000
"""A frame that is so much older than its stretch, or from so far in the future, bears the time of another clock."""

_NEVER: Final = 1 << 62


@dataclass(slots=True)
class Stretch:
    """
    One stretch.

    Attributes:
        start_us: its beginning, microseconds since 1970 by the sensor's clock.
        until_us: the minute at which it ends if nothing else ends it.
        jump_us: by how much the clock was set, which ends it; 0 if it was not.
    """

    start_us: int
    until_us: int
    jump_us: int = 0
    _set_at_us: int = 0
    _deadline_us: int = 0
    _between: tuple[int, int] = (0, 0)

    @classmethod
    def begin(cls, start_us: int, seconds: int) -> "Stretch":
        """One that ends with the next minute, or whatever divides an hour."""
        width = seconds * 1_000_000
        return cls(start_us, (start_us // width + 1) * width)

    def between(self) -> tuple[int, int]:
        """First and last time, exclusive, of the frames that belong to it."""
        return self._between if self.jump_us else (self.start_us - STRAY_US, self.until_us)

    def is_stray(self, time_us: int, now_us: int) -> bool:
        """Whether a frame that does not belong to it belongs to no other either, long after the clock was set."""
        return not self.jump_us and not self.start_us - STRAY_US <= time_us <= max(now_us, self.until_us) + STRAY_US

    def set(self, jump_us: int, now_us: int, running_us: int) -> None:
        """
        The clock was set.

        Frames with the old time may still come, beside those with the new one; the middle tells them apart.

        Args:
            jump_us: forward or, if negative, backward.
            now_us: the new time.
            running_us: by the clock that nobody can set.
        """
        if self.jump_us:
            # Set again within half a second: one jump, which is all that can be told.
            self.jump_us += jump_us
            return
        self.jump_us = jump_us
        self._set_at_us = min(now_us - jump_us, self.until_us)
        self._deadline_us = running_us + LAG_US
        middle = now_us - jump_us // 2
        self._between = (-_NEVER, middle) if jump_us > 0 else (middle, _NEVER)

    def ended_us(self, now_us: int, running_us: int, *, waiting: bool, edge: bool) -> int | None:
        """
        Where it ends, if all that belongs to it has been read.

        Args:
            now_us, running_us: the clocks.
            waiting: whether there are frames that have not been read.
            edge: whether the next of them belongs to the next stretch.
        """
        if self.jump_us:
            over = edge or (not waiting and running_us >= self._deadline_us)
            return max(self._set_at_us, self.start_us) if over else None
        if edge or (not waiting and now_us >= self.until_us + LAG_US):
            return self.until_us
        return None

    def next(self, end_us: int, now_us: int, seconds: int) -> "Stretch":
        """The one that follows: at once, or with the new time after the clock was set."""
        return Stretch.begin(now_us if self.jump_us else end_us, seconds)
