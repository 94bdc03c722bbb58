"""
What the walk over frames gives: the tables of columns, and the names of what it refuses and finds odd.

It does not walk.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

REFUSALS = ("unknown-link-type", "short-frame", "not-ip", "short-ip", "bad-ip-header", "bad-time")
"""Why a frame is no packet. Its index is the code that the walk gives."""

WARNINGS = (
    "short-tcp",
    "short-udp",
    "short-icmp",
    "bad-tcp-header",
    "bad-tcp-option",
    "short-extension",
)
"""What is odd about a packet that is stored nevertheless."""

WIDE = (
    "source_high",
    "source_low",
    "destination_high",
    "destination_low",
    "tcp_sequence",
    "tcp_acknowledgement",
    "time",
    "position",
)
MEDIUM = ("source_port", "port", "ip_id", "fragment_offset", "ip_length", "tcp_window", "tcp_mss", "payload_length")
NARROW = ("protocol", "icmp_code", "ttl", "tcp_flags", "tcp_header_length", "ip_version", "dont_fragment", "known")
"""The columns by the table that holds them, in the order of its rows; all but ``known`` are in the column table."""

ROW = np.dtype(
    [
        *((name, np.int64) for name in WIDE),
        *((name, np.int32) for name in MEDIUM),
        *((name, np.int16) for name in NARROW),
    ]
)
"""One packet while it is read. The parts of the walk fill one such row in place, which then is put into the tables:
handing a row on costs a pointer, handing the tables on would cost more than reading the packet."""


class Rows(NamedTuple):
    """
    What the walk fills.

    Attributes:
        wide: int64[8, n], the columns WIDE.
        medium: int32[8, n], the columns MEDIUM.
        narrow: int16[8, n], the columns NARROW; ``known`` says which optional columns of a packet hold something.
    """

    wide: npt.NDArray[np.int64]
    medium: npt.NDArray[np.int32]
    narrow: npt.NDArray[np.int16]

    @classmethod
    def empty(cls, n: int) -> "Rows":
        """Room for *n* packets, all zero: what a packet lacks is then never written."""
        return cls(np.zeros((8, n), np.int64), np.zeros((8, n), np.int32), np.zeros((8, n), np.int16))
