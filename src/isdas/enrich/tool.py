"""
Tool: which program's header fingerprint a TCP SYN bears. A fingerprint names a tool, never an actor.

Each rule looks at one packet, so by chance it claims one random packet in 65,536 (in 2**32 for mirai-like); tell a
tool by its share of a source's packets, not by a single one. Null where the input cannot show the fields.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.enrich.kind import ACK, SYN
from isdas.model.columns import Capability
from isdas.model.packets import Packets, labels

TOOLS = ("", "zmap", "masscan", "mirai-like")
UNKNOWN, ZMAP, MASSCAN, MIRAI = range(len(TOOLS))

_NEEDED = int(Capability.IP_ID | Capability.SEQUENCE | Capability.TCP_FLAGS | Capability.DESTINATION)
_Column = npt.NDArray[Any]


def tool(packets: Packets) -> pa.DictionaryArray:
    """The column `tool`: empty where no fingerprint fits, null where none could be seen."""
    protocol, flags = packets.numpy("protocol"), packets.numpy("tcp_flags", null=-1)
    syn = (protocol == 6) & (flags >= 0) & ((flags & (SYN | ACK)) == SYN)
    target = packets.numpy("destination_low") & 0xFFFFFFFF
    sequence, port, ident = (packets.numpy(n) for n in ("tcp_sequence", "port", "ip_id"))
    found = np.full(len(packets), UNKNOWN, np.int8)
    found[syn & (ident == 54321)] = ZMAP
    found[syn & (ident == _masscan_id(target, port, sequence))] = MASSCAN
    found[syn & (sequence == target)] = MIRAI
    found[(packets.numpy("capabilities") & _NEEDED) != _NEEDED] = -1
    # IPv6 has no identification, and a cut header shows nothing.
    found[(packets.numpy("ip_version") != 4) | ((protocol == 6) & (flags < 0))] = -1
    return labels(found, TOOLS)


def _masscan_id(target: _Column, port: _Column, sequence: _Column) -> _Column:
    """Its stateless cookie: destination, port and sequence number folded into the IP ID (templ-pkt.c)."""
    mixed = target ^ port ^ sequence
    return np.asarray(mixed & 0xFFFF)
