"""
The hub as a process: the door for sensors, the work by the clock, and what is told of them, with a clean begin and end.

Which of them run here is chosen, so that each can be a process of its own over the same data directory. Knows nothing
of the site, which is another app; `isdas.cli.serve` puts them together.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from isdas.config import Config
from isdas.enrich.region import open_lookups
from isdas.hub.api import sensor_api
from isdas.hub.authority import Papers, signing_key
from isdas.hub.beacon import Beacons, Send, send_udp, settings_of
from isdas.hub.door import Door
from isdas.hub.metrics import Figures
from isdas.hub.operations import operations
from isdas.hub.schedule import Clock, Every, Found, Schedule, Task, WallClock
from isdas.hub.work import Work
from isdas.lake.lake import Lake
from isdas.lake.parts import Parts
from isdas.model.errors import ConfigError, LakeError

SITE, HUB, WORK = "site", "hub", "work"
PARTS = (SITE, HUB, WORK)
"""What one data directory needs: the pages, the door for sensors, and the work by the clock."""

_PATIENCE_S = 600.0
"""The door waits for a fold or for the night's merging, and these wait for the door."""

_BEACONS_S = 15.0
_PULSE_S = 60.0
_GRACE_S = 20
"""How long requests that are being answered may take when the hub ends."""

_END_S = 60.0
_PAIR_TRIES, _PAIR_WAIT_S = 50, 0.1


