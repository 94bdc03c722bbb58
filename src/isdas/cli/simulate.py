"""``isdas simulate``: captures with a known truth."""

from pathlib import Path
from typing import Annotated

import typer

from isdas.cli.context import talk


def simulate(
    scenario: Annotated[str, typer.Argument(help="autumn-2008 or quiet-week.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for captures/ and truth.json.")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 2008,
) -> None:
    """Write a simulated fleet's captures, one per sensor and day, and truth.json. No packet of them is real."""
    from isdas.hub.simulation import run

    files = run(scenario, out, seed=seed)
    talk(f"{len(files):,} captures and truth.json in {out}")
