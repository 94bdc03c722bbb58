"""
The pcap format: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html

It finds the frames in a window of bytes; it does not open files.
"""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.capture import pcap_variant
from isdas.capture.batch import MAX_FRAME_BYTES, Columns
from isdas.capture.stream import Window
from isdas.model.errors import InputRefused
from isdas.model.frames import Frames
from isdas.model.tally import Tally

HEADER_BYTES = 24

_USUAL = 0xA1B2C3D4
_MAGICS: dict[int, tuple[int, int, tuple[int, ...]]] = {
    _USUAL: (1, 24, pcap_variant.STANDARD),
    0xA1B23C4D: (1000, 24, (16,)),
    0xA1B2CD34: (1, 24, pcap_variant.MODIFIED),
    0x1C0001AC: (1, 28, (16,)),
    0x1C0001AB: (1, 28, (16,)),
}
"""
Magic number to (units in a microsecond, bytes of the file header, what a record's header may have of bytes).

Microseconds, nanoseconds, Kuznetsov's modified format, and captures by Ixia's hardware and software, whose header also
says how long all records are.
"""

MAGICS = tuple(number.to_bytes(4, order) for number in _MAGICS for order in ("little", "big"))
"""What a pcap file begins with."""

_NEED_MORE, _FULL, _BAD_LENGTH = 0, 1, 2


class PcapReader:
    """Reads the frames of one pcap file."""

    name = "pcap"

    def __init__(self, window: Window, tally: Tally) -> None:
        """
        Read the file header.

        Raises:
            InputRefused: ``truncated-header`` or, for a version that nobody has written, ``not-a-capture``.
        """
        if window.end - window.at < HEADER_BYTES and not window.refill() and window.end - window.at < HEADER_BYTES:
            raise InputRefused("truncated-header", f"the pcap file ends within its header of {HEADER_BYTES} bytes")
        head = window.buffer[window.at : window.at + HEADER_BYTES].tobytes()
        self._order: Literal["little", "big"] = "little" if int.from_bytes(head[:4], "little") in _MAGICS else "big"
        magic = self._field(head, 0, 4)
        self._per_us, header_bytes, sizes = _MAGICS[magic]
        version = self._field(head, 4, 2), self._field(head, 6, 2)
        self._swap = _length_order(*version)
        # Above the link type are ten reserved bits, and how long the checksums behind frames are: of no use here.
        link = self._field(head, 20, 4)
        self._link = link & 0xFFFF
        tally.warn("odd-header", int(link & 0x03FF0000 != 0))
        if magic == _USUAL and version == (2, 2) and self._link in pcap_variant.AIX_LINKS:
            self._link, self._per_us, sizes = pcap_variant.AIX_LINKS[self._link], 1000, (16,)
        self._window = window
        self._tally = tally
        self.statistics: tuple[()] = ()
        window.at += min(header_bytes, window.end - window.at)
        self._record_bytes = pcap_variant.header_bytes(window.buffer, window.at, window.end, self._order, sizes)

    def _field(self, head: bytes, at: int, width: int) -> int:
        return int.from_bytes(head[at : at + width], self._order)

    def frames(self) -> Iterator[Frames]:
        """All frames in batches that each lie in one buffer."""
        window, position = self._window, 0
        window.refill()
        while True:
            columns = Columns.empty()
            window.at, n, stop = _walk(
                window.buffer,
                window.at,
                window.end,
                self._order == "big",
                self._record_bytes,
                self._per_us,
                self._swap,
                *columns.of_record,
            )
            if n:
                columns.links[:n] = self._link
                columns.positions[:n] = np.arange(position, position + n)
                yield columns.frames(window.buffer, n)
                position += n
            if stop == _BAD_LENGTH:
                # Without the length there is no telling where the next record begins.
                self._tally.read += 1
                self._tally.refuse("impossible-length")
                return
            if stop == _NEED_MORE and not window.refill():
                self._tally.warn("truncated-tail", int(window.end > window.at))
                return


def _length_order(major: int, minor: int) -> int:
    """0: captured before original, 1: the other way round, 2: whichever is smaller is the captured length."""
    if major == 543 or (major == 2 and minor < 3):
        return 1  # as tcpdump before version 2.3 and some DG/UX wrote them
    if (major, minor) == (2, 3):
        return 2
    if major == 2:
        return 0
    raise InputRefused("not-a-capture", f"the file calls itself pcap version {major}.{minor}; versions are 2.0 to 2.4")


@njit(cache=True, nogil=True)
def _u32(buffer: Any, at: int, big: bool) -> Any:
    a, b = np.int64(buffer[at]), np.int64(buffer[at + 1])
    c, d = np.int64(buffer[at + 2]), np.int64(buffer[at + 3])
    return a << 24 | b << 16 | c << 8 | d if big else d << 24 | c << 16 | b << 8 | a


@njit(cache=True, nogil=True)
def _walk(
    buffer: npt.NDArray[np.uint8],
    at: int,
    end: int,
    big: bool,
    record_bytes: int,
    per_us: int,
    swap: int,
    offsets: npt.NDArray[np.int64],
    captured: npt.NDArray[np.int32],
    original: npt.NDArray[np.int32],
    times_us: npt.NDArray[np.int64],
) -> tuple[int, int, int]:
    """Fill the columns with the records between *at* and *end*; gives (new at, records, why it stopped)."""
    n = 0
    while n < offsets.shape[0]:
        if end - at < record_bytes:
            return at, n, _NEED_MORE
        here, wire = _u32(buffer, at + 8, big), _u32(buffer, at + 12, big)
        if swap == 1 or (swap == 2 and here > wire):
            here, wire = wire, here
        if here > MAX_FRAME_BYTES:
            return at, n, _BAD_LENGTH
        if end - at < record_bytes + here:
            return at, n, _NEED_MORE
        offsets[n] = at + record_bytes
        captured[n] = here
        original[n] = min(max(wire, here), 0x7FFFFFFF)
        times_us[n] = _u32(buffer, at, big) * 1_000_000 + _u32(buffer, at + 4, big) // per_us
        at += record_bytes + here
        n += 1
    return at, n, _FULL
