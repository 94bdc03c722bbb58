"""
The rings that the kernel puts frames into (packet(7), https://www.kernel.org/doc/html/latest/networking/packet_mmap.html).

`Ring` takes what comes in, in blocks (TPACKET_V3); `SmallRing` what goes out, frame by frame and at once (TPACKET_V2).
Both are filtered before anything can arrive. Frames are copied out, so that the kernel has its room back at once.
"""

import contextlib
import mmap
import socket
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.capture.batch import MAX_FRAMES, Columns
from isdas.capture.interface import Interface
from isdas.model.errors import IsdasError
from isdas.model.frames import Frames

BLOCK_BYTES = 1 << 20
FRAME_BYTES = 256
"""Room for one frame of the small ring, the kernel's header included."""

_SOL_PACKET = 263
_RX_RING, _STATISTICS, _VERSION, _IGNORE_OUTGOING = 5, 6, 10, 23
_V2, _V3 = 1, 2
_ETH_P_ALL = 3
_SO_ATTACH_FILTER = 26

_STATUS_USER, _STATUS_VLAN, _STATUS_TPID = 1, 1 << 4, 1 << 6
_OUTGOING = 4

DONE, FULL, EDGE = 0, 1, 2
"""Why a walk stopped: all is taken, there is no more room, or a frame is from outside the time that is gathered."""

FOREVER = (-(1 << 62), 1 << 62)
"""The time between all frames."""


@dataclass(frozen=True, slots=True)
class Losses:
    """
    What the kernel counted since it was last asked (PACKET_STATISTICS).

    Attributes:
        packets: frames that passed the filter, those that were lost included.
        dropped: those for which the ring had no room.
        freezes: how often the ring was full.
    """

    packets: int
    dropped: int
    freezes: int


class Gathering:
    """Frames copied out of a ring, in room for some of them."""

    def __init__(self, size: int) -> None:
        """Room for *size* bytes of frames."""
        self.buffer: npt.NDArray[np.uint8] = np.empty(size, np.uint8)
        self.columns = Columns.empty()
        self.n = 0
        self.used = 0

    def empty(self) -> None:
        """Have room again; frames that were given are overwritten."""
        self.n = self.used = 0

    def frames(self, link: int) -> Frames:
        """What is in it, numbered from 0."""
        self.columns.links[: self.n] = link
        self.columns.positions[: self.n] = np.arange(self.n)
        return self.columns.frames(self.buffer, self.n)


def _open(interface: Interface, program: bytes, version: int) -> socket.socket:
    """
    A socket that hears nothing yet: bound to nothing, with its filter.

    Raises:
        IsdasError: it is not permitted.
    """
    kind = socket.SOCK_DGRAM if interface.cooked else socket.SOCK_RAW
    try:
        made = socket.socket(socket.AF_PACKET, kind | socket.SOCK_CLOEXEC, 0)
    except PermissionError as error:
        raise IsdasError(
            "packets may be read by root or with CAP_NET_RAW: run `isdas sensor run` as a service with "
            "AmbientCapabilities=CAP_NET_RAW, or as root with sensor.user set"
        ) from error
    made.setsockopt(_SOL_PACKET, _VERSION, version)
    attach(made, program)
    return made


def attach(made: socket.socket, program: bytes) -> None:
    """
    Put a filter in place of the one that a socket has.

    Raises:
        IsdasError: the kernel does not take it.
    """
    # The structure holds a pointer, so the program must stay where it is until the call is over.
    kept = np.frombuffer(program, np.uint8).copy()
    try:
        program_of = struct.pack("HP", len(program) // 8, kept.ctypes.data)
        made.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program_of)
    except OSError as error:
        raise IsdasError(f"the kernel does not take a filter of {len(program) // 8} instructions") from error


def _mapped(made: socket.socket, size: int) -> mmap.mmap:
    return mmap.mmap(made.fileno(), size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)


def _bind(made: socket.socket, interface: Interface) -> None:
    made.bind((interface.name, _ETH_P_ALL))


class _Mapped:
    """
    A ring in memory that the kernel shares.

    Attributes:
        socket: whose ring it is.
    """

    socket: socket.socket
    _map: mmap.mmap
    _memory: npt.NDArray[np.uint8]
    _status: npt.NDArray[Any]

    def close(self) -> None:
        """Hear no more."""
        self.socket.close()
        self._memory = self._status = np.empty(0, np.uint8)
        # Somebody may still look at it, in another thread; it goes when nobody does.
        with contextlib.suppress(BufferError):
            self._map.close()


