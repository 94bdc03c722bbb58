"""Tests of isdas.delivery.supervisor."""

import socket
from pathlib import Path

import pytest

from isdas.delivery.supervisor import Supervisor


@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract"])
def test_a_supervisor_is_told(tmp_path: Path, abstract: bool) -> None:
    """Ready, alive and stopping arrive as sd_notify(3) has them."""
    name = f"@isdas-{tmp_path.name}-{id(tmp_path)}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name[1:]}" if abstract else name)
        listening.settimeout(10)
        told = Supervisor({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "60000000"})
        told.ready("serving")
        told.alive()
        told.stopping()
        assert [listening.recv(100) for _ in range(3)] == [b"READY=1\nSTATUS=serving", b"WATCHDOG=1", b"STOPPING=1"]
    assert told.every_s == 30


def test_without_a_supervisor_nothing_is_told() -> None:
    """No socket, or one that is gone, is no error; no sign of life is due."""
    for environment in ({}, {"WATCHDOG_USEC": "1"}):
        Supervisor(environment).alive()
        assert Supervisor(environment).every_s is None
    gone = Supervisor({"NOTIFY_SOCKET": "/nowhere/at/all"})
    gone.ready()
    assert gone.every_s is None
