"""
A sensor that runs: its threads, which know each other by what passes between them.

    kernel --Ring--> Listening --Heard, Cut--> Sealing --segments--> spool --> Sending --> hub
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isdas import __version__
from isdas.capture.live import Live
from isdas.decode.config import Config as DecodeConfig
from isdas.delivery.supervisor import Supervisor
from isdas.model.errors import IsdasError
from isdas.sensor import status
from isdas.sensor.config import Config
from isdas.sensor.enrolled import Enrolled
from isdas.sensor.following import Following
from isdas.sensor.handover import Handover
from isdas.sensor.listening import Listening
from isdas.sensor.operations import Operations
from isdas.sensor.own import Own, established
from isdas.sensor.place import Place
from isdas.sensor.sealing import Sealing, n_addresses
from isdas.sensor.sending import Sending
from isdas.sensor.warm import warm
from isdas.transport.clock import Clock, SystemClock
from isdas.transport.spool import Spool

_LAST_WORDS_S = 10.0
"""How long sending may take to end; what it has not sent then, it sends after the next start."""


@dataclass(slots=True)
class Sensor:
    """
    A sensor that runs.

    Attributes:
        place: where its things are.
        live: the open capture; None if it reads a folder.
        config, decoder: its settings.
        told: is given a line for the log.
        pause: waits for some seconds, or until the sensor is to end.
        clock: tells the time.
        stop: set when it is to end.
    """

    place: Place
    live: Live | None
    config: Config
    decoder: DecodeConfig
    told: Callable[[str], None] = lambda text: None
    pause: Callable[[float], object] | None = None
    clock: Clock = field(default_factory=SystemClock)
    stop: threading.Event = field(default_factory=threading.Event)
    spool: Spool = field(init=False)
    sealing: Sealing = field(init=False)
    sending: Sending | None = field(init=False, default=None)
    input: Listening | Following = field(init=False)
    _threads: list[threading.Thread] = field(default_factory=list)
    _failed: str = ""
    _handover: Handover = field(init=False)
    _began_us: int = field(init=False)

    def run(self) -> bool:
        """
        Run until `stop` is set or nothing can come any more; whether it was stopped.

        Raises:
            IsdasError: something the user can mend keeps it from running.
        """
        warm(self.decoder)
        self._make()
        operations = self._operations()
        supervisor = Supervisor()
        try:
            self._start()
            self.told(f"listening: {self.name}, {self.status()['addresses']:,} addresses; sensor {__version__}")
            supervisor.ready(self.name)
            self._watch(supervisor)
        finally:
            supervisor.stopping()
            self._end()
            if operations is not None:
                operations.close()
        if self._failed:
            raise IsdasError(self._failed)
        return self.stop.is_set()

    @property
    def name(self) -> str:
        """What it listens to."""
        return self.config.captures or self.config.interface

    def _make(self) -> None:
        config, place, live = self.config, self.place, self.live
        self.spool = Spool(place.spool, config.spool_mb << 20)
        if self.spool.next:
            # What happened to the clock since the last segment nobody knows.
            self.spool.jumped(None)
        own = Own(config.management)
        self.sealing = Sealing(self.spool, place.current_key(), self.clock, own, self.decoder)
        if place.hub.exists():
            self.sending = Sending(
                place, Enrolled.load(place), self.spool, self.clock, config.upload_kb * 1000, self._keyed, self._known
            )
        else:
            self.told("not enrolled: segments wait in the spool until `isdas sensor enroll` and a restart")
        self._handover = Handover(config.waiting_mb << 20)
        self._began_us = self.clock.running_us()
        if live is None:
            self.input = Following(
                Path(config.captures), config.addresses, self.sealing, place.folder / "captures.json", self.clock,
                config.segment_seconds, round(config.quiet_minutes * 60e6), stop=self.stop,
            )  # fmt: skip
            return
        own.know(established(), self.clock.realtime_us())
        live.hear()
        self.input = Listening(
            live, self._handover, self.clock, config.segment_seconds, config.segment_packets, self._offset_s
        )
        self.input.stop = self.stop

    def _offset_s(self) -> float | None:
        return None if self.sending is None else self.sending.uploader.offset_s

    def _keyed(self, key: Any) -> None:
        self.sealing.key = key

    def _known(self, recogniser: Any) -> None:
        self.sealing.recogniser = recogniser if self.config.beacons else None

    def _operations(self) -> Operations | None:
        if not self.config.operations_port:
            return None
        return Operations(self.config.operations_port, self.status, self._troubles)

    def _troubles(self) -> list[str]:
        return status.troubles(self.status(), self.clock.realtime_us())

    def _start(self) -> None:
        self._threads = [self._thread(self.input.run, "input")]
        if isinstance(self.input, Listening):
            self._threads.append(self._thread(lambda: self.sealing.run(self._handover), "sealing"))
        if self.sending is not None:
            self._threads.append(self._thread(self.sending.run, "sending"))
        for thread in self._threads:
            thread.start()

    def _thread(self, work: Callable[[], None], name: str) -> threading.Thread:
        def guarded() -> None:
            try:
                work()
            except Exception as error:
                # A sensor that is half alive is worse than one that is started again.
                self._failed = self._failed or f"{name} failed: {type(error).__name__}: {error}"
                if name == "sealing" and isinstance(self.input, Listening):
                    self.input.stop.set()

        # A sensor whose sending hangs in the network ends nevertheless.
        return threading.Thread(target=guarded, name=name, daemon=name == "sending")

    def _watch(self, supervisor: Supervisor) -> None:
        """Tell how it goes, until it is to end or cannot go on."""
        while not self.stop.is_set() and all(thread.is_alive() for thread in self._threads):
            self._tell("running")
            supervisor.alive()
            self._pause(min(self.config.status_seconds, supervisor.every_s or self.config.status_seconds))

    def _pause(self, seconds: float) -> None:
        (self.pause or self.stop.wait)(seconds)

    def _end(self) -> None:
        """End the input, which seals what it has, then the others."""
        stopped = self.stop.is_set()
        self.input.stop.set()
        for thread in self._threads:
            if thread.daemon and self.sending is not None:
                # Not before the last segment is there to be sent.
                self.sending.stop.set()
            thread.join(_LAST_WORDS_S if thread.daemon else None)
        if not stopped:
            self.stop.clear()
        self._tell("stopped")
        if isinstance(self.input, Listening):
            self.input.live.close()
        self.spool.close()

    def _tell(self, state: str) -> None:
        try:
            status.write(self.place.status, {**self.status(), "state": state})
        except OSError as error:
            self.sealing.sealed.trouble = f"{self.place.status} cannot be written: {error.strerror}"

    def status(self) -> dict[str, Any]:
        """How it is doing."""
        sealed, spool = self.sealing.sealed, self.spool
        return {
            "state": "running",
            "software": __version__,
            "told_us": self.clock.realtime_us(),
            "uptime_s": (self.clock.running_us() - self._began_us) // 1_000_000,
            "input": self.name,
            **self._of_input(),
            "received": sealed.received,
            "packets": sealed.packets,
            "own": sealed.own,
            "refused": dict(sealed.refused),
            "odd": dict(sealed.odd),
            "dropped": dict(sealed.dropped),
            "segments": sealed.segments,
            "sealed_us": sealed.sealed_us,
            "waiting_bytes": self._handover.bytes,
            "spool": {
                "identity": spool.identity,
                "next": spool.next,
                "segments": len(spool),
                "bytes": spool.bytes,
                "limit_bytes": spool.limit_bytes,
                "refused": len(spool.refused()),
                "torn": spool.torn,
                "epoch": spool.epoch,
            },
            "disk": sealed.trouble,
            "offset_s": self._offset_s(),
            "sending": None if self.sending is None else self.sending.told(),
            **status.weight(),
        }

    def _of_input(self) -> dict[str, Any]:
        if isinstance(self.input, Listening):
            figures, networks = self.input.figures, self.input.live.networks
            return {
                "interface_up": figures.up,
                "networks": len(networks),
                "addresses": n_addresses(networks),
                "heard": figures.heard,
                "freezes": figures.freezes,
                "jumps": figures.jumps,
                "last_us": figures.last_us,
            }
        return {
            "interface_up": None,
            "networks": len(self.config.addresses),
            "addresses": n_addresses(self.config.addresses),
            "heard": self.input.read,
            "freezes": 0,
            "jumps": 0,
            "last_us": self.input.last_us,
        }
