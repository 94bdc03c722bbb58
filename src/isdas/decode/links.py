"""
The link types that are understood: where the network protocol of a frame is named, and where its packet begins.

It does not read frames; `isdas.decode.walk` does, by this table.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ETHERTYPE, RAW, FAMILY, FAMILY_HOST, PPP, IP4_ONLY, IP6_ONLY = 1, 2, 3, 4, 5, 6, 7
"""How the next protocol is named: by an EtherType, by the IP version nibble, by an address family in network order
or in whatever order the capturing machine had, by a PPP protocol number, or not at all since it is always the same."""

N_LINKS = 512
"""Link types are numbered below this; larger numbers are unknown."""


@dataclass(frozen=True, slots=True)
class Link:
    """
    One link type.

    Attributes:
        number: LINKTYPE_* number (https://www.tcpdump.org/linktypes.html).
        name: its name there.
        form: ETHERTYPE, RAW, FAMILY, FAMILY_HOST, PPP, IP4_ONLY or IP6_ONLY.
        header_bytes: length of the header; what a PPP address and control field or a tag adds is found while walking.
        type_at: where in the header the next protocol is named.
    """

    number: int
    name: str
    form: int
    header_bytes: int
    type_at: int = 0


LINKS: tuple[Link, ...] = (
    Link(0, "NULL", FAMILY_HOST, 4),
    Link(1, "ETHERNET", ETHERTYPE, 14, 12),
    Link(9, "PPP", PPP, 0),
    Link(12, "RAW", RAW, 0),
    Link(14, "RAW of OpenBSD", RAW, 0),
    Link(50, "PPP_HDLC", PPP, 0),
    Link(101, "RAW", RAW, 0),
    Link(104, "C_HDLC", ETHERTYPE, 4, 2),
    Link(108, "LOOP", FAMILY, 4),
    Link(113, "LINUX_SLL", ETHERTYPE, 16, 14),
    Link(228, "IPV4", IP4_ONLY, 0),
    Link(229, "IPV6", IP6_ONLY, 0),
    Link(276, "LINUX_SLL2", ETHERTYPE, 20, 0),
)
"""Every link type that is understood; a new one of a known form is one row."""


def table() -> npt.NDArray[np.int64]:
    """The link types as int64[N_LINKS, 3]: form (0 unknown), header_bytes, type_at."""
    rows = np.zeros((N_LINKS, 3), np.int64)
    for link in LINKS:
        rows[link.number] = link.form, link.header_bytes, link.type_at
    return rows