class Served:
    """
    An application on a socket, in a thread of its own.

    Args:
        app: what answers.
        listener: the listening socket.
        papers: certificate and key for TLS; without them it is plain HTTP.
        behind_proxy: whether to believe the proxy on this machine about who asks.
    """

    def __init__(
        self, app: Any, listener: socket.socket, papers: tuple[Path, Path] | None = None, *, behind_proxy: bool = False
    ) -> None:
        self._listener = listener
        self.server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                lifespan="off",
                server_header=False,
                proxy_headers=behind_proxy,
                timeout_graceful_shutdown=_GRACE_S,
                ssl_certfile=None if papers is None else str(papers[0]),
                ssl_keyfile=None if papers is None else str(papers[1]),
                ssl_context_factory=None if papers is None else _paired,
            )
        )
        self._thread = threading.Thread(target=self._run, name="isdas-http", daemon=True)

    def _run(self) -> None:
        self.server.run(sockets=[self._listener])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, finish those at hand, and end."""
        self.server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(_GRACE_S + _END_S)

    @property
    def alive(self) -> bool:
        """Whether it answers."""
        return self._thread.is_alive() and self.server.started


def _paired(_config: uvicorn.Config, load: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """
    The certificate with its key; waits where somebody is just putting new ones there, first the one, then the other.

    Raises:
        ssl.SSLError: they still do not belong together after a while, or one of them is none.
    """
    for _ in range(_PAIR_TRIES):
        try:
            return load()
        except ssl.SSLError as error:
            if error.reason != "KEY_VALUES_MISMATCH":
                raise
            time.sleep(_PAIR_WAIT_S)
    return load()


@dataclass(slots=True)
class Hub:
    """
    The parts of the hub that run in this process.

    Attributes:
        data: the data directory.
        config: the settings.
        parts: which of HUB and WORK.
        told: called with each line for the log.
        clock: what time it is.
        send: sends a beacon.
        stop: set when it is to end.
    """

    data: Path
    config: Config
    parts: Collection[str]
    told: Callable[[str], None]
    clock: Clock = field(default_factory=WallClock)
    send: Send = send_udp
    stop: threading.Event = field(default_factory=threading.Event)
    _door: Door | None = None
    _threads: list[threading.Thread] = field(default_factory=list)
    _figures: Figures | None = None
    _writer: Lake | None = None

    def start(self) -> None:
        """
        Begin.

        Raises:
            IsdasError: the data directory cannot be opened.
        """
        writer = self._lake(folds=WORK in self.parts)
        self._writer = writer
        records = Parts(writer.records.database)
        if HUB in self.parts:
            door = self._door = Door(writer, open_lookups(self.config.enrich), signing_key(self.data), self.config.hub)
            door.start()
            self._run("door", self._beside_the_door(writer), records)
        if WORK in self.parts:
            work = Work(writer, self._lake(), self.config, self.stop, self.told)
            self._run("work", work.tasks(), records)
        figures = None if self._door is None else self._door.figures
        self._figures = Figures(self._lake(), self.config.hub, self.clock.now, figures)

    def _lake(self, *, folds: bool = True) -> Lake:
        return Lake(self.data, self.config.lake, patience_s=_PATIENCE_S, folds=folds)

    def _run(self, name: str, tasks: list[Task], parts: Parts) -> None:
        schedule = Schedule(tasks, parts, self.clock, self.stop, self.told)
        thread = threading.Thread(target=schedule.run, name=f"isdas-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _beside_the_door(self, lake: Lake) -> list[Task]:
        """What must not wait for a fold."""
        most = max(1, round(self.config.hub.beacons_per_second * _BEACONS_S))
        beacons = Beacons(lake, most, self.send)

        def send(at: datetime) -> Found:
            return beacons.due(at)

        def pulse(at: datetime) -> Found:
            assert self._door is not None
            if not self._door.alive:
                raise LakeError("the door has ended: nothing is admitted any more; start the hub again")
            return self._door.figures()

        return [
            Task("beacons", Every(_BEACONS_S), send, at_once=True, quiet=True),
            Task("door", Every(_PULSE_S), pulse, at_once=True),
        ]

    def sensors(self) -> FastAPI:
        """The application that sensors ask, once the hub has begun."""
        assert self._door is not None
        assert self._writer is not None
        lake, app = self._writer, FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(
            sensor_api(lake, self._door, signing_key(self.data), lambda number: settings_of(lake, number))
        )
        return app

    def operations(self) -> FastAPI:
        """The application for whoever runs the hub, once it has begun."""
        assert self._figures is not None
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(operations(self._figures, self.ready))
        return app

    def ready(self) -> bool:
        """Whether everything that should be at work here is."""
        door = self._door is None or self._door.alive
        return door and not self.stop.is_set() and all(thread.is_alive() for thread in self._threads)

    def end(self) -> bool:
        """
        End what is still at work: a commit at hand is finished, and what waits at the door is admitted.

        False if something is still at work, which is as good as a power cut to it.
        """
        self.stop.set()
        if self._door is not None:
            self._door.stop()
        for thread in self._threads:
            thread.join(_END_S)
        left = any(thread.is_alive() for thread in self._threads)
        if left:
            self.told("the work at hand takes too long and is left where it stands; it is done again at the next start")
        return not left


def listen(host: str, port: int, setting: str) -> socket.socket:
    """
    A listening socket, taken before any long work so that nobody waits for a port that is not free.

    Args:
        host: an address of this machine.
        port: 0 takes a free one.
        setting: what to change if that cannot be.

    Raises:
        ConfigError: another program has the port, or that is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot serve on {host}:{port}: {error.strerror}; {setting} takes another") from error
    return listener


def sensor_papers(data: Path, config: Config) -> tuple[Path, Path] | None:
    """
    Certificate and key for sensors; None for plain HTTP, which is for this machine and for proxies only.

    Raises:
        ConfigError: there is no certificate and the address is one that others reach.
    """
    papers = Papers.of(data)
    if papers.certificate.exists():
        return papers.certificate, papers.key
    local = False
    with suppress(ValueError):
        local = ip_address(config.hub.sensors_host).is_loopback
    if not local and not config.hub.plain:
        raise ConfigError(
            f"hub.sensors_host is {config.hub.sensors_host} and there is no certificate: `isdas fleet ca NAME` makes "
            "one (hub.plain = true is for a proxy that has one)"
        )
    return None


def site_papers(config: Config) -> tuple[Path, Path] | None:
    """
    Certificate and key of the site, if they are set.

    Raises:
        ConfigError: one of them is set and not the other, or is not there.
    """
    given = (config.hub.certificate, config.hub.certificate_key)
    if not any(given):
        return None
    if not all(given):
        raise ConfigError("hub.certificate and hub.certificate_key belong together: set both")
    paths = Path(given[0]), Path(given[1])
    for path in paths:
        if not path.is_file():
            raise ConfigError(f"{path} is not there: hub.certificate and hub.certificate_key name PEM files")
    return paths
