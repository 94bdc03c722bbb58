"""``isdas serve``."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from isdas.cli.serve import HOST, listen
from isdas.model.errors import IsdasError


def test_a_taken_port_is_told_at_once() -> None:
    """A port that another program has is an error that names it and the way out."""
    with listen(0) as first:
        port = first.getsockname()[1]
        with pytest.raises(IsdasError, match=f"{port}.*--port"):
            listen(port)


def test_only_this_machine_is_served() -> None:
    """The socket is on the loopback address."""
    with listen(0) as listener:
        assert listener.family == socket.AF_INET
        assert listener.getsockname()[0] == HOST == "127.0.0.1"


def test_a_data_directory_is_served_until_ctrl_c(desk: Path) -> None:
    """The address is told, the page is there, and Ctrl-C ends it without complaint."""
    command = [sys.executable, "-m", "isdas", "serve", "--port", "0", "--data", str(desk)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stderr
        told = child.stderr.readline()
        port = int(told.partition(f"http://{HOST}:")[2].partition("/")[0])
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        connection.request("GET", "/")
        page = connection.getresponse()
        assert page.status == 200
        assert "445/tcp" in page.read().decode()
        connection.close()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (0, "", "")
