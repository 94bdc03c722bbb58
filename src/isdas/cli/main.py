"""
The command ``isdas``: the tree of its commands. Each command parses, calls one function of the hub, and prints.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from isdas import __version__
from isdas.cli import (
    alert,
    bench,
    compile,
    demo,
    figures,
    fingerprints,
    fleet_list,
    ingest,
    lake,
    replay,
    scanners,
    sensor,
    serve,
    settings,
    simulate,
    sources,
    surges,
)
from isdas.cli.compiled import keep_compiled
from isdas.cli.context import State, talk
from isdas.cli.start import prepare
from isdas.hub.interruption import STATUS

_COLOUR = re.compile("\x1b\\[[0-9;]*m")

app = typer.Typer(
    name="isdas",
    help="Internet Scan Data Acquisition System: counts unsolicited packets, finds ports that rise, drafts the alert.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    # Plain help: the library for boxes and colours takes longer to load than the help to read.
    rich_markup_mode=None,
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
    keep_compiled(data)
    context.obj = State(data)


app.command(short_help="The main job on a simulated autumn 2008.")(demo.demo)
app.command(short_help="Captures with a known truth.")(simulate.simulate)
app.command(short_help="Take captures and logs in.")(ingest.ingest)
app.command(short_help="Counts per time bin.")(figures.series)
app.command(short_help="The largest ports, regions, sources, ASes.")(figures.top)
app.command(short_help="Draw a published figure.")(figures.graph)
surges.app.command(short_help="As it would have run then, hour by hour.")(replay.replay)
app.add_typer(surges.app, name="surges")
app.command(short_help="Groups of a day's sources.")(sources.sources)
app.command(short_help="What the headers of a rise share.")(fingerprints.fingerprints)
app.add_typer(alert.app, name="alert")
app.command(short_help="Serve the page, figures and alerts.")(serve.serve)
app.add_typer(sensor.app, name="sensor")
app.add_typer(fleet_list.app, name="fleet")
app.add_typer(lake.app, name="lake")
app.add_typer(scanners.app, name="scanners")
app.add_typer(settings.app, name="config")
app.command(short_help="The published benchmark on this machine.")(bench.bench)
app.command(short_help="Compile now what the first run would wait for.")(compile.compile)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command and give its exit status; what the user can mend ends with 2 and one line.

    Args:
        arguments: what stands after ``isdas``; without it that of this process.
    """
    from isdas.model.errors import IsdasError

    prepare()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = app(args=hoisted(given), prog_name="isdas", standalone_mode=False)
    except IsdasError as error:
        return _misuse(str(error))
    except typer.TyperException as error:
        return _misused(error)
    except OSError as error:
        # Paths that cannot be read or written are the user's to mend, whichever step met them.
        return _misuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    if status == STATUS:
        talk("isdas: interrupted")
    return int(status or 0)


def _misuse(message: str) -> int:
    # Libraries colour what they say, wherever it goes.
    talk(f"isdas: {' '.join(_COLOUR.sub('', message).split())}")
    return 2


def _misused(error: typer.TyperException) -> int:
    """One line for a command line that cannot be understood; the help for one that stops half way."""
    message = error.format_message()
    if "\n" in message:
        sys.stderr.write(message + "\n")
        return 2
    context = getattr(error, "ctx", None)
    name = context.command_path if context else "isdas"
    return _misuse(f"{message[:1].lower()}{message[1:].removesuffix('.')}; see `{name} --help`")


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The arguments with ``--data`` first, wherever it stood before a ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    for i, argument in enumerate(arguments[:end]):
        if argument == "--data":
            # Without a value behind it nothing else is of interest; it must not take the command for one.
            value = arguments[i + 1 : i + 2]
            return ["--data", *value, *arguments[:i], *arguments[i + 2 :]] if value else ["--data"]
        if argument.startswith("--data="):
            return [argument, *arguments[:i], *arguments[i + 1 :]]
    return list(arguments)
