"""``isdas fleet list|show|group|beacon``: how the sensors are doing, which groups they belong to, beacons."""

from typing import TYPE_CHECKING, Annotated

import typer

from isdas.cli import fleet
from isdas.cli.context import State, print_json, print_table, printable, say, talk
from isdas.cli.figures import From, Json, To
from isdas.cli.fleet import Name, who

if TYPE_CHECKING:
    from isdas.hub.fleet import Standing
    from isdas.model.time import Period

# These repeat what the hub defines, which is too slow to load for a help page; tests/cli/test_fleet_list.py compares.
EVERY_S, PORT = 300.0, 33434

app = fleet.app
group = typer.Typer(
    help="Groups of sensors, for --group of the questions.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(group, name="group")

Group = Annotated[str, typer.Argument(help="The group's name, such as domestic.")]
Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="Sensors, enrolled or known from files.")]


@app.command("list")
def list_(
    context: typer.Context,
    within: Annotated[
        str | None, typer.Option("--group", help="Only sensors of this group, or of several: a,b.")
    ] = None,
    troubled: Annotated[bool, typer.Option("--troubled", help="Only sensors with which something is wrong.")] = False,
    json: Json = False,
) -> None:
    """
    How every sensor is doing, those in trouble first.

    The day and the week are the last 24 and 168 whole hours; normal is the packets of the last day by what the sensor
    usually hears, by the hour of the week.
    """
    from isdas.hub.fleet import fleet as standings
    from isdas.model.time import now

    state: State = context.obj
    names = state.sensors(within)
    found = [
        one
        for one in standings(state.lake(), now(), state.config.hub)
        if (not names or one.name in names) and (one.troubles or not troubled)
    ]
    if json:
        print_json([one.as_dict() for one in found])
        return
    heads = [
        "name",
        "state",
        "last heard",
        "day",
        "week",
        "packets",
        "dropped",
        "normal",
        "clock s",
        "spool",
        "trouble",
    ]
    print_table(heads, [_row(one) for one in found], right=(3, 4, 5, 6, 7, 8, 9))


@app.command()
def show(context: typer.Context, name: Name, json: Json = False) -> None:
    """Everything known of one sensor: how it is doing, what of its segments is missing, what was refused."""
    from isdas.hub.fleet import TROUBLES, standing
    from isdas.lake.reconcile import holes
    from isdas.lake.refusals import refused
    from isdas.model.time import now

    state: State = context.obj
    lake = state.lake()
    one = standing(lake, name, now(), state.config.hub)
    missing = [hole for hole in holes(lake) if hole.sensor == one.name]
    turned = {each.reason: each.count for each in refused(lake.records.database) if each.sensor == one.name}
    if json:
        print_json({**one.as_dict(), "holes": [hole.as_dict() for hole in missing], "refused": turned})
        return
    lines = [f"{fact:<12} {value}" for fact, value in _facts(one)]
    lines += [f"trouble      {trouble}: {TROUBLES[trouble]}" for trouble in one.troubles]
    lines += [f"refused      {count:,} {reason}" for reason, count in sorted(turned.items())]
    lines += [f"not in       spool {h.spool}: {h.first:,} to {h.last:,}, {h.why}" for h in missing[:20]]
    if len(missing) > 20:
        lines.append(f"not in       {len(missing) - 20:,} stretches more: --json tells them all")
    say("".join(f"{printable(line)}\n" for line in lines))


@app.command()
def account(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Only this sensor.")] = None,
    start: From = None,
    end: To = None,
    json: Json = False,
) -> None:
    """
    What became of every packet, by sensor and hour: captured, left out, dropped, sealed, stored, counted.

    Captured is own + refused + dropped + sealed; sealed is stored, as long as packets are kept, and counted, once the
    hour is folded. The last day, unless told otherwise.
    """
    from isdas.lake.account import FIGURES, accounts

    state: State = context.obj
    lake = state.lake()
    names = () if name is None else (lake.sensors.sensor(name).name, *lake.sensors.sensor(name).former)
    found = accounts(lake, _last_day(state) if start is None else state.period(start, end), names)
    if json:
        print_json([one.as_dict() for one in found])
        return
    rows = [[one.sensor, str(one.as_dict()["hour"]), *(f"{getattr(one, f):,}" for f in FIGURES)] for one in found]
    print_table(["sensor", "hour", *FIGURES], rows, right=tuple(range(2, 2 + len(FIGURES))))


