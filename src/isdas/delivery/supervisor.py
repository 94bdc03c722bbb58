"""
What the supervisor of services (systemd) is told: that this one is ready, alive, or stopping; sd_notify(3).

Without a supervisor nothing is told.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


class Supervisor:
    """
    The socket that a service manager listens on, if there is one.

    Args:
        environment: names the socket (NOTIFY_SOCKET) and how long it waits for a sign of life (WATCHDOG_USEC).
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._path = environment.get("NOTIFY_SOCKET", "")
        self._allowed_us = environment.get("WATCHDOG_USEC", "")

    @property
    def every_s(self) -> float | None:
        """How often a sign of life is due: half of what is allowed; None if nobody waits for it."""
        if not self._path or not self._allowed_us.isdigit():
            return None
        return int(self._allowed_us) / 2e6

    def ready(self, status: str = "") -> None:
        """The service is up."""
        self._tell(f"READY=1\nSTATUS={status}")

    def alive(self) -> None:
        """A sign of life."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is going down."""
        self._tell("STOPPING=1")

    def _tell(self, text: str) -> None:
        if not self._path:
            return
        # A name that begins with @ is in the abstract namespace.
        name = f"\0{self._path[1:]}" if self._path.startswith("@") else self._path
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
            way.sendto(text.encode(), name)
