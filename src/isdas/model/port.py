"""
Ports with their protocol: ``445/tcp``, ``53413/udp``, ``8/icmp`` (ICMP type 8), ``47/ip`` (protocol 47, portless).
"""

import re
from typing import NamedTuple

from isdas.model.errors import IsdasError

_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}
_NAMES = {number: name for name, number in _NUMBERS.items()}
_FORM = re.compile(r"(\d{1,5})/([a-z][a-z0-9]*)", re.ASCII)

NO_PORT = -1
"""The port number of packets that have none: other protocols and later fragments."""


class Port(NamedTuple):
    """A destination port: IP protocol number and port number (ICMP type for ICMP)."""

    protocol: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Port":
        """
        Read ``445/tcp``; case does not matter, and a bare number is TCP as in the file names of 2008.

        Raises:
            IsdasError: *text* is not a port.
        """
        lowered = text.strip().lower()
        match = _FORM.fullmatch(lowered if "/" in lowered else f"{lowered}/tcp")
        if match:
            number, name = int(match[1]), match[2]
            if name == "ip" and number < 256:
                return cls(number, NO_PORT)
            if name in _NUMBERS and number <= (255 if name.startswith("icmp") else 65535):
                return cls(_NUMBERS[name], number)
        raise IsdasError(f"{text!r} is not a port: write 445/tcp, 53413/udp or 8/icmp")

    def __str__(self) -> str:
        name = _NAMES.get(self.protocol)
        if name is None or self.number == NO_PORT:
            return f"{self.protocol}/ip"
        return f"{self.number}/{name}"
