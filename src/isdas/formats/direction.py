"""
Which side of a connection sent the packets that arrived at the monitored addresses.

A log of connections says who opened each. A sensor's question is another one: what came to its addresses. So the
direction follows from the addresses, and the log's own word counts only where nobody said which addresses are ours.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]


def goes_back(first_ours: Mask | None, second_ours: Mask | None, there: Counts, back: Counts, answered: Mask) -> Mask:
    """
    Connections whose packets to us are those from the second host to the first.

    A connection that brought nothing to us is left so that its packets go to addresses that are not monitored, as
    which they are refused like any others.

    Args:
        first_ours, second_ours: bool[n], whether each of the two hosts is monitored; both None if nobody said.
        there: int64[n], packets from the first host to the second.
        back: int64[n], packets from the second to the first.
        answered: bool[n], what the log itself says: the second host sent the first packet.
    """
    if first_ours is None or second_ours is None:
        return np.asarray((back > 0) & (answered | (there == 0)))
    return np.asarray((back > 0) & (first_ours & ~second_ours | (there == 0)))


def turned(turn: Mask, first: Any, second: Any) -> tuple[Any, Any]:
    """Two columns of n values, of the first and the second host, as those of the sender and of the receiver."""
    return np.where(turn, second, first), np.where(turn, first, second)
