"""
Splinters: first fragments that are smaller than any network would make them, as nmap -f and hping3 -f send them.

Only a sender cuts a transport header up, to get it past a filter (RFC 1858, 3). Later fragments are not looked at.
"""

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from isdas.model.packets import Packets

LEAST_IPV4, LEAST_IPV6 = 68, 1280
"""Bytes that every network carries in one piece (RFC 791, 3.2; RFC 8200, 5)."""

_HEADER, _ROOM = 20, 24
"""A TCP header, and the least that holds it of what a fragment may hold, since that is a multiple of eight bytes."""


def splintered(packets: Packets) -> npt.NDArray[np.bool_]:
    """bool[n]: whether each packet is a first fragment without all of a TCP header; bool[0] if none is a fragment."""
    more = packets.table.column("more_fragments")
    if not pc.any(more).as_py():
        return np.empty(0, np.bool_)
    follows = np.asarray(pc.fill_null(more, False))
    offset, header, length = (packets.numpy(name) for name in ("fragment_offset", "ip_header_length", "ip_length"))
    least = np.where(packets.numpy("ip_version", null=4) == 4, LEAST_IPV4, LEAST_IPV6)
    # The header may have options that leave a network no more room.
    small = (length > header) & (length < header + _HEADER) & (header + _ROOM <= least)
    return np.asarray(follows & (offset == 0) & (header > 0) & small)
