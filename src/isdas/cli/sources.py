"""``isdas sources``: the groups of a day's sources by what they scan and how."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from isdas.cli.context import State, print_json, print_table, printable, talk
from isdas.cli.figures import Json

if TYPE_CHECKING:
    from isdas.model.source_group import SourceGroup

HEADS = ["group", "standing", "since", "sources", "before", "shared", "tool", "ports", "regions"]


def sources(
    context: typer.Context,
    day: Annotated[str | None, typer.Option("--day", help="UTC date; without it the last day of the tables.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Only groups that were not there before.")] = False,
    json: Json = False,
) -> None:
    """
    Group a day's sources by what they scan and how, and say which groups go on and which are new.

    Days before it that were not grouped yet are grouped first, as far back as groups are compared.
    """
    from isdas.detect.lineage import findings
    from isdas.hub.progress import progress
    from isdas.hub.sources import group_upto
    from isdas.lake.query import extent
    from isdas.lake.source_groups import grouped, on
    from isdas.model.errors import IsdasError, NotFound
    from isdas.model.time import instant

    state: State = context.obj
    lake, config = state.lake(), state.config.detect
    reach = extent(lake)
    try:
        at = date.fromisoformat(day) if day else instant(reach[1]).date() if reach else None
    except ValueError:
        raise IsdasError(f"{day!r} is not a date: write 2008-10-30") from None
    if reach is None or at is None or not instant(reach[0]).date() <= at <= instant(reach[1]).date():
        raise NotFound(f"nothing was observed on {at}" if at else "nothing was observed yet")
    with progress("grouping sources"):
        group_upto(lake, at, config, at_most=config.group_days + 1)
    database = lake.records.database
    found = [group for group in on(database, at) if not new or group.standing == "new"]
    if json:
        print_json([_told(group) for group in found])
        return
    print_table(HEADS, [_row(group) for group in found], right=(3, 4, 5))
    inside = sum(group.sources for group in on(database, at))
    talk(f"{at}: {inside:,} of {grouped(database)[at]:,} sources are in groups")
    for group in findings(found, config):
        talk(printable(group.sentence()))


def _told(group: "SourceGroup") -> dict[str, object]:
    return {key: value for key, value in group.as_dict().items() if key != "sketch"}


def _row(group: "SourceGroup") -> list[str]:
    return [
        group.name,
        group.standing,
        group.since,
        f"{group.sources:,}",
        f"{group.sources_before:,}" if group.parent else "-",
        f"{group.shared:.0%}" if group.parent else "-",
        group.tool or "-",
        ",".join(port for port, _ in group.ports[:3]) + ("..." if len(group.ports) > 3 else ""),
        ",".join(region for region, _ in group.regions[:3]),
    ]
