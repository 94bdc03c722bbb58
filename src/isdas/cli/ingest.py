"""``isdas ingest``: captures and logs into the tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isdas.cli.context import State, print_json, talk

if TYPE_CHECKING:
    from isdas.hub.pipeline import Summary


def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders of files.")],
    sensor: Annotated[
        str | None, typer.Option(help="The sensor they are from; without it a capture's file name says.")
    ] = None,
    format: Annotated[
        str | None, typer.Option(help="pcap, pcapng, a shipped CSV profile, or a profile's TOML file.")
    ] = None,
    addresses: Annotated[
        str | None, typer.Option(help="Monitored networks, CIDR,...; packets to others are refused.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Take captures and logs in, each once, and fold the hours they touch."""
    from isdas.hub.intake import ingest as run
    from isdas.hub.monitored import Monitored

    state: State = context.obj
    monitored = Monitored.parse(addresses.split(",")) if addresses else None
    summary = run(paths, state.lake(), state.config().enrich, sensor=sensor, format=format, monitored=monitored)
    if json:
        print_json(summary.as_dict())
    _tell(summary)
    if not summary.clean:
        raise typer.Exit(1)


def _tell(summary: "Summary") -> None:
    console = talk()
    records = summary.records
    console.print(
        f"{summary.taken} files taken in, {summary.known} already in, {len(summary.refused)} refused; "
        f"{summary.hours} hours folded in {summary.seconds:.1f} s"
    )
    console.print(f"read {records.read:,} = stored {records.stored:,} + refused {records.refused.total():,}")
    _list(console, "refused", records.refused)
    _list(console, "warning", records.warnings)
    for name, reason, message in summary.refused:
        console.print(f"  file refused, {reason}: {message if name in message else f'{name}: {message}'}")
    if summary.quarantined:
        console.print(f"  refused records are kept in {summary.quarantined}")


def _list(console: Any, title: str, counts: dict[str, int]) -> None:
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        console.print(f"  {title} {count:,} {name}")
