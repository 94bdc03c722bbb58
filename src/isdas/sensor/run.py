"""
``isdas sensor run``: what comes before a sensor runs, as long as it may do more than its user.

It loads little: libraries that start threads of their own are loaded when there is nothing left to give up.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from isdas.capture.bpf import parsed
from isdas.decode.config import Config as DecodeConfig
from isdas.model.errors import ConfigError, NotFound
from isdas.sensor import privileges
from isdas.sensor.config import Config
from isdas.sensor.place import Place

if TYPE_CHECKING:
    from isdas.capture.live import Live

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LONGEST_SEGMENT_S = 3600


def check(config: Config) -> None:
    """
    See whether settings make sense together.

    Raises:
        ConfigError: they do not.
    """
    if bool(config.interface) == bool(config.captures):
        raise ConfigError("set sensor.interface, such as eth0, or sensor.captures, a folder of growing captures")
    if config.captures and not config.addresses:
        raise ConfigError("with sensor.captures sensor.addresses must say which addresses are monitored")
    if config.captures and not Path(config.captures).is_dir():
        raise ConfigError(f"sensor.captures is {config.captures!r}: there is no such folder")
    if config.captures and config.filter:
        raise ConfigError("sensor.filter is for an interface: give it to the program that writes the captures")
    if not 1 <= config.segment_seconds <= _LONGEST_SEGMENT_S or _LONGEST_SEGMENT_S % config.segment_seconds:
        raise ConfigError(f"sensor.segment_seconds is {config.segment_seconds}: it must divide an hour")
    if not 1 <= config.segment_packets <= 1 << 20:
        raise ConfigError(f"sensor.segment_packets is {config.segment_packets}: from 1 to {1 << 20}")
    for name, least in (("snap_bytes", 64), ("ring_mb", 2), ("waiting_mb", 8), ("spool_mb", 10), ("upload_kb", 1)):
        if getattr(config, name) < least:
            raise ConfigError(f"sensor.{name} is {getattr(config, name)}: {least} at least")
    parsed((*config.addresses, *config.management))


def run(data: Path, config: Config, decoder: DecodeConfig, told: Callable[[str], None]) -> bool:
    """
    Run the sensor of a data directory until SIGTERM or Ctrl-C; False if it ended because its interface is gone.

    Raises:
        IsdasError: something the user can mend keeps it from running.
    """
    check(config)
    place = Place.of(data)
    place.current_key()
    privileges.become(config.user, place.folder)
    if config.user:
        # Where root can write compiled code its user cannot; this holds for what is loaded from here on.
        os.environ.setdefault("NUMBA_CACHE_DIR", str(place.folder.absolute() / "compiled"))
    # The signals are asked for instead of breaking in, by the main thread only: those that follow inherit the mask.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    live = None if config.captures else opened(config, told)
    privileges.drop()
    if live is None and not config.captures:
        return True
    from isdas.sensor.running import Sensor

    sensor = Sensor(place, live, config, decoder, told)

    def pause(seconds: float) -> None:
        if asked_to_end(seconds):
            sensor.stop.set()

    sensor.pause = pause
    return sensor.run()


def opened(config: Config, told: Callable[[str], None]) -> "Live | None":
    """The capture, as soon as there is such an interface; None if the sensor is to end before."""
    from isdas.capture.live import Live, Wanted

    wanted = Wanted(config.interface, config.addresses, config.filter, config.snap_bytes, config.ring_mb << 20)
    waited = False
    while True:
        try:
            return Live(wanted)
        except NotFound as error:
            # A line that is dialled anew gets its interface anew.
            if not waited:
                told(f"{error}; waiting for it")
            waited = True
        if asked_to_end(1.0):
            return None


def asked_to_end(seconds: float) -> bool:
    """Wait; whether one of the signals that end a sensor came."""
    return signal.sigtimedwait(_SIGNALS, seconds) is not None
