"""
Tools: the programs that a header fingerprint can name, and what an input must show for each.

It finds none of them (isdas.enrich.tool). A fingerprint names a tool, never an actor.
"""

from collections.abc import Mapping

from isdas.model.columns import Capability

TOOLS = (
    "",
    "mirai-like",
    "masscan",
    "zmap",
    "hajime-like",
    "nmap-like",
    "unicornscan-like",
    "hping-like",
    "zmap-like",
    "slammer",
    "witty",
)
"""
All tools that packets are labelled with; empty where no fingerprint fits.

A plain name stands for a number that only the program computes. *-like* stands for malware whose source others use too,
and for the shape of a header, which other programs may share.
"""

CONFIRMED = ("nmap", "unicornscan")
"""Tools that only the packets of a source together tell; no packet is labelled with them."""

_C = Capability
_SHAPE = _C.TCP_FLAGS | _C.WINDOW | _C.OPTIONS | _C.TTL | _C.IP_ID

NEEDS: dict[int, dict[str, Capability]] = {
    6: {
        "mirai-like": _C.TCP_FLAGS | _C.SEQUENCE | _C.DESTINATION,
        "masscan": _C.TCP_FLAGS | _C.SEQUENCE | _C.DESTINATION | _C.IP_ID,
        "zmap": _C.TCP_FLAGS | _C.IP_ID,
        "hajime-like": _C.TCP_FLAGS | _C.SEQUENCE | _C.WINDOW,
        "nmap-like": _SHAPE,
        "unicornscan-like": _SHAPE,
        "hping-like": _SHAPE,
        "zmap-like": _SHAPE,
    },
    17: {
        "zmap": _C.IP_ID | _C.TTL,
        "slammer": _C.LENGTH,
        "witty": _C.LENGTH | _C.PAYLOAD | _C.SOURCE_PORT,
    },
    1: {"zmap": _C.IP_ID | _C.TTL},
}
"""What an input must show for each tool, by protocol; tools that are not named for a protocol do not speak it."""


def shows(capabilities: int, protocol: int = 6, ip_version: int = 4) -> dict[str, bool]:
    """
    Which tools a packet could have shown: only such packets may divide a tool's share.

    Args:
        capabilities: the capability mask of the packet or series.
        protocol: IANA number; of TCP only the SYNs bear fingerprints.
        ip_version: no fingerprint here is of IPv6.
    """
    needs = NEEDS.get(protocol, {}) if ip_version == 4 else {}
    return {name: name in needs and capabilities & needs[name] == needs[name] for name in TOOLS[1:]}


def masks(tool: str) -> Mapping[int, int]:
    """The capability mask that *tool* needs in each protocol that it speaks; empty for a name that is none."""
    return {protocol: int(needs[tool]) for protocol, needs in NEEDS.items() if tool in needs}
