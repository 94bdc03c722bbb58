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


def reversed_and_strange(
    first_ours: Mask | None, second_ours: Mask | None, there: Counts, back: Counts, answered: Mask
) -> tuple[Mask, Mask]:
    """
    How to turn connections so that they go to us, and those of which nothing came to us.

    Args:
        first_ours, second_ours: bool[n], whether each of the two hosts is monitored; both None if nobody said.
        there: int64[n], packets from the first host to the second.
        back: int64[n], packets from the second to the first.
        answered: bool[n], what the log itself says: the second host sent the first packet.

    Returns:
        bool[n], connections whose packets to us are those from the second host to the first; and bool[n], connections
        without a packet to us.
    """
    if first_ours is None or second_ours is None:
        return np.asarray((back > 0) & (answered | (there == 0))), np.zeros(len(there), np.bool_)
    backward = first_ours & (back > 0) & (~second_ours | (there == 0))
    # A record without packets on either side was still written for one.
    forward = second_ours & ((there > 0) | (back == 0))
    return np.asarray(backward), np.asarray(~(backward | forward))


def turned(backward: Mask, first: Any, second: Any) -> tuple[Any, Any]:
    """Two columns of n values, of the first and the second host, as those of the sender and of ours."""
    return np.where(backward, second, first), np.where(backward, first, second)
