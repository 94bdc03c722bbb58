"""The command in this process, and in processes of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from isdas.cli.main import main


class Said(NamedTuple):
    """What a call of the command gave: exit status, data, talk."""

    status: int
    out: str
    err: str


@pytest.fixture
def isdas(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """The command as a function of its arguments, away from the settings of whoever runs the tests."""
    for name in ("ISDAS_DATA", "ISDAS_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path) -> Said:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        return Said(status, *capfd.readouterr())

    return run


@pytest.fixture
def start() -> Callable[..., "subprocess.Popen[str]"]:
    """The command as a process of its own that has been started."""

    def run(*arguments: str | Path) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "isdas", *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return run
