"""``isdas demo``: the main job from end to end, on a simulated autumn 2008."""

from pathlib import Path
from typing import Annotated

import typer

from isdas.cli.context import talk


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the captures, tables and site.")] = Path("demo"),
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Write the site under the folder and end.")] = False,
    seed: Annotated[int, typer.Option(help="Of the simulation.")] = 2008,
    port: Annotated[int, typer.Option(help="Where to serve, on 127.0.0.1.")] = 8445,
) -> None:
    """Simulate autumn 2008, take it in, find the surge, draft the alert, and serve the page."""
    from isdas.cli.story import tell

    console = talk()
    lake, config = tell(out, seed=seed, console=console)
    if no_serve:
        return
    import uvicorn

    from isdas.web.app import create

    console.print(f"\nhttp://127.0.0.1:{port}/ shows it all; Ctrl-C ends.")
    uvicorn.run(create(lake, config), host="127.0.0.1", port=port, log_level="warning")
