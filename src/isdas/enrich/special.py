"""
Special-purpose ranges: sources that are no ordinary host of the Internet, by the name of their range.

From the IANA registries of special-purpose addresses (RFC 6890 and what updates it, up to RFC 9780) and of multicast
(RFC 5771, RFC 4291). Anycast services that anybody may reach, such as AS112, are named too.
"""

import ipaddress
from functools import cache

import numpy as np
import numpy.typing as npt

from isdas.enrich.intervals import Intervals, Span, from_spans, whole

RANGES: tuple[tuple[str, str], ...] = (
    ("255.255.255.255/32", "broadcast"),
    ("0.0.0.0/8", "this-network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/29", "dual-stack-lite"),
    ("192.0.0.8/32", "dummy"),
    ("192.0.0.9/32", "port-control"),
    ("192.0.0.10/32", "turn"),
    ("192.0.0.170/31", "nat64"),
    ("192.0.0.0/24", "protocol-assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "as112"),
    ("192.52.193.0/24", "amt"),
    ("192.88.99.0/24", "6to4-relay"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "as112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("64:ff9b::/96", "nat64"),
    ("64:ff9b:1::/48", "nat64"),
    ("100::/64", "discard"),
    ("100:0:0:1::/64", "dummy"),
    ("2001::/32", "teredo"),
    ("2001:1::1/128", "port-control"),
    ("2001:1::2/128", "turn"),
    ("2001:1::3/128", "service-discovery"),
    ("2001:2::/48", "benchmarking"),
    ("2001:3::/32", "amt"),
    ("2001:4:112::/48", "as112"),
    ("2001:10::/28", "orchid"),
    ("2001:20::/28", "orchid"),
    ("2001:30::/28", "remote-id"),
    ("2001::/23", "protocol-assignments"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "as112"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment-routing"),
    ("fc00::/7", "unique-local"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
"""Networks and the names of their ranges; the first that holds an address names it."""

NAMES = ("", *dict.fromkeys(name for _, name in RANGES))
"""All names, the first for ordinary addresses."""

_Ints = npt.NDArray[np.int64]


def _span(network: str, name: str) -> Span:
    parsed = ipaddress.ip_network(network)
    first, last = (whole(parsed.version, int(end)) for end in (parsed.network_address, parsed.broadcast_address))
    return first, last, NAMES.index(name)


@cache
def _intervals() -> Intervals:
    return from_spans([_span(network, name) for network, name in RANGES])


def special(high: _Ints, low: _Ints) -> npt.NDArray[np.int8]:
    """int8[n]: the index in NAMES of each address, given by its halves."""
    return np.maximum(_intervals().of(high, low), 0).astype(np.int8)
