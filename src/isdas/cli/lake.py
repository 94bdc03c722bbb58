"""``isdas lake``: the state of the tables, and their care."""

import typer

from isdas.cli.context import State, print_json, print_table, talk
from isdas.cli.figures import Json

app = typer.Typer(
    help="The tables: status, reconciliation, rebuilding, compaction.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Rows, files, bytes and versions of each table, and what was taken in."""
    from isdas.hub.care import status as measure

    state: State = context.obj
    tables = measure(state.lake())
    if json:
        print_json(tables)
        return
    rows = [[str(t["table"]), *(f"{t[n]:,}" for n in ("rows", "files", "bytes", "version"))] for t in tables]
    print_table(["table", "rows", "files", "bytes", "version"], rows, right=(1, 2, 3, 4))


@app.command()
def verify(context: typer.Context, json: Json = False) -> None:
    """Check that read = stored + refused, stored = packets, packets = sightings = counts, per file, sensor and hour."""
    from isdas.lake.verify import verify as check

    state: State = context.obj
    lake = state.lake()
    differences = check(lake)
    if json:
        print_json({"intakes": len(lake.admitted()), "differences": [d.as_dict() for d in differences]})
    else:
        talk().print(f"{len(lake.admitted()):,} intakes checked, {len(differences)} differences")
    if differences and not json:
        rows = [[d.where, d.what, f"{d.expected:,}", f"{d.found:,}"] for d in differences]
        print_table(["where", "what", "expected", "found"], rows, right=(2, 3))
    if differences:
        raise typer.Exit(1)


@app.command()
def rebuild(context: typer.Context) -> None:
    """Recompute sightings, counts, activity and coverage from the packets that are there."""
    state: State = context.obj
    hours = state.lake().fold(everything=True)
    talk().print(f"{hours:,} hours folded anew")


@app.command()
def compact(context: typer.Context) -> None:
    """Merge small files and delete those that no reader can see any more."""
    state: State = context.obj
    for name, removed in state.lake().compact().items():
        talk().print(f"{name}: {removed} files merged")
