"""
The command ``isdas``: the tree of its commands. Each command parses, calls one function of the hub, and prints.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from isdas import __version__
from isdas.cli import alert, demo, figures, ingest, lake, settings, simulate, surges
from isdas.cli.context import State

app = typer.Typer(
    name="isdas",
    help="Internet Scan Data Acquisition System: counts unsolicited packets, finds ports that rise, drafts the alert.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"isdas {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    data: Annotated[
        Path, typer.Option("--data", envvar="ISDAS_DATA", help="The data directory; may stand after the command too.")
    ] = Path("isdas-data"),
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Everything works on one data directory."""
    context.obj = State(data)


app.command()(demo.demo)
app.command(no_args_is_help=True)(simulate.simulate)
app.command(no_args_is_help=True)(ingest.ingest)
app.command(no_args_is_help=True)(figures.series)
app.command(no_args_is_help=True)(figures.top)
app.command(no_args_is_help=True)(figures.graph)
app.add_typer(surges.app, name="surges")
app.add_typer(alert.app, name="alert")
app.add_typer(lake.app, name="lake")
app.add_typer(settings.app, name="config")


def main() -> None:
    """Run the command; errors that the user can mend end with 2 and one line."""
    from isdas.model.errors import IsdasError

    try:
        app(args=hoisted(sys.argv[1:]))
    except IsdasError as error:
        typer.echo(f"isdas: {error}", err=True)
        raise SystemExit(2) from None
    except BrokenPipeError:
        # The reader of a pipe went away; that is its right.
        raise SystemExit(0) from None


def hoisted(arguments: list[str]) -> list[str]:
    """The arguments with ``--data`` first, wherever it stood."""
    for i, argument in enumerate(arguments):
        if argument == "--data" and i + 1 < len(arguments):
            return [argument, arguments[i + 1], *arguments[:i], *arguments[i + 2 :]]
        if argument.startswith("--data="):
            return [argument, *arguments[:i], *arguments[i + 1 :]]
    return arguments
