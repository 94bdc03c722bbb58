"""
The sensor's clocks: the one that people set, and the one that only runs.

A clock that is set while a sensor runs would tear its minutes apart; beside a clock that nobody can set, that is seen.
"""

import time
from dataclasses import dataclass, field
from typing import Protocol

STEP_US = 1_000_000
"""A difference of more than this is a jump; less is the slow correction of NTP (adjtimex(2))."""


class Clock(Protocol):
    """What tells the time."""

    def realtime_us(self) -> int:
        """Microseconds since 1970, as packets are stamped; may be set."""

    def running_us(self) -> int:
        """Microseconds since some instant; never set, and goes on while the machine sleeps."""


class SystemClock:
    """The clocks of the machine (clock_gettime(2))."""

    def realtime_us(self) -> int:
        """CLOCK_REALTIME."""
        return time.clock_gettime_ns(time.CLOCK_REALTIME) // 1000

    def running_us(self) -> int:
        """CLOCK_BOOTTIME."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


@dataclass(slots=True)
class Jumps:
    """
    Sees when the clock is set.

    Attributes:
        clock: the clock.
    """

    clock: Clock
    _apart_us: int = field(init=False)

    def __post_init__(self) -> None:
        self._apart_us = self._apart()

    def _apart(self) -> int:
        # A pause between the two readings would look like a jump, so they are taken until they are close.
        while True:
            before = self.clock.running_us()
            real = self.clock.realtime_us()
            after = self.clock.running_us()
            if after - before < STEP_US // 10:
                return real - (before + after) // 2

    def jump_us(self) -> int:
        """By how much the clock was set since this was last asked; 0 if it was not. Slow drift is followed."""
        apart = self._apart()
        jump, self._apart_us = apart - self._apart_us, apart
        return jump if abs(jump) > STEP_US else 0
