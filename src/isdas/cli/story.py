"""
The story of the demo, step by step, with the time each step took.
"""

import shutil
from pathlib import Path
from time import perf_counter

from rich.console import Console

from isdas.config import Config, load
from isdas.hub.desk import draft_alert
from isdas.hub.intake import ingest
from isdas.hub.period import choose
from isdas.hub.pipeline import look
from isdas.hub.simulation import run
from isdas.lake.lake import Lake
from isdas.model.surge import Surge
from isdas.web.export import export

SCENARIO = "autumn-2008"


def tell(out: Path, *, seed: int, console: Console) -> tuple[Lake, Config]:
    """Run the demo in a folder of its own, made anew, and write its site; the lake and settings to serve it."""
    begun = perf_counter()
    for part in ("captures", "data", "site"):
        shutil.rmtree(out / part, ignore_errors=True)
    files = run(SCENARIO, out, seed=seed)
    _step(console, begun, f"simulated {len(files):,} captures of {SCENARIO}, seed {seed} (no packet is real)")
    config = load(out / "data")
    lake = Lake(out / "data", config.lake)
    shutil.copy(out / "truth.json", lake.path / "simulated.json")
    summary = ingest([out / "captures"], lake, config.enrich)
    read = summary.records
    _step(console, begun, f"took in {read.stored:,} of {read.read:,} packets, {summary.hours:,} hours folded")
    surges = look(lake, choose(lake, None, None, config.paper), config.detect)
    _step(console, begun, f"found {len(surges)} surges: {_named(surges)}")
    for surge in surges:
        if surge.verdict == "broad":
            alert = draft_alert(lake, surge.identifier, config)
            _step(console, begun, f"drafted {alert.number}: {alert.text('en').title}")
    written = export(lake, config, out / "site")
    _step(console, begun, f"wrote {len(written)} files of the site to {out / 'site'}")
    return lake, config


def _named(surges: list[Surge]) -> str:
    return ", ".join(f"{surge.port} {surge.verdict}" for surge in surges) or "none"


def _step(console: Console, begun: float, text: str) -> None:
    console.print(f"[{perf_counter() - begun:5.1f} s] {text}", markup=False)
