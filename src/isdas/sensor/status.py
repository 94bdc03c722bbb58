"""
How a sensor is doing: a file that is written every few seconds, and what is wrong according to it.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from isdas.model.errors import NotFound
from isdas.model.time import from_micros, iso

STALE_S = 60.0
"""A status that is older is of a sensor that does not run any more."""


def write(path: Path, status: Mapping[str, Any]) -> None:
    """
    Put a status in place of the one before, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(orjson.dumps(status, option=orjson.OPT_INDENT_2))
    draft.replace(path)


def read(path: Path) -> dict[str, Any]:
    """
    The last status.

    Raises:
        NotFound: no sensor has run here.
    """
    try:
        said = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise NotFound(f"no sensor has run here yet: there is no {path}; `isdas sensor run` writes it") from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise NotFound(f"{path} cannot be read: {error}") from error
    return dict(said)


def troubles(status: Mapping[str, Any], now_us: int) -> list[str]:
    """What is wrong with a sensor, in words; nothing if all is well."""
    found = []
    age_s = (now_us - status["told_us"]) / 1e6
    if status["state"] == "stopped":
        found.append(f"it does not run since {iso(from_micros(status['told_us']))}")
    elif abs(age_s) > STALE_S:
        found.append(f"it has told nothing for {age_s:,.0f} s: it does not run, or the clock was set")
    if status["interface_up"] is False:
        found.append(f"the interface {status['input']} is down")
    if status["networks"] == 0:
        found.append("it monitors no address: the interface has none, and sensor.addresses is empty")
    if status["disk"]:
        found.append(status["disk"])
    sending = status["sending"]
    if sending is None:
        found.append("it sends to no hub: `isdas sensor enroll` enrols it")
    elif sending["trouble"]:
        found.append(f"sending: {sending['trouble']} ({sending['failures']} attempts in a row failed)")
    for cause, n in status["dropped"].items():
        if n:
            found.append(f"{n:,} packets were dropped ({cause}) since it was started")
    return found


def lines(status: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A status as names and texts for people."""
    sending = status["sending"]
    spool = status["spool"]
    rows = [
        ("state", status["state"]),
        ("listens to", f"{status['input']}, {status['addresses']:,} addresses"),
        ("running", f"{status['uptime_s']:,} s"),
        ("received", f"{status['received']:,} packets sealed or accounted for"),
        ("packets", f"{status['packets']:,}"),
        ("own", f"{status['own']:,} left out"),
        ("refused", _counts(status["refused"])),
        ("dropped", _counts(status["dropped"])),
        ("last packet", _when(status["last_us"])),
        ("last segment", f"{spool['next'] - 1} at {_when(status['sealed_us'])}" if spool["next"] else "none yet"),
        (
            "spool",
            f"{spool['segments']:,} segments, {spool['bytes'] / 1e6:,.1f} MB of {spool['limit_bytes'] / 1e6:,.0f}",
        ),
        ("clock", f"set {status['jumps']} times since the start; {_offset(status['offset_s'])}"),
        ("weight", f"{status['memory_bytes'] / 1e6:,.0f} MB of memory, {status['cpu_s']:,.1f} s of processor time"),
    ]
    if sending is not None:
        rows.append(
            ("sent", f"{_counts(sending['results'])}; the hub last answered at {_when(sending['succeeded_us'])}")
        )
    return rows


def weight() -> dict[str, float]:
    """What this process takes: memory now, and processor time since it began."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return {"memory_bytes": pages * os.sysconf("SC_PAGE_SIZE"), "cpu_s": round(time.process_time(), 3)}


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items()) if n) or "none"


def _when(us: int | None) -> str:
    return iso(from_micros(us)) if us else "never"


def _offset(offset_s: float | None) -> str:
    return "not compared with the hub's yet" if offset_s is None else f"the hub's is {offset_s:+.3f} s from it"
