"""
Special-purpose ranges: sources that are no ordinary host of the Internet, by the name of their range.

From the IANA registries of special-purpose addresses (RFC 6890 and what updates it) and of multicast (RFC 5771,
RFC 4291).
"""

import ipaddress

import numpy as np
import numpy.typing as npt

from isdas.model.address import halves, is_ipv4

RANGES: tuple[tuple[str, str], ...] = (
    ("255.255.255.255/32", "broadcast"),
    ("0.0.0.0/8", "this-network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol-assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4-relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("64:ff9b::/96", "nat64"),
    ("100::/64", "discard"),
    ("2001::/32", "teredo"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "documentation"),
    ("fc00::/7", "unique-local"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
)
"""Networks and the names of their ranges; the first that holds an address names it."""

NAMES = ("", *dict.fromkeys(name for _, name in RANGES))
"""All names, the first for ordinary addresses."""

_Ints = npt.NDArray[np.int64]


def special(high: _Ints, low: _Ints) -> npt.NDArray[np.int8]:
    """int8[n]: the index in NAMES of each address, given by its halves."""
    found = np.zeros(len(low), np.int8)
    four = is_ipv4(high, low)
    for network, name in reversed(RANGES):
        mask_high, mask_low, base_high, base_low, is_four = _halves(network)
        held = (low & mask_low == base_low) & (high & mask_high == base_high) & (four == is_four)
        found[held] = NAMES.index(name)
    return found


def _halves(network: str) -> tuple[int, int, int, int, bool]:
    """Mask and base of a network as signed halves."""
    parsed = ipaddress.ip_network(network)
    prefix = parsed.prefixlen + (96 if parsed.version == 4 else 0)
    mask = halves(str(ipaddress.IPv6Address((1 << 128) - (1 << 128 - prefix))))
    return (*mask, *halves(str(parsed.network_address)), parsed.version == 4)
