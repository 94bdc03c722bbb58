"""
The ring that Linux fills with packets, and the compiled walk over its blocks (packet(7), TPACKET_V3).

The kernel hands over a block when it is full or some time has passed, and gets it back as soon as it has been copied:
the copy is the only thing that capturing waits for. Its headers are in the byte order of the machine, which is taken to
be little-endian, as on x86 and ARM.
"""

import mmap
import select
import socket
import struct
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

SOL_PACKET = 263
_RX_RING, _STATISTICS, _VERSION = 5, 6, 10
_V3 = 2
_STATUS, _COUNT, _FIRST, _LENGTH = 2, 3, 4, 5
"""Words of a block's header: whose it is, how many packets it has, where the first is, and how many bytes it has."""

_KERNEL, _USER = 0, 1
_FRAME_BYTES = 2048
_OUTGOING = 4
_HEADER_BYTES = 48
_KIND_AT = _HEADER_BYTES + 10


class Ring:
    """
    The ring of a packet socket.

    Attributes:
        blocks: how many there are.
        block_bytes: size of each.
    """

    def __init__(self, sock: socket.socket, *, size_bytes: int, block_bytes: int = 1 << 20, wait_ms: int = 100) -> None:
        """
        Give a socket its ring.

        Args:
            sock: a packet socket that is not bound yet.
            size_bytes: of the whole ring.
            block_bytes: of a block; a power of two, at least a page.
            wait_ms: after which a block is handed over that is not full.

        Raises:
            OSError: the kernel does not have so much memory, or no such ring.
        """
        self.blocks = max(size_bytes // block_bytes, 2)
        self.block_bytes = block_bytes
        self._socket = sock
        sock.setsockopt(SOL_PACKET, _VERSION, _V3)
        frames = self.blocks * (block_bytes // _FRAME_BYTES)
        request = struct.pack("=7I", block_bytes, self.blocks, _FRAME_BYTES, frames, wait_ms, 0, 0)
        sock.setsockopt(SOL_PACKET, _RX_RING, request)
        self._map = mmap.mmap(sock.fileno(), self.blocks * block_bytes, mmap.MAP_SHARED)
        self._bytes: npt.NDArray[np.uint8] = np.frombuffer(self._map, np.uint8).reshape(self.blocks, block_bytes)
        self._words = self._bytes.view(np.uint32)
        self._at = 0
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN | select.POLLERR)

    def close(self) -> None:
        """Let go of the memory; blocks that were copied stay."""
        del self._words, self._bytes
        self._map.close()

    def wait(self, milliseconds: int) -> bool:
        """Wait for a block; False if none came, or there is an error on the socket."""
        if self._words[self._at, _STATUS] & _USER:
            return True
        events = self._poll.poll(milliseconds)
        return bool(events) and not events[0][1] & select.POLLERR

    def take(self, most: int) -> list[npt.NDArray[np.uint8]]:
        """Copies of the blocks that are ready, at most *most*; the kernel has them back."""
        found: list[npt.NDArray[np.uint8]] = []
        while len(found) < most and self._words[self._at, _STATUS] & _USER:
            # The last packet of a block may be padded beyond its length, never beyond the block.
            length = min(int(self._words[self._at, _LENGTH]), self.block_bytes)
            found.append(self._bytes[self._at, :length].copy())
            self._words[self._at, _STATUS] = _KERNEL
            self._at = (self._at + 1) % self.blocks
        return found

    def statistics(self) -> tuple[int, int]:
        """Packets that passed the filter since this was last asked, and how many of them were dropped."""
        said = self._socket.getsockopt(SOL_PACKET, _STATISTICS, 12)
        packets, drops, _ = struct.unpack("=III", said)
        return packets, drops


def n_packets(block: npt.NDArray[np.uint8]) -> int:
    """How many packets a block has."""
    return int(block[: 4 * (_LENGTH + 1)].view(np.uint32)[_COUNT])


def first_packet(block: npt.NDArray[np.uint8]) -> int:
    """Where the first packet of a block begins."""
    return int(block[: 4 * (_LENGTH + 1)].view(np.uint32)[_FIRST])


@njit(cache=True, nogil=True)
def _word(block: Any, at: Any) -> Any:
    return (
        np.int64(block[at])
        | np.int64(block[at + 1]) << 8
        | np.int64(block[at + 2]) << 16
        | np.int64(block[at + 3]) << 24
    )


@njit(cache=True, nogil=True)
def walk(
    block: npt.NDArray[np.uint8],
    begin: int,
    most: int,
    base: int,
    offsets: npt.NDArray[np.int64],
    captured: npt.NDArray[np.int32],
    original: npt.NDArray[np.int32],
    times_us: npt.NDArray[np.int64],
    outgoing: npt.NDArray[np.bool_],
) -> int:
    """
    Fill the columns with the packets of a block in little-endian order; how many there are.

    Args:
        block: the bytes.
        begin: where the first packet begins.
        most: how many there are.
        base: where in a larger buffer the block lies, to be added to the offsets.
        offsets, captured, original, times_us: as in `isdas.model.frames.Frames`, with room for *most*.
        outgoing: whether this machine has sent it.
    """
    at, n = np.int64(begin), 0
    while n < most and at + _KIND_AT < len(block):
        mac = np.int64(block[at + 24]) | np.int64(block[at + 25]) << 8
        length = _word(block, at + 12)
        if at + mac + length > len(block):
            break
        offsets[n] = base + at + mac
        captured[n] = length
        original[n] = _word(block, at + 16)
        times_us[n] = _word(block, at + 4) * 1_000_000 + _word(block, at + 8) // 1000
        outgoing[n] = block[at + _KIND_AT] == _OUTGOING
        n += 1
        step = _word(block, at)
        if step == 0:
            break
        at += step
    return n
