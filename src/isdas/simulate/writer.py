"""
A simulation on disk: one pcap per sensor and day in UTC, and the truth beside them.

The only module of the package that touches files.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from isdas.model.errors import IsdasError
from isdas.simulate import wire
from isdas.simulate.scenario import DAY_US, Simulation

CAPTURES = "captures"
TRUTH = "truth.json"


def write(simulation: Simulation, out: Path, progress: Callable[[int, int], None] | None = None) -> list[Path]:
    """
    Write ``out/captures/<sensor>-<YYYYMMDD>.pcap`` and ``out/truth.json``.

    A sensor has a file for each UTC day of which it observed at least a part, be it without packets; the same
    simulation always gives the same bytes.

    Args:
        simulation: what to write.
        out: folder, made if need be.
        progress: called with the files written and the files to write.

    Returns:
        The captures, by sensor and day.

    Raises:
        IsdasError: the folder holds captures of another simulation, or cannot be written.
    """
    folder = out / CAPTURES
    files = _files(simulation)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strange = {path.name for path in folder.iterdir()} - {name for name, _, _ in files}
        if strange:
            raise IsdasError(f"{folder} holds other files ({min(strange)}): choose an empty folder")
        buffer, offsets = wire.records(simulation.packets)
        for done, (name, first, last) in enumerate(files, start=1):
            (folder / name).write_bytes(wire.FILE_HEADER + buffer[offsets[first] : offsets[last]].tobytes())
            if progress is not None:
                progress(done, len(files))
        text = json.dumps(simulation.truth, indent=2, ensure_ascii=False)
        (out / TRUTH).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise IsdasError(f"cannot write the simulation to {out}: {error}") from error
    return [folder / name for name, _, _ in files]


def _files(simulation: Simulation) -> list[tuple[str, int, int]]:
    """Name, first row and row after the last of each file."""
    packets = simulation.packets
    span = int(simulation.end_us)
    key = packets.sensor.astype(np.int64) * span + packets.time_us
    result = []
    for place, sensor in enumerate(simulation.sensors):
        days = sorted({day for a, b in sensor.live for day in range(a // DAY_US, -(-b // DAY_US))})
        for day in days:
            bounds = place * span + np.array([day, day + 1]) * DAY_US
            # A day that reaches beyond the period must not reach into the next sensor.
            first, last = np.searchsorted(key, np.clip(bounds, place * span, (place + 1) * span))
            date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
            result.append((f"{sensor.name}-{date:%Y%m%d}.pcap", int(first), int(last)))
    return result
