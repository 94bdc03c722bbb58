"""
Turns of the threads of one process: who waits longest is next.

A lock on a file tells processes apart, but of threads that ask for it again and again one may never get it.
"""

import threading
from collections import deque
from pathlib import Path


class Turns:
    """One thread at a time, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def take(self, patience_s: float) -> bool:
        """Wait for a turn; whether it came in time."""
        with self._lock:
            if not self._held:
                self._held = True
                return True
            if patience_s <= 0:
                return False
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(patience_s):
            return True
        with self._lock:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
            return False

    def give(self) -> None:
        """Let the next one have its turn."""
        with self._lock:
            if self._waiting:
                # It is never free in between, so that nobody comes before who waits.
                self._waiting.popleft().set()
            else:
                self._held = False


_TURNS: dict[Path, Turns] = {}
_LOCK = threading.Lock()


def turns_of(path: Path) -> Turns:
    """The turns that belong to a file, the same for all threads of this process."""
    with _LOCK:
        return _TURNS.setdefault(path.absolute(), Turns())
