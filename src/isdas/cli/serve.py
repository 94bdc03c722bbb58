"""``isdas serve``: the site over one data directory."""

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from isdas.cli.context import State, talk

if TYPE_CHECKING:
    from isdas.config import Config
    from isdas.lake.lake import Lake

HOST = "127.0.0.1"
PORT = 8445
PortNumber = Annotated[int, typer.Option(min=0, max=65535, help="Where to serve, on 127.0.0.1; 0 takes a free one.")]


def serve(context: typer.Context, port: PortNumber = PORT) -> None:
    """Serve the page, the figures and the alerts of the data directory on 127.0.0.1."""
    state: State = context.obj
    with listen(port) as listener:
        run(state.lake(make=True), state.config, listener)


def listen(port: int) -> socket.socket:
    """
    A listening socket, taken before any long work so that nobody waits for a port that is not free.

    Raises:
        IsdasError: another program has the port.
    """
    from isdas.model.errors import IsdasError

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise IsdasError(f"cannot serve on {HOST}:{port}: {error.strerror}; --port takes another") from error
    return listener


def run(lake: "Lake", config: "Config", listener: socket.socket) -> None:
    """Serve until Ctrl-C, which is the usual end."""
    import uvicorn

    from isdas.web.app import create

    talk(f"http://{HOST}:{listener.getsockname()[1]}/ shows it all; Ctrl-C ends")
    with suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(create(lake, config), log_level="warning")).run(sockets=[listener])
