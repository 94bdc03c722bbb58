"""
``isdas sensor run`` as a process, and what settings it does not take.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cable import INTERFACE, Cable, syns

from isdas.model.errors import ConfigError
from isdas.sensor.config import Config
from isdas.sensor.place import Place
from isdas.sensor.run import check
from isdas.transport.keys import Key
from isdas.transport.segment import Header, unseal
from isdas.transport.spool import Spool

SOURCE = Path(__file__).parent.parent.parent / "src"


class Process:
    """A sensor in a process of its own at the near end."""

    def __init__(self, cable: Cable, data: Path, *options: str) -> None:
        self.place = Place.of(data)
        command = [sys.executable, "-m", "isdas", "--data", str(data), "sensor", "run", *options]
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "ISDAS_SENSOR__STATUS_SECONDS": "0.05"}
        self.process = subprocess.Popen(
            cable.near.command(*command), stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
        )

    def said(self, text: str) -> str:
        """Wait until it has said something with a text in it."""
        assert self.process.stderr
        for line in self.process.stderr:
            if text in line:
                return line
        raise AssertionError(f"it ended without {text!r}")

    def status(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a status that is as wanted."""
        while self.process.poll() is None:
            threading.Event().wait(0.02)
            if self.place.status.exists():
                status: dict[str, Any] = json.loads(self.place.status.read_bytes())
                if wanted(status):
                    return status
        raise AssertionError(f"it ended with {self.process.returncode}")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; how it ends."""
        self.process.send_signal(number)
        status = self.process.wait()
        assert self.process.stderr
        self.process.stderr.close()
        return status


@pytest.fixture
def start(cable: Cable, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts sensors of one data directory, one after the other."""
    place = Place.of(tmp_path)
    place.make()
    Key.make().save(place.key)
    started: list[Process] = []

    def starting(*options: str) -> Process:
        started.append(Process(cable, tmp_path, *options))
        return started[-1]

    yield starting
    for each in started:
        each.end(signal.SIGKILL)


def sealed_in(place: Place) -> list[Header]:
    """The headers of all segments."""
    key, spool = place.current_key(), Spool(place.spool, 1 << 30)
    found = []
    for sequence in range(spool.next):
        data = spool.read(sequence)
        assert data is not None
        found.append(unseal(data, {key.fingerprint: key.public}.get)[0])
    spool.close()
    return found


@pytest.mark.slow
def test_a_sensor_runs_and_ends(cable: Cable, start: Callable[..., Process]) -> None:
    """It hears, gives up what it may in all of its threads, tells how it is doing, and seals what it has at the end."""
    sensor = start("--interface", INTERFACE)
    assert "2 addresses" in sensor.said("listening")
    cable.send(syns(100))
    sensor.status(lambda status: status["heard"] == 100)
    for thread in Path(f"/proc/{sensor.process.pid}/task").iterdir():
        said = (thread / "status").read_text()
        assert [said.partition(f"{name}:\t")[2].split()[0] for name in ("CapPrm", "CapEff", "NoNewPrivs")] == [
            "0" * 16,
            "0" * 16,
            "1",
        ]
    assert sensor.end() == 0
    assert sum(header.packets for header in sealed_in(sensor.place)) == 100
    assert json.loads(sensor.place.status.read_bytes())["state"] == "stopped"


@pytest.mark.slow
def test_a_sensor_that_is_killed_loses_the_open_minute(cable: Cable, start: Callable[..., Process]) -> None:
    """After kill -9 the next one goes on with the next number in a new epoch, and the gap between is no coverage."""
    first = start("--interface", INTERFACE)
    first.said("listening")
    cable.send(syns(50))
    killed = first.status(lambda status: status["heard"] == 50)
    first.end(signal.SIGKILL)
    before = sealed_in(first.place)
    second = start("--interface", INTERFACE)
    second.said("listening")
    cable.send(syns(70))
    second.status(lambda status: status["heard"] == 70)
    assert second.end() == 0
    after = sealed_in(second.place)
    assert after[: len(before)] == before
    assert [header.sequence for header in after] == list(range(len(after)))
    assert sum(header.packets for header in after[len(before) :]) == 70
    new = after[len(before)]
    assert new.start_us > killed["told_us"]
    if before:
        assert new.clock_epoch == before[-1].clock_epoch + 1


@pytest.mark.slow
def test_an_interface_is_waited_for(cable: Cable, start: Callable[..., Process]) -> None:
    """A sensor that comes before its interface waits for it, and one whose interface goes ends with 1."""
    cable.near.ip(f"link set {INTERFACE} name later0")
    sensor = start("--interface", INTERFACE)
    sensor.said("waiting for it")
    cable.near.ip("link set later0 down")
    cable.near.ip(f"link set later0 name {INTERFACE}")
    cable.near.ip(f"link set {INTERFACE} up")
    sensor.said("listening")
    cable.near.ip(f"link del {INTERFACE}")
    assert "is gone" in sensor.said("gone")
    assert sensor.process.wait() == 1


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "set sensor.interface"),
        ({"interface": "eth0", "captures": "x"}, "set sensor.interface"),
        ({"captures": "."}, "sensor.addresses must say"),
        ({"captures": "not-there", "addresses": ("192.0.2.1",)}, "no such folder"),
        ({"captures": ".", "addresses": ("192.0.2.1",), "filter": "tcp"}, "sensor.filter"),
        ({"interface": "eth0", "segment_seconds": 7000}, "must divide an hour"),
        ({"interface": "eth0", "segment_seconds": 50_000}, "must divide an hour"),
        ({"interface": "eth0", "segment_packets": 0}, "segment_packets"),
        ({"interface": "eth0", "spool_mb": 1}, "sensor.spool_mb is 1: 10 at least"),
        ({"interface": "eth0", "management": ("10.0.0.0/8/8",)}, "not a network"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_settings_must_make_sense(changes: dict[str, Any], text: str) -> None:
    """Each that does not names itself."""
    with pytest.raises(ConfigError if "not a network" not in text else Exception, match=text):
        check(Config(**changes))
