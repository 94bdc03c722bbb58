"""
A sensor that follows a folder and seals without a pause, to be killed: ``follower.py DATA CAPTURES``.
"""

import sys
from pathlib import Path

from isdas.decode.config import Config
from isdas.sensor.following import Following
from isdas.sensor.sealing import Sealing
from isdas.sensor.warm import warm
from isdas.transport.clock import SystemClock
from isdas.transport.keys import Key
from isdas.transport.spool import Spool


def main() -> None:
    """Follow until killed."""
    data, captures = map(Path, sys.argv[1:])
    sealing = Sealing(Spool(data / "spool", 1 << 30), Key(bytes(range(32))), SystemClock())
    following = Following(captures, ("192.0.2.1/32",), sealing, data / "captures.json", SystemClock())
    warm(Config())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        following.step()
        following.cut()


if __name__ == "__main__":
    main()
