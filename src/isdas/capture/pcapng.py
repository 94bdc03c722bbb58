"""
The pcapng format: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html

It finds the frames in a window of bytes and keeps the state of sections and interfaces; the walk over the blocks is
in `isdas.capture.blocks`.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from isdas.capture import blocks
from isdas.capture.batch import Columns
from isdas.capture.statistics import InterfaceStatistics
from isdas.capture.stream import Window
from isdas.model.errors import InputRefused
from isdas.model.frames import Frames
from isdas.model.tally import Tally

MAGICS = (b"\x0a\x0d\x0d\x0a",)
"""What a pcapng file begins with; it survives no line-end conversion and reads the same in both byte orders."""

_BYTE_ORDER_MAGIC = 0x1A2B3C4D
_SECTION, _INTERFACE, _STATISTICS = 0x0A0D0D0A, 1, 5
_SECTION_BYTES = 28
_IF_TSRESOL, _IF_TSOFFSET = 9, 14
_ISB_START, _ISB_END, _ISB_RECEIVED, _ISB_DROPPED, _ISB_OS_DROPPED = 2, 3, 4, 5, 7
_FARTHEST_S = 1 << 33

_LATEST_US = 7_258_118_400_000_000
"""The year 2200: no statistics are later, as no packet is."""

_LONGEST_US = 10 * 366 * 86_400 * 1_000_000
"""Ten years: nobody captured for longer into one file. What is stated becomes an hour of coverage for each hour."""

_MOST_PACKETS = 1 << 48
"""At a thousand million packets a second that takes three days; so many of them can be summed in 64 bits."""

_Order = Literal["little", "big"]


class PcapngReader:
    """Reads the frames of all sections and interfaces of one pcapng file."""

    name = "pcapng"

    def __init__(self, window: Window, tally: Tally) -> None:
        """
        Read the first section header.

        Raises:
            InputRefused: ``truncated-header`` or ``not-a-capture``.
        """
        self._window = window
        self._tally = tally
        self._sections = 0
        self._n_interfaces = 0
        self._interfaces = np.zeros((4, blocks.N_FIELDS), np.int64)
        self._statistics: dict[tuple[int, int], InterfaceStatistics] = {}
        self._order: _Order = "little"
        begun = self._begin_section()
        if begun == blocks.NEED_MORE and window.refill():
            begun = self._begin_section()
        if begun == blocks.NEED_MORE:
            raise InputRefused("truncated-header", "the pcapng file ends within its first section header")
        if begun == blocks.DAMAGED:
            raise InputRefused("not-a-capture", "the pcapng file has no valid section header of version 1")

    @property
    def statistics(self) -> tuple[InterfaceStatistics, ...]:
        """What the file has said so far, one entry per section and interface that it spoke of."""
        return tuple(self._statistics.values())

    def frames(self) -> Iterator[Frames]:
        """All frames in batches that each lie in one buffer."""
        window, columns, n, position = self._window, Columns.empty(), 0, 0
        window.refill()
        while True:
            counts = np.zeros(blocks.N_COUNTS, np.int64)
            window.at, n, position, stop = blocks.walk(
                window.buffer,
                window.at,
                window.end,
                self._order == "big",
                self._interfaces,
                self._n_interfaces,
                n,
                position,
                counts,
                *columns.of_record,
                columns.links,
                columns.positions,
            )
            self._count(counts)
            if stop == blocks.BLOCK and (stop := self._take_block()) == blocks.BLOCK:
                continue
            # What follows may move the window to another buffer, so the frames of this one go first.
            if n:
                yield columns.frames(window.buffer, n)
                columns, n = Columns.empty(), 0
            if stop != blocks.FULL and not self._go_on(stop):
                return

    def _count(self, counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        bad_length, no_interface, no_time = counts.tolist()
        self._tally.read += bad_length + no_interface
        self._tally.refuse("impossible-length", bad_length)
        self._tally.refuse("unknown-interface", no_interface)
        self._tally.warn("no-timestamp", no_time)

    def _go_on(self, stop: int) -> bool:
        """Make the next walk possible; False at the end of the file or where it is too damaged."""
        if stop == blocks.DAMAGED:
            # Without its length there is no telling where the next block begins.
            self._tally.read += 1
            self._tally.refuse("damaged-block")
            return False
        if stop == blocks.LARGE:
            return self._skip_large()
        if self._window.refill():
            return True
        self._tally.warn("truncated-tail", int(self._window.end > self._window.at))
        return False

    def _skip_large(self) -> bool:
        kind, length = self._u32(0), self._u32(4)
        if kind in blocks.PACKET_KINDS:
            self._tally.read += 1
            self._tally.refuse("impossible-length")
        else:
            self._tally.warn("large-block")
        if self._window.skip(length):
            return True
        self._tally.warn("truncated-tail")
        return False

    def _take_block(self) -> int:
        """Take a block that changes the state: BLOCK if done, otherwise why it cannot be taken."""
        window = self._window
        kind = self._u32(0)
        if kind == _SECTION:
            return self._begin_section()
        length = self._u32(4)
        body = window.buffer[window.at + 8 : window.at + length - 4].tobytes()
        window.at += length
        if kind == _INTERFACE:
            self._add_interface(body)
        elif kind == _STATISTICS:
            self._add_statistics(body)
        return blocks.BLOCK

    def _begin_section(self) -> int:
        window = self._window
        if window.end - window.at < _SECTION_BYTES:
            return blocks.NEED_MORE
        magic = window.buffer[window.at + 8 : window.at + 12].tobytes()
        order: _Order = "little" if int.from_bytes(magic, "little") == _BYTE_ORDER_MAGIC else "big"
        if int.from_bytes(magic, order) != _BYTE_ORDER_MAGIC:
            return blocks.DAMAGED
        self._order = order
        length, versions = self._u32(4), self._u32(12)
        major, minor = versions >> 16, versions & 0xFFFF
        if order == "little":
            major, minor = minor, major
        if not _SECTION_BYTES <= length <= blocks.MAX_BLOCK_BYTES or length % 4:
            return blocks.DAMAGED
        if major != 1 or minor not in (0, 2):  # 1.2 is 1.0, as the specification says
            return blocks.DAMAGED
        if length > window.end - window.at:
            return blocks.NEED_MORE
        self._n_interfaces = 0
        self._sections += 1
        window.at += length
        return blocks.BLOCK

    def _add_interface(self, body: bytes) -> None:
        if self._n_interfaces == len(self._interfaces):
            self._interfaces = np.concatenate([self._interfaces, np.zeros_like(self._interfaces)])
        row = self._interfaces[self._n_interfaces]
        self._n_interfaces += 1
        row[:] = 0
        row[blocks.MULTIPLIER] = row[blocks.DIVISOR] = 1
        if len(body) < 8:
            row[blocks.LINK] = -1
            self._tally.warn("odd-block")
            return
        row[blocks.LINK] = self._int(body[:2])
        row[blocks.SNAP_LENGTH] = self._int(body[4:8])
        for code, value in self._options(body[8:]):
            if code == _IF_TSRESOL and value:
                _set_resolution(row, value[0])
            elif code == _IF_TSOFFSET and len(value) == 8:
                offset_s = int.from_bytes(value, self._order, signed=True)
                if abs(offset_s) < _FARTHEST_S:
                    row[blocks.OFFSET_US] = offset_s * 1_000_000
                else:
                    self._tally.warn("odd-block")

    def _add_statistics(self, body: bytes) -> None:
        interface = self._int(body[:4])
        if len(body) < 12 or interface >= self._n_interfaces:
            self._tally.warn("odd-block")
            return
        options = dict(self._options(body[12:]))
        start, end = (self._time_us(interface, options.get(code, b"")) for code in (_ISB_START, _ISB_END))
        if start is not None and end is not None and end - start > _LONGEST_US:
            self._tally.warn("odd-block")
            start = end = None
        received, dropped, by_system = (
            self._number_of_packets(options.get(code, b"")) for code in (_ISB_RECEIVED, _ISB_DROPPED, _ISB_OS_DROPPED)
        )
        self._statistics[self._sections, interface] = InterfaceStatistics(
            start_us=start,
            end_us=end,
            received=received,
            dropped=None if dropped is None and by_system is None else (dropped or 0) + (by_system or 0),
        )

    def _time_us(self, interface: int, value: bytes) -> int | None:
        if len(value) != 8:
            return None
        units = self._int(value[:4]) << 32 | self._int(value[4:])
        when = blocks.NO_TIME if units >> 63 else int(blocks.to_us(units, self._interfaces[interface]))
        if 0 <= when < _LATEST_US:
            return when
        self._tally.warn("odd-block")
        return None

    def _number_of_packets(self, value: bytes) -> int | None:
        """A number of packets; None if there is none, or none that an interface could have counted."""
        if len(value) != 8:
            return None
        count = self._int(value)
        if count < _MOST_PACKETS:
            return count
        self._tally.warn("odd-block")
        return None

    def _options(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Code and value of every option; ends at the end mark, and at an option that does not fit."""
        at = 0
        while at + 4 <= len(data):
            code, length = self._int(data[at : at + 2]), self._int(data[at + 2 : at + 4])
            if not code:
                return
            if at + 4 + length > len(data):
                self._tally.warn("odd-block")
                return
            yield code, data[at + 4 : at + 4 + length]
            at += 4 + length + -length % 4

    def _int(self, data: bytes) -> int:
        return int.from_bytes(data, self._order)

    def _u32(self, at: int) -> int:
        at += self._window.at
        return self._int(self._window.buffer[at : at + 4].tobytes())


def _set_resolution(row: np.ndarray[tuple[int], np.dtype[np.int64]], resolution: int) -> None:
    """Put if_tsresol into an interface's row: a power of two with the high bit, of ten without."""
    power = resolution & 0x7F
    row[blocks.MULTIPLIER] = row[blocks.DIVISOR] = 1
    row[blocks.SHIFT] = 0
    if resolution & 0x80:
        row[blocks.SHIFT] = power
        row[blocks.MULTIPLIER] = int(power == 0) * 999_999 + 1
    elif power <= 6:
        row[blocks.MULTIPLIER] = 10 ** (6 - power)
    else:
        # Units so small that 64 bits of them are less than a second after 1970 all round to its beginning.
        row[blocks.DIVISOR] = 10 ** min(power - 6, 18)
