"""
`isdas serve` as processes: begun, ended, killed and begun again, in one process and in three.
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from isdas.cli.serve import HOST
from isdas.enrich.config import Config as EnrichConfig
from isdas.hub.intake import ingest
from isdas.lake.lake import Lake
from isdas.lake.parts import Parts
from isdas.lake.verify import verify
from isdas.transport.protocol import SEGMENTS, Answer, pack_segments

ADDRESS = re.compile(r"https?://127\.0\.0\.1:(\d+)")


class Process:
    """
    ``isdas serve`` in a process of its own.

    Attributes:
        child: the process.
        ports: where it listens: site, sensors, operations, as far as they run in it.
    """

    def __init__(self, data: Path, *arguments: str, lines: int = 3, **more: str) -> None:
        command = [sys.executable, "-m", "isdas", "serve", "--port", "0", *arguments, "--data", str(data)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "ISDAS_HUB__GROUP_SECONDS": "0.02"}
        environment |= {"ISDAS_HUB__LEAST_FREE_MB": "0", **more}
        self.child = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self.child.stderr
        told = [self.child.stderr.readline() for _ in range(lines)]
        self.ports = [int(found[1]) for found in map(ADDRESS.search, told) if found]

    def end(self, how: int) -> tuple[int, str, str]:
        """Send a signal; exit status and what was said after the first lines."""
        self.child.send_signal(how)
        out, err = self.child.communicate(timeout=120)
        return self.child.returncode, out, err


@contextmanager
def serving(data: Path, *arguments: str, lines: int = 3, **more: str) -> Iterator[Process]:
    """A process that is killed if it has not ended."""
    process = Process(data, *arguments, lines=lines, **more)
    try:
        yield process
    finally:
        process.child.kill()
        process.child.wait()
        for stream in (process.child.stdout, process.child.stderr):
            assert stream
            stream.close()


def get(port: int, path: str) -> tuple[int, str]:
    """Status and body of an answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_data_directory_is_served_until_it_is_ended(desk: Path, how: int) -> None:
    """The addresses are told, the page is there, the hub is well, and either signal ends it without complaint."""
    with serving(desk) as process:
        site, sensors, operations = process.ports
        status, page = get(site, "/")
        assert status == 200
        assert "445/tcp" in page
        assert json.loads(get(operations, "/ready")[1]) == {"ready": True}
        assert get(operations, "/health")[0] == 200
        assert get(sensors, "/sensor/v1/self")[0] in {400, 401}
        # What is for whoever runs it is on no other port.
        assert get(site, "/metrics")[0] == get(sensors, "/metrics")[0] == get(sensors, "/")[0] == 404
        assert process.end(how) == (0, "", "")


class Sending:
    """A sensor that sends its minutes one after another and notes what was acknowledged."""

    def __init__(self, sender: Any) -> None:
        self.sender = sender
        self.acknowledged: set[int] = set()

    def send(self, port: int, minutes: range) -> None:
        """Send until all is acknowledged or the hub is gone."""
        with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=60, trust_env=False) as client:
            for first in minutes:
                body = pack_segments([self.sender.minute(first)])
                try:
                    answer = client.post(
                        SEGMENTS, content=body, headers=self.sender.ask("POST", SEGMENTS, body).headers()
                    )
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    states = [result.state for result in Answer.from_json(answer.content).results]
                    assert set(states) <= {"admitted", "known", "later"}
                    self.acknowledged |= {first} if states[0] != "later" else set()