class Ring(_Mapped):
    """Frames that come in."""

    def __init__(self, interface: Interface, program: bytes, *, size: int, retire_ms: int) -> None:
        """
        Hear what passes the filter, from now on.

        Args:
            interface: where.
            program: the filter, see `isdas.capture.bpf`.
            size: bytes of the ring; two blocks at least.
            retire_ms: how long the kernel keeps a block that is not full.

        Raises:
            IsdasError: it is not permitted, or there is no memory for the ring.
        """
        self._link = interface.link
        self._ethernet = not interface.cooked and interface.link != 101
        self.socket = _open(interface, program, _V3)
        with contextlib.suppress(OSError):
            # Frames of our own are not even copied; before Linux 4.20 the filter alone leaves them out.
            self.socket.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
        self._blocks = max(size // BLOCK_BYTES, 2)
        request = (BLOCK_BYTES, self._blocks, 1 << 11, (BLOCK_BYTES >> 11) * self._blocks, retire_ms, 0, 0)
        try:
            self.socket.setsockopt(_SOL_PACKET, _RX_RING, struct.pack("7I", *request))
            self._map = _mapped(self.socket, BLOCK_BYTES * self._blocks)
            _bind(self.socket, interface)
        except OSError as error:
            self.socket.close()
            raise IsdasError(f"no ring of {self._blocks} MiB on {interface.name}: {error.strerror}") from error
        self._memory: npt.NDArray[np.uint8] = np.frombuffer(self._map, np.uint8)
        self._status = self._memory.view(np.uint32).reshape(self._blocks, -1)[:, 2]
        self._block = 0
        self._frame = self._left = 0

    @property
    def ready(self) -> bool:
        """Whether there is a block to be read."""
        return bool(self._status[self._block] & _STATUS_USER)

    def gather(self, into: Gathering, between_us: tuple[int, int], most: int) -> tuple[int, int]:
        """
        Copy frames of the next block; give the block back when all are taken.

        Args:
            into: where to.
            between_us: first and last time, exclusive, of frames that may be taken.
            most: how many there may be in *into* afterwards.

        Returns:
            DONE, FULL or EDGE, and the time of the frame that was left.
        """
        if not self.ready:
            return DONE, 0
        at = self._block * BLOCK_BYTES
        if not self._frame:
            header = self._memory[at : at + 24].view(np.uint32)
            self._left, self._frame = int(header[3]), at + int(header[4])
        room = into.columns.of_record
        self._frame, self._left, into.n, into.used, stop, time_us = _walk(
            self._memory, self._frame, self._left, self._ethernet, between_us[0], between_us[1],
            min(most, MAX_FRAMES), into.n, into.buffer, into.used, *room,
        )  # fmt: skip
        if stop == DONE:
            self._status[self._block] = 0
            self._block = (self._block + 1) % self._blocks
            self._frame = self._left = 0
        return stop, time_us

    def losses(self) -> Losses:
        """What was lost since this was last asked."""
        return Losses(*struct.unpack("3I", self.socket.getsockopt(_SOL_PACKET, _STATISTICS, 12)))


@njit(cache=True, nogil=True)
def _u32(b: Any, at: int) -> Any:
    return np.int64(b[at]) | np.int64(b[at + 1]) << 8 | np.int64(b[at + 2]) << 16 | np.int64(b[at + 3]) << 24


@njit(cache=True, nogil=True)
def _u16(b: Any, at: int) -> Any:
    return np.int64(b[at]) | np.int64(b[at + 1]) << 8


@njit(cache=True, nogil=True)
def _copied(memory: Any, at: int, size: int, buffer: Any, used: int, tag: int, kind: int) -> int:
    """Copy one frame, with the VLAN tag that the network card or the kernel took off back in it; its length."""
    if kind == 0:
        buffer[used : used + size] = memory[at : at + size]
        return size
    buffer[used : used + 12] = memory[at : at + 12]
    buffer[used + 12], buffer[used + 13] = kind >> 8, kind & 0xFF
    buffer[used + 14], buffer[used + 15] = tag >> 8, tag & 0xFF
    buffer[used + 16 : used + 4 + size] = memory[at + 12 : at + size]
    return size + 4


@njit(cache=True, nogil=True)
def _walk(
    memory: npt.NDArray[np.uint8],
    frame: int,
    left: int,
    ethernet: bool,
    first_us: int,
    end_us: int,
    most: int,
    n: int,
    buffer: npt.NDArray[np.uint8],
    used: int,
    offsets: npt.NDArray[np.int64],
    captured: npt.NDArray[np.int32],
    original: npt.NDArray[np.int32],
    times_us: npt.NDArray[np.int64],
) -> tuple[int, int, int, int, int, int]:
    """
    Copy frames of a block (struct tpacket3_hdr and sockaddr_ll before each).

    Gives (next frame, how many are left, rows, bytes used, why stopped, time of the next frame).
    """
    while left > 0:
        time_us = _u32(memory, frame + 4) * 1_000_000 + _u32(memory, frame + 8) // 1000
        if time_us < first_us or time_us >= end_us:
            return frame, left, n, used, EDGE, time_us
        here, status = _u32(memory, frame + 12), _u32(memory, frame + 20)
        if n >= most or used + here + 4 > buffer.shape[0]:
            return frame, left, n, used, FULL, time_us
        # Before Linux 4.20 frames that go out can be in the ring.
        if memory[frame + 48 + 10] != _OUTGOING:
            kind: Any = np.int64(0)
            if ethernet and status & _STATUS_VLAN and here >= 14:
                kind = _u16(memory, frame + 36) if status & _STATUS_TPID else np.int64(0x8100)
            size = _copied(
                memory, frame + _u16(memory, frame + 24), here, buffer, used, _u32(memory, frame + 32) & 0xFFFF, kind
            )
            offsets[n] = used
            captured[n] = size
            original[n] = min(_u32(memory, frame + 16) + (4 if kind else 0), 0x7FFFFFFF)
            times_us[n] = time_us
            used += size
            n += 1
        left -= 1
        frame += _u32(memory, frame)
    return frame, left, n, used, DONE, 0


class SmallRing(_Mapped):
    """The beginnings of frames that go out."""

    def __init__(self, interface: Interface, program: bytes, *, size: int) -> None:
        """
        Hear what passes the filter, from now on.

        Raises:
            IsdasError: as `Ring`.
        """
        self.socket = _open(interface, program, _V2)
        blocks = max(size // BLOCK_BYTES, 1)
        self._n = blocks * BLOCK_BYTES // FRAME_BYTES
        try:
            self.socket.setsockopt(_SOL_PACKET, _RX_RING, struct.pack("4I", BLOCK_BYTES, blocks, FRAME_BYTES, self._n))
            self._map = _mapped(self.socket, BLOCK_BYTES * blocks)
            _bind(self.socket, interface)
        except OSError as error:
            self.socket.close()
            raise IsdasError(f"no ring of {blocks} MiB on {interface.name}: {error.strerror}") from error
        self._memory: npt.NDArray[np.uint8] = np.frombuffer(self._map, np.uint8)
        self._status = self._memory.view(np.uint32).reshape(self._n, -1)[:, 0]
        self._next = 0

    def gather(self, into: Gathering) -> bool:
        """Copy the frames that are there; False if not all had room."""
        ready = min(_ready(self._status, self._next), MAX_FRAMES - into.n)
        # Between looking at the marks and reading what they stand for the interpreter's lock is taken, which is the
        # barrier that some processors need.
        taken, into.used = _take(
            self._memory, self._next, ready, into.n, into.buffer, into.used, *into.columns.of_record
        )
        _release(self._status, self._next, taken)
        into.n += taken
        self._next = (self._next + taken) % self._n
        return bool(not self._status[self._next] & _STATUS_USER)

    def losses(self) -> Losses:
        """What was lost since this was last asked."""
        packets, dropped = struct.unpack("2I", self.socket.getsockopt(_SOL_PACKET, _STATISTICS, 8))
        return Losses(packets, dropped, 0)


@njit(cache=True, nogil=True)
def _ready(status: Any, first: int) -> int:
    """How many frames from *first* on are filled."""
    n = len(status)
    for i in range(n):
        if not status[(first + i) % n] & _STATUS_USER:
            return i
    return n


@njit(cache=True, nogil=True)
def _release(status: Any, first: int, count: int) -> None:
    for i in range(count):
        status[(first + i) % len(status)] = 0


@njit(cache=True, nogil=True)
def _take(
    memory: Any, first: int, count: int, n: int, buffer: Any, used: int,
    offsets: Any, captured: Any, original: Any, times_us: Any,
) -> tuple[int, int]:  # fmt: skip
    """Copy some frames (struct tpacket2_hdr before each); gives (how many, bytes used)."""
    frames = memory.shape[0] // FRAME_BYTES
    for i in range(count):
        frame = (first + i) % frames * FRAME_BYTES
        here = _u32(memory, frame + 8)
        if used + here > buffer.shape[0]:
            return i, used
        at = frame + _u16(memory, frame + 12)
        buffer[used : used + here] = memory[at : at + here]
        offsets[n + i] = used
        captured[n + i] = here
        original[n + i] = min(_u32(memory, frame + 4), 0x7FFFFFFF)
        times_us[n + i] = _u32(memory, frame + 16) * 1_000_000 + _u32(memory, frame + 20) // 1000
        used += here
    return count, used


def warm() -> None:
    """Compile what walks through the rings."""
    into, memory = Gathering(1 << 12), np.zeros(FRAME_BYTES * 2, np.uint8)
    status = memory.view(np.uint32).reshape(2, -1)[:, 0]
    first_us, end_us = FOREVER
    _walk(memory, 0, 0, True, first_us, end_us, 1, 0, into.buffer, 0, *into.columns.of_record)
    _take(memory, 0, _ready(status, 0), 0, into.buffer, 0, *into.columns.of_record)
    _release(status, 0, 0)
