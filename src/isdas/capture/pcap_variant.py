"""
Which header the records of a pcap file have, where its magic number does not say.

Red Hat 6.1 and Nokia's firewalls wrote longer ones under the usual number, SuSE 6.3 a still longer one under that of
Kuznetsov's modified format; see https://wiki.wireshark.org/Development/LibpcapFileFormat#modified-pcap.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from isdas.capture.batch import MAX_FRAME_BYTES

STANDARD = (16, 24, 20)
"""
Bytes of a record's header under the usual magic number: times and lengths; interface, protocol and kind of packet
beside them, as the patch of 1999-04-17 has it (Red Hat 6.1); four bytes that Nokia alone knows.
"""

MODIFIED = (24, 28)
"""The same under 0xa1b2cd34: the patch of 1999-10-29, and that of 1999-09-15 (SuSE 6.3), which also told processors."""

AIX_LINKS = {6: 1, 9: 6, 15: 10, 24: 0}
"""
Interface types (RFC 1573) that AIX, whose files call themselves version 2.2, writes for link types: Ethernet, token
ring, FDDI, loopback. Its times are nanoseconds.
"""

_RECORDS = 16
_ENOUGH = 2
_FARTHEST_S = 1 << 28
"""Eight years: the first records of a file are not that far apart, but other numbers are from a time."""

_Order = Literal["little", "big"]


def header_bytes(buffer: npt.NDArray[np.uint8], at: int, end: int, order: _Order, sizes: tuple[int, ...]) -> int:
    """
    The bytes of a record's header: the first of *sizes* unless the records make no sense with it, and do with another.

    Args:
        buffer: ``buffer[at:end]`` is the beginning of the records.
        order: of the bytes of numbers.
        sizes: what there may be.
    """
    if len(sizes) == 1 or _sensible(buffer, at, end, order, sizes[0])[0]:
        return sizes[0]
    found = {size: _sensible(buffer, at, end, order, size) for size in sizes[1:]}
    best = max(found, key=lambda size: found[size])
    return best if found[best] > (True, _ENOUGH - 1) else sizes[0]


def _sensible(buffer: npt.NDArray[np.uint8], at: int, end: int, order: _Order, size: int) -> tuple[bool, int]:
    """Whether all records at the beginning make sense, and how many there are of the same time, more or less."""
    first, near = None, 0
    for _ in range(_RECORDS):
        if end - at < size:
            break
        seconds, part, one, other = (
            int.from_bytes(buffer[at + i : at + i + 4].tobytes(), order) for i in range(0, 16, 4)
        )
        if part >= 1_000_000 or max(one, other) > MAX_FRAME_BYTES:
            return False, 0
        first = seconds if first is None else first
        near += abs(seconds - first) < _FARTHEST_S
        # Which of the lengths is that of the bytes here depends on the version; it is never the larger.
        at += size + min(one, other)
    return True, near
