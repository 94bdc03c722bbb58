"""
The few packets that say more than their headers: the first bytes of payloads, and the packet that an ICMP error quotes.

A quoted packet is evidence about the error, never a packet of its own.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

_ERRORS, _ERRORS_V6 = sum(1 << kind for kind in (3, 4, 5, 11, 12)), sum(1 << kind for kind in (1, 2, 3, 4))
"""Types of ICMP (RFC 792) and ICMPv6 (RFC 4443) that quote the packet they are about, a bit each."""

_WIDE = ("quoted_source_high", "quoted_source_low", "quoted_destination_high", "quoted_destination_low")
_SMALL = ("quoted_protocol", "quoted_source_port", "quoted_port")
_MAPPED = 0xFFFF << 32


_COPIED_BYTES = 64
"""So many bytes of a payload at most are copied by the walk, which needs room for them beforehand."""


class Heads(NamedTuple):
    """
    What the walk copies of payloads: while it reads a packet its payload is near, later it would have to be fetched.

    Attributes:
        limit: the most bytes of each.
        ends: int32[n + 1], where those of each packet end.
        data: uint8, the bytes.
    """

    limit: int
    ends: npt.NDArray[np.int32]
    data: npt.NDArray[np.uint8]

    @classmethod
    def empty(cls, n: int, limit: int) -> "Heads":
        """Room for *n* packets; pages that are never written cost nothing."""
        return cls(limit, np.empty(n + 1, np.int32), np.empty(n * limit, np.uint8))

    @classmethod
    def fitting(cls, n: int, limit: int) -> "Heads":
        """The same, or room for nothing if each may be so long that `first_bytes` had better look first."""
        return cls.empty(n, limit if limit <= _COPIED_BYTES else 0)

    def column(self, n: int) -> pa.Array | None:
        """The first bytes of the payloads of *n* packets, null where there are none; None if no packet has any."""
        ends = self.ends[: n + 1]
        return _array(np.packbits(ends[1:] != ends[:-1], bitorder="little"), ends, self.data) if ends[-1] else None


def first_bytes(buffer: npt.NDArray[np.uint8], at: Any, held: Any, limit: int) -> pa.Array | None:
    """
    The first bytes of payloads, null where there are none.

    Args:
        buffer: uint8, where the payloads lie.
        at, held: where each payload begins, and how many bytes of it were captured.
        limit: the most bytes to keep.

    Returns:
        None if no packet has any.
    """
    ends, validity = np.empty(len(held) + 1, np.int32), np.zeros(len(held) // 8 + 1, np.uint8)
    total = _measure(held, limit, ends, validity)
    if not total:
        return None
    data = np.empty(total, np.uint8)
    _copy(buffer, at, ends, data)
    return _array(validity, ends, data)


def _array(validity: Any, ends: Any, data: Any) -> pa.Array:
    buffers = [pa.py_buffer(each) for each in (validity, ends, data)]
    return pa.Array.from_buffers(pa.binary(), len(ends) - 1, buffers)


def quoted(buffer: npt.NDArray[np.uint8], protocol: Any, kind: Any, at: Any, held: Any) -> dict[str, pa.Array]:
    """
    The columns about quoted packets; empty if no packet is an ICMP error that quotes one.

    Args:
        buffer: uint8, where the payloads lie.
        protocol, kind: protocol and ICMP type of each packet.
        at, held: where its payload begins, and how many bytes of it were captured.
    """
    rows = np.empty(len(protocol), np.int32)
    rows = rows[: _errors(protocol, kind, held, rows)]
    if not len(rows):
        return {}
    found = np.zeros((len(_WIDE) + len(_SMALL), len(protocol)), np.int64)
    known = np.zeros((2, len(protocol)), np.bool_)
    _quoted(buffer, rows, at, held, found, known)
    if not known[0].any():
        return {}
    whole, ported = (pa.array(~mask) for mask in known)
    columns = {}
    for name, values in zip((*_WIDE, *_SMALL), found, strict=True):
        missing = ported if name in _SMALL[1:] else whole
        columns[name] = pa.array(values, mask=np.asarray(missing))
    return columns


@njit(cache=True, nogil=True)
def _measure(held: Any, limit: int, ends: Any, validity: Any) -> Any:
    """Where the first bytes of each payload end, and which packets have any; gives how many bytes there are."""
    total = np.int32(0)
    ends[0] = 0
    for i in range(len(held)):
        if held[i] > 0:
            total += min(held[i], limit)
            validity[i >> 3] |= np.uint8(1 << (i & 7))
        ends[i + 1] = total
    return total


@njit(cache=True, nogil=True)
def _errors(protocol: Any, kind: Any, held: Any, rows: Any) -> int:
    """The rows of ICMP errors with room for a header behind; gives how many there are."""
    n = 0
    for i in range(len(protocol)):
        among = _ERRORS if protocol[i] == 1 else _ERRORS_V6 if protocol[i] == 58 else 0
        if among and held[i] >= 20 and kind[i] < 16 and among >> kind[i] & 1:
            rows[n] = i
            n += 1
    return n


@njit(cache=True, nogil=True)
def _copy(buffer: Any, at: Any, ends: Any, data: Any) -> None:
    for i in range(len(at)):
        to, size = ends[i], ends[i + 1] - ends[i]
        if size:
            begin = at[i]
            for j in range(size):
                data[to + j] = buffer[begin + j]


@njit(cache=True, nogil=True)
def _word(b: Any, at: Any, size: int) -> Any:
    """A number of some bytes in network order, as a signed 64-bit integer."""
    value = np.int64(0)
    for i in range(size):
        value = value << 8 | np.int64(b[at + i])
    return value


@njit(cache=True, nogil=True)
def _quoted(buffer: Any, rows: Any, at: Any, held: Any, found: Any, known: Any) -> None:
    """Fill the columns of *rows*: addresses, protocol and ports; *known* says of which rows there is all, and ports."""
    for i in rows:
        begin, end = np.int64(at[i]), np.int64(at[i]) + np.int64(held[i])
        version = buffer[begin] >> 4
        if version == 4 and buffer[begin] & 15 >= 5:
            found[1, i] = _word(buffer, begin + 12, 4) | _MAPPED
            found[3, i] = _word(buffer, begin + 16, 4) | _MAPPED
            protocol = np.int64(buffer[begin + 9])
            inner = begin + np.int64(buffer[begin] & 15) * 4
            later = _word(buffer, begin + 6, 2) & 0x1FFF != 0
        elif version == 6 and end - begin >= 40:
            for k in range(4):
                found[k, i] = _word(buffer, begin + 8 + 8 * k, 8)
            protocol, inner, later = np.int64(buffer[begin + 6]), begin + 40, False
            while protocol in (0, 43, 44, 60) and end - inner >= 8 and not later:
                later = protocol == 44 and _word(buffer, inner + 2, 2) & 0xFFF8 != 0
                size = 8 if protocol == 44 else (np.int64(buffer[inner + 1]) + 1) * 8
                protocol, inner = np.int64(buffer[inner]), inner + size
        else:
            continue
        known[0, i] = True
        found[4, i] = protocol
        if later:
            continue
        if protocol in (6, 17) and end - inner >= 4:
            found[5, i] = _word(buffer, inner, 2)
            found[6, i] = _word(buffer, inner + 2, 2)
            known[1, i] = True
        elif protocol in (1, 58) and end - inner >= 1:
            found[6, i] = np.int64(buffer[inner])
            known[1, i] = True
