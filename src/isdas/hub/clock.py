"""
What is made of a sensor's clock: when a segment really was, and whether that can be.

Knows only numbers; times are microseconds since 1970.
"""

from dataclasses import dataclass

LEAST_US = 2_000_000
"""A clock that is off by less is left as it is: networks take that long too."""

LEAST_GUESSED_US = 10_000_000
"""The same where the offset is only known from when a request was sent and when it came."""

AHEAD_US = 300_000_000
"""How far in the future a segment may end if its clock is not known to be off."""


@dataclass(frozen=True, slots=True)
class Timing:
    """
    When a segment was, by the hub's clock.

    Attributes:
        shift_us: to be added to all its times.
        offset_s: hub minus sensor, if it is known.
        reason: why it cannot be taken in (now); empty if it can.
        later: whether it may be able to later.
    """

    shift_us: int = 0
    offset_s: float | None = None
    reason: str = ""
    later: bool = False


def timing(end_us: int, *, measured_s: float | None, guessed_s: float | None, now_us: int, oldest_us: int) -> Timing:
    """
    Say when a segment was.

    Args:
        end_us: its end by the sensor's clock.
        measured_s: hub minus sensor as the sensor measured it.
        guessed_s: the same as far as the request tells; only of the clock that stamped the segment.
        now_us: the hub's clock.
        oldest_us: what ended before is refused.
    """
    offset_s, least_us = (guessed_s, LEAST_GUESSED_US) if measured_s is None else (measured_s, LEAST_US)
    known_us = 0 if offset_s is None else round(offset_s * 1e6)
    shift_us = known_us if abs(known_us) > least_us else 0
    if end_us + shift_us > now_us + AHEAD_US:
        return Timing(shift_us, offset_s, "future-dated", later=True)
    if end_us + shift_us < oldest_us:
        return Timing(shift_us, offset_s, "too-old")
    return Timing(shift_us, offset_s if measured_s is not None or shift_us else None)