def _last_day(state: State) -> "Period":
    from datetime import timedelta

    from isdas.model.time import Period, now

    return Period(now() - timedelta(days=1), now() + timedelta(hours=1), state.config.paper)


@app.command()
def beacon(
    context: typer.Context,
    name: Name,
    on: Annotated[bool, typer.Option("--on/--off", help="Send this sensor beacons, or none any more.")] = True,
    address: Annotated[
        str, typer.Option(help="An address that it monitors; without it the one that it sends from.")
    ] = "",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The UDP port.")] = PORT,
    every: Annotated[float, typer.Option(min=30, help="Seconds between two.")] = EVERY_S,
) -> None:
    """
    Send a sensor beacons: packets that it knows by a secret and never counts, so that path loss becomes a figure.

    The sensor must want them too (sensor.beacons).
    """
    from isdas.hub.beacon import turn_off, turn_on

    state: State = context.obj
    if on:
        turn_on(state.lake(), name, who(), address=address, port=port, every_s=every)
        talk(f"{name} is sent a beacon every {every:g} s; `isdas fleet show {name}` tells how many arrive")
    else:
        turn_off(state.lake(), name, who())
        talk(f"{name} is sent no beacons any more")


@group.command("list")
def groups(context: typer.Context, json: Json = False) -> None:
    """The groups and the sensors in each, under all names that they ever had."""
    from isdas.lake.groups import groups as of

    state: State = context.obj
    found = of(state.lake())
    if json:
        print_json(found)
    else:
        print_table(["group", "sensors"], [[name, " ".join(names)] for name, names in found.items()])


@group.command()
def add(context: typer.Context, name: Group, sensors: Names) -> None:
    """Put sensors into a group; it is made by its first one."""
    from isdas.lake.groups import join

    state: State = context.obj
    join(state.lake(), name, sensors, who())
    talk(f"in {name}: {', '.join(sensors)}")


@group.command()
def remove(context: typer.Context, name: Group, sensors: Names) -> None:
    """Take sensors out of a group."""
    from isdas.lake.groups import leave

    state: State = context.obj
    leave(state.lake(), name, sensors, who())
    talk(f"not in {name} any more: {', '.join(sensors)}")


def _row(one: "Standing") -> list[str]:
    return [
        one.name,
        one.state,
        one.last_heard_at or "never",
        f"{one.coverage_day:.0%}",
        f"{one.coverage_week:.0%}",
        f"{one.packets_day:,}",
        f"{one.dropped_day:,}",
        "-" if one.against is None else f"x{one.against.day.ratio:.2f}",
        "-" if one.clock_offset_s is None else f"{one.clock_offset_s:+.1f}",
        "-" if one.spool_segments is None else f"{one.spool_segments:,}",
        ",".join(one.troubles) or "-",
    ]


def _facts(one: "Standing") -> list[tuple[str, str]]:
    facts = [
        ("sensor", f"{one.name} ({one.state})"),
        ("groups", ", ".join(one.groups) or "-"),
        ("last heard", one.last_heard_at or "never"),
        ("observed", f"{one.coverage_day:.1%} of the last day, {one.coverage_week:.1%} of the last week"),
        ("last day", f"{one.packets_day:,} packets, {one.dropped_day:,} dropped"),
    ]
    if one.against is not None:
        day, hour = one.against.day, one.against.hour
        facts.append(
            ("normal", f"{day.expected:,.0f} packets a day: x{day.ratio:.2f}; the last hour x{hour.ratio:.2f}")
        )
    if one.clock_offset_s is not None:
        facts.append(("clock", f"{one.clock_offset_s:+.3f} s to the hub's"))
    if one.spool_segments is not None:
        waiting = f"{one.spool_segments:,} segments, {one.spool_bytes or 0:,} bytes wait"
        facts.append(("spool", f"{waiting}; {one.evicted_day:,} evicted on the last day"))
    if one.software:
        facts.append(("software", f"{one.software}, up {(one.uptime_s or 0) / 86400:.1f} days"))
    if one.beacons is not None:
        share = "-" if one.beacons.share is None else f"{one.beacons.share:.2%}"
        facts.append(("beacons", f"{one.beacons.seen:,} of {one.beacons.sent:,} arrived on the last day: {share} lost"))
    return facts
