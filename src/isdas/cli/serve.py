"""``isdas serve``: the hub, its work by the clock, and the site over one data directory, in one process or several."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from isdas.cli.context import State, talk
from isdas.cli.start import stay

if TYPE_CHECKING:
    from pathlib import Path

    from isdas.config import Config
    from isdas.hub.serve import Hub, Served
    from isdas.lake.lake import Lake

    Papers = dict[str, tuple[Path, Path] | None]

HOST = "127.0.0.1"
PORT = 8445
PortNumber = Annotated[int, typer.Option(min=0, max=65535, help="Where to serve, on 127.0.0.1; 0 takes a free one.")]
_LOOK_S = 1.0


def serve(
    context: typer.Context,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of the site instead of hub.port; 0 takes free ones for everything."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address of the site instead of hub.host.")] = None,
    only: Annotated[
        Literal["site", "hub", "work"] | None,
        typer.Option(help="Only the pages, only the door for sensors, or only the work by the clock."),
    ] = None,
) -> None:
    """
    Serve the site, admit what sensors send, and do the hub's work by the clock, until SIGTERM or Ctrl-C.

    Hours are folded and surges looked for some minutes after each hour; retention, merging of files and reconciliation
    run at night. Addresses, ports and times are settings of the hub.
    """
    from isdas.hub.serve import HUB, PARTS, Hub, sensor_papers, site_papers

    state: State = context.obj
    state.lake(make=True)
    config = _told(state.config, host, port)
    parts = PARTS if only is None else (only,)
    # Whatever is not as it should be is told before anything begins.
    papers = {"site": site_papers(config), "sensors": sensor_papers(state.data, config) if HUB in parts else None}
    hub = Hub(state.data, config, parts, talk)
    with ExitStack() as stack:
        sockets = {name: stack.enter_context(closing(each)) for name, each in _sockets(config, parts, port == 0)}
        stack.enter_context(_ending(hub.stop))
        ended = _serve(hub, config, sockets, papers)
    if not ended:
        # A thread that is still at work must not keep the process, nor have the libraries torn down under it.
        sys.stderr.flush()
        os._exit(0)


def _told(config: "Config", host: str | None, port: int | None) -> "Config":
    """The settings with what the command line says in their place."""
    from dataclasses import replace

    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return replace(config, hub=replace(config.hub, **chosen))  # type: ignore[arg-type]


def _sockets(config: "Config", parts: "tuple[str, ...]", free: bool) -> list[tuple[str, socket.socket]]:
    """The listening sockets of this process, by what they are for."""
    from isdas.hub.serve import HUB, SITE
    from isdas.hub.serve import listen as listening

    hub, found = config.hub, []
    if SITE in parts:
        found.append(("site", listening(hub.host, hub.port, "--port")))
    if HUB in parts:
        found.append(("sensors", listening(hub.sensors_host, 0 if free else hub.sensors_port, "hub.sensors_port")))
        operations = 0 if free else hub.operations_port
        found.append(("operations", listening(hub.operations_host, operations, "hub.operations_port")))
    return found


def _serve(hub: "Hub", config: "Config", sockets: dict[str, socket.socket], papers: "Papers") -> bool:
    """Serve until the end is asked for; whether everything came to its end."""
    from isdas.delivery.supervisor import Supervisor
    from isdas.hub.serve import HUB, WORK

    supervisor = Supervisor()
    served: list[Served] = []
    try:
        if HUB in hub.parts or WORK in hub.parts:
            hub.start()
        for name, listener in sockets.items():
            served.append(_served(hub, config, name, listener, papers.get(name)))
            served[-1].start()
        if not sockets:
            talk("working; SIGTERM or Ctrl-C ends")
        stay()
        supervisor.ready(f"serving {', '.join(hub.parts)}")
        _stay(hub.stop, supervisor.every_s, supervisor.alive, lambda: hub.ready() and all(s.alive for s in served))
    finally:
        supervisor.stopping()
        # Requests at hand are answered while the door still admits what they brought.
        for each in served:
            each.stop()
        ended = hub.end()
    return ended


def _served(
    hub: "Hub", config: "Config", name: str, listener: socket.socket, papers: "tuple[Path, Path] | None"
) -> "Served":
    from isdas.hub.serve import Served
    from isdas.lake.lake import Lake
    from isdas.web.app import create

    address, at = listener.getsockname()[:2]
    where = f"[{address}]:{at}" if ":" in address else f"{address}:{at}"
    if name == "site":
        talk(f"{_scheme(papers)}://{where}/ shows it all; Ctrl-C ends")
        return Served(create(Lake(hub.data, config.lake), config), listener, papers)
    if name == "sensors":
        talk(f"{_scheme(papers)}://{where} is for sensors: `isdas fleet token` lets one enrol")
        return Served(hub.sensors(), listener, papers, behind_proxy=config.hub.plain)
    talk(f"http://{where}/health, /ready and /metrics are for whoever runs it")
    return Served(hub.operations(), listener)


def _scheme(papers: object) -> str:
    return "http" if papers is None else "https"


def _stay(stop: threading.Event, every_s: float | None, alive: Callable[[], None], well: Callable[[], bool]) -> None:
    """Stay until the end is asked for; give the supervisor a sign of life as long as everything is at work."""
    waited = 0.0
    while not stop.wait(_LOOK_S):
        waited += _LOOK_S
        if every_s is not None and waited >= every_s and well():
            alive()
            waited = 0.0


@contextmanager
def _ending(stop: threading.Event) -> Iterator[None]:
    """While this is open, the first SIGTERM or Ctrl-C asks the hub to end in order; a second one ends it at once."""

    def ask(number: int, _: Any) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listen(port: int) -> socket.socket:
    """
    A listening socket for the site alone, on this machine.

    Raises:
        IsdasError: another program has the port.
    """
    from isdas.hub.serve import listen as listening

    return listening(HOST, port, "--port")


def run(lake: "Lake", config: "Config", listener: socket.socket) -> None:
    """Serve the site alone until Ctrl-C, which is the usual end."""
    import uvicorn

    from isdas.web.app import create

    talk(f"http://{HOST}:{listener.getsockname()[1]}/ shows it all; Ctrl-C ends")
    stay()
    with suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(create(lake, config), log_level="warning")).run(sockets=[listener])
