"""The command in this process."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from own_hub import own_hub  # noqa: F401

from isdas.cli.main import main


class Said(NamedTuple):
    """What a call of the command gave: exit status, data, talk."""

    status: int
    out: str
    err: str


Isdas = Callable[..., Said]


@pytest.fixture
def isdas(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Isdas:
    """The command as a function of its arguments, away from the settings of whoever runs the tests."""
    for name in ("ISDAS_DATA", "ISDAS_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path) -> Said:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        return Said(status, *capfd.readouterr())

    return run
