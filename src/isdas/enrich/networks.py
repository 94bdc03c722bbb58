"""
Many networks at once, as the numbers that they are looked up by; one of them is made an object when it is asked for.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from isdas.enrich.intervals import Ends, whole
from isdas.model.address import MAPPED

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_Halves = npt.NDArray[np.uint64]
_BEFORE_FOUR = bytes(10) + b"\xff\xff"
_HALF = (1 << 64) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Networks(Sequence[Network]):
    """
    Networks of both families in an order.

    Attributes:
        ends: uint64[n] each, halves of the first and last addresses; IPv4 is mapped.
    """

    ends: Ends

    @classmethod
    def of(cls, networks: Iterable[Network]) -> "Networks":
        """The same networks."""
        if isinstance(networks, cls):
            return networks
        spans = [_span(network) for network in networks]
        sides = [np.array([span[i] >> shift & _HALF for span in spans], np.uint64) for i in (0, 1) for shift in (64, 0)]
        return cls((sides[0], sides[1], sides[2], sides[3]))

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> "Networks":
        """
        The networks that texts name, one each.

        Raises:
            ValueError: one of them is no network, or an address within one.
        """
        packed, host_bits = zip(*map(_parsed, texts), strict=True) if texts else ((), ())
        first = np.frombuffer(b"".join(packed), ">u8").astype(np.uint64).reshape(-1, 2)
        first_high, first_low = first[:, 0].copy(), first[:, 1].copy()
        high, low = _masks(np.array(host_bits, np.int64))
        if within := np.flatnonzero((first_high & high | first_low & low) != 0).tolist():
            raise ValueError(f"{texts[within[0]]} has host bits set")
        return cls((first_high, first_low, first_high | high, first_low | low))

    @classmethod
    def together(cls, parts: Sequence["Networks"]) -> "Networks":
        """The networks of all, one after another."""
        sides = [np.concatenate([part.ends[i] for part in (*parts, cls.of(()))]) for i in range(4)]
        return cls((sides[0], sides[1], sides[2], sides[3]))

    def take(self, which: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "Networks":
        """Those of some places, in that order."""
        first_high, first_low, last_high, last_low = self.ends
        return Networks((first_high[which], first_low[which], last_high[which], last_low[which]))

    @property
    def four(self) -> npt.NDArray[np.bool_]:
        """bool[n]: which are of IPv4."""
        first_high, first_low, last_high, last_low = self.ends
        mapped = np.uint64(MAPPED >> 32)
        within = (first_low >> np.uint64(32) == mapped) & (last_low >> np.uint64(32) == mapped)
        return np.asarray(within & (first_high | last_high == 0))

    def __len__(self) -> int:
        return len(self.ends[0])

    def __iter__(self) -> Iterator[Network]:
        return map(_network, *(side.tolist() for side in self.ends))

    @overload
    def __getitem__(self, at: int) -> Network: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Network]: ...

    def __getitem__(self, at: int | slice) -> Network | Sequence[Network]:
        if isinstance(at, slice):
            return self.take(np.arange(len(self))[at])
        first_high, first_low, last_high, last_low = (int(side[at]) for side in self.ends)
        return _network(first_high, first_low, last_high, last_low)


def _parsed(text: str) -> tuple[bytes, int]:
    """The sixteen bytes of the address that a text begins with, and how many bits of it are the hosts'."""
    address, slash, prefix = text.partition("/")
    six = ":" in address
    if "%" in address:
        raise ValueError(f"{text!r} is no network: it is within a scope")
    packed = ipaddress.IPv6Address(address).packed if six else _BEFORE_FOUR + ipaddress.IPv4Address(address).packed
    bits = 128 if six else 32
    if not slash:
        return packed, 0
    if not (prefix.isascii() and prefix.isdecimal() and int(prefix) <= bits):
        raise ValueError(f"{text!r} is no network: its prefix is no number up to {bits}")
    return packed, bits - int(prefix)


def _masks(host_bits: npt.NDArray[np.int64]) -> tuple[_Halves, _Halves]:
    """uint64[n] each: the halves of 128 bits of which so many at the end are set."""
    return _ones(host_bits - 64), _ones(np.minimum(host_bits, 64))


def _ones(count: npt.NDArray[np.int64]) -> _Halves:
    shift = np.clip(64 - count, 0, 63).astype(np.uint64)
    return np.where(count > 0, np.uint64(_HALF) >> shift, np.uint64(0))


def _span(network: Network) -> tuple[int, int]:
    # Ends are reckoned: a network's own broadcast_address takes ten times as long.
    first = whole(network.version, int(network.network_address))
    return first, first + (1 << network.max_prefixlen - network.prefixlen) - 1


def _network(first_high: int, first_low: int, last_high: int, last_low: int) -> Network:
    first, last = first_high << 64 | first_low, last_high << 64 | last_low
    host_bits = (last - first).bit_length()
    if first >> 32 == last >> 32 == MAPPED >> 32:
        return ipaddress.IPv4Network((first & 0xFFFFFFFF, 32 - host_bits))
    return ipaddress.IPv6Network((first, 128 - host_bits))
