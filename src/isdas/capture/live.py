"""
A live capture: what comes in to monitored addresses through one interface, and the beginnings of what goes out.

It never sends, is not promiscuous, and knows neither minutes nor whose traffic a packet is.
"""

import select
import socket
from dataclasses import dataclass

from isdas.capture import bpf
from isdas.capture.expression import compiled
from isdas.capture.interface import Interface, Watch, find
from isdas.capture.ring import Gathering, Losses, Ring, SmallRing, attach

RETIRE_MS = 100
"""How long a frame may lie in the kernel before it can be read."""

_OPENING_BYTES = 128
"""Headers of a packet that opens a connection: Ethernet, a tag, IPv6 and TCP with its options."""

_SMALL_RING_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What a capture is for.

    Attributes:
        interface: the name of the interface.
        networks: monitored networks in CIDR notation; none for the addresses that the interface has, as they change.
        expression: of pcap-filter(7), which packets must also satisfy; empty for none.
        snap_bytes: how much of each frame is kept.
        ring_bytes: how large the ring of the kernel is.
    """

    interface: str
    networks: tuple[str, ...] = ()
    expression: str = ""
    snap_bytes: int = 256
    ring_bytes: int = 32 << 20


class Live:
    """
    An open capture.

    Attributes:
        interface: where.
        networks: what is monitored now.
    """

    def __init__(self, wanted: Wanted) -> None:
        """
        Open what needs privileges; nothing is heard before `hear`.

        Raises:
            NotFound: there is no such interface.
            IsdasError: it is not permitted, or a network is none.
            ConfigError: the filter expression is none.
        """
        self._wanted = wanted
        self.interface: Interface = find(wanted.interface)
        link = self.interface.link
        self._then = compiled(wanted.expression, link, wanted.snap_bytes) if wanted.expression else None
        self._watch = Watch(self.interface)
        self.networks = self._monitored()
        # What goes out is heard first, so that no answer comes before what it answers.
        self._out = SmallRing(self.interface, bpf.opening(link, _OPENING_BYTES), size=_SMALL_RING_BYTES)
        self._ring = Ring(self.interface, bpf.nothing(), size=wanted.ring_bytes, retire_ms=RETIRE_MS)
        self._poll = select.poll()
        self._poll.register(self._ring.socket, select.POLLIN | select.POLLERR)
        self._poll.register(self._watch, select.POLLIN)
        self.gather = self._ring.gather

    def hear(self) -> None:
        """Hear from now on; this needs no privileges."""
        attach(self._ring.socket, self._program())

    @property
    def ready(self) -> bool:
        """Whether there are frames to be gathered."""
        return self._ring.ready

    def wait(self, seconds: float) -> None:
        """Wait until there are frames, something about the interface has changed, or time is over."""
        try:
            self._poll.poll(seconds * 1000)
        except InterruptedError:
            return
        # An interface that goes down leaves an error, which would end every later wait at once.
        self._ring.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def gather_outgoing(self, into: Gathering) -> bool:
        """Copy the beginnings of frames that went out; False if not all had room."""
        return self._out.gather(into)

    def changed(self) -> bool:
        """Whether interfaces or addresses have changed since this was last asked."""
        return self._watch.changed()

    def up(self) -> bool | None:
        """Whether the interface is up and has a carrier; None if it is gone, and nothing will come any more."""
        return self._watch.up()

    def follow(self) -> bool:
        """Monitor the addresses that the interface has now; whether they are others than before."""
        networks = self._monitored()
        if networks == self.networks:
            return False
        self.networks = networks
        attach(self._ring.socket, self._program())
        return True

    def losses(self) -> Losses:
        """What was lost since this was last asked."""
        return self._ring.losses()

    def close(self) -> None:
        """Hear no more."""
        self._ring.close()
        self._out.close()
        self._watch.close()

    def _monitored(self) -> tuple[str, ...]:
        return self._wanted.networks or self._watch.addresses()

    def _program(self) -> bytes:
        if not self.networks:
            return bpf.nothing()
        return bpf.incoming(bpf.parsed(self.networks), self.interface.link, self._wanted.snap_bytes, self._then)
