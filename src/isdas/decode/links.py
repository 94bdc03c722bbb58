"""
The link types that are understood: where the network protocol of a frame is named, and where its packet begins.

It does not read frames; `isdas.decode.walk` does, by this table, and `isdas.decode.carriers` where more is to be read.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

ETHERTYPE, RAW, FAMILY, PPP, FIXED = 1, 2, 3, 4, 5
"""How the next protocol is named: by an EtherType, by the IP version nibble, by an address family in whatever byte
order the capturing machine had, by a PPP protocol number, or not at all since it is always the same."""

N_LINKS = 512
"""Link types are numbered below this; larger numbers are unknown in a capture."""

CARRIER = 0x10000
"""Above any EtherType: this plus a link type is what the header of a frame of that link type says comes next, for the
link types whose header only `isdas.decode.carriers` can read."""

PSEUDOWIRE = CARRIER + 0xF000
"""What comes behind MPLS labels where no IP packet does, but a control word (RFC 4385)."""

IP4, IP6, VLAN, MPLS, PPPOE, NSH = 0x0800, 0x86DD, 0x8100, 0x8847, 0x8864, 0x894F
"""EtherTypes."""

TYPED, LLC, VLAN_TAG, NSH_HEADER, METADATA_HEADER = range(N_LINKS, N_LINKS + 5)
"""Link types of our own, which no capture can name: the rest of a frame from an EtherType, from an LLC header, or
from a header that something before it has announced."""


@dataclass(frozen=True, slots=True)
class Link:
    """
    One link type.

    Attributes:
        number: LINKTYPE_* number (https://www.tcpdump.org/linktypes.html), or one of our own.
        name: its name there.
        form: ETHERTYPE, RAW, FAMILY, PPP or FIXED.
        header_bytes: length of the header; what a PPP address and control field or a tag adds is found while walking.
        type_at: where in the header the next protocol is named; for FIXED its EtherType.
    """

    number: int
    name: str
    form: int
    header_bytes: int = 0
    type_at: int = 0


_PLAIN = (
    Link(0, "NULL", FAMILY, 4),
    Link(1, "ETHERNET", ETHERTYPE, 14, 12),
    Link(8, "SLIP", RAW, 16),
    Link(9, "PPP", PPP),
    Link(12, "RAW", RAW),
    Link(14, "RAW of OpenBSD", RAW),
    Link(50, "PPP_HDLC", PPP),
    Link(51, "PPP_ETHER", FIXED, 0, PPPOE),
    Link(101, "RAW", RAW),
    Link(102, "SLIP_BSDOS", RAW, 24),
    Link(104, "C_HDLC", ETHERTYPE, 4, 2),
    Link(108, "LOOP", FAMILY, 4),
    Link(109, "ENC", FAMILY, 12),
    Link(113, "LINUX_SLL", ETHERTYPE, 16, 14),
    Link(138, "APPLE_IP_OVER_IEEE1394", ETHERTYPE, 18, 16),
    Link(219, "MPLS", FIXED, 0, MPLS),
    Link(228, "IPV4", FIXED, 0, IP4),
    Link(229, "IPV6", FIXED, 0, IP6),
    Link(240, "NETANALYZER", ETHERTYPE, 18, 16),
    Link(241, "NETANALYZER_TRANSPARENT", ETHERTYPE, 26, 24),
    Link(242, "IPOIB", ETHERTYPE, 44, 40),
    Link(274, "ETHERNET_MPACKET", ETHERTYPE, 22, 20),
    Link(276, "LINUX_SLL2", ETHERTYPE, 20, 0),
    Link(281, "DSA_TAG_BRCM", ETHERTYPE, 18, 16),
    Link(282, "DSA_TAG_BRCM_PREPEND", ETHERTYPE, 18, 16),
    Link(284, "DSA_TAG_DSA", ETHERTYPE, 18, 16),
    Link(285, "DSA_TAG_EDSA", ETHERTYPE, 22, 20),
    Link(TYPED, "from an EtherType", ETHERTYPE, 2, 0),
    Link(VLAN_TAG, "from a VLAN tag", FIXED, 0, VLAN),
    Link(NSH_HEADER, "from a network service header", FIXED, 0, NSH),
    Link(METADATA_HEADER, "from an EtherType before Cisco metadata", ETHERTYPE, 8, 0),
)
_CARRIERS = {
    6: "IEEE802_5",
    7: "ARCNET_BSD",
    10: "FDDI",
    100: "ATM_RFC1483",
    105: "IEEE802_11",
    106: "ATM_CLIP",
    107: "FRELAY",
    117: "PFLOG",
    119: "IEEE802_11_PRISM",
    122: "IP_OVER_FC",
    123: "SUNATM",
    127: "IEEE802_11_RADIOTAP",
    129: "ARCNET_LINUX",
    143: "DOCSIS",
    149: "USER2, which is PKTAP if it looks like it",
    163: "IEEE802_11_AVS",
    166: "PPP_PPPD",
    178: "JUNIPER_ETHER",
    179: "JUNIPER_PPP",
    180: "JUNIPER_FRELAY",
    181: "JUNIPER_CHDLC",
    192: "PPI",
    197: "ERF",
    204: "PPP_WITH_DIR",
    205: "C_HDLC_WITH_DIR",
    206: "FRELAY_WITH_DIR",
    226: "IPNET",
    239: "NFLOG",
    258: "PKTAP",
    LLC: "from an LLC header",
}

LINKS: tuple[Link, ...] = (
    *_PLAIN,
    *(Link(number, name, FIXED, 0, CARRIER + number) for number, name in _CARRIERS.items()),
)
"""Every link type that is understood; a new one of a known form is one row."""


@cache
def table() -> npt.NDArray[np.int64]:
    """
    The link types as int64[n, 3]: form (0 unknown), header_bytes, type_at.

    The first N_LINKS rows are the link types of captures, those behind them are our own.
    """
    rows = np.zeros((N_LINKS + 8, 3), np.int64)
    for link in LINKS:
        rows[link.number] = link.form, link.header_bytes, link.type_at
    return rows
