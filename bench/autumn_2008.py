"""
How well the whole chain finds the planted rise of autumn-2008, over seeds: captures in, surges out, against truth.

    python bench/autumn_2008.py --seeds 101-120 [--false-per-week 0.3,0.1] [--json FILE]

Prints one line a seed and the totals: how often the 445/tcp rise is broad, the delay from its onset, whether the
90 % onset interval holds the truth, whether the regions named are those planted, false broad surges per week, and
what became of the decoys.
"""

import argparse
import json
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from isdas.detect.config import Config as DetectConfig
from isdas.enrich.config import Config as EnrichConfig
from isdas.hub.intake import ingest
from isdas.hub.looking import look
from isdas.hub.period import choose
from isdas.hub.simulation import run
from isdas.lake.lake import Lake

ZONE = ZoneInfo("Asia/Tokyo")


def one(seed: int, settings: list[DetectConfig]) -> list[dict[str, Any]]:
    """Run the chain for one seed in a folder of its own; what came of each planted event, by setting."""
    folder = Path(tempfile.mkdtemp(prefix="isdas-autumn-"))
    try:
        run("autumn-2008", folder, seed=seed)
        lake = Lake(folder / "data")
        ingest([folder / "captures"], lake, EnrichConfig())
        period = choose(lake, None, None, ZONE)
        found = [[surge.as_dict() for surge in look(lake, period, config)] for config in settings]
        truth = json.loads((folder / "truth.json").read_text())
    finally:
        shutil.rmtree(folder)
    weeks = (period.end - period.start).total_seconds() / 604_800
    return [
        {"seed": seed, "setting": config.false_per_week, "weeks": weeks, **against(truth, surges)}
        for config, surges in zip(settings, found, strict=True)
    ]


def against(truth: dict[str, Any], surges: list[dict[str, Any]]) -> dict[str, Any]:
    """Compare the surges found with the truth."""
    rise = next(e for e in truth["events"] if e["kind"] == "surge")
    decoys = [e for e in truth["events"] if e["kind"] == "decoy"]
    broad = [s for s in surges if s["verdict"] == "broad"]
    onset = when(rise["onset_at"])
    found = [s for s in broad if rise["port"] in s["ports"] and when(s["detected_at"]) > onset]
    best = min(found, key=lambda s: s["detected_at"], default=None)
    named = {e["name"]: [s["verdict"] for s in surges if meets(e, s)] for e in decoys}
    fooled = [e["name"] for e in decoys if any(meets(e, s) for s in broad)]
    return {
        "found": best is not None,
        "delay_h": round((when(best["detected_at"]) - onset).total_seconds() / 3600, 1) if best else None,
        "interval_holds": bool(best and when(best["onset_low_at"]) <= onset <= when(best["onset_high_at"])),
        "interval_h": hours(best["onset_low_at"], best["onset_high_at"]) if best else None,
        "mainly": best["mainly"] if best else None,
        "mainly_right": bool(best and sorted(best["mainly"]) == sorted(rise["mainly"])),
        "false_broad": [s["identifier"] for s in broad if s is not best],
        "decoys": named,
        "decoys_called_broad": fooled,
        "factor": rise["factor"],
        "shape": rise["shape"],
    }


def meets(event: dict[str, Any], surge: dict[str, Any]) -> bool:
    """Whether a surge is of a decoy's port, detected while it lasted or within a day after."""
    if not set(event["ports"]) & set(surge["ports"]):
        return False
    low, high = when(event["onset_at"]), when(event["ended_at"])
    return low <= when(surge["detected_at"]) and (when(surge["detected_at"]) - high).total_seconds() < 86_400


def when(text: str) -> datetime:
    """An ISO instant."""
    return datetime.fromisoformat(text)


def hours(low: str, high: str) -> float:
    """Hours between two instants."""
    return round((when(high) - when(low)).total_seconds() / 3600, 1)


def totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures to publish."""
    found = [r for r in rows if r["found"]]
    n = len(rows)
    return {
        "seeds": n,
        "found": f"{len(found)}/{n}",
        "median_delay_h": median(r["delay_h"] for r in found) if found else None,
        "largest_delay_h": max((r["delay_h"] for r in found), default=None),
        "interval_holds": f"{sum(r['interval_holds'] for r in found)}/{len(found)}",
        "median_interval_h": median(r["interval_h"] for r in found) if found else None,
        "mainly_right": f"{sum(r['mainly_right'] for r in found)}/{len(found)}",
        "false_broad_per_week": round(sum(len(r["false_broad"]) for r in rows) / sum(r["weeks"] for r in rows), 4),
        "decoys_called_broad": sum(len(r["decoys_called_broad"]) for r in rows),
    }


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="101-105", help="first-last")
    parser.add_argument("--json", type=Path, help="write rows and totals here")
    parser.add_argument("--false-per-week", default="", help="settings to compare; the default one if not given")
    arguments = parser.parse_args()
    first, _, last = arguments.seeds.partition("-")
    wanted = [float(text) for text in arguments.false_per_week.split(",") if text]
    settings = [DetectConfig(false_per_week=value) for value in wanted] or [DetectConfig()]
    rows: list[dict[str, Any]] = []
    for seed in range(int(first), int(last or first) + 1):
        for row in one(seed, settings):
            print(json.dumps(row), flush=True)
            rows.append(row)
    summary = {c.false_per_week: totals([r for r in rows if r["setting"] == c.false_per_week]) for c in settings}
    print(json.dumps(summary, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps({"rows": rows, "totals": summary}, indent=2) + "\n")


if __name__ == "__main__":
    main()
