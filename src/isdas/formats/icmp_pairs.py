"""
ICMP messages that answer each other, which flow programs put together as one connection.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

_PAIRS = ((8, 0), (9, 10), (13, 14), (15, 16), (17, 18))
"""Echo, router discovery, timestamp, information, address mask (RFC 792, RFC 950, RFC 1256)."""

_PAIRS_6 = ((128, 129), (130, 131), (133, 134), (135, 136), (139, 140), (144, 145))
"""Echo, listeners, routers, neighbours, node information, home agents (RFC 4443, 2710, 4861, 4620, 6275)."""


def _counterparts(pairs: tuple[tuple[int, int], ...]) -> npt.NDArray[np.int64]:
    table = np.full(256, -1, np.int64)
    for one, other in pairs:
        table[one], table[other] = other, one
    return table


_TABLES = np.stack([_counterparts(_PAIRS), _counterparts(_PAIRS_6)])


def counterpart(types: Any, six: Any) -> npt.NDArray[np.int64]:
    """int64[n]: the type of the message that answers, or is answered by, each of n types; -1 if there is none."""
    known = (types >= 0) & (types <= 255)
    return np.where(known, _TABLES[np.asarray(six).astype(np.int64), np.where(known, types, 0)], -1)
