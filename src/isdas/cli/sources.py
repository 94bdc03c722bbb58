"""``isdas sources``: the groups of a day's sources by what they scan and how, and the surges they take part in."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from isdas.cli.context import State, print_json, print_table, printable, talk
from isdas.cli.figures import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isdas.lake.lake import Lake
    from isdas.model.source_group import SourceGroup, TakesPart

HEADS = ["group", "standing", "since", "sources", "before", "shared", "tool", "ports", "regions", "surges"]
_DAYS = ["day", "standing", "sources", "shared", "tool", "ports", "regions"]
_SURGES = ["surge", "ports", "verdict", "share of excess", "from", "until"]


def sources(
    context: typer.Context,
    day: Annotated[str | None, typer.Option("--day", help="UTC date; without it the last day of the tables.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Only groups that were not there before.")] = False,
    name: Annotated[str | None, typer.Option("--name", help="One group instead: its days and its surges.")] = None,
    json: Json = False,
) -> None:
    """
    Group a day's sources by what they scan and how, and say which groups go on, which are new, and which take part in
    surges.

    Days before it that were not grouped yet are grouped first, as far back as groups are compared.
    """
    from isdas.detect.lineage import findings
    from isdas.hub.progress import progress
    from isdas.hub.sources import group_upto
    from isdas.lake.query import extent
    from isdas.lake.source_groups import grouped, on
    from isdas.model.errors import IsdasError, NotFound
    from isdas.model.source_group import by_group, told
    from isdas.model.time import instant

    state: State = context.obj
    lake, config = state.lake(), state.config.detect
    if name is not None:
        _one(lake, name, json=json)
        return
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
    parts = by_group(lake.records.surges())
    surges = {group.name: [part for part in parts.get(group.name, ()) if part.on(at)] for group in found}
    if json:
        print_json([told(group, surges[group.name]) for group in found])
        return
    print_table(HEADS, [_row(group, surges[group.name]) for group in found], right=(3, 4, 5))
    inside = sum(group.sources for group in on(database, at))
    talk(f"{at}: {inside:,} of {grouped(database)[at]:,} sources are in groups")
    for group in findings(found, config):
        talk(printable(group.sentence()))


def _one(lake: "Lake", name: str, *, json: bool) -> None:
    """A group on all its days, and all surges that it takes part in."""
    from isdas.lake.source_groups import named
    from isdas.model.errors import NotFound
    from isdas.model.source_group import by_group, told_over_days

    days = named(lake.records.database, name)
    if not days:
        raise NotFound(f"no group {name!r}; `isdas sources` lists those of a day")
    parts = by_group(lake.records.surges()).get(name, [])
    if json:
        print_json(told_over_days(name, days, parts))
        return
    print_table(_DAYS, [[day.day, *_size(day), *_what(day)] for day in days], right=(2, 3))
    if parts:
        print_table(_SURGES, [_part(part) for part in parts], right=(3,))
    talk(f"{name}: {len(days)} days, takes part in {len(parts)} surges")


def _row(group: "SourceGroup", surges: "Sequence[TakesPart]") -> list[str]:
    standing, size, shared = _size(group)
    before = f"{group.sources_before:,}" if group.parent else "-"
    told = ",".join(f"{part.surge} {part.excess_share:.0%}" for part in surges[:2]) + ("..." if len(surges) > 2 else "")
    return [group.name, standing, group.since, size, before, shared, *_what(group), told or "-"]


def _size(group: "SourceGroup") -> list[str]:
    return [group.standing, f"{group.sources:,}", f"{group.shared:.0%}" if group.parent else "-"]


def _what(group: "SourceGroup") -> list[str]:
    return [
        group.tool or "-",
        ",".join(port for port, _ in group.ports[:3]) + ("..." if len(group.ports) > 3 else ""),
        ",".join(region for region, _ in group.regions[:3]),
    ]


def _part(part: "TakesPart") -> list[str]:
    ports = ",".join(part.ports[:3]) + ("..." if len(part.ports) > 3 else "")
    until = part.last.isoformat() if part.last else "-"
    return [part.surge, ports, part.verdict, f"{part.excess_share:.0%}", part.first.isoformat(), until]
