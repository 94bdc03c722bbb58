"""``isdas serve``."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    """The addresses are told, the page is there, and Ctrl-C ends it without complaint."""
    command = [sys.executable, "-m", "isdas", "serve", "--port", "0", "--data", str(desk)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stderr
        told = [child.stderr.readline() for _ in range(3)]
        assert ["shows it all" in told[0], "for sensors" in told[1], "/metrics" in told[2]] == [True] * 3
        port = int(told[0].partition(f"http://{HOST}:")[2].partition("/")[0])
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        connection.request("GET", "/")
        page = connection.getresponse()
        assert page.status == 200
        assert "445/tcp" in page.read().decode()
        connection.close()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (0, "", "")


def test_what_cannot_be_served_is_misuse(isdas: Callable[..., Any], tmp_path: Path) -> None:
    """Sensors on an address that others reach, without a certificate: one line that says what to do."""
    (tmp_path / "isdas.toml").write_text('[hub]\nsensors_host = "0.0.0.0"\n')
    said = isdas("serve", "--port", "0", "--data", tmp_path)
    assert said.status == 2
    assert "isdas fleet ca" in said.err
