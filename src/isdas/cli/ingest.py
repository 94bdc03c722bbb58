"""``isdas ingest``: captures and logs into the tables."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isdas.cli.context import State, print_json, talk

if TYPE_CHECKING:
    from isdas.hub.pipeline import Summary


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, folders of files, or - for standard input.")
    ],
    sensor: Annotated[
        str | None, typer.Option(help="The sensor they are from; without it a capture's file name says.")
    ] = None,
    format: Annotated[
        str | None, typer.Option(help="The format, instead of looking: see docs/reference/formats.md.")
    ] = None,
    addresses: Annotated[
        str | None, typer.Option(help="Monitored networks, CIDR,...; packets to others are refused.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Time zone of times in logs that carry no offset; formats.zone otherwise.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Take captures and logs in, each once, and fold the hours they touch."""
    from isdas.hub.identity import Identities
    from isdas.hub.steady import steady, without_linear_algebra

    steady()
    # The file, if it is one, is being hashed while everything else is loaded.
    identities = Identities(path for path in paths[:1] if path.is_file())

    from isdas.config import check_zone
    from isdas.hub.intake import ingest as run
    from isdas.model.monitored import Monitored

    without_linear_algebra()
    if zone is not None:
        check_zone("--zone", zone)
    state: State = context.obj
    monitored = None if addresses is None else Monitored.parse(addresses.split(","))
    lake = state.lake(make=True)
    config = state.config
    formats = config.formats if zone is None else replace(config.formats, zone=zone)
    summary = run(
        paths,
        lake,
        config.enrich,
        identities=identities,
        sensor=sensor,
        format=format,
        monitored=monitored,
        decode=config.decode,
        formats=formats,
    )
    if json:
        print_json(summary.as_dict())
    unwanted = "neither captures nor records of a known format" if format is None else "hidden, or no files"
    for line in _told(summary, unwanted):
        talk(line)
    if summary.interrupted:
        raise typer.Exit(130)
    if not summary.clean:
        raise typer.Exit(1)


def _told(summary: "Summary", unwanted: str) -> list[str]:
    records, n_refused = summary.records, len(summary.refused)
    lines = [
        f"{_n(summary.taken, 'file')} taken in, {summary.known:,} already in, {n_refused:,} refused; "
        f"{_n(summary.hours, 'hour')} folded in {summary.seconds:.1f} s",
        f"read {records.read:,} = stored {records.stored:,} + refused {records.refused.total():,}",
    ]
    lines += [f"  refused {count:,} {name}" for name, count in records.refused.most_common()]
    lines += [f"  warning {count:,} {name}" for name, count in records.warnings.most_common()]
    for name, known, share in summary.drifted:
        lines.append(f"  {name}: {share:.0%} of its records were refused: it may not be {known}, or not any more")
    for name, reason, message in summary.refused:
        lines.append(f"  file refused, {reason}: {message if name in message else f'{name}: {message}'}")
    if summary.quarantined:
        lines.append(f"  refused records are kept in {summary.quarantined}")
    if summary.passed_over:
        lines.append(f"  {_n(summary.passed_over, 'file')} passed over: {unwanted}")
    if not (summary.taken or summary.known or summary.refused or summary.interrupted):
        lines.append("nothing to take in: name a file itself to have it tried")
    return lines


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
