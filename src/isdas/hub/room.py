"""
How much may wait: what there is no room for is asked to come later, so that memory is bounded whoever sends.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Full(Exception):
    """There is no room now."""


class Room:
    """
    Room for so many bytes.

    Attributes:
        taken: how many bytes of it are in use.
    """

    def __init__(self, size_bytes: int) -> None:
        self._size = size_bytes
        self._lock = threading.Lock()
        self.taken = 0

    def take(self, n_bytes: int) -> None:
        """
        Take room until it is given back.

        Raises:
            Full: there is not so much.
        """
        with self._lock:
            if self.taken + n_bytes > self._size:
                raise Full
            self.taken += n_bytes

    def give(self, n_bytes: int) -> None:
        """Give room back."""
        with self._lock:
            self.taken -= n_bytes

    @contextmanager
    def taking(self, n_bytes: int) -> Iterator[None]:
        """
        Take room for as long as the block lasts.

        Raises:
            Full: there is not so much.
        """
        self.take(n_bytes)
        try:
            yield
        finally:
            self.give(n_bytes)
