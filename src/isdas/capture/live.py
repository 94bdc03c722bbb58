"""
Live capture: the packets of an interface as frames, those that this machine sends apart.

Nothing is ever sent, the interface is not made promiscuous, and the filter is there before the first packet.
"""

import ctypes
import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.capture.bpf import Network, addressed, compiled, within
from isdas.capture.ring import Ring, first_packet, n_packets, walk
from isdas.model.errors import ConfigError, InputRefused
from isdas.model.frames import Frames

RING_BYTES = 32 << 20
SNAP_BYTES = 512
"""Headers, the first bytes of payloads, and the packets that ICMP errors quote; tunnels too."""

_ATTACH_FILTER = 26
_ALL = 3
_TAKEN = 16
_LINKS = {1: 1, 772: 1, 512: 101, 768: 101, 769: 101, 776: 101, 778: 101, 823: 101, 65534: 101, 801: 105, 803: 127}
"""What an interface is (ARPHRD of linux/if_arp.h) to the link type of its frames."""

_GONE = {errno.ENODEV, errno.ENXIO}


@dataclass(frozen=True, slots=True)
class Burst:
    """
    What came in since the last look.

    Attributes:
        incoming: frames that the machine received, whoever they are for.
        outgoing: frames that it sent.
    """

    incoming: Frames
    outgoing: Frames


@dataclass(slots=True)
class Live:
    """
    An interface that is being listened to.

    Attributes:
        interface: its name.
        link: the link type of its frames.
        drops: packets that the kernel had to drop because the ring was full.
        down: whether it was down when it was last looked at.
    """

    interface: str
    link: int
    drops: int = 0
    down: bool = False
    _socket: socket.socket = field(init=False, repr=False)
    _ring: Ring = field(init=False, repr=False)
    _position: int = field(init=False, default=0)

    @classmethod
    def open(
        cls,
        interface: str,
        networks: Sequence[Network] = (),
        *,
        expression: str = "",
        ring_bytes: int = RING_BYTES,
        snap_bytes: int = SNAP_BYTES,
        wait_ms: int = 100,
    ) -> "Live":
        """
        Listen to an interface.

        Args:
            interface: its name.
            networks: packets from or to others are left out by the kernel; none leaves out nothing.
            expression: what else they must be, in the words of tcpdump.
            ring_bytes: how much memory packets wait in.
            snap_bytes: how much of each packet is kept.
            wait_ms: how long a packet may wait for others.

        Raises:
            ConfigError: there is no such interface, this process may not listen, or the expression is wrong.
        """
        live = cls(interface, _link_of(interface))
        if expression:
            program = compiled(within(expression, networks), live.link, snap_bytes)
        else:
            program = addressed(networks, snap_bytes)
        try:
            # Protocol 0 hears nothing until it is bound: nothing slips in before the filter is there.
            live._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError:
            raise ConfigError(f"listening to {interface} needs CAP_NET_RAW: run as root, or setcap") from None
        try:
            _attach(live._socket, program)
            live._ring = Ring(live._socket, size_bytes=ring_bytes, wait_ms=wait_ms)
            live._socket.bind((interface, _ALL))
        except OSError as error:
            live._socket.close()
            raise ConfigError(f"{interface} cannot be listened to: {error.strerror}") from error
        live._ring.statistics()
        return live

    def close(self) -> None:
        """Stop listening."""
        self._ring.close()
        self._socket.close()

    def take(self, wait_ms: int = 100) -> Burst | None:
        """
        What has come in, after at most some milliseconds; None if nothing has.

        Raises:
            InputRefused: ``interface-gone``.
        """
        if not self._ring.wait(wait_ms):
            self._look()
        blocks = self._ring.take(_TAKEN)
        self.drops += self._ring.statistics()[1]
        if not blocks:
            return None
        self.down = False
        return self._burst(blocks)

    def _look(self) -> None:
        error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error in _GONE or not Path("/sys/class/net", self.interface).exists():
            raise InputRefused("interface-gone", f"the interface {self.interface} is gone")
        self.down = self.down or error == errno.ENETDOWN

    def _burst(self, blocks: Sequence[npt.NDArray[np.uint8]]) -> Burst:
        counts = [n_packets(block) for block in blocks]
        buffer = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        total = sum(counts)
        kinds: tuple[Any, ...] = (np.int64, np.int32, np.int32, np.int64, np.bool_)
        columns = [np.empty(total, kind) for kind in kinds]
        n, base = 0, 0
        for block, count in zip(blocks, counts, strict=True):
            room = [column[n : n + count] for column in columns]
            n += walk(block, first_packet(block), count, base, *room)
            base += len(block)
        outgoing = columns.pop()[:n]
        parts = [self._frames(buffer, [column[:n][mask] for column in columns]) for mask in (~outgoing, outgoing)]
        return Burst(*parts)

    def _frames(self, buffer: npt.NDArray[np.uint8], columns: Sequence[npt.NDArray[Any]]) -> Frames:
        offsets, captured, original, times_us = columns
        n = len(offsets)
        positions = np.arange(self._position, self._position + n)
        self._position += n
        return Frames(buffer, offsets, captured, original, times_us, np.full(n, self.link, np.int32), positions)


def _link_of(interface: str) -> int:
    try:
        kind = int(Path("/sys/class/net", interface, "type").read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise ConfigError(f"there is no interface {interface!r}") from None
    if kind not in _LINKS:
        raise ConfigError(f"{interface} is of a kind (ARPHRD {kind}) whose frames are not understood")
    return _LINKS[kind]


def _attach(sock: socket.socket, program: bytes) -> None:
    """Give the socket its filter."""
    code = ctypes.create_string_buffer(program, len(program))
    length = len(program) // 8
    # struct sock_fprog: a short, padding, and a pointer.
    form = bytes(_Filter(length, ctypes.addressof(code)))
    sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, form)


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))
