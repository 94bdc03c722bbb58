"""``isdas scanners``: the register of research scanners."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isdas.cli.context import State, print_json, print_table, talk
from isdas.cli.figures import Json

if TYPE_CHECKING:
    from isdas.enrich.scanner import Register

app = typer.Typer(
    help="The register of research scanners.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _register(state: State) -> "Register":
    from isdas.enrich.scanner import Register, open_register

    found = open_register(state.config.enrich.scanner_register)
    return found if found is not None else Register.of_entries("none", [])


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List the organisations of the register in use, with how many networks and addresses they scan from."""
    from isdas.hub.scanners import described

    register = _register(context.obj)
    entries = described(register)
    if json:
        print_json({"edition": register.edition, "scanners": entries})
        return
    talk(f"edition {register.edition}: {len(entries)} organisations")
    rows = [[str(each[key]) for key in ("name", "class", "networks", "addresses")] for each in entries]
    print_table(["name", "class", "networks", "IPv4 addresses"], rows, right=(2, 3))


@app.command()
def show(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="NAME|ADDRESS", help="An organisation of the register, or a source.")],
    json: Json = False,
) -> None:
    """Show an organisation with its networks, or the one that an address belongs to."""
    from isdas.hub.scanners import found

    entries = found(_register(context.obj), what)
    if json:
        print_json(entries)
        return
    for each in entries:
        rows = [[key, ", ".join(value) if isinstance(value, list) else str(value)] for key, value in each.items()]
        print_table(["", ""], [row for row in rows if row[1] not in {"", "None"}])


@app.command("import")
def import_(
    lists: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="MISP warninglists or objects, nftables sets, address lists."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The register to write.")],
    edition: Annotated[str, typer.Option(help="What the register is called; without it today's date.")] = "",
    rename: Annotated[
        list[str], typer.Option(metavar="OLD=NEW", help="What a list calls an organisation, and its name.")
    ] = [],  # noqa: B006
    disputed: Annotated[list[str], typer.Option(metavar="NAME", help="An organisation of that class.")] = [],  # noqa: B006
    longest: Annotated[int, typer.Option(help="Leave out networks with a longer IPv4 prefix than this.")] = 32,
    whole_below: Annotated[
        int, typer.Option(help="But keep all of an organisation with fewer networks than this.")
    ] = 0,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Do not leave them out: they hold from this day on."),
    ] = None,
) -> None:
    """Put lists of others together into one register; what cannot be read is told with its line, and ends with 1."""
    from isdas.hub.scanners import Choices, imported, write_register

    wrong = [each for each in rename if "=" not in each]
    if wrong:
        raise typer.BadParameter(f"{wrong[0]!r} is not OLD=NEW")
    names = dict(each.split("=", 1) for each in rename)
    day = since.date() if since else None
    entries, odd = imported(lists, Choices(longest, whole_below, day, names, frozenset(disputed)))
    write_register(entries, out, edition)
    talk(f"{len(entries)} organisations, {sum(len(entry.networks) for entry in entries):,} networks in {out}")
    for each in odd:
        talk(f"  not read: {each}")
    if odd:
        raise typer.Exit(1)
