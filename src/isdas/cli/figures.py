"""``isdas series``, ``isdas top`` and ``isdas graph``: what the tables say, as numbers and as pictures."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from isdas.cli.context import State, print_json, print_table, say, talk

if TYPE_CHECKING:
    import numpy as np

    from isdas.model.port import Port

From = Annotated[str | None, typer.Option("--from", help="First date or ISO instant; open: as far as the data go.")]
To = Annotated[str | None, typer.Option("--to", help="Last date (included) or ISO instant; open: as the data.")]
PortText = Annotated[str | None, typer.Option("--port", help="445/tcp, 53413/udp, 8/icmp (ICMP type 8).")]
# These repeat what the model and the stages define, which are too slow to load for a help page;
# tests/cli/test_figures.py compares.
Measure = Annotated[Literal["packets-per-sensor", "packets", "sources"], typer.Option(help="What is counted.")]
Kind = Annotated[
    Literal["scan", "backscatter", "spoofed", "misdirected", "other", "all"],
    typer.Option(help="Packets of which kind."),
]
Bin = Annotated[Literal["hour", "6h", "day"], typer.Option(help="Width of a bin.")]
Ranked = Annotated[Literal["ports", "regions", "sources", "as"], typer.Argument(help="What is ranked.")]
Span = Annotated[
    Literal["week", "month", "quarter", "year"] | None, typer.Option(help="A published period, up to --to.")
]
Language = Annotated[Literal["en", "ja"], typer.Option("--lang", help="English or Japanese.")]
Group = Annotated[str | None, typer.Option("--group", help="Only sensors of this group, or of several: a,b.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

BIN_HOURS = {"hour": 1, "6h": 6, "day": 24}


def series(
    context: typer.Context,
    port: PortText = None,
    start: From = None,
    end: To = None,
    bin: Bin = "day",
    by: Annotated[str, typer.Option(help="total, port, region, sensor, tool, as, or another dimension.")] = "total",
    measure: Measure = "packets-per-sensor",
    kind: Kind = "scan",
    top: Annotated[int, typer.Option(min=1, help="How many keys before the rest is called other.")] = 5,
    group: Group = None,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """
    Counts per time bin; a gap is null (JSON), empty (CSV) or - (table), never zero.

    By tool, `of` in the JSON is the same for all packets that could show the tool: divide by it for a share.
    """
    from isdas.graphs.figure import csv as as_csv
    from isdas.lake import query

    state: State = context.obj
    found = query.series(
        state.lake(),
        state.period(start, end),
        by=by,
        port=_port(port),
        measure=measure,
        kind=kind,
        bin_hours=BIN_HOURS[bin],
        top=top,
        sensors=state.sensors(group),
    )
    if json:
        print_json(found.as_dict())
    elif csv:
        say(as_csv(found))
    else:
        zone = state.config.paper
        rows = [[_local(start, zone), *(_value(v) for v in found.values[:, i])] for i, start in enumerate(found.bins)]
        print_table(["bin", *found.keys], rows, right=tuple(range(1, len(found.keys) + 1)))


def top(
    context: typer.Context,
    what: Ranked,
    start: From = None,
    end: To = None,
    port: PortText = None,
    measure: Measure = "packets-per-sensor",
    kind: Kind = "scan",
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 10,
    group: Group = None,
    json: Json = False,
) -> None:
    """The largest ports, source regions, sources or ASes of a period."""
    from isdas.lake import query

    state: State = context.obj
    rows = query.top(
        state.lake(),
        what,
        state.period(start, end),
        measure=measure,
        kind=kind,
        limit=limit,
        port=_port(port),
        sensors=state.sensors(group),
    )
    if json:
        print_json(rows)
        return
    table = [
        [str(i + 1), str(r["key"]), f"{r['packets']:,}", _value(r["packets-per-sensor"], 1), f"{r['sources']:,}"]
        for i, r in enumerate(rows)
    ]
    print_table(["rank", what, "packets", "per sensor", "sources"], table, right=(0, 2, 3, 4))


def graph(
    context: typer.Context,
    by: Annotated[str, typer.Option(help="port or region (or another dimension).")] = "port",
    port: PortText = None,
    start: From = None,
    end: To = None,
    period: Span = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=".png, .svg, .csv or .json; the canonical name if not given.")
    ] = None,
    language: Language = "en",
    measure: Measure = "packets-per-sensor",
    kind: Kind = "scan",
    keys: Annotated[str, typer.Option(help="These keys instead of the largest, such as JP,CN,US,KR,TW.")] = "",
    log: Annotated[bool, typer.Option("--log", help="Logarithmic values.")] = False,
    group: Group = None,
) -> None:
    """Draw a published figure: top five ports, one port, or source regions."""
    from isdas.graphs.name import Name, canonical_path
    from isdas.graphs.period import ending
    from isdas.web.export import write_figure
    from isdas.web.figure import drawn

    state: State = context.obj
    config = state.config
    chosen = state.period(start, end)
    if period is not None:
        chosen = ending(chosen.last_day, period, config.paper)
    name = Name(chosen, _port(port), by, language)
    named = [key for key in keys.split(",") if key]
    sensors = state.sensors(group)
    picture = drawn(state.lake(), name, config, measure=measure, kind=kind, keys=named, log=log, sensors=sensors)
    target = output or Path(canonical_path(chosen, name.port, by, language=language))
    write_figure(picture, target)
    talk(f"{target}: {picture.title}")


def _port(text: str | None) -> "Port | None":
    from isdas.model.port import Port

    return None if text is None else Port.parse(text)


def _local(start: "np.datetime64", zone: ZoneInfo) -> str:
    from isdas.model.time import instant

    return instant(start).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _value(value: object, digits: int = 2) -> str:
    """A number, or a dash for a gap."""
    number = math.nan if value is None else float(str(value))
    return "-" if math.isnan(number) else f"{number:,.{digits}f}"
