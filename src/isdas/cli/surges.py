"""``isdas surges``: what rose, since when, from where, and how sure that is."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from isdas.cli.context import State, print_json, print_table, printable, say, talk
from isdas.cli.figures import From, Group, Json, To
from isdas.cli.surge_explained import explained

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from isdas.model.opinion import Opinion
    from isdas.model.surge import Surge

# As isdas.model.surge has them; tests/cli/test_surges.py compares.
Verdict = Literal[
    "broad",
    "single-source",
    "single-network",
    "single-sensor",
    "few-sensors",
    "research-scanner",
    "campaign",
    "backscatter",
    "spoofed",
    "fleet-change",
    "artefact",
    "brief",
    "vanished",
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
    unsaid: Annotated[
        bool, typer.Option("--unsaid", help="Only surges that nobody judged and that are not like a known one.")
    ] = False,
    group: Group = None,
    json: Json = False,
) -> None:
    """
    Look for surges in a period (all data if not given), as they would have been found then, and keep them.

    Of a group only what its sensors saw is looked at, and nothing is kept.
    """
    if context.invoked_subcommand is not None:
        return
    from isdas.hub.looking import look
    from isdas.hub.progress import progress
    from isdas.lake.opinions import latest
    from isdas.model.opinion import feedback, mark, precision

    state: State = context.obj
    config = state.config
    with progress("looking for surges"):
        sensors = state.sensors(group)
        seen = look(state.lake(), state.period(start, end), config.detect, sensors=sensors, alerts=config.alerts)
    records = state.lake().records
    said = latest(records.database)
    found = [s for s in seen if verdict in {None, s.verdict} and not (unsaid and mark(s, said))]
    if json:
        alerts = records.alerts()
        print_json([{**surge.as_dict(), **feedback(surge, said, alerts)} for surge in found])
        return
    rows = [[*row(surge, config.paper), mark(surge, said)] for surge in found]
    print_table([*HEADS, "said"], rows, right=(4, 5, 6, 7))
    if not sensors:
        talk(precision(records.surges(), said).sentence())


@app.command()
def show(
    context: typer.Context,
    identifier: Annotated[str, typer.Argument(help="As `isdas surges` lists it.")],
    json: Json = False,
) -> None:
    """Everything known of one surge: what explains it, its guards, its history and what was said of it."""
    from isdas.lake.opinions import latest, said
    from isdas.model.opinion import feedback

    state: State = context.obj
    records = state.lake().records
    surge = records.surge(identifier)
    opinions, alerts = latest(records.database), records.alerts()
    told = feedback(surge, opinions, alerts)
    if json:
        print_json({**surge.as_dict(), **told})
        return
    facts = [*_facts(surge, state.config.paper), *explained(surge)]
    for i, (at, what) in enumerate(surge.history):
        facts.append(("" if i else "history", f"{_time(datetime.fromisoformat(at), state.config.paper)}  {what}"))
    facts += [("followed", f"alert {one['alert']} ({one['state']})") for one in told["followed"]]
    facts += [("said", _said(opinion)) for opinion in said(records.database, identifier)]
    if told["known_as"] not in {None, identifier}:
        facts.append(("known as", f"{told['known_as']}, which was said to be known"))
    lines = [f"{name:<15} {value}" for name, value in facts]
    lines.append("guards")
    width = max((len(guard.name) for guard in surge.guards), default=0)
    for guard in surge.guards:
        lines.append(f"  {'stands' if guard.passed else 'FALLS '}  {guard.name:<{width}}  {guard.finding}")
    say("".join(f"{printable(line)}\n" for line in lines))


@app.command("say")
def say_of(
    context: typer.Context,
    identifier: Annotated[str, typer.Argument(help="As `isdas surges` lists it.")],
    opinion: Annotated[Literal["right", "wrong", "known"], typer.Argument(help="What you make of it.")],
    note: Annotated[str, typer.Option(help="Why.")] = "",
    who: Annotated[str, typer.Option("--by", envvar="USER", help="Who says so.")] = "analyst",
) -> None:
    """
    Say what became of a surge: worth telling, a false alarm, or known and not to be told again.

    What is said counts for the precision and marks later surges that are like a known one. It never changes what is
    found.
    """
    from isdas.lake.opinions import latest, say
    from isdas.model.opinion import precision

    state: State = context.obj
    records = state.lake().records
    surge = records.surge(identifier)
    say(records.database, surge.identifier, opinion, who, note, verdict=surge.verdict)
    talk(precision(records.surges(), latest(records.database)).sentence())


def _said(opinion: "Opinion") -> str:
    before = f" (found as {opinion.of} then)" if opinion.of else ""
    note = f"  {opinion.note}" if opinion.note else ""
    return f"{opinion.opinion} by {opinion.who}, {opinion.at}, when it was {opinion.verdict or 'found'}{before}{note}"


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
    times = (surge.onset_low_at, surge.onset_at, surge.onset_high_at, surge.detected_at)
    low, at, high, detected = (_time(t, zone) for t in times)
    over = _time(surge.ended_at, zone) if surge.ended_at else "not over"
    regions = ", ".join(f"{r.region} {r.excess_share:.0%}" for r in surge.regions[:6])
    return [
        ("surge", surge.identifier),
        ("change", surge.change),
        ("ports", ", ".join(surge.ports)),
        ("verdict", surge.verdict),
        ("onset", f"{at}  (90 %: {low} to {high}; {surge.shape})"),
        ("detected", detected),
        ("ended", over),
        ("size", f"{surge.observed:,} source-hours in {surge.window_hours} h against {surge.baseline:,.1f} expected"),
        ("factor", f"x{surge.factor:,.2f}, score {surge.score:.1f} (-log10 p)"),
        ("since onset", f"{surge.sources:,} sources, {surge.packets:,} packets"),
        ("sensors", f"{surge.sensors_rising} of {surge.sensors_live} {_verb(surge)} by themselves"),
        ("excess from", regions or "-"),
        ("mainly", ", ".join(surge.mainly) or "none: they are many, or rise alike"),
    ]


def _time(at: datetime, zone: "ZoneInfo") -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def _verb(surge: "Surge") -> str:
    return "fall" if surge.change == "fall" else "rise"
