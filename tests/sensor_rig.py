"""
A sensor in pieces at the near end of a cable: what it hears, seals and puts into a spool, to be looked at.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from cable import INTERFACE, Cable

from isdas.capture.live import Live, Wanted
from isdas.model.packets import Packets
from isdas.sensor.handover import Handover
from isdas.sensor.listening import Listening
from isdas.sensor.own import Own
from isdas.sensor.sealing import Sealing
from isdas.transport.clock import Clock, SystemClock
from isdas.transport.keys import Key
from isdas.transport.segment import Header, unseal
from isdas.transport.spool import Spool

PATIENCE_S = 60


class SetClock(SystemClock):
    """
    The clock of the machine as somebody sets it, and as it runs while nobody waits.

    Attributes:
        set_us, run_us, slept_us: by how much it was set, has run on, and has run on while the machine slept.
    """

    def __init__(self) -> None:
        self.set_us = self.run_us = self.slept_us = 0

    def realtime_us(self) -> int:
        """The time that is told."""
        return super().realtime_us() + self.set_us + self.run_us + self.slept_us

    def running_us(self) -> int:
        """The time that nobody sets."""
        return super().running_us() + self.run_us + self.slept_us

    def awake_us(self) -> int:
        """The time that stands still while the machine sleeps."""
        return super().running_us() + self.run_us


class Rig:
    """
    A capture, the thread that seals, and the spool.

    Attributes:
        listening: to be stepped by a test, or run.
    """

    def __init__(
        self,
        cable: Cable,
        folder: Path,
        *,
        networks: tuple[str, ...] = (),
        management: tuple[str, ...] = (),
        clock: Clock | None = None,
        ring_bytes: int = 8 << 20,
        waiting_bytes: int = 64 << 20,
        packets: int = 100_000,
    ) -> None:
        clock = clock or SystemClock()
        self.key = Key.make()
        self.spool = Spool(folder / "spool", 1 << 30)
        self.sealing = Sealing(self.spool, self.key, clock, Own(management))
        self.handover = Handover(waiting_bytes)
        wanted = Wanted(INTERFACE, networks, ring_bytes=ring_bytes)
        live = cable.near.do(lambda: Live(wanted))
        live.hear()
        self.listening = Listening(live, self.handover, clock, packets=packets)
        if isinstance(clock, SetClock):
            self.listening = Listening(live, self.handover, clock, packets=packets, awake_us=clock.awake_us)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Listen and seal, each in its thread."""
        for work in (self.listening.run, lambda: self.sealing.run(self.handover)):
            self._threads.append(threading.Thread(target=work))
            self._threads[-1].start()

    def heard(self, n: int) -> None:
        """Wait until the sensor has heard so many frames, or the kernel has lost them."""
        figures = self.listening.figures
        self.wait(lambda: figures.heard + figures.kernel >= n)

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait for a fact; fails after a while."""
        over = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < over, f"{self.listening.figures}"
            threading.Event().wait(0.01)

    def stop(self) -> list[tuple[Header, Packets]]:
        """Stop as at SIGTERM; everything that was sealed."""
        self.listening.stop.set()
        for thread in self._threads:
            thread.join()
        return self.close()

    def close(self) -> list[tuple[Header, Packets]]:
        """Everything that was sealed, in order."""
        self.listening.live.close()
        found = []
        for sequence in range(self.spool.next):
            data = self.spool.read(sequence)
            assert data is not None
            found.append(unseal(data, {self.key.fingerprint: self.key.public}.get))
        self.spool.close()
        assert all(header.balanced for header, _ in found)
        return found


def total(sealed: list[tuple[Header, Packets]], name: str) -> int:
    """The sum of a figure over segments."""
    return sum(getattr(header, name) for header, _ in sealed)


def lost(sealed: list[tuple[Header, Packets]], cause: str) -> int:
    """How many packets were dropped for a cause."""
    return sum(header.dropped.get(cause, 0) for header, _ in sealed)
