"""
Who and what is turned away at the hub's door, counted in memory and written down now and then.

What is sent by nobody known must not cost a write to the disk each time.
"""

import threading
from collections import Counter

from isdas.lake.database import Database
from isdas.lake.refusals import NOBODY, Refusal, add
from isdas.model.time import HOUR_US, now


class TurnedAway(Exception):
    """
    A request that is answered with a status and nothing else.

    Attributes:
        status: of HTTP.
        reason: a fixed short name under which it is counted (docs/reference/reasons.md).
        sensor: the name of the sensor that it was, or NOBODY.
    """

    def __init__(self, status: int, reason: str, sensor: str = NOBODY) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.sensor = sensor


class Counted:
    """What was turned away since the hub began, and what of it is not written down yet."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._new: Counter[Refusal] = Counter()
        self.total: Counter[str] = Counter()

    def add(self, reason: str, sensor: str = NOBODY) -> None:
        """Count one."""
        hour = int(now().timestamp() * 1e6) // HOUR_US
        with self._lock:
            self._new[sensor, reason, hour] += 1
            self.total[reason] += 1

    def write(self) -> None:
        """
        Write down what is new.

        Raises:
            LakeError: it cannot be written; it is tried again the next time.
        """
        with self._lock:
            new, self._new = self._new, Counter()
        try:
            add(self._database, new)
        except BaseException:
            with self._lock:
                self._new += new
            raise
