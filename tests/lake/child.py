"""
A process of its own that takes packets in: python child.py WHAT DIRECTORY [WHERE].

take DIR             admits intake 2 and folds
die DIR POINT        the same, killed by SIGKILL at a point such as commit:3:after
stream DIR           admits and folds six small intakes, one after another
hold DIR             takes the writer's lock, says so and waits to be told on standard input
full DIR             writes with a limit on the size of files, then without
small DIR            writes until a small disk is full
create DIR           opens the directory
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import conftest

from isdas.lake.admission import WriterLock
from isdas.lake.config import Config
from isdas.lake.delta import Table
from isdas.lake.lake import Lake
from isdas.lake.records import Records
from isdas.lake.verify import verify
from isdas.model.errors import LakeError

BUSY = 3
TARGETS: dict[str, tuple[Any, str]] = {
    "intend": (Records, "intend"),
    "commit": (Table, "commit"),
    "write": (Table, "write"),
}


def deadly(point: str) -> None:
    """Make one call of a method the last thing that this process does: before it happens or after."""
    name, count, when = point.split(":")
    owner, method = TARGETS[name]
    original: Callable[..., Any] = getattr(owner, method)
    calls = 0

    def wrapped(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == int(count) and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **named)
        if calls == int(count):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, method, wrapped)


def take(folder: Path) -> None:
    """Intake 2, which meets hours that intake 1 has filled."""
    conftest.take(Lake(folder, conftest.CONFIG), ("2", conftest.random_packets(2)))


def stream(folder: Path) -> None:
    """Six intakes of ten packets, every other one of a second sensor, all in one hour."""
    lake = Lake(folder, conftest.CONFIG)
    for number in range(6):
        packets = conftest.packets_of(
            np.linspace(0.1, 0.9, 10), source=np.arange(10), sensor=("alpha", "beta")[number % 2]
        )
        conftest.take(lake, (f"stream-{number}", packets))


def hold(folder: Path) -> None:
    """Keep the lock until standard input says something."""
    WriterLock(folder / "writer.lock").acquire()
    sys.stdout.write("held\n")
    sys.stdout.flush()
    sys.stdin.readline()


def refused(lake: Lake, seed: int, n: int) -> bool:
    """Whether taking in so many packets ends in a LakeError that names the folder."""
    try:
        conftest.take(lake, (str(seed), conftest.random_packets(seed, n)))
    except LakeError as error:
        told = str(error)
    else:
        return False
    assert str(lake.path) in told, told
    return True


def full(folder: Path) -> None:
    """Files of more than 8 kB cannot be written for a while."""
    lake = Lake(folder, conftest.CONFIG)
    conftest.take(lake, ("1", conftest.packets_of([0.5])))
    before = conftest.everything(lake)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, hard))
    try:
        assert refused(lake, 2, 5_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert conftest.everything(Lake(folder, conftest.CONFIG)) == before
    assert not refused(lake, 2, 5_000)
    assert sum(f.rows for f in lake.files("packets")) == 5_001


def small(folder: Path) -> None:
    """Take in until the disk is full: what is there stays readable and reconciles."""
    lake = Lake(folder, Config(threads=1, staged_rows=2_000))
    seed = 1
    while not refused(lake, seed, 3_000):
        seed += 1
    again = Lake(folder, conftest.CONFIG)
    differences = {d.what for d in verify(again)}
    assert differences <= {"packets = sightings"}, differences
    assert sum(f.rows for f in again.files("packets")) in {(seed - 1) * 3_000, seed * 3_000}


def main() -> int:
    """Do what the command line says."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "die":
        lake = Lake(folder, conftest.CONFIG)
        deadly(sys.argv[3])
        conftest.take(lake, ("2", conftest.random_packets(2)))
        return 0
    try:
        {"take": take, "stream": stream, "hold": hold, "full": full, "small": small, "create": Lake}[what](folder)
    except LakeError as error:
        sys.stderr.write(f"{error}\n")
        return BUSY
    return 0


if __name__ == "__main__":
    sys.exit(main())
