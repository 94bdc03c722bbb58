"""``isdas lake``: the state of the tables, and their care."""

from typing import Annotated

import typer

from isdas.cli.context import State, print_json, print_table, talk
from isdas.cli.figures import Json

app = typer.Typer(
    help="The tables: status, reconciliation, compaction, expiry.",
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
    """
    Check every hop: read = stored + refused, captured = sealed + let go, sealed = sent = admitted = stored = folded.

    Differences are told by file, segment, or sensor and hour. Segments that are not in and are accounted for (lost by
    a full spool, waiting in it, refused) are told too, and are no difference.
    """
    from isdas.lake.reconcile import holes
    from isdas.lake.verify import verify as check

    state: State = context.obj
    lake = state.lake()
    # Hours that an ingest left unfolded when it was killed are work to be done, not a difference.
    hours = lake.fold()
    if hours:
        talk(f"{hours:,} hours folded that an ingest had left when it was cut off")
    differences, n_intakes, absent = check(lake), len(lake.admitted()), holes(lake)
    if json:
        found = [difference.as_dict() for difference in differences]
        told = [hole.as_dict() for hole in absent]
        print_json({"intakes": n_intakes, "hours_folded": hours, "differences": found, "holes": told})
    else:
        for why in ("lost", "waiting", "refused"):
            n = sum(hole.segments for hole in absent if hole.why == why)
            if n:
                talk(f"{n:,} segments are not in: {why}")
        talk(f"{n_intakes:,} intakes checked, {len(differences):,} differences")
    if differences and not json:
        rows = [[d.where, d.what, f"{d.expected:,}", f"{d.found:,}"] for d in differences]
        print_table(["where", "what", "expected", "found"], rows, right=(2, 3))
    if differences:
        raise typer.Exit(1)


@app.command()
def rebuild(context: typer.Context) -> None:
    """Recompute sightings, counts, activity and coverage from the packets that are there."""
    from isdas.hub.progress import progress

    state: State = context.obj
    with progress("folding") as (folded,):
        hours = state.lake().fold(everything=True, progress=folded)
    talk(f"{hours:,} hours folded anew")


@app.command()
def compact(context: typer.Context) -> None:
    """Merge small files and delete those that no reader can see any more."""
    state: State = context.obj
    for name, removed in state.lake().compact().items():
        talk(f"{name}: {removed:,} files merged")


@app.command()
def expire(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    json: Json = False,
) -> None:
    """Remove packets and sightings that are older than lake.packets_days and lake.sightings_days."""
    from isdas.model.time import now

    state: State = context.obj
    gone = state.lake().expire(now(), dry_run=dry_run)
    if json:
        print_json([each.as_dict() for each in gone])
        return
    rows = [
        [
            each.table,
            "for ever" if each.before is None else f"{each.days:,} days",
            "-" if each.before is None else f"{each.before:%Y-%m-%d}",
            *(f"{n:,}" for n in (each.files, each.rows, each.size)),
        ]
        for each in gone
    ]
    print_table(["table", "kept", "from", "files", "rows", "bytes"], rows, right=(3, 4, 5))
    talk("nothing was removed: --dry-run" if dry_run else "files go from the disk when no reader can see them any more")
