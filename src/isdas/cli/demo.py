"""``isdas demo``: the main job from end to end, on a simulated autumn 2008."""

from pathlib import Path
from typing import Annotated

import typer

from isdas.cli.serve import PORT, PortNumber, listen, run


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the captures, tables and site.")] = Path("demo"),
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Write the site under the folder and end.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulation.")] = 2008,
    port: PortNumber = PORT,
) -> None:
    """Simulate autumn 2008, take it in, find the surge, draft the alert, and serve the page."""
    from isdas.cli.story import tell

    if no_serve:
        tell(out, seed=seed, site=True)
        return
    with listen(port) as listener:
        lake, config = tell(out, seed=seed, site=False)
        run(lake, config, listener)
