"""``isdas surges``: what rose, since when, from where, and how sure that is."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from isdas.cli.context import State, print_json, print_table, printable, say
from isdas.cli.figures import From, Group, Json, To

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from isdas.model.surge import Surge

# As isdas.model.surge has them; tests/cli/test_surges.py compares.
Verdict = Literal[
    "broad",
    "single-source",
    "single-network",
    "single-sensor",
    "research-scanner",
    "campaign",
    "backscatter",
    "spoofed",
    "fleet-change",
    "artefact",
]

HEADS = ["identifier", "ports", "verdict", "onset", "x", "score", "sensors", "sources", "mainly"]
"""The columns in which surges are listed."""

app = typer.Typer(help="Find surges, or show one.", context_settings={"help_option_names": ["-h", "--help"]})


@app.callback(invoke_without_command=True)
def surges(
    context: typer.Context,
    start: From = None,
    end: To = None,
    verdict: Annotated[Verdict | None, typer.Option(help="Only surges of this verdict.")] = None,
    group: Group = None,
    json: Json = False,
) -> None:
    """
    Look for surges in a period (all data if not given), as they would have been found then, and keep them.

    Of a group only what its sensors saw is looked at, and nothing is kept.
    """
    if context.invoked_subcommand is not None:
        return
    from isdas.hub.pipeline import look
    from isdas.hub.progress import progress

    state: State = context.obj
    config = state.config
    with progress("looking for surges"):
        sensors = state.sensors(group)
        seen = look(state.lake(), state.period(start, end), config.detect, sensors=sensors, alerts=config.alerts)
    found = [surge for surge in seen if verdict in {None, surge.verdict}]
    if json:
        print_json([surge.as_dict() for surge in found])
        return
    print_table(HEADS, [row(surge, config.paper) for surge in found], right=(4, 5, 6, 7))


@app.command()
def show(
    context: typer.Context,
    identifier: Annotated[str, typer.Argument(help="As `isdas surges` lists it.")],
    json: Json = False,
) -> None:
    """Everything known of one surge, with its guards."""
    state: State = context.obj
    surge = state.lake().records.surge(identifier)
    if json:
        print_json(surge.as_dict())
        return
    lines = [f"{name:<12} {value}" for name, value in _facts(surge, state.config.paper)]
    lines.append("guards")
    width = max((len(guard.name) for guard in surge.guards), default=0)
    for guard in surge.guards:
        lines.append(f"  {'stands' if guard.passed else 'FALLS '}  {guard.name:<{width}}  {guard.finding}")
    say("".join(f"{printable(line)}\n" for line in lines))


def row(surge: "Surge", zone: "ZoneInfo") -> list[str]:
    """One surge under HEADS."""
    return [
        surge.identifier,
        ",".join(surge.ports[:3]) + ("..." if len(surge.ports) > 3 else ""),
        surge.verdict,
        surge.onset_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        f"{surge.factor:,.1f}",
        f"{surge.score:.1f}",
        f"{surge.sensors_rising}/{surge.sensors_live}",
        f"{surge.sources:,}",
        ",".join(surge.mainly) or "-",
    ]


def _facts(surge: "Surge", zone: "ZoneInfo") -> list[tuple[str, str]]:
    low, at, high, detected = (
        t.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
        for t in (surge.onset_low_at, surge.onset_at, surge.onset_high_at, surge.detected_at)
    )
    over = surge.ended_at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z") if surge.ended_at else "not over"
    regions = ", ".join(f"{r.region} {r.excess_share:.0%}" for r in surge.regions[:6])
    tools = ", ".join(f"{tool or 'no known tool'} {share:.0%}" for tool, share in surge.tools[:4])
    return [
        ("surge", surge.identifier),
        ("ports", ", ".join(surge.ports)),
        ("verdict", surge.verdict),
        ("onset", f"{at}  (90 %: {low} to {high}; {surge.shape})"),
        ("detected", detected),
        ("ended", over),
        ("size", f"{surge.observed:,} source-hours in {surge.window_hours} h against {surge.baseline:,.1f} expected"),
        ("factor", f"x{surge.factor:,.2f}, score {surge.score:.1f} (-log10 p)"),
        ("since onset", f"{surge.sources:,} sources, {surge.packets:,} packets"),
        ("sensors", f"{surge.sensors_rising} of {surge.sensors_live} rise by themselves"),
        ("excess from", regions or "-"),
        ("mainly", ", ".join(surge.mainly) or "no few regions"),
        ("tools", tools or "-"),
    ]
