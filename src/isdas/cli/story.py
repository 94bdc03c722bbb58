"""
The story of the demo, step by step, with the time each step took.
"""

import shutil
from pathlib import Path
from time import perf_counter

from isdas.cli.context import talk
from isdas.config import Config, load
from isdas.hub.desk import draft_alert
from isdas.hub.intake import ingest
from isdas.hub.looking import look
from isdas.hub.period import choose
from isdas.hub.progress import progress
from isdas.hub.simulation import run
from isdas.hub.sources import group_upto
from isdas.lake.lake import Lake
from isdas.lake.query import extent
from isdas.model.errors import IsdasError
from isdas.model.source_group import by_group
from isdas.model.surge import Surge
from isdas.model.time import instant
from isdas.web.export import export

SCENARIO = "autumn-2008"
PARTS = ("captures", "data", "site", "truth.json")
_MARK = ".isdas-demo"


def tell(out: Path, *, seed: int, site: bool) -> tuple[Lake, Config]:
    """
    Run the demo in a folder of its own, made anew; the lake and settings to serve it.

    Args:
        seed: of the simulation.
        site: whether to write the site as files.

    Raises:
        IsdasError: the folder holds something that no demo wrote.
    """
    begun = perf_counter()
    clear(out)
    files = run(SCENARIO, out, seed=seed)
    _step(begun, f"simulated {len(files):,} captures of {SCENARIO}, seed {seed} (no packet is real)")
    config = load(out / "data")
    lake = Lake(out / "data", config.lake)
    shutil.copy(out / "truth.json", lake.path / "simulated.json")
    summary = ingest([out / "captures"], lake, config.enrich)
    if summary.interrupted:
        raise KeyboardInterrupt
    read = summary.records
    _step(begun, f"took in {read.stored:,} of {read.read:,} packets, {summary.hours:,} hours folded")
    with progress("looking for surges"):
        surges = look(lake, choose(lake, None, None, config.paper), config.detect)
    _step(begun, f"found {len(surges)} surges: {_named(surges)}")
    last = instant(extent(lake)[1]).date()  # type: ignore[index]
    group_upto(lake, last, config.detect, at_most=config.detect.group_days)
    _step(begun, f"grouped the sources of {config.detect.group_days} days; {_linked(lake)}")
    for surge in surges:
        if surge.verdict == "broad":
            alert = draft_alert(lake, surge.identifier, config)
            _step(begun, f"drafted {alert.number}: {alert.text('en').title}")
    if site:
        with progress("drawing"):
            written = export(lake, config, out / "site")
        _step(begun, f"wrote {len(written)} files of the site to {out / 'site'}")
    return lake, config


def clear(out: Path) -> None:
    """
    Make room in *out* for a new demo; what an earlier one wrote goes, what somebody else wrote is not touched.

    Raises:
        IsdasError: the folder holds something that no demo wrote.
    """
    if not (out / _MARK).exists():
        strange = next((part for part in PARTS if (out / part).exists()), None)
        if strange:
            raise IsdasError(f"{out / strange} is not of an earlier demo: name another folder with --out")
        out.mkdir(parents=True, exist_ok=True)
        (out / _MARK).touch()
    for part in PARTS:
        shutil.rmtree(out / part, ignore_errors=True)
    (out / "truth.json").unlink(missing_ok=True)


def _named(surges: list[Surge]) -> str:
    return ", ".join(f"{surge.port} {surge.verdict}" for surge in surges) or "none"


def _linked(lake: Lake) -> str:
    """Of how many surges it is known which groups of sources take part in them."""
    surges = lake.records.surges()
    told = {part.surge for parts in by_group(surges).values() for part in parts}
    return f"groups take part in {len(told)} of {len(surges)} surges"


def _step(begun: float, text: str) -> None:
    talk(f"[{perf_counter() - begun:5.1f} s] {text}")
