"""
A clock for the hub's schedule, by which days pass at once.
"""

import threading
from datetime import datetime


class Simulated:
    """A clock that is moved by waiting, and that ends the hub at an instant."""

    def __init__(self, begin: datetime, end: datetime) -> None:
        self.at = begin
        self.end = end

    def now(self) -> datetime:
        """The instant to which waiting has moved it."""
        return self.at

    def wait(self, until: datetime, stop: threading.Event) -> None:
        """Be there at once."""
        self.at = max(self.at, until)
        if self.at >= self.end:
            stop.set()
