"""
What a capture file itself says about how completely it was captured.

It does not judge: turning statistics into coverage is somebody else's work.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InterfaceStatistics:
    """
    One interface's own account of its capture, from the last Interface Statistics Block about it.

    Attributes:
        start_us, end_us: when capturing began and ended, microseconds since 1970-01-01 UTC; None if not stated.
        received: packets that the interface received; None if not stated.
        dropped: packets lost by the interface and by the system for want of resources; None if not stated.
    """

    start_us: int | None = None
    end_us: int | None = None
    received: int | None = None
    dropped: int | None = None
