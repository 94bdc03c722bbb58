"""
Addresses as two 64-bit halves of an IPv6 address, so that IPv4 is fast and IPv6 complete.

IPv4 is mapped as ``::ffff:a.b.c.d`` (RFC 4291, 2.5.5.2). A source that is only known by an opaque token (hashed
data sets) lives in ``100::/64``, the discard prefix of RFC 6666, which no packet can come from. Halves are signed
because the tables have no unsigned integers.
"""

import ipaddress
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

MAPPED = 0xFFFF << 32
"""What the lower half of a mapped IPv4 address has above its 32 bits."""

TOKEN_HIGH = 0x0100 << 48
"""The upper half of every opaque token."""


def halves(text: str) -> tuple[int, int]:
    """The signed (high, low) halves of an address; ValueError if it is none."""
    address = ipaddress.ip_address(text)
    if address.version == 4:
        return 0, MAPPED | int(address)
    number = int(address)
    return _signed(number >> 64), _signed(number & (1 << 64) - 1)


def text(high: int, low: int) -> str:
    """The usual notation of an address given by its halves."""
    if high == 0 and low >> 32 == 0xFFFF:
        return str(ipaddress.IPv4Address(low & 0xFFFFFFFF))
    return str(ipaddress.IPv6Address((high & (1 << 64) - 1) << 64 | (low & (1 << 64) - 1)))


def from_ipv4(numbers: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The lower halves of IPv4 addresses given as integers; the upper halves are 0."""
    return numbers.astype(np.int64) & 0xFFFFFFFF | MAPPED


def is_ipv4(high: npt.NDArray[np.int64], low: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of the addresses are IPv4."""
    return np.asarray((high == 0) & (low >> 32 == 0xFFFF))


def texts(high: npt.NDArray[np.int64], low: npt.NDArray[np.int64]) -> list[str]:
    """The usual notation of many addresses."""
    octets = (_OCTETS.take(pa.array(low >> shift & 255)) for shift in (24, 16, 8, 0))
    found = pc.binary_join_element_wise(*octets, ".").to_numpy(zero_copy_only=False)
    for i in np.flatnonzero(~is_ipv4(high, low)).tolist():
        found[i] = text(int(high[i]), int(low[i]))
    return list(found)


_OCTETS = pa.array([str(octet) for octet in range(256)])


def _signed(half: int) -> int:
    return half - (1 << 64) if half >> 63 else half
