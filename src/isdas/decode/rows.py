"""
What the walk over frames gives: the tables of columns, and the names of what it refuses and finds odd.

It does not walk.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from isdas.model.pooled import pooled

REFUSALS = ("unknown-link-type", "short-frame", "not-ip", "short-ip", "bad-ip-header", "bad-time", "encrypted-frame")
"""Why a frame is no packet. Its index is the code that the walk gives."""

WARNINGS = (
    "short-tcp",
    "short-udp",
    "short-icmp",
    "bad-tcp-header",
    "bad-tcp-option",
    "short-extension",
    "too-many-extensions",
)
"""What is odd about a packet that is stored nevertheless."""

WIDE = (
    "source_high",
    "source_low",
    "destination_high",
    "destination_low",
    "tcp_sequence",
    "tcp_acknowledgement",
    "tcp_timestamp",
    "tcp_option_layout",
    "time",
    "position",
    "payload_at",
)
MEDIUM = (
    "source_port",
    "port",
    "ip_id",
    "fragment_offset",
    "ip_length",
    "tcp_window",
    "tcp_mss",
    "udp_length",
    "payload_length",
    "payload_held",
)
NARROW = (
    "protocol",
    "icmp_code",
    "tos",
    "ttl",
    "tcp_flags",
    "tcp_header_length",
    "tcp_window_scale",
    "ip_header_length",
    "ip_version",
    "dont_fragment",
    "more_fragments",
    "known",
)
"""The columns by the table that holds them, in the order of its rows; all but ASIDE are in the column table."""

ASIDE = ("known", "payload_at", "payload_held")
"""What the walk notes beside columns: which optional ones are known, and where in the buffer how much payload lies."""

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
        wide: int64[len(WIDE), n], the columns WIDE.
        medium: int32[len(MEDIUM), n], the columns MEDIUM.
        narrow: int16[len(NARROW), n], the columns NARROW.
    """

    wide: npt.NDArray[np.int64]
    medium: npt.NDArray[np.int32]
    narrow: npt.NDArray[np.int16]

    @classmethod
    def empty(cls, n: int) -> "Rows":
        """Room for *n* packets; what is in it means nothing until a packet is put there, whole."""
        return cls(*(_empty(len(names), n, kind) for names, kind in _TABLES))

    def column(self, name: str) -> npt.NDArray[Any]:
        """One column of one of the tables, by its name."""
        for names, table in ((WIDE, self.wide), (MEDIUM, self.medium), (NARROW, self.narrow)):
            if name in names:
                return np.asarray(table[names.index(name)])
        raise KeyError(name)

    def only(self, kept: npt.NDArray[np.int64]) -> "Rows":
        """A copy of the rows *kept*."""
        return Rows(np.take(self.wide, kept, 1), np.take(self.medium, kept, 1), np.take(self.narrow, kept, 1))


_TABLES: tuple[tuple[tuple[str, ...], Any], ...] = ((WIDE, np.int64), (MEDIUM, np.int32), (NARROW, np.int16))


def _empty(n_columns: int, n: int, kind: Any) -> npt.NDArray[Any]:
    return pooled(n_columns * n, kind).reshape(n_columns, n)
