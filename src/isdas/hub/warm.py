"""
Compiling ahead: what numba compiles on its first use is compiled and kept at once, so that no first run waits for it.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from isdas.capture.file import open_capture
from isdas.decode.packets import decode
from isdas.enrich.config import Config
from isdas.enrich.kind import kind
from isdas.enrich.region import locate, open_lookups
from isdas.enrich.tool import tool
from isdas.hub.contents import Contents
from isdas.lake.lake import Lake
from isdas.lake.records import Intake
from isdas.model.packets import Packets
from isdas.simulate.telescope import write_telescope

_N = 2_000
_INTAKE = "warm:0"


def warm() -> None:
    """
    Compile everything that taking captures in needs, each half in a process of its own, which the compiler needs.

    Raises:
        subprocess.CalledProcessError: one of them failed.
    """
    script = "import sys, pathlib; from isdas.hub.warm import HALVES; HALVES[sys.argv[1]](pathlib.Path(sys.argv[2]))"
    with tempfile.TemporaryDirectory(prefix="isdas-warm-") as folder:
        running = []
        for name in HALVES:
            below = Path(folder, name)
            below.mkdir()
            running.append(subprocess.Popen([sys.executable, "-c", script, name, str(below)]))
        for process in running:
            if status := process.wait():
                raise subprocess.CalledProcessError(status, process.args)


def _packets(folder: Path) -> Iterator[Packets]:
    path = folder / "telescope.pcap"
    write_telescope(path, _N)
    with open_capture(path) as capture:
        for frames in capture.frames():
            yield decode(frames)[0].with_columns({"sensor": "warm", "intake": _INTAKE})


def _kinds(folder: Path) -> None:
    """From a capture to kinds, which take the longest of all."""
    for packets in _packets(folder):
        kind(packets)


def _tables(folder: Path) -> None:
    """From a capture to tables, with all other labels."""
    lake, lookups, contents = Lake(folder / "data"), open_lookups(Config()), Contents()
    with lake.admission() as admission:
        for packets in _packets(folder):
            contents.add(packets)
            labels = {"kind": "scan", "tool": tool(packets), **locate(packets, lookups)}
            admission.add(packets.with_columns(labels))
        admission.finish(Intake(_INTAKE, "warm", "pcap", _N, _N))
    lake.fold()


HALVES: dict[str, Callable[[Path], None]] = {"kinds": _kinds, "tables": _tables}
"""What is compiled side by side, by name."""