def stored(data: Path) -> list[int]:
    """The sequences of the segments whose packets are in the tables, one for each packet."""
    rows = Lake(data).ask("SELECT position FROM packets ORDER BY position", "packets")
    return [position >> 32 for position in rows.column("position").to_pylist()]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_what_was_acknowledged_outlives_the_hub(tmp_path: Path, enlist: Any, sender: Any, how: int) -> None:
    """
    A hub that is ended, or killed, while a sensor sends: all that it acknowledged is there, once, when it has started
    again and the sensor has sent the rest; and everything reconciles.
    """
    data = tmp_path / "data"
    enlist(Lake(data), sender, "tokyo-1")
    sending = Sending(sender)
    for turn in range(3):
        with serving(data) as process:
            thread = threading.Thread(target=sending.send, args=(process.ports[1], range(60)))
            thread.start()
            while thread.is_alive() and len(sending.acknowledged) < 15 * (turn + 1):
                thread.join(0.01)
            if turn == 2:
                thread.join()
            status, _, err = process.end(how if turn < 2 else signal.SIGTERM)
            assert status == (-signal.SIGKILL if how == signal.SIGKILL and turn < 2 else 0), err
            thread.join()
        assert set(stored(data)) >= sending.acknowledged
    assert sending.acknowledged == set(range(60))
    assert stored(data) == [n for n in range(60) for _ in range(3)]
    lake = Lake(data)
    lake.fold()
    assert verify(lake) == []


def test_parts_run_as_processes_of_their_own(tmp_path: Path, enlist: Any, sender: Any) -> None:
    """Pages, door and work over one directory: what one admits another folds, and its health tells of both."""
    data = tmp_path / "data"
    enlist(Lake(data), sender, "tokyo-1")
    with (
        serving(data, "--only", "hub", lines=2) as hub,
        serving(data, "--only", "site", lines=1) as site,
    ):
        sending = Sending(sender)
        sending.send(hub.ports[0], range(20))
        assert len(sending.acknowledged) == 20
        with serving(data, "--only", "work", lines=1) as work:
            assert work.ports == []
            parts = Parts(Lake(data).records.database)
            while not any(part.name == "fold" and part.runs for part in parts.all()):
                assert work.child.poll() is None
            told = json.loads(get(hub.ports[1], "/health")[1])
            assert {"door", "fold", "verify"} <= set(told["parts"])
            assert told["parts"]["fold"]["found"]["hours"] >= 1
            assert work.end(signal.SIGTERM) == (0, "", "")
        assert get(site.ports[0], "/")[0] == 200
        assert hub.end(signal.SIGTERM) == (0, "", "")
        assert site.end(signal.SIGTERM) == (0, "", "")
    assert verify(Lake(data)) == []


def test_files_are_taken_in_beside_the_hub(tmp_path: Path, captures: Path) -> None:
    """`isdas ingest` waits for the hub's commits and the hub for its; nobody is turned away."""
    data = tmp_path / "data"
    with serving(data) as process:
        lake = Lake(data, patience_s=120)
        some = sorted(captures.iterdir())[:2]
        summary = ingest(some, lake, EnrichConfig())
        assert summary.taken == 2
        assert get(process.ports[2], "/health")[0] == 200
        assert process.end(signal.SIGTERM)[0] == 0


def test_a_second_signal_ends_at_once(desk: Path, tmp_path: Path) -> None:
    """Whoever does not want to wait for the end in order asks twice."""
    shutil.copytree(desk, tmp_path / "data")
    with serving(tmp_path / "data") as process:
        held = socket.create_connection((HOST, process.ports[0]))
        # An answer that is never read keeps the server in its grace.
        held.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        process.child.send_signal(signal.SIGTERM)
        while process.child.poll() is None:
            process.child.send_signal(signal.SIGTERM)
        held.close()
        # An interpreter that is ending has given its signals back to the system.
        assert process.child.returncode in {0, 128 + signal.SIGTERM, -signal.SIGTERM}


def test_the_supervisor_is_told(tmp_path: Path) -> None:
    """systemd learns that the hub is ready, that it is alive again and again, and that it is ending."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(120)
        watched = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
        with serving(tmp_path / "data", **watched) as process:
            told = [listening.recv(200).decode() for _ in range(3)]
            assert told == ["READY=1\nSTATUS=serving site, hub, work", "WATCHDOG=1", "WATCHDOG=1"]
            assert process.end(signal.SIGTERM)[0] == 0
            while told[-1] == "WATCHDOG=1":
                told.append(listening.recv(200).decode())
            assert told[-1] == "STOPPING=1"
